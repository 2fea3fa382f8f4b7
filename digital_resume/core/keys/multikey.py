"""Multikey: public and secret keys as one multibase base58btc string.

Controlled Identifiers 1.0 section 2.2.2 (Multikey) and 2.4 (multibase); codecs from the multicodec table.
Only the bytes are looked at here: whether they are a point of the curve is decided by
``digital_resume.core.keys.signing``.
"""

from typing import Final, Literal, NamedTuple

from digital_resume.core.errors import IdentifierError

Curve = Literal["Ed25519", "P-256", "P-384"]

MAX_BASE58_CHARS = 1_024
"""Longest base58 text decoded: the conversion's cost grows with the square of the length."""

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_NO_DIGIT: Final = 255
_VALUES: Final = bytes(
    value if (value := _ALPHABET.find(chr(code))) >= 0 else _NO_DIGIT for code in range(256)
)
_PAIRS: Final = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
# Arithmetic on the whole number is what costs: encoding takes ten characters off it at a time, and these by
# fours and twos.
_TEN: Final = 58**10
_FOUR: Final = 58**4
_TWO: Final = 58**2


def _folds() -> tuple[tuple[int, int, int, int], ...]:
    """Return, for runs of 1, 2, 4 … digits: bits of a run, mask of every other run, and its weight."""
    folds = []
    run = 1
    while run < MAX_BASE58_CHARS:
        bits, pairs = 8 * run, MAX_BASE58_CHARS // (2 * run)
        mask = sum(((1 << bits) - 1) << (2 * bits * place) for place in range(pairs))
        folds.append((run, bits, mask, 58**run))
        run *= 2
    return tuple(folds)


_FOLDS: Final = _folds()

_PUBLIC: Final[dict[Curve, tuple[bytes, int]]] = {
    "Ed25519": (b"\xed\x01", 32),
    "P-256": (b"\x80\x24", 33),
    "P-384": (b"\x81\x24", 49),
}
_SECRET: Final[dict[Curve, tuple[bytes, int]]] = {
    "Ed25519": (b"\x80\x26", 32),
    "P-256": (b"\x86\x26", 32),
    "P-384": (b"\x87\x26", 48),
}


class Multikey(NamedTuple):
    """A key's curve and its raw bytes (compressed point, Ed25519 public key, scalar or seed)."""

    curve: Curve
    raw: bytes


def base58_encode(data: bytes) -> str:
    """Encode bytes in the Bitcoin base58 alphabet; every leading zero byte becomes a ``1``."""
    number = int.from_bytes(data, "big")
    text, pairs = "", _PAIRS
    while number:
        number, ten = divmod(number, _TEN)
        six, four = divmod(ten, _FOUR)
        two, middle = divmod(six, _FOUR)
        text = (
            f"{pairs[two]}{pairs[middle // _TWO]}{pairs[middle % _TWO]}"
            f"{pairs[four // _TWO]}{pairs[four % _TWO]}{text}"
        )
    text = text.lstrip("1")
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base58_decode(text: str, *, max_chars: int = MAX_BASE58_CHARS) -> bytes:
    """Decode the Bitcoin base58 alphabet.

    Raises:
        IdentifierError: longer than ``max_chars`` or a character outside the alphabet.
    """
    if len(text) > min(max_chars, MAX_BASE58_CHARS):
        raise IdentifierError(f"A base58 value is longer than {max_chars} characters.")
    digits = text.encode("ascii", "replace").translate(_VALUES)
    if _NO_DIGIT in digits:
        raise IdentifierError("A value has a character that base58btc does not have.")
    # A byte holds a digit. Neighbours become one number in two bytes, all of them at once, then their
    # neighbours in four, and so on: a few operations on long integers instead of one for each digit.
    number = int.from_bytes(digits, "big")
    for run, bits, mask, weight in _FOLDS:
        if run >= len(digits):
            break
        number = (number & mask) + ((number >> bits) & mask) * weight
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multibase_encode(data: bytes) -> str:
    """Encode bytes as multibase base58btc: ``z`` and base58."""
    return "z" + base58_encode(data)


def multibase_decode(text: str, *, max_chars: int = MAX_BASE58_CHARS) -> bytes:
    """Decode multibase base58btc.

    Raises:
        IdentifierError: no ``z`` header, too long or not base58.
    """
    if not text.startswith("z"):
        raise IdentifierError("A multibase value must begin with 'z' (base58btc).")
    return base58_decode(text[1:], max_chars=max_chars)


def encode_multikey(curve: Curve, raw: bytes) -> str:
    """Encode a public key as a Multikey string.

    Args:
        curve: ``Ed25519``, ``P-256`` or ``P-384``.
        raw: 32 bytes for Ed25519, else the compressed point (33 or 49 bytes).

    Raises:
        IdentifierError: ``unsupportedPublicKeyType`` or ``invalidPublicKeyLength``.
    """
    return _encode(_PUBLIC, curve, raw)


def decode_multikey(text: str) -> Multikey:
    """Decode the Multikey string of a public key.

    Raises:
        IdentifierError: ``invalidDid`` when not base58btc multibase, ``unsupportedPublicKeyType`` for another
            codec, ``invalidPublicKeyLength`` when the bytes are not the codec's length (did:key 0.9).
    """
    return _decode(_PUBLIC, text)


def encode_secret_multikey(curve: Curve, raw: bytes) -> str:
    """Encode a secret key as a Multikey string; errors as ``encode_multikey``."""
    return _encode(_SECRET, curve, raw)


def decode_secret_multikey(text: str) -> Multikey:
    """Decode the Multikey string of a secret key; errors as ``decode_multikey``."""
    return _decode(_SECRET, text)


def _encode(table: dict[Curve, tuple[bytes, int]], curve: Curve, raw: bytes) -> str:
    if curve not in table:
        raise IdentifierError("This kind of key is not supported.", code="unsupportedPublicKeyType")
    prefix, length = table[curve]
    if len(raw) != length:
        raise IdentifierError(
            f"A {curve} key has {length} bytes, not {len(raw)}.", code="invalidPublicKeyLength"
        )
    return multibase_encode(prefix + raw)


def _decode(table: dict[Curve, tuple[bytes, int]], text: str) -> Multikey:
    data = multibase_decode(text, max_chars=128)
    for curve, (prefix, length) in table.items():
        if data.startswith(prefix):
            raw = data[len(prefix) :]
            if len(raw) != length:
                raise IdentifierError(
                    f"A {curve} key has {length} bytes, not {len(raw)}.", code="invalidPublicKeyLength"
                )
            return Multikey(curve, raw)
    raise IdentifierError(
        "The multikey's type is not supported; use Ed25519, P-256 or P-384.", code="unsupportedPublicKeyType"
    )
