"""Status lists from the verifier's own checked copies: what holds when issuer, chain or database are away."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.status_registry import ChainStatusRegistry
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.adapters.database.migrate import differences
from digital_resume.adapters.fetch import GuardedFetcher
from digital_resume.adapters.status_lists.checking import CheckedList
from digital_resume.adapters.status_lists.copies import StatusCopies
from digital_resume.core.errors import SourceUnavailableError, StatusError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.ports import StatusListCopy
from digital_resume.core.status.status_array import Status
from digital_resume.local.host import free_port
from tests.fakes.clock import MovableClock
from tests.integration.verifier.rig import Rig
from verifier.models import Base, StatusCopy
from verifier.status_store import StatusStore, open_engine

pytestmark = pytest.mark.integration


@dataclass
class Verifier:
    """A verifier's copies with what a test turns."""

    rig: Rig
    copies: StatusCopies
    store: StatusStore
    clock: MovableClock

    def ask(self, uri: str) -> StatusListCopy:
        """Ask for a list in the name of the rig's institution."""
        record = ChainTrustDirectory(self.rig.chain.client, self.rig.chain.deployments).issuer(
            self.rig.institution.did
        )
        assert record is not None
        return self.copies.status_list(uri, record)


@pytest.fixture
def make(rig: Rig, database_url: str) -> Iterator[object]:
    """Return a maker of verifiers on one database, each with an empty memory."""
    opened: list[tuple[StatusStore, GuardedFetcher]] = []

    def made(*, client: ChainClient | None = None, url: str = database_url) -> Verifier:
        chain = client or rig.chain.client
        store = StatusStore(open_engine(url, pool_size=2))
        fetcher = GuardedFetcher(allowed_origins=(rig.issuer_url,), timeout=3)
        opened.append((store, fetcher))
        clock = MovableClock()
        copies = StatusCopies(
            store,
            fetcher=fetcher,
            trust=ChainTrustDirectory(chain, rig.chain.deployments),
            heads=ChainStatusRegistry(chain, rig.chain.deployments),
            clock=clock,
            max_age=timedelta(hours=12),
            retry_after=0.0,
        )
        return Verifier(rig, copies, store, clock)

    rig.server.off = False
    rig.publish()
    yield made
    rig.server.off = False
    for store, fetcher in opened:
        store.close()
        fetcher.close()


def forget_copies(database_url: str) -> None:
    """Leave nothing to answer from: with a copy, a list that is not the chain's is answered as of before."""
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(delete(StatusCopy))
    engine.dispose()


def test_the_migration_makes_what_the_models_say(database_url: str) -> None:
    assert differences(database_url, "verifier", Base.metadata) == []


def test_a_list_is_fetched_once_and_answered_from_the_copy(make, rig: Rig) -> None:
    verifier, uri = make(), rig.institution.status_uri
    first = verifier.ask(uri)
    asked = len(rig.server.requests)
    second = verifier.ask(uri)
    assert first.current
    assert second.current
    assert second.statuses == rig.institution.statuses.raw
    assert len(rig.server.requests) == asked


def test_the_copy_stays_current_when_the_issuer_is_switched_off(make, rig: Rig) -> None:
    uri = rig.institution.status_uri
    make().ask(uri)
    rig.server.off = True
    copy = make().ask(uri)  # another process, later: from the database
    assert copy.current


def test_without_a_copy_and_without_the_issuer_nothing_is_known(make, rig: Rig) -> None:
    rig.server.off = True
    with pytest.raises(SourceUnavailableError):
        make().ask(f"{rig.institution.status_uri}0")


def test_a_new_root_is_noticed_and_the_list_fetched_again(make, rig: Rig) -> None:
    verifier, uri = make(), rig.institution.status_uri
    before = verifier.ask(uri)
    issued = rig.issue("UniversityDegree")
    rig.revoke(issued)
    after = verifier.ask(uri)
    assert after.current
    assert after.sequence == before.sequence + 1
    place, shift = issued.status_index // 4, 2 * (issued.status_index % 4)
    assert after.statuses[place] >> shift & 3 == Status.REVOKED


