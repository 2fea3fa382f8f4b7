"""Proofs out of Ethereum's state: right ones give the value or its absence, wrong ones nothing."""

import contextlib

import pytest
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.chain_proofs.trie import EMPTY_TRIE, value_in_trie
from digital_resume.core.encoding.rlp import decode_rlp
from digital_resume.core.errors import ReceiptError
from tests.fakes.trie import ReferenceTrie

contents = st.dictionaries(st.binary(min_size=1, max_size=3), st.binary(min_size=1, max_size=40), max_size=40)


@pytest.mark.parametrize(
    ("content", "root"),
    [
        ({b"A": b"a" * 50}, "d23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab"),
        (
            {b"doe": b"reindeer", b"dog": b"puppy", b"dogglesworth": b"cat"},
            "8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3",
        ),
        ({}, "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),
    ],
)
def test_the_reference_makes_the_roots_of_ethereums_own_tests(content: dict[bytes, bytes], root: str) -> None:
    assert ReferenceTrie(content).root.hex() == root


@settings(deadline=None)
@given(contents, st.binary(min_size=1, max_size=3))
def test_what_is_there_is_proven_and_what_is_not_too(content: dict[bytes, bytes], other: bytes) -> None:
    trie = ReferenceTrie({keccak(key): value for key, value in content.items()})
    for key in {*content, other}:
        assert value_in_trie(trie.root, key, trie.proof(keccak(key))) == content.get(key)


def test_a_node_that_stands_in_its_parent_is_read() -> None:
    # Two keys of 32 bytes differ in the last digit: their leaves are shorter than 32 bytes.
    trie = ReferenceTrie({b"ab": b"1", b"ac": b"2", b"b" * 40: b"3"})
    assert any(isinstance(each, list) for node in trie.proof(b"ab") for each in decode_rlp(node))


@settings(deadline=None, max_examples=300)
@given(contents, st.data())
def test_an_altered_proof_proves_nothing_false(content: dict[bytes, bytes], data: st.DataObject) -> None:
    trie = ReferenceTrie({keccak(key): value for key, value in content.items()})
    key = data.draw(st.sampled_from([*content, b"nowhere"]))
    nodes = trie.proof(keccak(key))
    change = data.draw(st.sampled_from(["flip", "cut", "drop", "add", "order", "bytes"]))
    at = data.draw(st.integers(0, max(0, len(nodes) - 1)))
    if change == "add":
        nodes.insert(at, data.draw(st.binary(max_size=600)))
    elif nodes and change == "drop":
        del nodes[at]
    elif nodes and change == "order":
        nodes.reverse()
    elif nodes and change == "bytes":
        nodes[at] = data.draw(st.binary(max_size=1_100))
    elif nodes:
        place = data.draw(st.integers(0, len(nodes[at]) - 1))
        flipped = bytes([nodes[at][place] ^ data.draw(st.integers(1, 255))])
        nodes[at] = nodes[at][:place] + (flipped + nodes[at][place + 1 :] if change == "flip" else b"")
    try:
        value = value_in_trie(trie.root, key, nodes)
    except ReceiptError:
        return
    assert value == content.get(key)


@settings(deadline=None)
@given(
    st.binary(min_size=32, max_size=32), st.binary(max_size=8), st.lists(st.binary(max_size=200), max_size=20)
)
def test_hostile_nodes_raise_nothing_but_a_receipt_error(root: bytes, key: bytes, nodes: list[bytes]) -> None:
    if nodes:
        root = keccak(nodes[0])
    with contextlib.suppress(ReceiptError):
        value_in_trie(root, key, nodes)


def test_the_empty_trie_holds_nothing_and_another_root_is_not_empty() -> None:
    assert value_in_trie(EMPTY_TRIE, b"key", []) is None
    with pytest.raises(ReceiptError):
        value_in_trie(keccak(b"other"), b"key", [])
