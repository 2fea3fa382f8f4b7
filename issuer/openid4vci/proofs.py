"""Key proofs of type ``jwt``: the wallet shows that it holds the key the credential is bound to.

OpenID4VCI 1.0 sections 8.2 and appendix F.1, checked in this order:

1. form: ``proofs`` holds exactly one ``jwt``; 2. header: type, ES256, the key as ``jwk`` and in no other way;
3. key: P-256; 4. signature; 5. audience, presence of a time and a nonce.

Whether the nonce is good is asked of the database afterwards, so a proof that is wrong in itself uses
none up. How old a proof is says the nonce, which this server dated (appendix F.4), and not ``iat``: a
phone's clock may be off.
"""

from dataclasses import dataclass
from typing import Any, Final

from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.encoding.bounded_json import as_seconds
from digital_resume.core.errors import ResumeError
from digital_resume.core.keys.signing import PublicKey, jwk_thumbprint, public_key_from_jwk
from digital_resume.core.securing.jws import parse_compact, verify_parsed
from issuer.openid4vci.errors import ProtocolError

PROOF_TYPE: Final = "openid4vci-proof+jwt"
MAX_PROOF_CHARS: Final = 8_192
_OTHER_KEYS: Final = ("kid", "x5c", "trust_chain", "key_attestation")


@dataclass(frozen=True, slots=True)
class KeyProof:
    """A key proof that holds, but for its nonce."""

    key: PublicKey
    thumbprint: bytes
    nonce: str


def thumbprint_of(key: PublicKey) -> bytes:
    """Return the SHA-256 thumbprint of a key (RFC 7638)."""
    return b64u_decode(jwk_thumbprint(key))


def parse_proofs(proofs: Any) -> str:
    """Return the one JWT of a ``proofs`` parameter.

    Raises:
        ProtocolError: ``invalid_proof``.
    """
    if not isinstance(proofs, dict) or set(proofs) != {"jwt"}:
        raise _invalid("Send proofs with exactly one member, jwt.")
    values = proofs["jwt"]
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise _invalid("Send exactly one proof: one credential is issued at a time.")
    if len(values[0]) > MAX_PROOF_CHARS:
        raise _invalid("The proof is too long.")
    return values[0]


def verify_key_proof(token: str, *, audience: str) -> KeyProof:
    """Verify a key proof in all but the freshness of its nonce.

    Raises:
        ProtocolError: ``invalid_proof``, with what is wrong.
    """
    try:
        jws = parse_compact(token)
        if any(name in jws.header for name in _OTHER_KEYS) or not isinstance(jws.header.get("jwk"), dict):
            raise _invalid("Name the key in the header as jwk and in no other way.")
        key = public_key_from_jwk(jws.header["jwk"])
        if key.curve != "P-256":
            raise _invalid("The key must be a P-256 key.")
        verify_parsed(jws, key=key, typ=PROOF_TYPE, algorithms={"ES256"})
        claims = jws.claims()
        as_seconds(claims.get("iat"), "iat")
    except ResumeError as error:
        raise _invalid(error.message) from None
    if claims.get("aud") != audience:
        raise _invalid("The proof is not for this issuer: aud must be the credential issuer identifier.")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce or len(nonce) > 128:
        raise _invalid("The proof has no nonce: get a c_nonce from the nonce endpoint and put it in.")
    return KeyProof(key, thumbprint_of(key), nonce)


def _invalid(description: str) -> ProtocolError:
    return ProtocolError("invalid_proof", description)
