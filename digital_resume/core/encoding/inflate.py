"""Bounded decompression: a short text must not become gigabytes."""

import zlib
from typing import Literal

from digital_resume.core.errors import LimitError, StatusError


def inflate(data: bytes, form: Literal["zlib", "gzip"], *, max_bytes: int) -> bytes:
    """Decompress one zlib (RFC 1950) or gzip (RFC 1952) stream.

    Raises:
        LimitError: it would become larger than ``max_bytes``.
        StatusError: not a complete stream, or something follows it.
    """
    inflater = zlib.decompressobj(wbits=31 if form == "gzip" else 15)
    try:
        out = inflater.decompress(data, max_bytes + 1)
    except zlib.error as error:
        raise StatusError(f"The status list is not {form} data.") from error
    if len(out) > max_bytes:
        raise LimitError(f"The status list is larger than {max_bytes} bytes when decompressed.")
    if not inflater.eof or inflater.unused_data:
        raise StatusError(f"The status list's {form} data is cut off or has something after it.")
    return out