def test_an_unchanged_list_under_a_new_root_is_not_fetched_again(make, rig: Rig) -> None:
    verifier, uri = make(), rig.institution.status_uri
    verifier.ask(uri)
    served = rig.publish()
    # The same version under another root: as when another institution's list has changed.
    rig._sequences[uri] -= 2
    same = rig.publish()
    rig._sequences[uri] += 1
    assert same.anchor["sequence"] < served.anchor["sequence"]
    rig.server.requests.clear()
    assert verifier.ask(uri).current
    assert [path.endswith("/anchor") for path in rig.server.requests] == [True]


def test_a_copy_of_an_older_root_answers_as_of_then_while_it_is_young_enough(make, rig: Rig) -> None:
    verifier, uri = make(), rig.institution.status_uri
    before = verifier.ask(uri)
    rig.server.off = True
    rig.publish()
    copy = verifier.ask(uri)
    assert not copy.current
    assert copy.sequence == before.sequence
    assert copy.as_of <= datetime.now(UTC) + timedelta(seconds=2)
    verifier.clock.ahead = timedelta(hours=13)
    with pytest.raises(SourceUnavailableError):
        verifier.ask(uri)


def test_an_older_list_cannot_pass_as_current(make, rig: Rig) -> None:
    verifier, uri = make(), rig.institution.status_uri
    old = rig.publish()
    rig.publish()
    verifier.ask(uri)
    rig.publish()
    rig.serving_now(old)
    with pytest.raises(StatusError) as caught:
        verifier.ask(uri)
    assert caught.value.code == "status_list_outdated"


def test_a_list_that_the_chain_does_not_name_is_refused(make, rig: Rig, database_url: str) -> None:
    rig.publish(on_chain=False)
    forget_copies(database_url)
    with pytest.raises(StatusError) as caught:
        make().ask(rig.institution.status_uri)
    assert caught.value.code in {"status_list_differs", "status_list_outdated"}


def test_with_a_copy_at_hand_a_list_that_the_chain_does_not_name_changes_nothing(make, rig: Rig) -> None:
    verifier, uri = make(), rig.institution.status_uri
    before = verifier.ask(uri)
    rig.institution.statuses.set(7, Status.SUSPENDED)
    rig.publish(on_chain=False)
    rig.institution.statuses.set(7, Status.VALID)
    copy = verifier.ask(uri)
    assert (copy.sequence, copy.statuses) == (before.sequence, before.statuses)


def test_a_token_of_another_version_than_the_anchor_is_refused(make, rig: Rig, database_url: str) -> None:
    published = rig.publish()
    rig.institution.statuses.set(7, Status.SUSPENDED)
    other = rig.publish()
    rig.serving_now(replace(other, token=published.token))
    forget_copies(database_url)
    with pytest.raises(StatusError) as caught:
        make().ask(rig.institution.status_uri)
    assert caught.value.code == "status_list_differs"
    rig.institution.statuses.set(7, Status.VALID)


def test_a_list_signed_with_an_unregistered_key_is_refused(make, rig: Rig) -> None:
    key = rig.institution.signer
    rig.institution.signer = LocalSigner.generate("P-256", rig.institution.did)
    try:
        rig.institution.statuses.set(9, Status.SUSPENDED)
        rig.publish()
    finally:
        rig.institution.signer = key
    with pytest.raises(StatusError) as caught:
        make().ask(rig.institution.status_uri)
    assert caught.value.code == "status_list_unsigned"


