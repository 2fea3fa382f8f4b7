"""Strict base64url (RFC 4648 section 5, without padding).

It refuses what several decoders let pass: padding, line breaks, the other alphabet, non-zero trailing bits.
"""

import binascii
from collections.abc import Sequence

from digital_resume.core.errors import LimitError, MalformedError

# The other alphabet's characters, and padding, become one that strict decoding refuses.
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/???")
# No padding makes a single character in the last group decodable.
_PADDING = (b"", b"", b"==", b"=")
_NOT_BASE64URL = "A value is not base64url without padding (RFC 4648 section 5)."
# Characters whose unused low bits are zero, by the number of characters in the last group.
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")


def b64u_encode(data: bytes) -> str:
    """Encode ``data`` as base64url without padding."""
    encoded = binascii.b2a_base64(data, newline=False).rstrip(b"=")
    return encoded.replace(b"+", b"-").replace(b"/", b"_").decode("ascii")


def b64u_encode_all(values: Sequence[bytes]) -> list[str]:
    """Encode values that are all of one size, such as digests, together; as ``b64u_encode`` each."""
    if not values:
        return []
    size = len(values[0])
    # Filled up with zero bytes to whole groups, so that each begins a group of its own.
    filler = bytes(-size % 3)
    joined = binascii.b2a_base64(filler.join([*values, b""]), newline=False)
    text = joined.replace(b"+", b"-").replace(b"/", b"_").decode("ascii")
    chars, step = (size * 4 + 2) // 3, (size + len(filler)) // 3 * 4
    return [text[start : start + chars] for start in range(0, len(text), step)]


def b64u_decode(text: str, *, max_bytes: int = 1_048_576) -> bytes:
    """Decode base64url without padding, accepting only the one canonical spelling.

    Args:
        text: characters of the URL-safe alphabet.
        max_bytes: largest decoded size accepted.

    Raises:
        LimitError: it would decode to more than ``max_bytes``.
        MalformedError: another alphabet, padding, an impossible length or non-zero trailing bits.
    """
    if len(text) > (max_bytes * 4 + 2) // 3 + 1:
        raise LimitError(f"A base64url value is longer than {max_bytes} bytes. Send a smaller one.")
    return decode_standard(text.encode("ascii", "replace").translate(_FROM_URL))


def to_standard(text: str) -> bytes:
    """Write base64url in the alphabet of ``decode_standard``; marks between values stay where they are.

    For a text of several values, so that it is looked through once.

    Raises:
        MalformedError: it has characters of the other alphabet, padding, or others than ASCII.
    """
    try:
        encoded = text.encode("ascii")
    except UnicodeEncodeError:
        encoded = b"="
    if b"=" in encoded or b"+" in encoded or b"/" in encoded:
        raise MalformedError(_NOT_BASE64URL)
    return encoded.replace(b"-", b"+").replace(b"_", b"/")


def decode_standard(encoded: bytes) -> bytes:
    """Decode one value of what ``to_standard`` wrote, as strictly as ``b64u_decode`` but of any size.

    Raises:
        MalformedError: another alphabet, padding, an impossible length or non-zero trailing bits.
    """
    last = len(encoded) % 4
    try:
        raw = binascii.a2b_base64(encoded + _PADDING[last], strict_mode=True)
    except binascii.Error as error:
        raise MalformedError(_NOT_BASE64URL) from error
    if last and encoded[-1] not in _LAST[last]:
        raise MalformedError("A base64url value has stray trailing bits; encode it canonically.")
    return raw
