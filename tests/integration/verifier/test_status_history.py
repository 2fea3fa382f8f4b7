"""Past days, through the whole verifier: what it has kept answers, as far as the chain's history goes.

The days of these tests are seconds long; that a date means the end of a day in Korea is tested by itself.
"""

import hashlib
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from digital_resume.adapters.clock import SystemClock
from digital_resume.adapters.retention_clock import HOLD, RetentionClock
from digital_resume.core.status.status_array import Status
from tests.fakes import Issued
from tests.integration.verifier.conftest import SHARE_ID, Running
from verifier.index.store import IndexStore
from verifier.models import StatusCopy, StatusRoot, StatusSpan, retention_clock
from verifier.status_store import StatusStore, open_engine

pytestmark = pytest.mark.integration


class Days:
    """An institution with one anchored degree, and moments between the changes of its status."""

    def __init__(self, running: Running) -> None:
        self.running, self.rig = running, running.rig
        self.rig.found("days")
        self.degree: Issued = self.rig.issue("UniversityDegree")
        self.rig.anchor(self.degree)
        self.rig.publish()

    def turn(self) -> datetime:
        """Let a moment pass that belongs to the present status alone, and return it."""
        moment = self.rig.chain_time() + timedelta(seconds=1)
        self.rig.pass_moment(moment + timedelta(seconds=1))
        return moment

    def set(self, status: Status) -> None:
        """Change the degree's status and publish."""
        self.rig.institution.statuses.set(self.degree.status_index, status)
        self.rig.publish()

    def see(self, expected: str) -> None:
        """Let the verifier see the list as it is now: while it is fetched the copy before stands in."""
        until = time.monotonic() + 20
        while (found := self.running.codes(self.degree)[3]) != expected:
            assert time.monotonic() < until, found

    def asked(self, moment: datetime) -> tuple[str, str]:
        """Return the status' code and the verdict as of a moment."""
        return self.running.codes(self.degree, as_of=moment)[2:]


@pytest.fixture
def days(running: Running, monkeypatch: pytest.MonkeyPatch) -> Days:
    """Give a test an institution whose list the verifier has not seen yet."""
    # else a position of the index that was read is used for a moment
    monkeypatch.setattr("verifier.index.reading._POSITION_SECONDS", 0.0)
    return Days(running)


def test_revoked_on_the_second_day_it_was_valid_on_the_first_and_revoked_on_the_third(days: Days) -> None:
    days.see("verified")
    first = days.turn()
    days.set(Status.REVOKED)
    days.see("not_in_force")
    third = days.turn()
    assert days.asked(first) == ("was_in_force", "verified")
    assert days.asked(third) == ("revoked", "not_in_force")


def test_suspended_and_reinstated_each_day_has_its_own_answer(days: Days) -> None:
    days.see("verified")
    before = days.turn()
    days.set(Status.SUSPENDED)
    days.see("not_in_force")
    during = days.turn()
    days.set(Status.VALID)
    days.see("verified")
    after = days.turn()
    found = [days.asked(moment) for moment in (before, during, after)]
    assert found == [
        ("was_in_force", "verified"),
        ("suspended", "not_in_force"),
        ("was_in_force", "verified"),
    ]


def test_a_day_before_the_verifier_ever_saw_the_list_could_not_be_checked(days: Days) -> None:
    unseen = days.turn()
    days.set(Status.SUSPENDED)
    days.set(Status.VALID)
    days.see("verified")
    assert days.asked(unseen) == ("status_not_kept", "could_not_check")


def test_a_root_that_was_missed_is_not_filled_in_from_its_neighbours(days: Days) -> None:
    days.see("verified")
    first = days.turn()
    days.rig.server.off = True
    days.rig._sequences[days.rig.institution.status_uri] += 7
    days.rig.publish()
    missed = days.turn()
    days.rig.publish()
    days.rig.server.off = False
    days.see("verified")
    last = days.turn()
    assert days.asked(first)[1] == days.asked(last)[1] == "verified"
    assert days.asked(missed) == ("status_not_kept", "could_not_check")


def test_under_a_newer_root_of_another_anchorer_that_was_not_kept_it_could_not_be_checked(days: Days) -> None:
    rig = days.rig
    days.see("verified")
    heir = rig.chain.stranger(6)
    rig.chain.admin.authorize_anchorer(rig.institution.did, heir.address)
    alone = days.turn()
    rig.chain.publish(hashlib.sha256(alone.isoformat().encode()).digest(), by=heir)
    day = days.turn()
    assert days.asked(alone) == ("was_in_force", "verified")
    # The list may have been the heir's by then, and revoked in it.
    assert days.asked(day) == ("status_not_kept", "could_not_check")
    rig.publish()
    days.see("verified")
    # It was still given out under the first one's roots afterwards: the heir's were of other lists.
    assert days.asked(day) == ("was_in_force", "verified")


def test_the_day_before_it_was_anchored_it_was_not_anchored(days: Days) -> None:
    days.see("verified")
    early = days.turn()
    late = days.rig.issue("UniversityDegree")
    days.rig.anchor(late)
    found = days.running.codes(late, as_of=early)
    assert found[1] == "anchored_later"
    assert found[3] == "caution"


def test_a_compromise_that_is_known_today_counts_for_the_day_asked_for(days: Days) -> None:
    from tests.fakes.institution import key_digest

    since = int(datetime.now(UTC).timestamp()) - 60
    days.see("verified")
    day = days.turn()
    institution = days.rig.institution
    days.rig.chain.admin.report_compromise(institution.did, key_digest(institution.signer), since)
    assert days.running.codes(days.degree, as_of=day)[::3] == ("key_compromised", "not_genuine")


