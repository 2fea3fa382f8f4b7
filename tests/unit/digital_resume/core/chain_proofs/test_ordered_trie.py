"""The root over an ordered list is that of a naively built trie, whatever its length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.chain_proofs.ordered_trie import ordered_trie_root
from digital_resume.core.chain_proofs.trie import EMPTY_TRIE
from digital_resume.core.encoding.rlp import encode_rlp
from tests.fakes.trie import ReferenceTrie


def _reference(values: list[bytes]) -> bytes:
    keys = [encode_rlp(i.to_bytes((i.bit_length() + 7) // 8, "big")) for i in range(len(values))]
    return ReferenceTrie(dict(zip(keys, values, strict=True))).root


@pytest.mark.parametrize("count", [1, 2, 3, 15, 16, 17, 127, 128, 129, 255, 256, 257, 400])
def test_the_root_is_the_reference_tries(count: int) -> None:
    values = [bytes([1 + index % 255]) * (1 + index % 90) for index in range(count)]
    assert ordered_trie_root(values) == _reference(values)


@given(st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=40))
def test_it_is_so_for_any_values(values: list[bytes]) -> None:
    assert ordered_trie_root(values) == _reference(values)


def test_an_empty_list_has_the_empty_tries_root() -> None:
    assert ordered_trie_root([]) == EMPTY_TRIE


def test_the_order_counts() -> None:
    assert ordered_trie_root([b"a", b"b"]) != ordered_trie_root([b"b", b"a"])
