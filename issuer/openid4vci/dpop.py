"""DPoP: an access token that only the key can use which asked for it (RFC 9449).

A client that sends a proof to the token endpoint is given a token bound to the proof's key, and sends a new
proof with every use of the token; a client that sends none has a bearer token. Checked in this order
(section 4.3):

1. header: ``typ``, an asymmetric algorithm, the public key as ``jwk``; 2. signature; 3. ``htm`` and ``htu``
are this request's; 4. ``ath`` is the access token's, where one is used; 5. time: ``iat`` is near, or
``nonce`` is ours and not old; 6. the key is the one that the token is bound to; 7. ``jti`` is new.

A phone's clock may be off. A proof whose ``iat`` is not near is answered with a nonce that this server dated
(section 8), and with that nonce its own date no longer matters. Nonces are not stored: they carry their date
and a MAC.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Insert
from sqlalchemy.dialects.postgresql import insert

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import as_seconds
from digital_resume.core.errors import ResumeError
from digital_resume.core.keys.signing import jwk_thumbprint, public_key_from_jwk
from digital_resume.core.securing.jws import parse_compact, verify_parsed
from issuer.bearer_secrets import same
from issuer.context import Context
from issuer.openid4vci.errors import DPOP_ALGORITHMS, ProtocolError
from issuer.openid4vci.models import DpopProof

PROOF_TYPE: Final = "dpop+jwt"
MAX_PROOF_CHARS: Final = 8_192
#: How far ``iat`` may lie before or after this server's time, and how long a nonce is taken.
WINDOW: Final = timedelta(minutes=5)
_MAX_TEXT: Final = 1_024
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds, but for whether it was used before.

    Attributes:
        thumbprint: RFC 7638 thumbprint of its key.
        digest: what tells it from every other proof.
        expires_at: from when on it is refused for its age.
    """

    thumbprint: bytes
    digest: bytes
    expires_at: datetime


def verify_proof(
    context: Context, proof: str, *, method: str, url: str, token: str | None = None, status: int = 400
) -> Proof:
    """Verify a DPoP proof in all but whether it is new.

    Args:
        context: the running issuer.
        proof: value of the ``DPoP`` header.
        method: the request's HTTP method.
        url: the endpoint's address, without query.
        token: the access token that it is used with; ``None`` at the token endpoint.
        status: HTTP status of an error: 400 at the token endpoint, 401 elsewhere.

    Raises:
        ProtocolError: ``invalid_dpop_proof``, or ``use_dpop_nonce`` with a nonce.
    """
    try:
        jws = parse_compact(proof, max_chars=MAX_PROOF_CHARS)
        if not isinstance(jws.header.get("jwk"), dict):
            raise _invalid("Name the key in the proof's header as jwk.", status)
        key = public_key_from_jwk(jws.header["jwk"])
        verify_parsed(jws, key=key, typ=PROOF_TYPE, algorithms=DPOP_ALGORITHMS)
        claims = jws.claims()
        issued = as_seconds(claims.get("iat"), "The proof's iat")
    except ResumeError as error:
        raise _invalid(error.message, status) from None
    identifier = claims.get("jti")
    if not isinstance(identifier, str) or not 0 < len(identifier) <= _MAX_TEXT:
        raise _invalid("The proof needs a jti of its own.", status)
    if claims.get("htm") != method or not _is_same_address(claims.get("htu"), url):
        raise _invalid("The proof is for another request: htm and htu must be this one's.", status)
    if token is not None and not _is_hash_of(claims.get("ath"), token):
        raise _invalid("The proof is for another access token: ath must be its SHA-256.", status)
    _check_time(context, issued, claims.get("nonce"), status)
    thumbprint = b64u_decode(jwk_thumbprint(key))
    # The same jti may come from another key, or for another address, by chance or on purpose.
    digest = hashlib.sha256(b"|".join((thumbprint, url.encode(), identifier.encode("utf-8", "replace"))))
    return Proof(thumbprint, digest.digest(), context.clock.now() + 2 * WINDOW)


def use_once(proof: Proof) -> Insert:
    """Return the statement that uses a proof up; it returns no row when the proof was used before."""
    return (
        insert(DpopProof)
        .values(digest=proof.digest, expires_at=proof.expires_at)
        .on_conflict_do_nothing()
        .returning(DpopProof.digest)
    )


def used_before(status: int) -> ProtocolError:
    """Return the error of a proof whose ``jti`` was there before."""
    return _invalid("This proof was used already: sign a new one for each request.", status)


def new_nonce(context: Context) -> str:
    """Make a nonce for proofs: when it was made, and a MAC over that."""
    made = int(context.clock.now().timestamp()).to_bytes(8, "big", signed=True)
    return b64u_encode(made + context.cipher.dpop_nonce_mac(made))


def _check_time(context: Context, issued: int, nonce: object, status: int) -> None:
    now = context.clock.now().timestamp()
    if nonce is None and abs(now - issued) <= WINDOW.total_seconds():
        return
    if isinstance(nonce, str) and _is_fresh(context, nonce, now):
        return
    raise ProtocolError(
        "use_dpop_nonce",
        "The proof is not of now, or its nonce is not: sign it again with the nonce of DPoP-Nonce.",
        status=status,
        dpop_nonce=new_nonce(context),
    )


def _is_fresh(context: Context, nonce: str, now: float) -> bool:
    try:
        raw = b64u_decode(nonce, max_bytes=64)
    except ResumeError:
        return False
    made, mac = raw[:8], raw[8:]
    if len(made) < 8 or not same(mac, context.cipher.dpop_nonce_mac(made)):
        return False
    return abs(now - int.from_bytes(made, "big", signed=True)) <= WINDOW.total_seconds()


def _is_hash_of(value: object, token: str) -> bool:
    expected = b64u_encode(hashlib.sha256(token.encode("utf-8", "replace")).digest())
    return isinstance(value, str) and same(value.encode("utf-8", "replace"), expected.encode())


def _is_same_address(value: object, url: str) -> bool:
    """Compare after normalisation, without query and fragment (section 4.3, step 9)."""
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return False
    try:
        return _normal(value) == _normal(url)
    except ValueError:
        return False


def _normal(url: str) -> tuple[Any, ...]:
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return (parts.scheme, parts.username, parts.password, parts.hostname, port, parts.path or "/")


def _invalid(description: str, status: int) -> ProtocolError:
    return ProtocolError("invalid_dpop_proof", description, status=status)
