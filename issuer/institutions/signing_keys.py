"""An institution's signing keys: made encrypted, opened to sign.

When a prepared key takes the place of the active one is the work of ``issuer.onboarding.rotation``.
"""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.keystore import generate_signing_key
from digital_resume.core.keys.signing import LocalSigner
from issuer.context import Context
from issuer.institutions import repository
from issuer.institutions.certificates import x5c_of
from issuer.institutions.models import Institution, SigningKey


@dataclass(frozen=True, slots=True)
class Signing:
    """What an institution signs a credential with: its key, and the certificates that go along."""

    signer: LocalSigner
    x5c: tuple[str, ...] = ()


async def signing_of(session: AsyncSession, context: Context, institution: Institution) -> Signing:
    """Return the key that an institution signs with, and its certificates; errors as ``signer_of``."""
    key = await repository.active_key(session, institution.id)
    signer = context.cipher.signer(key.id, key.encrypted_private_key, institution.did)
    return Signing(signer, () if key.certificates is None else x5c_of(key.certificates))


async def signer_of(session: AsyncSession, context: Context, institution: Institution) -> LocalSigner:
    """Return the key that an institution signs with.

    Raises:
        KeystoreError: it does not open.
    """
    return (await signing_of(session, context, institution)).signer


def make_signing_key(context: Context, institution: Institution, state: str) -> SigningKey:
    """Make a new key, *active* or *prepared*, whose private half is encrypted; the caller adds it."""
    key_id, secret = uuid4(), generate_signing_key()
    return SigningKey(
        id=key_id,
        institution_id=institution.id,
        verification_method=LocalSigner("P-256", secret, institution.did).verification_method,
        encrypted_private_key=context.cipher.seal_signing_key(key_id, secret),
        state=state,
    )
