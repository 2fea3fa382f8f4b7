"""Token Status List: the array as ``statuslist+jwt`` (draft-ietf-oauth-status-list, sections 4 and 5.1)."""

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import as_seconds
from digital_resume.core.encoding.inflate import inflate
from digital_resume.core.errors import LimitError, MalformedError, StatusError
from digital_resume.core.identifiers.did import parse_did_url
from digital_resume.core.keys.signing import PublicKey
from digital_resume.core.ports import Signer
from digital_resume.core.securing.jws import sign_compact, verify_compact
from digital_resume.core.status.status_array import MAX_ENTRIES, StatusArray

STATUS_LIST_TYPE: Final = "statuslist+jwt"
CLOCK_SKEW: Final = timedelta(minutes=5)
# A list with random statuses does not compress; zlib then adds a little.
_MAX_COMPRESSED: Final = MAX_ENTRIES // 4 + 65_536
MAX_TOKEN_CHARS: Final = _MAX_COMPRESSED * 16 // 9 + 8_192
"""Longest token accepted: base64url of JSON that holds base64url."""


@dataclass(frozen=True, slots=True)
class VerifiedStatusList:
    """A status list token whose signature, subject and times hold.

    Attributes:
        uri: the list (``sub``).
        statuses: the array.
        issued_at: ``iat``.
        expires_at: ``exp``, or ``None``.
        ttl: seconds a copy may be kept, or ``None``.
        kid: key that signed.
    """

    uri: str
    statuses: StatusArray
    issued_at: datetime
    expires_at: datetime | None
    ttl: int | None
    kid: str | None


def encode_status_list(statuses: StatusArray) -> dict[str, Any]:
    """Return the ``status_list`` member: ``{"bits": 2, "lst": …}``."""
    return {"bits": 2, "lst": b64u_encode(zlib.compress(statuses.raw, 9))}


def decode_status_list(member: object) -> StatusArray:
    """Decode a ``status_list`` member of 1, 2, 4 or 8 bits an entry (section 4.1).

    Raises:
        StatusError: not of the form, another number of bits (``status_bits``), or a value above 3, which is
            an application's own and means nothing here (``status_value``).
        LimitError: more than ``MAX_ENTRIES`` entries.
    """
    if not isinstance(member, dict) or not isinstance(member.get("lst"), str):
        raise StatusError("The status list token holds no status_list.")
    bits = member.get("bits")
    if isinstance(bits, bool) or bits not in (1, 2, 4, 8):
        raise StatusError("The status list does not have 1, 2, 4 or 8 bits an entry.", code="status_bits")
    try:
        compressed = b64u_decode(member["lst"], max_bytes=_MAX_COMPRESSED)
    except LimitError:
        raise
    except MalformedError as error:
        raise StatusError("The status list is not base64url.") from error
    return StatusArray(_two_bits(inflate(compressed, "zlib", max_bytes=MAX_ENTRIES * bits // 8), bits))


def _two_bits(raw: bytes, bits: int) -> bytes:
    """Return entries of ``bits`` bits, the least significant first, in 2 bits each."""
    if bits == 2:
        return raw
    if bits == 1:
        wide = [
            sum((byte >> bit & 1) << 2 * bit for bit in range(8)).to_bytes(2, "little") for byte in range(256)
        ]
        return b"".join(map(wide.__getitem__, raw))
    if any(raw.translate(_ABOVE_THREE[bits])):
        raise StatusError("The status list has values of an application's own.", code="status_value")
    if bits == 8:
        raw = raw.ljust(-(-len(raw) // 4) * 4, b"\0")
        parts = (raw[at::4] for at in range(4))
        return bytes(a | b << 2 | c << 4 | d << 6 for a, b, c, d in zip(*parts, strict=True))
    raw = raw.ljust(-(-len(raw) // 2) * 2, b"\0")
    return bytes(
        low & 3 | (low >> 4) << 2 | (high & 3) << 4 | (high >> 4) << 6
        for low, high in zip(raw[::2], raw[1::2], strict=True)
    )


#: By bits an entry: which bytes hold a value above 3.
_ABOVE_THREE: Final = {
    4: bytes(byte & 0xCC for byte in range(256)),
    8: bytes(byte & 0xFC for byte in range(256)),
}


def build_status_list_token(
    statuses: StatusArray,
    *,
    uri: str,
    signer: Signer,
    issued_at: datetime,
    expires_at: datetime,
    ttl: int,
) -> str:
    """Sign a status list token.

    Args:
        statuses: the array.
        uri: where it is served; becomes ``sub``.
        signer: the institution's key.
        issued_at: moment of signing.
        expires_at: after which the token may not be used.
        ttl: seconds a verifier may keep its copy.
    """
    return sign_compact(
        {"typ": STATUS_LIST_TYPE, "kid": signer.verification_method},
        {
            # Not asked for by the specification; verifiers find the key by it (openvc-core).
            "iss": parse_did_url(signer.verification_method).did,
            "sub": uri,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "ttl": ttl,
            "status_list": encode_status_list(statuses),
        },
        signer,
    )


def verify_status_list_token(token: str, *, key: PublicKey, uri: str, now: datetime) -> VerifiedStatusList:
    """Verify a status list token (section 8.3).

    Args:
        token: the compact JWT.
        key: the institution's key.
        uri: the list asked for.
        now: present moment, timezone-aware.

    Raises:
        MalformedError: the form is broken.
        ProofError: signature, algorithm or type.
        StatusError: it is another list's, expired, from the future, or its array is broken.
    """
    jws = verify_compact(token, key=key, typ=STATUS_LIST_TYPE, max_chars=MAX_TOKEN_CHARS)
    claims = jws.claims()
    if claims.get("sub") != uri:
        raise StatusError("The status list token is another list's (sub).", code="status_wrong_list")
    issued = datetime.fromtimestamp(as_seconds(claims.get("iat"), "The status list's iat"), UTC)
    if issued > now + CLOCK_SKEW:
        raise StatusError("The status list token is dated in the future.", code="status_not_yet_valid")
    expires = None
    if "exp" in claims:
        expires = datetime.fromtimestamp(as_seconds(claims["exp"], "The status list's exp"), UTC)
        if expires <= now:
            raise StatusError("The status list token has expired; fetch a newer one.", code="status_expired")
    ttl = claims.get("ttl")
    if ttl is not None and (isinstance(ttl, bool) or not isinstance(ttl, int) or ttl <= 0):
        raise StatusError("The status list's ttl is not a positive number of seconds.")
    return VerifiedStatusList(
        uri, decode_status_list(claims.get("status_list")), issued, expires, ttl, jws.kid
    )
