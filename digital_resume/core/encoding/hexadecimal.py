"""Hexadecimal as JSON-RPC writes it: ``0x`` and digits, for quantities and for data, read strictly."""

import re
from typing import Any, Final

from digital_resume.core.errors import MalformedError

_QUANTITY: Final = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)


def parse_quantity(raw: Any) -> int:
    """Parse a quantity of at most 256 bits.

    Raises:
        MalformedError: it is none.
    """
    if not isinstance(raw, str) or not _QUANTITY.fullmatch(raw):
        raise MalformedError("This is no hexadecimal quantity.", code="hexadecimal_malformed")
    return int(raw, 16)


def parse_data(raw: Any) -> bytes:
    """Parse data: two digits a byte.

    Raises:
        MalformedError: it is none.
    """
    try:
        if raw[:2] != "0x":
            raise ValueError("no 0x")
        return bytes.fromhex(raw[2:])
    except (TypeError, ValueError):
        raise MalformedError("This is no hexadecimal data.", code="hexadecimal_malformed") from None
