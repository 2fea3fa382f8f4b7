"""Standing: what speaks against a signature, and how long an answer of the chain counts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.issuers import (
    Accreditation,
    IssuerRecord,
    IssuerStatus,
    KeyEntry,
    Period,
    StatusChange,
    key_digest,
)
from issuer.chain import standing
from issuer.chain.account import ChainReader
from issuer.chain.standing import Standing, Standings
from issuer.errors import SigningRefusedError

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DID = "did:web:localhost%3A8001:i:univ"
METHOD = f"{DID}#zDnKey"
KEY = KeyEntry(key_digest("zDnKey"), Period(NOW - DAY))
RECORD = IssuerRecord(
    did=DID,
    name_ko="새벽대학교(시연용)",
    name_en="Saebyeok University (demo)",
    url="http://localhost:8001/i/univ",
    status_log=(StatusChange(IssuerStatus.ACTIVE, NOW - DAY),),
    accreditations=(Accreditation("UniversityDegree", Period(NOW - DAY)),),
    anchorers=(),
    keys=(KEY,),
)


def changed(status: IssuerStatus, at: datetime = NOW) -> IssuerRecord:
    """Return the record after a change of status."""
    return replace(RECORD, status_log=(*RECORD.status_log, StatusChange(status, at)))


def with_key(**more: Any) -> IssuerRecord:
    """Return the record with another key log."""
    return replace(RECORD, keys=(replace(KEY, **more),))


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (None, "institution_not_registered"),
        (replace(RECORD, status_log=()), "institution_not_registered"),
        (changed(IssuerStatus.SUSPENDED), "institution_suspended"),
        (changed(IssuerStatus.CLOSED), "institution_closed"),
        (changed(IssuerStatus.MERGED), "institution_closed"),
        (replace(RECORD, accreditations=()), "type_not_accredited"),
        (
            replace(RECORD, accreditations=(Accreditation("UniversityDegree", Period(NOW - DAY, NOW)),)),
            "type_not_accredited",
        ),
        (replace(RECORD, keys=()), "signing_key_not_registered"),
        (with_key(period=Period(NOW + DAY)), "signing_key_not_registered"),
        (with_key(period=Period(NOW - DAY, NOW)), "signing_key_retired"),
        (with_key(compromised_since=NOW - timedelta(hours=1)), "signing_key_compromised"),
        (
            with_key(compromised_since=NOW - timedelta(hours=1), period=Period(NOW - DAY, NOW)),
            "signing_key_compromised",
        ),
    ],
)
def test_a_signature_that_would_not_be_genuine_is_refused(record: IssuerRecord | None, code: str) -> None:
    said = Standing(record, NOW)
    with pytest.raises(SigningRefusedError) as refused:
        said.require("UniversityDegree", METHOD, NOW)
    assert refused.value.code == code
    assert not said.permits("UniversityDegree", METHOD, NOW)


def test_one_that_would_be_genuine_is_not() -> None:
    Standing(RECORD, NOW).require("UniversityDegree", METHOD, NOW)
    Standing(changed(IssuerStatus.SUSPENDED, NOW + DAY), NOW).require("UniversityDegree", METHOD, NOW)


def test_a_chain_ahead_of_the_clock_is_believed() -> None:
    record = with_key(period=Period(NOW + timedelta(seconds=4)))
    Standing(record, NOW + timedelta(seconds=5)).require("UniversityDegree", METHOD, NOW)


def test_what_is_not_known_is_no_refusal() -> None:
    with pytest.raises(SourceUnavailableError) as unknown:
        Standing(None, NOW, known=False).require("UniversityDegree", METHOD, NOW)
    assert unknown.value.code == "standing_unknown"


@dataclass
class FakeChain:
    """A chain whose answers a test chooses."""

    record: IssuerRecord | None = RECORD
    away: bool = False
    asked: int = 0
    before: Callable[[], None] = lambda: None
    client: Any = field(default_factory=lambda: SimpleNamespace(head=lambda: SimpleNamespace(time=NOW)))

    def issuer(self, _did: str) -> IssuerRecord | None:
        """Answer."""
        self.asked += 1
        self.before()
        if self.away:
            raise SourceUnavailableError("The chain is away.")
        return self.record

    def standings(self, *, fresh: float = 5.0, keep: float = 900.0) -> Standings:
        """Return standings that ask this chain."""
        reader = cast(ChainReader, SimpleNamespace(trust_directory=self, client=self.client))
        return Standings(lambda: reader, cast(Any, SimpleNamespace(now=lambda: NOW)), fresh=fresh, keep=keep)


class FakeTime:
    """A monotonic clock that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 1_000.0
        monkeypatch.setattr(standing, "time", SimpleNamespace(monotonic=lambda: self.at))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Give a clock to move."""
    return FakeTime(monkeypatch)


async def of(standings: Standings) -> Standing:
    """Ask as a signature of a degree does."""
    return await standings.of(DID, "UniversityDegree", METHOD)


async def test_a_good_answer_counts_for_a_while(clock: FakeTime) -> None:
    chain = FakeChain()
    standings = chain.standings(fresh=5)
    for after, asked in ((0, 1), (4.9, 1), (5.1, 2)):
        clock.at = 1_000 + after
        assert (await of(standings)).record is RECORD
        assert chain.asked == asked


async def test_nobody_is_refused_by_an_answer_that_is_not_new(clock: FakeTime) -> None:
    chain = FakeChain(changed(IssuerStatus.SUSPENDED))
    standings = chain.standings(fresh=600)
    assert not (await of(standings)).permits("UniversityDegree", METHOD, NOW)
    chain.record = RECORD
    clock.at += 0.5
    assert (await of(standings)).permits("UniversityDegree", METHOD, NOW)


async def test_while_the_chain_is_away_the_last_answer_counts_for_longer(clock: FakeTime) -> None:
    chain = FakeChain()
    standings = chain.standings(fresh=5, keep=900)
    await of(standings)
    chain.away = True
    clock.at += 899
    assert (await of(standings)).known
    clock.at += 2
    assert not (await of(standings)).known
    chain.away = False
    clock.at += 3
    assert (await of(standings)).known


async def test_a_chain_that_did_not_answer_is_not_asked_by_everybody(clock: FakeTime) -> None:
    chain = FakeChain(away=True)
    standings = chain.standings()
    for _ in range(5):
        assert not (await of(standings)).known
    assert chain.asked == 1
    clock.at += 2.5
    await of(standings)
    assert chain.asked == 2


async def test_a_suspension_that_was_read_is_not_forgotten_while_the_chain_is_away(clock: FakeTime) -> None:
    chain = FakeChain(changed(IssuerStatus.SUSPENDED))
    standings = chain.standings()
    await of(standings)
    chain.away = True
    clock.at += 60
    with pytest.raises(SigningRefusedError):
        (await of(standings)).require("UniversityDegree", METHOD, NOW)


async def test_many_at_once_have_the_answer_of_one_or_two() -> None:
    chain = FakeChain()
    standings = chain.standings(fresh=0)
    answers = await asyncio.gather(*(of(standings) for _ in range(20)))
    assert all(answer.record is RECORD for answer in answers)
    assert chain.asked <= 2


async def test_while_a_node_hangs_one_waits_and_the_others_go_on(clock: FakeTime) -> None:
    loop, hanging, may_end = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    chain = FakeChain()
    standings = chain.standings(fresh=5, keep=900)
    await of(standings)
    chain.away = True
    clock.at += 10
    await of(standings)  # the failure is known now
    clock.at += 10

    def hang() -> None:
        loop.call_soon_threadsafe(hanging.set)
        asyncio.run_coroutine_threadsafe(may_end.wait(), loop).result(10)

    chain.before = hang
    one = asyncio.create_task(of(standings))
    await hanging.wait()
    assert (await asyncio.wait_for(of(standings), 5)).known
    assert not one.done()
    may_end.set()
    assert (await one).known
