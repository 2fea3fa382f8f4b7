"""Whatever stands in the contracts' logs, the follower goes past it, and nobody else's entry suffers.

Contracts of earlier versions let any bytes into a name. The sequence of a status root is not drawn: the
contract counts it, and a gap is an event that a node keeps back (``test_follower.py``).
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.evm import Web3
from digital_resume.adapters.chain.facts import read_facts
from digital_resume.adapters.chain.texts import MAX_TEXT_BYTES
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.chain_proofs.facts import issuer_record
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.issuers import UNREADABLE, EntryUnreadableError, IssuerStatus
from digital_resume.core.trust.registry import issuer_id
from tests.integration.chain.rig import DID, NAMES, Chain
from tests.integration.verifier.index.conftest import Index
from tests.integration.verifier.index.emitter import RawLog, emit
from verifier.index.reading import IndexReading

pytestmark = pytest.mark.integration
IndexOf = Callable[..., Index]
OTHER = "did:web:localhost%3A8001:i:other"
OTHER_NAMES = ("다른대학교(시연용)", "Other University (demo)", "http://localhost:8001/i/other")
CONTRACTS = ("IssuerRegistry", "AnchorRegistry", "StatusRegistry")


def _reading(index: Index) -> IndexReading:
    position = index.store.position()
    assert position is not None
    return IndexReading(index.store, index.chain.deployments, position)


def _topic(chain: Chain, contract: str, event: str) -> bytes:
    made = chain.client.contract(contract, chain.deployments.contracts[contract].address).events[event]
    return bytes.fromhex(made.topic[2:])


def _set_name(chain: Chain, did: str, name: bytes) -> None:
    """Set a Korean name of at most 31 bytes as a contract did that looked at no UTF-8: log and storage."""
    registry = chain.deployments.contracts["IssuerRegistry"].address
    at = int.from_bytes(keccak(issuer_id(did) + (1).to_bytes(32, "big")), "big") + 3
    before = bytes.fromhex(chain.client.request("eth_getStorageAt", [registry, hex(at), "latest"])[2:])
    assert before == OTHER_NAMES[0].encode().ljust(31, b"\0") + bytes([2 * len(OTHER_NAMES[0].encode())])
    slot = name.ljust(31, b"\0") + bytes([2 * len(name)])
    chain.client.request(
        "anvil_setStorageAt", [registry, "0x" + at.to_bytes(32, "big").hex(), "0x" + slot.hex()]
    )
    data = encode(["bytes", "bytes", "bytes"], [name, *(text.encode() for text in OTHER_NAMES[1:])])
    topics = (_topic(chain, "IssuerRegistry", "NamesChanged"), issuer_id(did))
    emit(chain, [RawLog(registry, topics, data)])


@pytest.mark.parametrize("keep", [1, 64])
@pytest.mark.parametrize("proven", [True, False])
def test_a_name_that_is_no_text_stops_nobody_but_its_own_entry(
    own_chain: Chain, index_of: IndexOf, keep: int, proven: bool
) -> None:
    own_chain.admin.register_issuer(DID, *NAMES)
    own_chain.admin.register_issuer(OTHER, *OTHER_NAMES)
    _set_name(own_chain, OTHER, b"\xff\xfe\xc3(")
    own_chain.anchor(b"\x01" * 32)
    own_chain.mine(3)
    index = index_of(own_chain, keep=keep, proven=proven)
    assert index.catch_up().block == own_chain.client.head().number
    assert index.check().differences == ()
    directory = ChainTrustDirectory(own_chain.client, own_chain.deployments)
    for trust in (_reading(index), directory):
        good = trust.issuer(DID)
        assert good is not None
        assert good.name_ko == NAMES[0]
        with pytest.raises(EntryUnreadableError):
            trust.issuer(OTHER)
    facts = read_facts(own_chain.client, own_chain.deployments, own_chain.client.head().number)
    assert [issuer_record(fact).did for fact in facts] == [DID]
    entry = directory.entry(OTHER)  # those who answer for it still see it, and can suspend it
    assert entry is not None
    assert entry.name_ko == UNREADABLE
    own_chain.admin.set_status(OTHER, IssuerStatus.SUSPENDED)
    own_chain.admin.set_status(OTHER, IssuerStatus.ACTIVE)
    # Others are entered and named as ever, and so is this one, once its names are set again.
    own_chain.admin.set_names(OTHER, *OTHER_NAMES)
    index.catch_up()
    for trust in (_reading(index), directory):
        healed = trust.issuer(OTHER)
        assert healed is not None
        assert healed.name_ko == OTHER_NAMES[0]
    assert index.check().differences == ()


EVENTS = [
    (contract, str(entry["name"]), [(i["type"], i["indexed"], i["name"]) for i in entry["inputs"]])
    for contract in CONTRACTS
    for entry in load_contract(contract).abi
    if entry["type"] == "event"
]
_EXTREMES = [0, 1, 2**31, 2**63 - 1, 2**63, 2**64 - 1, 2**255, 2**256 - 1]
_WORDS = st.one_of(
    st.sampled_from(_EXTREMES).map(lambda n: n.to_bytes(32, "big")), st.binary(min_size=32, max_size=32)
)
_TEXTS = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [b"", b"\0", b"\xff", b"\xed\xa0\x80", b"x" * (MAX_TEXT_BYTES + 1), b"\xea\xb0\x80" * 4_000]
    ),
)
_ADDRESSES = st.one_of(st.just(bytes(20)), st.binary(min_size=20, max_size=20)).map(Web3.to_checksum_address)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": _TEXTS,
    "bytes32": st.one_of(st.just(issuer_id(OTHER)), _WORDS),
    "address": _ADDRESSES,
    "uint8": st.integers(0, 255),
    "uint64": st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 2**63 - 1, 2**63, 2**64 - 1])),
    "bool": st.booleans(),
}
Drawn = tuple[str, str, list[tuple[str, Any, bool, str]] | tuple[list[bytes], bytes]]


@st.composite
def _logs(draw: st.DrawFn) -> Drawn:
    """Draw a log of any event: well-formed at any value, or of any topics and data."""
    contract, event, inputs = draw(st.sampled_from(EVENTS))
    if draw(st.integers(0, 3)) == 0:
        data = draw(st.one_of(st.binary(max_size=300), st.lists(_WORDS, max_size=9).map(b"".join)))
        return contract, event, (draw(st.lists(_WORDS, max_size=3)), data)
    return contract, event, [(kind, draw(_VALUES[kind]), indexed, name) for kind, indexed, name in inputs]


def _kind(kind: str) -> str:
    return "bytes" if kind == "string" else kind  # a string holds any bytes


def _raw(chain: Chain, drawn: Drawn, published: dict[str, int]) -> RawLog:
    contract, event, values = drawn
    address, topic = chain.deployments.contracts[contract].address, _topic(chain, contract, event)
    if isinstance(values, tuple):
        return RawLog(address, (topic, *values[0]), values[1])
    told = {name: value for _, value, _, name in values}
    if contract == "StatusRegistry":
        submitter = told["submitter"]
        published[submitter] = told["sequence"] = published.get(submitter, 0) + (event == "StatusPublished")
    plain = [(_kind(kind), told[name]) for kind, _, indexed, name in values if not indexed]
    data = encode([kind for kind, _ in plain], [value for _, value in plain])
    topics = [encode([_kind(k)], [told[n]]) for k, _, i, n in values if i]
    return RawLog(address, (topic, *topics), data)


def test_no_event_at_any_value_stops_the_follower(own_chain: Chain, index_of: IndexOf) -> None:
    own_chain.admin.register_issuer(DID, *NAMES)
    own_chain.admin.register_issuer(OTHER, *OTHER_NAMES)
    following = index_of(own_chain, views=False)
    published: dict[str, int] = {}

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_logs(), min_size=1, max_size=5))
    def follow(drawn: list[Drawn]) -> None:
        emit(own_chain, [_raw(own_chain, each, published) for each in drawn])
        _expect_all_read(following)

    follow()
    filling = index_of(own_chain, keep=1, views=False)
    filling.store.forget(filling.connection)
    filling.connection.commit()
    _expect_all_read(filling)


def _expect_all_read(index: Index) -> None:
    assert index.catch_up().block == index.chain.client.head().number
    reading = _reading(index)
    good = reading.issuer(DID)
    assert good is not None
    assert good.name_ko == NAMES[0]
    with suppress(SourceUnavailableError):  # what is told of the other one fits or does not
        reading.issuer(OTHER)
