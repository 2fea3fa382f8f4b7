"""Entries, leaves and receipts: the bytes on the page of formats, and strict parsing."""

import contextlib
import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.anchoring.leaf import Mechanism, SignedContent
from digital_resume.core.anchoring.merkle import MAX_PATH, MAX_TREE_SIZE, MerkleTree
from digital_resume.core.anchoring.receipt import MAX_RECEIPT_BYTES, Receipt, parse_receipt
from digital_resume.core.errors import ReceiptError
from digital_resume.core.trust.issuers import ChainRef

CHAIN = ChainRef(
    "eip155:20261", "0x" + "ab" * 32, "0x5FbDB2315678afecb367f032d93F642f64180aa3", "0x" + "cd" * 32
)


def receipt_for(index: int = 3, size: int = 5) -> Receipt:
    leaves = [SignedContent(Mechanism.JOSE, bytes([number]), bytes(64)).leaf for number in range(size)]
    tree = MerkleTree(leaves)
    return Receipt(
        leaf=leaves[index],
        index=index,
        size=size,
        path=tree.path(index),
        root=tree.root,
        chain=CHAIN,
        submitter="0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        transaction="0x" + "ef" * 32,
        block_number=7,
        block_time=datetime(2026, 11, 23, 6, tzinfo=UTC),
    )


def test_a_receipt_survives_its_json() -> None:
    receipt = receipt_for()
    again = parse_receipt(json.loads(json.dumps(receipt.to_json())))
    assert again == receipt
    again.verify_path()


def test_the_largest_receipt_fits_into_2_kib() -> None:
    big = Receipt(
        leaf=b"\xff" * 32,
        index=MAX_TREE_SIZE - 1,
        size=MAX_TREE_SIZE,
        path=(b"\xff" * 32,) * MAX_PATH,
        root=b"\xff" * 32,
        chain=CHAIN,
        submitter="0x" + "F" * 40,
        transaction="0x" + "f" * 64,
        block_number=1 << 53,
        block_time=datetime(2500, 1, 1, tzinfo=UTC),
    )
    assert len(json.dumps(big.to_json(), separators=(",", ":"))) <= MAX_RECEIPT_BYTES


def test_an_altered_leaf_does_not_verify() -> None:
    document = receipt_for().to_json() | {"leaf": "00" * 32}
    with pytest.raises(ReceiptError) as caught:
        parse_receipt(document).verify_path()
    assert caught.value.code == "path_mismatch"


def _set(document: dict[str, Any], member: str, value: Any) -> None:
    *parents, last = member.split(".")
    for parent in parents:
        document = document[parent]
    document[last] = value


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", "Receipt"),
        ("leaf", "AB" * 32),
        ("leaf", "ab" * 31),
        ("index", -1),
        ("index", 5),
        ("index", True),
        ("index", 1.0),
        ("index", "1"),
        ("size", 0),
        ("size", MAX_TREE_SIZE + 1),
        ("path", None),
        ("path", ["A" * 42 + "B"]),
        ("path", ["A" * 43] * (MAX_PATH + 1)),
        ("path", ["A" * 44]),
        ("path", [5]),
        ("root", "0x" + "ab" * 31),
        ("chain", []),
        ("chain.id", "eip155:0"),
        ("chain.id", "bip122:1"),
        ("chain.genesis", "ab" * 32),
        ("chain.contract", "0x00"),
        ("chain.codeHash", 3),
        ("chain.more", 3),
        ("submitter", "0x" + "g" * 40),
        ("transaction", "0x" + "AB" * 32),
        ("block", {"number": 1}),
        ("block.number", -1),
        ("block.time", 1 << 60),
        ("block.time", float("nan")),
        ("more", 1),
    ],
)
def test_a_member_out_of_form_is_refused(member: str, value: Any) -> None:
    document = copy.deepcopy(receipt_for().to_json())
    _set(document, member, value)
    with pytest.raises(ReceiptError) as caught:
        parse_receipt(document)
    assert caught.value.code == "receipt_malformed"


@pytest.mark.parametrize("version", [0, 2, "1", True, None])
def test_another_version_is_named_as_such(version: Any) -> None:
    with pytest.raises(ReceiptError) as caught:
        parse_receipt(receipt_for().to_json() | {"version": version})
    assert caught.value.code == "receipt_version_unsupported"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(member=st.sampled_from(sorted(receipt_for().to_json())), value=JSON, whole=JSON)
def test_hostile_json_raises_nothing_but_a_receipt_error(member: str, value: Any, whole: Any) -> None:
    for document in (whole, receipt_for().to_json() | {member: value}):
        with contextlib.suppress(ReceiptError):
            parse_receipt(document)
