"""The CBOR of proof values (RFC 8949): integers, byte and text strings, arrays and maps of definite length.

A general decoder would build dates, regular expressions and shared references out of foreign bytes; proof
values have none of these, so this one knows none.
"""

from typing import Any, Final

from digital_resume.core.errors import MalformedError

MAX_DEPTH: Final = 4
_UINT8_ARRAY: Final = 64  # RFC 8746: some encoders tag byte strings so


def encode_cbor(value: object) -> bytes:
    """Encode in CBOR's preferred form, a map's entries in their given order.

    Raises:
        TypeError: something else than non-negative integers, bytes, strings, lists and dictionaries.
    """
    if isinstance(value, bool):
        raise TypeError("booleans are not part of proof values")
    if isinstance(value, int):
        return _head(0, value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        data = value.encode()
        return _head(3, len(data)) + data
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(encode_cbor, value))
    if isinstance(value, dict):
        entries = (encode_cbor(name) + encode_cbor(item) for name, item in value.items())
        return _head(5, len(value)) + b"".join(entries)
    raise TypeError(f"{type(value).__name__} is not part of proof values")


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise TypeError("the number is too large")


def decode_cbor(data: bytes) -> Any:
    """Decode one value that fills ``data``.

    Raises:
        MalformedError: not CBOR of these kinds, or bytes left over.
    """
    reader = _Reader(data)
    value = reader.value(0)
    if reader.position != len(data):
        raise MalformedError("A proof value has bytes behind its end.")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._data):
            raise MalformedError("A proof value is cut off.")
        part = self._data[self.position : end]
        self.position = end
        return part

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise MalformedError("A proof value is nested too deeply.")
        first = self._take(1)[0]
        major, number = first >> 5, first & 31
        if 24 <= number <= 27:
            number = int.from_bytes(self._take(1 << (number - 24)), "big")
        elif number > 27:
            raise MalformedError("A proof value has lengths that are not definite.")
        if major == 0:
            return number
        if major == 2:
            return self._take(number)
        if major == 3:
            try:
                return self._take(number).decode()
            except UnicodeDecodeError as error:
                raise MalformedError("A proof value has text that is not UTF-8.") from error
        # Every element takes a byte at least, so a length beyond the data ends at once.
        if major in (4, 5) and number > len(self._data):
            raise MalformedError("A proof value is cut off.")
        if major == 4:
            return [self.value(depth + 1) for _ in range(number)]
        if major == 5:
            return self._map(number, depth)
        if major == 6 and number == _UINT8_ARRAY:
            value = self.value(depth + 1)
            if isinstance(value, bytes):
                return value
        raise MalformedError("A proof value has something that proof values do not have.")

    def _map(self, count: int, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for _ in range(count):
            name = self.value(depth + 1)
            if not isinstance(name, (int, str)) or name in found:
                raise MalformedError("A map of a proof value has an unusable or repeated key.")
            found[name] = self.value(depth + 1)
        return found
