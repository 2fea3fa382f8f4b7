"""JWT VC issuer metadata: an institution's keys as a JWK set, for verifiers that read no DID document.

SD-JWT VC, section "JWT VC Issuer Metadata". The credentials name their issuer by its DID; a verifier that
knows the institution by its address has the same keys here.
"""

from collections.abc import Sequence
from typing import Any

from digital_resume.core.identifiers.did import verification_key
from issuer.institutions.certificates import x5c_of
from issuer.institutions.models import SigningKey


def build_issuer_metadata(credential_issuer: str, keys: Sequence[SigningKey]) -> dict[str, Any]:
    """Build the metadata from every key that has signed, present and past."""
    return {"issuer": credential_issuer, "jwks": {"keys": [_jwk(key) for key in keys if _has_signed(key)]}}


def _has_signed(key: SigningKey) -> bool:
    return key.state != "prepared"


def _jwk(key: SigningKey) -> dict[str, Any]:
    public = verification_key(key.verification_method)
    jwk: dict[str, Any] = {
        **public.jwk(),
        "kid": key.verification_method,
        "alg": public.algorithm,
        "use": "sig",
    }
    if key.certificates is not None:
        jwk["x5c"] = list(x5c_of(key.certificates))
    return jwk