def test_a_version_is_not_believed_under_a_root_that_it_was_not_checked_against(
    days: Days, database_url: str
) -> None:
    days.see("verified")
    day = days.turn()
    days.rig.publish()
    days.see("verified")
    assert days.asked(day)[1] == "verified"
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(
            StatusSpan.__table__.delete().where(StatusSpan.uri == days.rig.institution.status_uri)
        )
    engine.dispose()
    assert days.asked(day) == ("status_not_kept", "could_not_check")


def test_another_list_under_a_number_that_was_there_takes_the_place_of_nothing(
    days: Days, database_url: str
) -> None:
    days.see("verified")
    day = days.turn()
    uri = days.rig.institution.status_uri
    days.rig._sequences[uri] -= 1  # the institution rewrites its history
    days.set(Status.REVOKED)
    days.see("not_in_force")
    assert days.asked(day) == ("status_not_kept", "could_not_check")


def test_runs_of_roots_are_one_row(days: Days, database_url: str) -> None:
    uri = days.rig.institution.status_uri
    days.see("verified")
    for _ in range(3):
        days.rig._sequences[uri] -= 1  # the same version under a new root
        days.rig.publish()
        days.see("verified")
    engine = open_engine(database_url)
    with engine.connect() as connection:
        (span,) = connection.execute(select(StatusSpan.__table__).where(StatusSpan.uri == uri)).all()
        newest = connection.execute(
            select(StatusRoot.sequence).order_by(StatusRoot.sequence.desc()).limit(1)
        ).scalar_one()
    engine.dispose()
    assert (span.last - span.first, span.last) == (3, newest)


def test_what_is_older_than_the_retention_goes_and_the_newest_stays(days: Days, database_url: str) -> None:
    days.see("verified")
    days.rig.publish()
    days.see("verified")
    uri = days.rig.institution.status_uri
    store = StatusStore(open_engine(database_url))

    def kept() -> tuple[int, int]:
        with store.engine.connect() as connection:
            copies = connection.execute(select(StatusCopy.sequence).where(StatusCopy.uri == uri)).all()
            spans = connection.execute(select(StatusSpan.first).where(StatusSpan.uri == uri)).all()
        return len(copies), len(spans)

    clock = RetentionClock(retention_clock, SystemClock())
    store.prune_history(clock, timedelta())
    assert kept() == (2, 2), "a day longer than the retention"
    store.prune_history(clock, -2 * HOLD)
    assert kept() == (1, 0)
    store.close()


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("2026-13-02", 400, "as_of_malformed"),
        ("2026-03-02T09:00:00", 400, "as_of_malformed"),
        ("yesterday!", 400, "as_of_malformed"),
        ("1999-01-01", 400, "as_of_malformed"),
        ("2999-01-01", 400, "as_of_in_future"),
        ("soon", 422, "request_invalid"),
    ],
)
def test_a_day_that_is_none_is_refused(running: Running, text: str, status: int, code: str) -> None:
    answer = httpx.post(
        f"{running.verifier_url}/api/v1/verifications",
        json={"presentation": {}, "challenge": SHARE_ID, "asOf": text},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def korea() -> str:
    """Return the day in Korea."""
    return (datetime.now(UTC) + timedelta(hours=9)).date().isoformat()


def test_today_is_now(days: Days) -> None:
    days.see("verified")
    today = korea()
    verdict = days.running.judge(days.degree, as_of=today)
    if korea() != today:  # midnight came meanwhile
        verdict = days.running.judge(days.degree, as_of=korea())
    assert (verdict["verdict"], verdict["asOf"]) == ("verified", None)


def _rebuilt(days: Days, database_url: str, wrong: tuple[str, int] | None = None) -> None:
    """Let the index be rebuilt; before that, let it name a wrong root under a publisher's number."""
    engine = open_engine(database_url)
    store = IndexStore(engine, days.rig.chain.deployments)
    with engine.begin() as connection:
        if wrong is not None:
            connection.execute(
                StatusRoot.__table__.update()
                .where(StatusRoot.submitter == wrong[0], StatusRoot.sequence == wrong[1])
                .values(root=bytes(31) + b"!")
            )
    with engine.connect() as connection:
        store.forget(connection)
    until = time.monotonic() + 20
    while (position := store.position()) is None or not position.ready:
        assert time.monotonic() < until
        time.sleep(0.02)
    engine.dispose()


def test_a_rebuilt_index_still_answers_for_past_days(days: Days, database_url: str) -> None:
    days.see("verified")
    first = days.turn()
    days.set(Status.REVOKED)
    days.see("not_in_force")
    second = days.turn()
    _rebuilt(days, database_url)
    assert days.asked(first) == ("was_in_force", "verified")
    assert days.asked(second) == ("revoked", "not_in_force")


def test_where_the_former_index_was_wrong_the_new_one_inherits_nothing(days: Days, database_url: str) -> None:
    uri = days.rig.institution.status_uri
    moments = []
    for _ in range(3):  # one list, under three roots
        days.rig._sequences[uri] = 0
        days.rig.publish()
        days.see("verified")
        moments.append(days.turn())
    days.rig.publish()
    days.see("verified")
    engine = open_engine(database_url)
    with engine.connect() as connection:
        span = connection.execute(select(StatusSpan.__table__).where(StatusSpan.uri == uri)).first()
    engine.dispose()
    assert span is not None
    assert span.last - span.first == 2
    _rebuilt(days, database_url, wrong=(span.submitter, span.first + 1))
    told = [days.asked(moment)[1] for moment in moments]
    assert told == ["verified", "could_not_check", "verified"]
