"""Quantities and data of JSON-RPC: exactly that form, or a domain error."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.encoding.hexadecimal import parse_data, parse_quantity
from digital_resume.core.errors import MalformedError

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)


@given(st.integers(min_value=0, max_value=2**256 - 1))
def test_a_quantity_is_read_back(number: int) -> None:
    assert parse_quantity(hex(number)) == number
    assert parse_quantity(hex(number).upper().replace("0X", "0x")) == number


@given(st.binary(max_size=100))
def test_data_are_read_back(data: bytes) -> None:
    assert parse_data("0x" + data.hex()) == data


@pytest.mark.parametrize(
    "raw", ["-0x1", "0x_1", " 0x1", "0x1 ", "1", "0x", None, 1, "0x" + "1" * 65, "0x1\n", []]
)
def test_what_is_no_quantity_is_refused(raw: Any) -> None:
    with pytest.raises(MalformedError):
        parse_quantity(raw)


@pytest.mark.parametrize("raw", ["0x1", "12", "0xzz", None, 7, b"0x12", ["0x"], {}])
def test_what_is_no_data_is_refused(raw: Any) -> None:
    with pytest.raises(MalformedError):
        parse_data(raw)


@given(JSON)
def test_nothing_else_than_a_domain_error_is_raised(raw: Any) -> None:
    for parse in (parse_quantity, parse_data):
        try:
            parse(raw)
        except MalformedError:
            continue
