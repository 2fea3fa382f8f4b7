"""JWS in compact form: parse, sign, verify (RFC 7515, RFC 8725).

The algorithm is decided by the verifier's key and allow-list, never by the token; ``typ`` is always checked;
``crit`` is refused because no extension is understood here. Claims are left to the caller.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from digital_resume.core.encoding.base64url import b64u_encode, decode_standard, to_standard
from digital_resume.core.encoding.bounded_json import dump_json, parse_json_object
from digital_resume.core.errors import LimitError, MalformedError, ProofError
from digital_resume.core.keys.signing import PublicKey
from digital_resume.core.ports import Signer

ALLOWED_ALGORITHMS: Final = frozenset({"ES256", "ES384", "EdDSA"})
"""Every algorithm this product verifies; ``none`` and symmetric ones cannot be added by a token."""

MAX_JWS_CHARS = 524_288
MAX_HEADER_BYTES = 8_192
MAX_SIGNATURE_BYTES = 256
_MAX_KEPT_HEADER_CHARS: Final = 512


class CompactJws(NamedTuple):
    """A parsed compact JWS; whether its signature holds is not known yet.

    Attributes:
        header: the protected header.
        payload: decoded payload bytes.
        signing_input: ASCII ``header.payload`` exactly as it came in.
        signature: decoded signature.
    """

    header: dict[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes

    @property
    def kid(self) -> str | None:
        """The header's ``kid`` when it is a string."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None

    def claims(self) -> dict[str, Any]:
        """Parse the payload, whose size was bounded with the token's, as a JSON object.

        Raises:
            MalformedError: it is not one.
        """
        return parse_json_object(self.payload, max_bytes=len(self.payload))


def parse_compact(token: str, *, max_chars: int = MAX_JWS_CHARS) -> CompactJws:
    """Parse a compact JWS without trusting it.

    Raises:
        LimitError: larger than ``max_chars``.
        MalformedError: not three base64url parts, or a header that is not a JSON object.
    """
    if len(token) > max_chars:
        raise LimitError(f"The token is longer than {max_chars} characters.")
    return parse_standard(token, to_standard(token))


def parse_standard(token: str, encoded: bytes) -> CompactJws:
    """Parse a compact JWS of bounded size that was looked through with others; errors as ``parse_compact``.

    Args:
        token: ``header.payload.signature``.
        encoded: the same as ``to_standard`` wrote it.
    """
    parts = encoded.split(b".")
    if len(parts) != 3 or not all(parts):
        raise MalformedError("The token is not header.payload.signature.")
    header, payload, signature = parts
    if len(header) > MAX_HEADER_BYTES * 4 // 3 + 1 or len(signature) > MAX_SIGNATURE_BYTES * 4 // 3 + 1:
        raise LimitError("The token's header or signature is longer than any that is accepted.")
    members = _flat_header(header) if len(header) <= _MAX_KEPT_HEADER_CHARS else None
    return CompactJws(
        _parse_header(header) if members is None else dict(members),
        decode_standard(payload),
        token[: len(header) + 1 + len(payload)].encode("ascii"),
        decode_standard(signature),
    )


def _parse_header(encoded: bytes) -> dict[str, Any]:
    return parse_json_object(decode_standard(encoded), max_bytes=MAX_HEADER_BYTES, max_depth=8)


@lru_cache(maxsize=1_024)
def _flat_header(encoded: bytes) -> tuple[tuple[str, str], ...] | None:
    """Parse a header of strings only, which is the same in everything that one key signs."""
    header = _parse_header(encoded)
    return tuple(header.items()) if all(type(value) is str for value in header.values()) else None


def sign_compact(header: Mapping[str, Any], payload: bytes | Mapping[str, Any], signer: Signer) -> str:
    """Sign ``payload`` as a compact JWS.

    Args:
        header: protected header without ``alg``, which is the signer's.
        payload: bytes, or an object that is written as JSON.
        signer: the key.
    """
    body = payload if isinstance(payload, bytes) else dump_json(dict(payload))
    protected = dump_json({"alg": signer.algorithm, **{k: v for k, v in header.items() if k != "alg"}})
    signing_input = f"{b64u_encode(protected)}.{b64u_encode(body)}"
    return f"{signing_input}.{b64u_encode(signer.sign(signing_input.encode('ascii')))}"


def check_header(
    header: Mapping[str, Any], *, typ: str, algorithms: Collection[str] = ALLOWED_ALGORITHMS
) -> str:
    """Check a protected header and return its algorithm.

    Raises:
        ProofError: the algorithm is not allowed (``algorithm_not_allowed``), the type is another
            (``wrong_typ``) or the token demands an extension (``crit_not_supported``).
    """
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms or algorithm not in ALLOWED_ALGORITHMS:
        raise ProofError(
            f"The token's algorithm is not one that is accepted here: {', '.join(sorted(algorithms))}. "
            "Have it signed with one of these.",
            code="algorithm_not_allowed",
        )
    if "crit" in header or "b64" in header:
        raise ProofError(
            "The token demands a JWS extension that is not supported.", code="crit_not_supported"
        )
    # RFC 7515 section 4.1.9: "application/" may be left out, and comparison ignores case.
    found = header.get("typ")
    if not isinstance(found, str) or found.lower().removeprefix("application/") != typ.lower().removeprefix(
        "application/"
    ):
        raise ProofError(f"The token's type is not '{typ}'.", code="wrong_typ")
    return algorithm


def verify_parsed(
    jws: CompactJws, *, key: PublicKey, typ: str, algorithms: Collection[str] = ALLOWED_ALGORITHMS
) -> None:
    """Verify header and signature of a parsed JWS with ``key``.

    Raises:
        ProofError: as ``check_header``; the key is of another algorithm; the signature does not hold.
    """
    if check_header(jws.header, typ=typ, algorithms=algorithms) != key.algorithm:
        raise ProofError(
            "The token's algorithm is not that of the key it names.", code="algorithm_not_allowed"
        )
    key.verify(jws.signature, jws.signing_input)


def verify_compact(
    token: str,
    *,
    key: PublicKey,
    typ: str,
    algorithms: Collection[str] = ALLOWED_ALGORITHMS,
    max_chars: int = MAX_JWS_CHARS,
) -> CompactJws:
    """Parse and verify a compact JWS.

    Args:
        token: ``header.payload.signature``.
        key: the key that must have signed.
        typ: required media type, with or without ``application/``.
        algorithms: those allowed here.
        max_chars: largest token accepted.

    Raises:
        MalformedError: as ``parse_compact``.
        ProofError: as ``verify_parsed``.
    """
    jws = parse_compact(token, max_chars=max_chars)
    verify_parsed(jws, key=key, typ=typ, algorithms=algorithms)
    return jws
