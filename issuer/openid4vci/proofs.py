"""Key proofs of type ``jwt``: the wallet shows that it holds the key the credential is bound to.

OpenID4VCI 1.0 sections 8.2 and appendix F.1, checked in this order:

1. form: ``proofs`` holds exactly one ``jwt`` (or ``proof``, as older drafts have it); 2. header: type,
algorithm, and the key in exactly one way: as ``jwk``, or as ``kid`` that is the DID URL of a did:key or
did:jwk, which carry their key; 3. key: P-256 or Ed25519; 4. signature; 5. audience, presence of a time and a
nonce.

Whether the nonce is good is asked of the database afterwards, so a proof that is wrong in itself uses
none up. How old a proof is says the nonce, which this server dated (appendix F.4), and not ``iat``: a
phone's clock may be off.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.encoding.bounded_json import as_seconds
from digital_resume.core.errors import ResumeError
from digital_resume.core.identifiers.did import (
    parse_did_url,
    resolve_did_jwk,
    resolve_did_key,
    verification_key,
)
from digital_resume.core.keys.signing import PublicKey, jwk_thumbprint, public_key_from_jwk
from digital_resume.core.securing.jws import parse_compact, verify_parsed
from issuer.openid4vci.errors import ProtocolError

PROOF_TYPE: Final = "openid4vci-proof+jwt"
MAX_PROOF_CHARS: Final = 8_192
PROOF_ALGORITHMS: Final = ("ES256", "EdDSA")
BINDING_METHODS: Final = ("jwk", "did:key", "did:jwk")
"""How a proof may name its key, in the words of the metadata (section 12.2.4)."""

_KEYS: Final = ("jwk", "kid", "x5c", "trust_chain", "key_attestation")
_CURVES: Final = frozenset({"P-256", "Ed25519"})
_DID_KEYS: Final[Mapping[str, Callable[[str], PublicKey]]] = {"key": resolve_did_key, "jwk": resolve_did_jwk}


@dataclass(frozen=True, slots=True)
class KeyProof:
    """A key proof that holds, but for its nonce."""

    key: PublicKey
    thumbprint: bytes
    nonce: str


def thumbprint_of(key: PublicKey) -> bytes:
    """Return the SHA-256 thumbprint of a key (RFC 7638)."""
    return b64u_decode(jwk_thumbprint(key))


def parse_proofs(body: Mapping[str, Any]) -> str:
    """Return the one JWT that a credential request proves its key with.

    ``proofs`` is the parameter of the specification; drafts up to 14 had ``proof``, an object of one proof.

    Raises:
        ProtocolError: ``invalid_proof``.
    """
    proofs, proof = body.get("proofs"), body.get("proof")
    if proofs is None and isinstance(proof, dict) and proof.get("proof_type") == "jwt":
        return _bounded(proof.get("jwt"))
    if proof is not None:
        raise _invalid("Send proofs with the member jwt, and no proof beside it.")
    if not isinstance(proofs, dict) or set(proofs) != {"jwt"}:
        raise _invalid("Send proofs with exactly one member, jwt.")
    values = proofs["jwt"]
    if not isinstance(values, list) or len(values) != 1:
        raise _invalid("Send exactly one proof: one credential is issued at a time.")
    return _bounded(values[0])


def _bounded(proof: object) -> str:
    if not isinstance(proof, str):
        raise _invalid("The proof is not a JWT.")
    if len(proof) > MAX_PROOF_CHARS:
        raise _invalid("The proof is too long.")
    return proof


def verify_key_proof(token: str, *, audience: str) -> KeyProof:
    """Verify a key proof in all but the freshness of its nonce.

    Raises:
        ProtocolError: ``invalid_proof``, with what is wrong.
    """
    try:
        jws = parse_compact(token)
        key = _key_of(jws.header)
        if key.curve not in _CURVES:
            raise _invalid("The key must be a P-256 or an Ed25519 key.")
        verify_parsed(jws, key=key, typ=PROOF_TYPE, algorithms=PROOF_ALGORITHMS)
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


def _key_of(header: Mapping[str, Any]) -> PublicKey:
    """Return the key that a header names in exactly one way, by ``jwk`` or by ``kid``.

    Raises:
        ProtocolError: ``invalid_proof``.
        ResumeError: the key cannot be read.
    """
    named = [name for name in _KEYS if name in header]
    jwk, kid = header.get("jwk"), header.get("kid")
    if named == ["jwk"] and isinstance(jwk, dict):
        return public_key_from_jwk(jwk)
    if named == ["kid"] and isinstance(kid, str):
        url = parse_did_url(kid)
        resolve = _DID_KEYS.get(url.method)
        if resolve is None:
            raise _invalid("A kid must be the DID URL of a did:key or a did:jwk; or send the key as jwk.")
        # Some wallets leave the fragment out: these methods have one key, so the DID alone names it.
        return resolve(kid) if kid == url.did else verification_key(kid)
    raise _invalid("Name the key in the header in exactly one way: as jwk, or as kid, the URL of a DID.")


def _invalid(description: str) -> ProtocolError:
    return ProtocolError("invalid_proof", description)