@pytest.mark.parametrize(
    "change",
    [
        {"root": "zz"},
        {"path": ["AAAA"]},
        {"path": "x"},
        {"index": -1},
        {"index": True},
        {"treeSize": 1 << 40},
        {"size": 0},
        {"sequence": 1 << 60},
        {"submitter": "0x1"},
        {"chain": None},
        {"chain": {"id": "eip155:1"}},
        {"uri": 7},
    ],
)
def test_a_malformed_anchor_is_refused(make, rig: Rig, change: dict[str, object]) -> None:
    published = rig.publish()
    rig.serving_now(replace(published, anchor={**published.anchor, **change}))
    with pytest.raises(StatusError) as caught:
        make().ask(rig.institution.status_uri)
    assert caught.value.code == "status_list_malformed"


def test_an_anchor_on_another_contract_is_refused(make, rig: Rig, database_url: str) -> None:
    published = rig.publish()
    foreign = {**published.anchor["chain"], "contract": "0x" + "11" * 20}
    rig.serving_now(replace(published, anchor={**published.anchor, "chain": foreign}))
    forget_copies(database_url)
    with pytest.raises(StatusError) as caught:
        make().ask(rig.institution.status_uri)
    assert caught.value.code == "status_list_differs"


def test_when_the_chain_is_off_nothing_is_known(make, rig: Rig) -> None:
    uri = rig.institution.status_uri
    make().ask(uri)
    off = ChainClient([f"http://127.0.0.1:{free_port()}"], rig.chain.deployments)
    with pytest.raises(SourceUnavailableError):
        make(client=off).ask(uri)


def test_a_database_that_is_away_costs_no_verdict_that_the_issuer_can_still_give(make, rig: Rig) -> None:
    away = make(url=f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    assert away.ask(rig.institution.status_uri).current
    assert away.copies.refresh_known() == 0


def test_the_refresh_keeps_known_lists_current_so_that_issuers_may_go(make, rig: Rig) -> None:
    verifier, uri = make(), rig.institution.status_uri
    verifier.ask(uri)
    rig.publish()
    assert verifier.copies.refresh_known() >= 1
    rig.server.off = True
    assert make().ask(uri).current


def test_older_versions_stay_in_the_store(make, rig: Rig, database_url: str) -> None:
    from sqlalchemy import select

    from verifier.models import StatusCopy

    verifier, uri = make(), rig.institution.status_uri
    first = verifier.ask(uri)
    rig.publish()
    second = verifier.ask(uri)
    engine = open_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(
            select(StatusCopy.sequence, StatusCopy.newest).where(
                StatusCopy.uri == uri, StatusCopy.sequence.in_([first.sequence, second.sequence])
            )
        ).all()
    engine.dispose()
    assert dict(map(tuple, rows)) == {first.sequence: False, second.sequence: True}


def test_what_another_submitter_published_never_takes_the_place_of_the_institutions(make, rig: Rig) -> None:
    verifier, uri = make(), rig.institution.status_uri
    genuine = verifier.ask(uri)
    (kept,) = verifier.store.reload(uri)
    statuses = bytes(len(genuine.statuses))
    for sequence in (kept.sequence, kept.sequence + 1_000_000):
        poison: CheckedList = replace(
            kept, sequence=sequence, statuses=statuses, digest=b"\1" * 32, submitter="0x" + "11" * 20
        )
        verifier.store.store(poison)
    other = make()
    assert {copy.submitter for copy in other.store.reload(uri)} == {kept.submitter, poison.submitter}
    copy = other.ask(uri)
    assert (copy.submitter, copy.sequence, copy.current) == (kept.submitter, kept.sequence, True)
    rig.publish()
    assert other.ask(uri).sequence == kept.sequence + 1


def test_publication_and_heartbeat_come_from_the_chain(make, rig: Rig) -> None:
    verifier, uri = make(), rig.institution.status_uri
    head = ChainStatusRegistry(rig.chain.client, rig.chain.deployments).latest(rig.chain.anchorer.address)
    assert head is not None
    copy = verifier.ask(uri)
    assert (copy.published_at, copy.heartbeat) == (head.since, head.heartbeat)
    kept = next(copy for copy in make().store.reload(uri) if copy.submitter == rig.chain.anchorer.address)
    assert (kept.published_at, kept.heartbeat) == (head.since, head.heartbeat)
