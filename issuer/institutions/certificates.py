"""X.509 certificates of an institution's signing key, for verifiers that find an issuer's key by ``x5c``.

SD-JWT VC, "Issuer-signed JWT Verification Key Validation": a certificate chain in the header. Nothing here
depends on it: what the chain of blocks says of a key decides. Which authority is believed is the verifier's
choice, so a root certificate is left out of what is sent (RFC 7515 section 4.1.6 leaves that open, HAIP 1.0
section 6.1.1 forbids it).
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.errors import ResumeError
from digital_resume.core.identifiers.did import verification_key
from issuer.context import Context
from issuer.institutions import repository
from issuer.institutions.models import Institution, SigningKey

__all__ = ["certificate_request", "check_certificates", "set_certificates", "x5c_of"]

MAX_CERTIFICATES: Final = 4
#: What goes into each credential's header, whose readers take 8 KiB.
MAX_HEADER_CHARS: Final = 5_600


async def certificate_request(session: AsyncSession, context: Context, institution: Institution) -> bytes:
    """Return a PKCS#10 request for a certificate of the key that an institution signs with, in PEM form.

    Raises:
        KeystoreError: the key does not open.
    """
    key = await repository.active_key(session, institution.id)
    return context.cipher.certificate_request(
        key.id,
        key.encrypted_private_key,
        name=institution.name_en[:64],
        uris=(institution.did, context.credential_issuer(institution.slug)),
    )


async def set_certificates(
    session: AsyncSession, context: Context, institution: Institution, pem: bytes | None
) -> None:
    """Keep the certificates of the key that an institution signs with; ``None`` takes them away.

    Raises:
        ResumeError: as ``check_certificates``.
    """
    key = await repository.active_key(session, institution.id)
    if pem is None:
        key.certificates = None
        return
    url = context.credential_issuer(institution.slug)
    key.certificates = check_certificates(pem, key, institution, url=url, now=context.clock.now())


def check_certificates(
    pem: bytes, key: SigningKey, institution: Institution, *, url: str, now: datetime
) -> str:
    """Check a certificate chain and return it as it is kept, without its root.

    Args:
        pem: certificates, the key's own first, each signed by the next.
        key: the signing key they are for.
        institution: its owner.
        url: the credential issuer identifier.
        now: present moment.

    Raises:
        ResumeError: ``certificate_invalid``: with what is wrong, and what to do.
    """
    try:
        chain = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise _invalid("The file holds no certificates in PEM form.") from None
    if len(chain) > 1 and chain[-1].issuer == chain[-1].subject:
        chain = chain[:-1]
    if len(chain) > MAX_CERTIFICATES or sum(map(len, _encoded(chain))) > MAX_HEADER_CHARS:
        raise _invalid(f"The chain has more than {MAX_CERTIFICATES} certificates, or is too long.")
    leaf = chain[0]
    if not _is_for(leaf, key):
        raise _invalid(
            "The first certificate is for another key. See: resume institution certificate-request."
        )
    for certificate, signer in pairwise(chain):
        try:
            certificate.verify_directly_issued_by(signer)
        except (InvalidSignature, ValueError, TypeError):
            raise _invalid("Each certificate must be signed by the next one in the file.") from None
    for certificate in chain:
        if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
            raise _invalid("A certificate has expired, or is not in force yet.")
    if not _names(leaf) & {institution.did, url, urlsplit(url).hostname}:
        raise _invalid(
            "The first certificate must name the institution in its subject alternative name: by its DID or "
            "address as URI, or by its host as DNS name."
        )
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in chain)


def _is_for(leaf: x509.Certificate, key: SigningKey) -> bool:
    public, own = leaf.public_key(), verification_key(key.verification_method)
    return (
        isinstance(public, ec.EllipticCurvePublicKey)
        and isinstance(public.curve, ec.SECP256R1)
        and public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint) == own.raw
    )


@lru_cache(maxsize=256)
def x5c_of(chain: str) -> tuple[str, ...]:
    """Return the ``x5c`` member of a chain that was checked: base64 of each certificate's DER."""
    return tuple(_encoded(x509.load_pem_x509_certificates(chain.encode())))


def _encoded(chain: Sequence[x509.Certificate]) -> list[str]:
    return [b64encode(certificate.public_bytes(Encoding.DER)).decode() for certificate in chain]


def _names(leaf: x509.Certificate) -> set[str]:
    try:
        extension = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return set()
    names = extension.value
    assert isinstance(names, x509.SubjectAlternativeName)
    return {
        *names.get_values_for_type(x509.UniformResourceIdentifier),
        *names.get_values_for_type(x509.DNSName),
    }


def _invalid(message: str) -> ResumeError:
    return ResumeError(message, code="certificate_invalid")
