"""RLP: what the kept library makes is read, and nothing else."""

import pytest
import rlp as reference_rlp
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.encoding.rlp import decode_integer, decode_rlp, encode_rlp
from digital_resume.core.errors import ReceiptError
from tests.fakes.trie import rlp

items = st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=17), max_leaves=30)


@settings(deadline=None)
@given(items)
def test_rlp_is_what_the_kept_library_makes(item: object) -> None:
    raw = rlp(item)  # type: ignore[arg-type]  # hypothesis' recursive strategy has no better type
    assert raw == reference_rlp.encode(item)
    try:
        assert decode_rlp(raw) == item
    except ReceiptError:
        assert _depth(item) > 8


@settings(deadline=None, max_examples=500)
@given(st.binary(max_size=100))
def test_only_canonical_rlp_is_read(raw: bytes) -> None:
    try:
        item = decode_rlp(raw)
    except ReceiptError:
        with pytest.raises(Exception):  # noqa: B017, PT011  # whatever the library raises
            reference_rlp.decode(raw, strict=True)
        return
    assert rlp(item) == raw


@given(st.one_of(st.binary(max_size=70), st.lists(st.binary(max_size=70), max_size=20)))
def test_encoding_is_undone_by_decoding(item: bytes | list[bytes]) -> None:
    assert decode_rlp(encode_rlp(item)) == item


@pytest.mark.parametrize("wrong", [b"\0", b"\0\1", b"123456789", [b""]])
def test_an_integer_has_no_leading_zero_and_fits(wrong: bytes) -> None:
    with pytest.raises(ReceiptError):
        decode_integer(wrong)


def test_a_deep_nest_is_refused_without_recursion_running_out() -> None:
    with pytest.raises(ReceiptError):
        decode_rlp(b"\xc1" * 15_000 + b"\xc0")


def _depth(item: object) -> int:
    return 1 + max((_depth(each) for each in item), default=0) if isinstance(item, list) else 0
