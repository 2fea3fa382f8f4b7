"""A block's hash fixes its header, the header its filter and receipts: whatever is altered is noticed."""

import copy
from typing import Any

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.chain_proofs.blocks import (
    HEADER_FIELDS,
    LATER_HEADER_FIELDS,
    LogProver,
    bloom_bits,
    encode_header,
)
from digital_resume.core.chain_proofs.ordered_trie import ordered_trie_root
from digital_resume.core.encoding.rlp import encode_rlp
from digital_resume.core.errors import ReceiptError

OURS, OTHERS = "0x" + "11" * 20, "0x" + "22" * 20
TOPIC, ELSE = (
    keccak(text="Anchored(address,bytes32,uint64)"),
    keccak(text="Transfer(address,address,uint256)"),
)
QUANTITIES = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed")
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=9) | st.sampled_from(["0x", "0x1", "0x12", OURS]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["logs", "type", "status", "root", "topics", "data"]), inner)
    ),
    max_leaves=9,
)


def log(address: str, *topics: bytes) -> dict[str, Any]:
    return {"address": address, "topics": ["0x" + topic.hex() for topic in topics], "data": "0x0102"}


def receipt(*logs: dict[str, Any], kind: str = "0x2") -> dict[str, Any]:
    bloom = "0x" + "00" * 256
    return {
        "type": kind,
        "status": "0x1",
        "cumulativeGasUsed": "0x5208",
        "logsBloom": bloom,
        "logs": list(logs),
    }


def root_of(receipts: list[dict[str, Any]]) -> bytes:
    """Return the root as the Yellow Paper has it, by another hand than the product's."""
    encoded = []
    for one in receipts:
        logs = [
            [bytes.fromhex(x["address"][2:]), [bytes.fromhex(t[2:]) for t in x["topics"]], b"\x01\x02"]
            for x in one["logs"]
        ]
        body = encode_rlp([b"\x01" if one["status"] == "0x1" else b"", b"\x52\x08", bytes(256), logs])
        kind = int(one["type"], 16)
        encoded.append((bytes([kind]) if kind else b"") + body)
    return ordered_trie_root(encoded)


