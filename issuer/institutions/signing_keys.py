"""An institution's signing keys: made encrypted, opened to sign.

When a prepared key takes the place of the active one is the work of ``issuer.onboarding.rotation``.
"""

from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.keystore import generate_signing_key
from digital_resume.core.keys.signing import LocalSigner
from issuer.context import Context
from issuer.institutions import repository
from issuer.institutions.models import Institution, SigningKey


async def signer_of(session: AsyncSession, context: Context, institution: Institution) -> LocalSigner:
    """Return the key that an institution signs with.

    Raises:
        KeystoreError: it does not open.
    """
    key = await repository.active_key(session, institution.id)
    return context.cipher.signer(key.id, key.encrypted_private_key, institution.did)


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
