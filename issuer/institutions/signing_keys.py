"""An institution's signing keys: made encrypted, opened to sign.

When a prepared key takes the place of the active one is the work of ``issuer.onboarding.rotation``.
"""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.keystore import generate_signing_key
from digital_resume.core.keys.multikey import Curve
from digital_resume.core.keys.signing import LocalSigner
from issuer.context import Context
from issuer.errors import SigningRefusedError
from issuer.institutions import repository
from issuer.institutions.certificates import x5c_of
from issuer.institutions.models import Institution, SigningKey

EDDSA_SUITES: Final = frozenset({"eddsa-rdfc-2022", "eddsa-jcs-2022"})


@dataclass(frozen=True, slots=True)
class Signing:
    """What an institution signs a credential with: its key, and the certificates that go along."""

    signer: LocalSigner
    x5c: tuple[str, ...] = ()


def curve_for(cryptosuite: str | None) -> Curve:
    """Return the curve of the key that signs in a form; an SD-JWT has no cryptosuite."""
    return "Ed25519" if cryptosuite in EDDSA_SUITES else "P-256"


async def key_for(session: AsyncSession, institution: Institution, cryptosuite: str | None) -> SigningKey:
    """Return the key that an institution signs a form with.

    Raises:
        SigningRefusedError: ``signing_key_missing``: it has no key of the form's curve.
    """
    key = await repository.active_key_of(session, institution.id, curve_for(cryptosuite))
    if key is None:
        raise SigningRefusedError(
            f"{cryptosuite} needs an Ed25519 key, which the institution does not have. Add one with: resume "
            "institution add-key; or choose another cryptosuite.",
            code="signing_key_missing",
        )
    return key


async def signing_of(
    session: AsyncSession, context: Context, institution: Institution, cryptosuite: str | None = None
) -> Signing:
    """Return the key that an institution signs a form with, and its certificates.

    Raises:
        SigningRefusedError: as ``key_for``.
        KeystoreError: the key does not open.
    """
    key = await key_for(session, institution, cryptosuite)
    curve = curve_for(cryptosuite)
    signer = context.cipher.signer(key.id, key.encrypted_private_key, institution.did, curve)
    return Signing(signer, () if key.certificates is None else x5c_of(key.certificates))


async def signer_of(session: AsyncSession, context: Context, institution: Institution) -> LocalSigner:
    """Return the key that an institution signs with.

    Raises:
        KeystoreError: it does not open.
    """
    return (await signing_of(session, context, institution)).signer


async def document_signer_of(
    session: AsyncSession, context: Context, institution: Institution
) -> LocalSigner:
    """Return the key for documents that many verifiers read: the Ed25519 key, or the only one there is.

    Raises:
        KeystoreError: it does not open.
    """
    key = await repository.active_key_of(session, institution.id, "Ed25519")
    if key is None:
        return await signer_of(session, context, institution)
    return context.cipher.signer(key.id, key.encrypted_private_key, institution.did, "Ed25519")


def make_signing_key(
    context: Context, institution: Institution, state: str, curve: Curve = "P-256"
) -> SigningKey:
    """Make a new key, *active* or *prepared*, whose private half is encrypted; the caller adds it."""
    key_id, secret = uuid4(), generate_signing_key(curve)
    return SigningKey(
        id=key_id,
        institution_id=institution.id,
        verification_method=LocalSigner(curve, secret, institution.did).verification_method,
        encrypted_private_key=context.cipher.seal_signing_key(key_id, secret, curve),
        curve=curve,
        state=state,
    )