def block(receipts: list[dict[str, Any]], bloom: int = 0, later: int = 2) -> dict[str, Any]:
    """Make a block whose header commits to receipts; its hash is made here, member by member."""
    made: dict[str, Any] = dict.fromkeys(HEADER_FIELDS, "0x" + "00" * 32)
    made |= {
        "miner": OTHERS,
        "nonce": "0x" + "00" * 8,
        "extraData": "0x",
        "difficulty": "0x0",
        "number": "0x10",
    }
    made |= {"gasLimit": "0x1c9c380", "gasUsed": "0x5208", "timestamp": "0x6502"}
    made |= {"logsBloom": "0x" + bloom.to_bytes(256).hex(), "receiptsRoot": "0x" + root_of(receipts).hex()}
    made |= dict(zip(LATER_HEADER_FIELDS, ["0x7", "0x" + "33" * 32, "0x0", "0x0"][:later], strict=False))
    members = []
    for name in (*HEADER_FIELDS, *LATER_HEADER_FIELDS[:later]):
        number = int(made[name], 16) if name in (*QUANTITIES, "excessBlobGas") else None
        short = b"" if number is None else number.to_bytes((number.bit_length() + 7) // 8)
        members.append(bytes.fromhex(made[name][2:]) if number is None else short)
    return {**made, "hash": "0x" + keccak(encode_rlp(members)).hex()}


@pytest.mark.parametrize("later", [0, 1, 2, 4])
def test_a_header_is_the_one_that_the_hash_fixes(later: int) -> None:
    made = block([], later=later)
    assert "0x" + keccak(encode_header(made)).hex() == made["hash"]
    for name in HEADER_FIELDS:
        wrong = {**made, name: "0x1" if name in QUANTITIES else made[name].replace("0x", "0xab", 1)}
        if name in ("difficulty", "gasUsed"):
            wrong[name] = "0x5"
        with pytest.raises(ReceiptError) as caught:
            encode_header(wrong)
        assert caught.value.code == "header_unknown"


def test_a_member_that_is_missing_or_unknown_makes_another_header() -> None:
    made = block([], later=2)
    for wrong in (
        {**made, "blobGasUsed": "0x0"},
        {**made, "baseFeePerGas": None},
        {**made, "hash": None},
        None,
        7,
    ):
        with pytest.raises(ReceiptError):
            encode_header(wrong)


def test_a_filter_without_address_or_topic_is_certain() -> None:
    prover = LogProver({OURS: [TOPIC]})
    address, topic = bloom_bits(bytes.fromhex(OURS[2:])), bloom_bits(TOPIC)
    assert prover.may_hold((address | topic).to_bytes(256))
    assert not prover.may_hold(address.to_bytes(256))
    assert not prover.may_hold(topic.to_bytes(256))
    assert not prover.may_hold((bloom_bits(bytes.fromhex(OTHERS[2:])) | topic).to_bytes(256))
    with pytest.raises(ReceiptError) as caught:
        prover.may_hold(bytes(255))
    assert caught.value.code == "logs_unproven"


def test_bloom_bits_are_those_of_the_yellow_paper() -> None:
    bits, digest = bloom_bits(b"testtest"), keccak(b"testtest")
    assert bin(bits).count("1") == 3
    assert bits == sum(1 << (int.from_bytes(digest[at : at + 2]) % 2048) for at in (0, 2, 4))


RECEIPTS = [
    receipt(log(OTHERS, ELSE), kind="0x0"),
    receipt(log(OURS.upper().replace("0X", "0x"), TOPIC), log(OTHERS, TOPIC), log(OURS, ELSE)),
    receipt(),
]


def test_the_contracts_logs_are_given_with_their_place_in_the_block() -> None:
    made = block(RECEIPTS)
    found = LogProver({OURS: [TOPIC]}).logs(made, RECEIPTS)
    assert [(one["logIndex"], one["topics"]) for one in found] == [
        ("0x1", ["0x" + TOPIC.hex()]),
        ("0x3", ["0x" + ELSE.hex()]),
    ]
    assert {(one["blockNumber"], one["blockHash"]) for one in found} == {(made["number"], made["hash"])}


@pytest.mark.parametrize(
    "alter",
    [
        lambda r: r.pop(),
        lambda r: r.append(receipt()),
        lambda r: r.reverse(),
        lambda r: r[1]["logs"].pop(0),
        lambda r: r[1]["logs"].reverse(),
        lambda r: r[1]["logs"][0].update(data="0x03"),
        lambda r: r[1]["logs"][0].update(address=OTHERS),
        lambda r: r[1]["logs"][0]["topics"].append("0x"),
        lambda r: r[1].update(status="0x0"),
        lambda r: r[1].update(type="0xff"),
        lambda r: r[1].update(cumulativeGasUsed="many"),
        lambda r: r[1].update(logs=None),
        lambda r: r.insert(0, None),
        lambda r: r[1].pop("logsBloom"),
    ],
)
def test_altered_receipts_prove_nothing(alter: Any) -> None:
    told = copy.deepcopy(RECEIPTS)
    alter(told)
    with pytest.raises(ReceiptError) as caught:
        LogProver({OURS: [TOPIC]}).logs(block(RECEIPTS), told)
    assert caught.value.code == "logs_unproven"


@given(st.lists(JSON, max_size=4))
def test_hostile_receipts_only_raise_a_domain_error(told: list[Any]) -> None:
    with pytest.raises(ReceiptError):
        LogProver({OURS: [TOPIC]}).logs(block(RECEIPTS), told)


@given(JSON | st.dictionaries(st.sampled_from([*HEADER_FIELDS, "hash"]), JSON))
def test_a_hostile_block_only_raises_a_domain_error(told: Any) -> None:
    with pytest.raises(ReceiptError):
        encode_header(told)
