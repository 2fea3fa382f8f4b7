"""Strings of the contracts are any bytes: each is read, and what is no text as one that nobody trusts."""

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.texts import parse_text
from digital_resume.core.trust.issuers import UNREADABLE


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200))
def test_text_is_read_as_it_is(text: str) -> None:
    assert parse_text(text.encode()) == text


@pytest.mark.parametrize(
    "data",
    [b"\xff", b"a\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\0b", b"x" * 4_097],
)
def test_what_is_no_text_is_one_mark_whoever_wrote_it(data: bytes) -> None:
    assert parse_text(data) == UNREADABLE


@given(st.binary(max_size=100))
def test_any_bytes_in_a_string_are_decoded(data: bytes) -> None:
    codec = ChainClient(["http://127.0.0.1:9"]).web3.codec
    assert codec.decode(["string", "uint8"], encode(["bytes", "uint8"], [data, 7])) == (parse_text(data), 7)
