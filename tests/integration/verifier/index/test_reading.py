"""The ports over the index: no question to the chain, positive facts when final, negative ones at once."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.status_registry import ChainStatusRegistry
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.errors import ReceiptError, SourceUnavailableError, StatusError, UnknownChainError
from digital_resume.core.trust.issuers import ChainRef, IssuerStatus
from tests.fakes.clock import MovableClock
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import DID, NAMES, Chain
from tests.integration.verifier.index.conftest import Index
from tests.integration.verifier.index.test_follower import publish, root
from verifier.index.reading import DirectReading, IndexReading, Readings

pytestmark = pytest.mark.integration
IndexOf = Callable[..., Index]
KEY, OTHER = (hashlib.sha256(name).digest() for name in (b"key", b"other"))
ROOT = root(7)


@pytest.fixture
def registered(own_chain: Chain) -> Chain:
    """Register an institution with everything it needs."""
    admin = own_chain.admin
    admin.register_issuer(DID, *NAMES)
    admin.accredit(DID, "UniversityDegree")
    admin.authorize_anchorer(DID, own_chain.account(1).address)
    admin.add_key(DID, KEY)
    return own_chain


def reading(index: Index, confirmations: int = 0) -> IndexReading:
    return IndexReading(index.store, index.chain.with_confirmations(confirmations), index.catch_up())


def test_it_says_what_the_contracts_say(registered: Chain, index_of: IndexOf) -> None:
    registered.anchor(ROOT)
    publish(registered, root(8))
    publish(registered, root(8))
    client, pinned = registered.client, registered.deployments
    found, submitter = reading(index_of(registered)), registered.account(1).address
    assert found.issuer(DID) == ChainTrustDirectory(client, pinned).issuer(DID)
    assert found.issuer("did:web:nobody") is None
    assert found.issuer("x" * 300) is None
    direct = ChainAnchorLog(client, pinned)
    for address in (submitter, submitter.lower()):
        at = found.anchored_at(pinned.anchor_chain, address, ROOT)
        assert at is not None
        assert at == direct.anchored_at(pinned.anchor_chain, address, ROOT)
    assert found.anchored_at(pinned.anchor_chain, submitter, root(9)) is None
    assert found.latest(submitter) == ChainStatusRegistry(client, pinned).latest(submitter)
    assert found.latest(registered.account(5).address) is None


def test_questions_that_cannot_be_asked_are_refused(registered: Chain, index_of: IndexOf) -> None:
    found, pinned = reading(index_of(registered)), registered.deployments
    foreign = ChainRef("eip155:1", pinned.genesis_hash, pinned.anchor_registry.address, "0x")
    with pytest.raises(UnknownChainError):
        found.anchored_at(foreign, registered.account(1).address, ROOT)
    with pytest.raises(ReceiptError):
        found.anchored_at(pinned.anchor_chain, "nobody", ROOT)
    with pytest.raises(StatusError):
        found.latest("nobody")


def _positive(chain: Chain) -> dict[str, Callable[[], Any]]:
    admin = chain.admin
    return {
        "key": lambda: admin.add_key(DID, OTHER),
        "accreditation": lambda: admin.accredit(DID, "AcademicTranscript"),
        "anchorer": lambda: admin.authorize_anchorer(DID, chain.account(4).address),
        "names": lambda: admin.set_names(DID, "다른대학교(시연용)", "Other University (demo)", NAMES[2]),
        "anchor": lambda: chain.anchor(ROOT),
    }


def _has(chain: Chain, found: IndexReading) -> dict[str, bool]:
    record, now = found.issuer(DID), datetime.now(UTC) + timedelta(hours=1)
    assert record is not None
    anchor = found.anchored_at(chain.deployments.anchor_chain, chain.account(1).address, ROOT)
    return {
        "key": record.key(OTHER) is not None,
        "accreditation": record.accredited_at("AcademicTranscript", now),
        "anchorer": record.anchorer_at(chain.account(4).address, now),
        "names": record.name_ko.startswith("다른"),
        "anchor": anchor is not None,
    }


@pytest.mark.parametrize("fact", ["key", "accreditation", "anchorer", "names", "anchor"])
def test_a_positive_fact_counts_when_its_block_is_final(
    registered: Chain, index_of: IndexOf, fact: str
) -> None:
    index = index_of(registered)
    registered.mine(3)
    _positive(registered)[fact]()
    for on_top in range(4):
        assert _has(registered, reading(index, 3))[fact] is (on_top == 3)
        registered.mine()


def test_an_institution_is_unknown_until_its_registration_is_final(
    own_chain: Chain, index_of: IndexOf
) -> None:
    index = index_of(own_chain)
    own_chain.admin.register_issuer(DID, *NAMES)
    assert reading(index, 1).issuer(DID) is None
    own_chain.mine()
    assert reading(index, 1).issuer(DID) is not None


def test_a_key_that_is_not_final_yet_is_named_as_pending(registered: Chain, index_of: IndexOf) -> None:
    index = index_of(registered)
    registered.mine(3)
    registered.admin.add_key(DID, OTHER)
    record = reading(index, 3).issuer(DID)
    assert record is not None
    assert record.pending_keys == {OTHER}
    registered.mine(3)
    record = reading(index, 3).issuer(DID)
    assert record is not None
    assert record.pending_keys == frozenset()


@pytest.mark.parametrize(
    "fact", ["suspended", "closed", "accreditation", "anchorer", "retired", "compromised", "status"]
)
def test_a_negative_fact_counts_from_the_head_on(registered: Chain, index_of: IndexOf, fact: str) -> None:
    chain, admin = registered, registered.admin
    publish(chain, root(8))
    chain.mine(5)
    index = index_of(chain)
    acts: dict[str, Callable[[], Any]] = {
        "suspended": lambda: admin.set_status(DID, IssuerStatus.SUSPENDED),
        "closed": lambda: admin.set_status(DID, IssuerStatus.CLOSED),
        "accreditation": lambda: admin.end_accreditation(DID, "UniversityDegree"),
        "anchorer": lambda: admin.end_anchorer(DID, chain.account(1).address),
        "retired": lambda: admin.retire_key(DID, KEY),
        "compromised": lambda: admin.report_compromise(DID, KEY, int(chain.client.head().time.timestamp())),
        "status": lambda: publish(chain, root(9)),
    }

    def stands() -> bool:
        found = reading(index, 5)
        record, now = found.issuer(DID), chain.client.head().time + timedelta(seconds=2)
        assert record is not None
        key, head = record.key(KEY), found.latest(chain.account(1).address)
        assert key is not None
        assert head is not None
        return {
            "suspended": record.status_at(now) is IssuerStatus.ACTIVE,
            "closed": record.status_at(now) is IssuerStatus.ACTIVE,
            "accreditation": record.accredited_at("UniversityDegree", now),
            "anchorer": record.anchorer_at(chain.account(1).address, now),
            "retired": key.period.covers(now),
            "compromised": key.compromised_since is None,
            "status": head.root == root(8),
        }[fact]

    assert stands()
    acts[fact]()
    assert not stands()


def test_what_closure_allows_waits_until_it_is_final(registered: Chain, index_of: IndexOf) -> None:
    anchorer = registered.account(1).address
    published = registered.client.head().time
    registered.client.request("evm_increaseTime", [hex(10)])
    registered.mine(5)
    index = index_of(registered)
    registered.admin.end_anchorer(DID, anchorer)
    registered.admin.set_status(DID, IssuerStatus.CLOSED)

    def speaks() -> bool:
        record = reading(index, 5).issuer(DID)
        assert record is not None
        later = registered.client.head().time + timedelta(seconds=9)
        assert record.status_at(later) is not IssuerStatus.ACTIVE
        return record.publisher_at(anchorer, later, published_at=published)

    assert not speaks()
    registered.mine(5)
    assert speaks()


def test_a_reinstatement_waits_until_it_is_final(registered: Chain, index_of: IndexOf) -> None:
    registered.admin.set_status(DID, IssuerStatus.SUSPENDED)
    registered.mine(5)
    index = index_of(registered)
    registered.admin.set_status(DID, IssuerStatus.ACTIVE)
    later = registered.client.head().time + timedelta(seconds=9)

    def active() -> bool:
        record = reading(index, 5).issuer(DID)
        assert record is not None
        return record.status_at(later) is IssuerStatus.ACTIVE

    assert not active()
    registered.mine(5)
    assert active()


@pytest.fixture
def chosen(
    registered: Chain,
    index_of: IndexOf,
    make_proxy: Callable[[str], FaultyNode],
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Readings, Index, FaultyNode, MovableClock]:
    monkeypatch.setattr("verifier.index.reading._POSITION_SECONDS", 0.0)
    index, proxy, clock = index_of(registered), make_proxy(registered.node.url), MovableClock()
    client, pinned = ChainClient([proxy.url], registered.deployments), registered.deployments
    direct = DirectReading(
        ChainTrustDirectory(client, pinned),
        ChainAnchorLog(client, pinned),
        ChainStatusRegistry(client, pinned),
    )
    return (
        Readings(index.store, pinned, direct, clock=clock, max_age=timedelta(minutes=10)),
        index,
        proxy,
        clock,
    )


def _ask_everything(readings: Readings, chain: Chain) -> None:
    assert readings.issuer(DID) is not None
    readings.anchored_at(chain.deployments.anchor_chain, chain.account(1).address, ROOT)
    readings.latest(chain.account(1).address)


def test_a_fresh_index_asks_the_chain_nothing(
    chosen: tuple[Readings, Index, FaultyNode, MovableClock], registered: Chain
) -> None:
    readings, index, proxy, _ = chosen
    _ask_everything(readings, registered)
    assert proxy.methods  # no index yet: the chain itself
    assert readings.as_of().source == "chain"
    position = index.catch_up()
    proxy.methods.clear()
    _ask_everything(readings, registered)
    assert proxy.methods == []
    told = readings.as_of()
    assert (told.source, told.block) == ("index", position.block)


def test_with_the_chain_away_the_index_answers_until_it_is_too_old(
    chosen: tuple[Readings, Index, FaultyNode, MovableClock], registered: Chain
) -> None:
    readings, index, proxy, clock = chosen
    index.catch_up()
    proxy.fault = lambda method: 503
    clock.ahead = timedelta(minutes=9)
    _ask_everything(readings, registered)
    clock.ahead = timedelta(minutes=11)
    for ask in (
        lambda: readings.issuer(DID),
        lambda: readings.anchored_at(
            registered.deployments.anchor_chain, registered.account(1).address, ROOT
        ),
        lambda: readings.latest(registered.account(1).address),
    ):
        with pytest.raises(SourceUnavailableError):
            ask()
    proxy.fault = None
    _ask_everything(readings, registered)  # too old an index, but the chain itself answers


def test_a_chain_that_stands_still_is_no_fresh_one_where_that_is_not_allowed(
    chosen: tuple[Readings, Index, FaultyNode, MovableClock], registered: Chain
) -> None:
    readings, index, _, clock = chosen
    index.catch_up()
    readings._max_block_age = timedelta(hours=1)
    assert readings.as_of().source == "index"
    clock.ahead = timedelta(hours=2)
    index.follower._clock = clock
    index.catch_up()
    assert readings.as_of().source == "chain"
    readings._max_block_age = None
    assert readings.as_of().source == "index"


def test_a_chain_that_stands_still_is_known_up_to_its_newest_block(
    chosen: tuple[Readings, Index, FaultyNode, MovableClock], registered: Chain
) -> None:
    readings, index, _, clock = chosen
    clock.ahead = timedelta(days=3)
    index.follower._clock = clock
    position = index.catch_up()
    assert readings.reaches(position) == position.confirmed_at > position.block_time
    assert readings.as_of().reaches == position.confirmed_at
    readings._max_block_age = timedelta(days=4)
    assert readings.reaches(position) == position.block_time
    assert readings.as_of().reaches == position.block_time


def test_an_index_that_was_confirmed_in_a_time_to_come_is_not_used(
    chosen: tuple[Readings, Index, FaultyNode, MovableClock], registered: Chain
) -> None:
    readings, index, _, clock = chosen
    clock.ahead = timedelta(hours=5)
    index.follower._clock = clock
    index.catch_up()
    assert readings.as_of().source == "index"
    clock.ahead = timedelta(hours=4)
    assert readings.as_of().source == "chain"
    clock.ahead = timedelta(hours=5, minutes=-4)
    assert readings.as_of().source == "index"


def test_an_index_that_is_not_whole_says_so_and_nothing_green(registered: Chain, index_of: IndexOf) -> None:
    from verifier.models import RegistryEventRow

    index = index_of(registered)
    index.catch_up()
    with index.store.engine.begin() as connection:
        connection.execute(
            RegistryEventRow.__table__.delete().where(RegistryEventRow.name == "IssuerRegistered")
        )
    with pytest.raises(SourceUnavailableError) as caught:
        reading(index).issuer(DID)
    assert caught.value.code == "index_damaged"


def test_a_new_block_is_seen_by_what_was_asked_before(
    chosen: tuple[Readings, Index, FaultyNode, MovableClock], registered: Chain
) -> None:
    readings, index, _, _ = chosen
    index.catch_up()
    submitter, chain = registered.account(1).address, registered.deployments.anchor_chain
    assert readings.anchored_at(chain, submitter, ROOT) is None
    registered.anchor(ROOT)
    index.catch_up()
    assert readings.anchored_at(chain, submitter, ROOT) is not None
    registered.client.request("anvil_reorg", [1, []])
    registered.mine(1)
    index.catch_up()
    assert readings.anchored_at(chain, submitter, ROOT) is None
