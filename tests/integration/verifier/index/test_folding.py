"""Random histories on the real registry: the fold of its events is what it answers, at every block.

Several transactions share a block, so that periods of no length and starts in one second occur; many revert,
as the contract refuses what does not fit. The cautious fold of every prefix is held against both of its ends:
it never allows what one of them does not.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest

from digital_resume.adapters.chain.submitter import Fees
from digital_resume.adapters.chain.views import read
from digital_resume.core.trust.events import RegistryEvent, fold, fold_cautiously, moment
from digital_resume.core.trust.issuers import IssuerRecord, IssuerStatus
from digital_resume.core.trust.registry import issuer_id, parse_issuer
from tests.integration.chain.rig import DID, NAMES, Chain
from tests.integration.verifier.index.conftest import Index

pytestmark = pytest.mark.integration
HEIR = "did:web:localhost%3A8001:i:heir"
TYPES = ("UniversityDegree", "AcademicTranscript")
KEYS = [hashlib.sha256(bytes([number])).digest() for number in range(4)]


class History:
    """Sends random transactions, several a block, and lets time pass."""

    def __init__(self, chain: Chain, seed: int) -> None:
        self.chain = chain
        self.random = random.Random(seed)
        self.contract = chain.client.contract("IssuerRegistry", chain.deployments.issuer_registry.address)
        self.sender = chain.admin._submitter
        self.guardian = chain.admin_of(chain.account(2))._submitter
        self.now = int(chain.client.head().time.timestamp())

    def _moment(self) -> int:
        return self.random.choice([0, 0, self.now + self.random.randrange(0, 40)])

    def _call(self) -> tuple[str, tuple[object, ...]]:
        pick, identifier = self.random.choice, issuer_id(DID)
        anchorer = self.chain.account(pick([1, 4])).address
        standing = pick([0, 0, 1, 1, 2, 3])
        return pick(
            [
                ("setNames", (identifier, "다른이름", f"Name {self.random.randrange(99)}", NAMES[2])),
                ("setStatus", (identifier, standing, HEIR if standing == 3 else "")),
                ("accredit", (identifier, pick(TYPES), self._moment())),
                ("accredit", (identifier, pick(TYPES), 0)),
                ("endAccreditation", (identifier, pick(TYPES), self._moment())),
                ("authorizeAnchorer", (identifier, anchorer)),
                ("endAnchorer", (identifier, anchorer, self._moment())),
                ("addKey", (identifier, pick(KEYS), self._moment())),
                ("retireKey", (identifier, pick(KEYS), self._moment())),
                ("reportCompromise", (identifier, pick(KEYS), self.now - self.random.randrange(200_000))),
            ]
        )

    def block(self) -> None:
        """Make one block of random transactions."""
        self.send([self._call() for _ in range(self.random.randrange(1, 7))])

    def send(self, calls: Sequence[tuple[str, tuple[object, ...]]]) -> None:
        """Make one block of these transactions, in their order."""
        fees = Fees(max_fee=10**11, priority_fee=1)
        nonces = {self.sender: self.sender.pending_nonce(), self.guardian: self.guardian.pending_nonce()}
        for function, arguments in calls:
            sender = self.guardian if function == "reportCompromise" else self.sender
            call = self.contract.functions[function](*arguments)
            signed = sender.build(call, nonce=nonces[sender], gas=900_000, fees=fees)
            nonces[sender] += 1
            sender.send(signed)
        self.now += self.random.choice([1, 1, 5, 30])
        self.chain.client.request("evm_setNextBlockTimestamp", [hex(self.now)])
        self.chain.client.request("evm_mine")


@pytest.fixture
def histories(own_chain: Chain) -> Iterator[Callable[[int], History]]:
    """Register two institutions, then make blocks by hand."""
    own_chain.admin.register_issuer(DID, *NAMES)
    own_chain.admin.register_issuer(HEIR, "이어받은대학교(시연용)", "Heir University (demo)", NAMES[2])
    own_chain.client.request("evm_setAutomine", [False])
    yield lambda seed: History(own_chain, seed)
    own_chain.client.request("evm_setAutomine", [True])


@pytest.mark.parametrize("seed", range(6))
def test_the_fold_is_what_the_registry_answers_at_every_block(
    histories: Callable[[int], History], index_of: Callable[..., Index], seed: int
) -> None:
    history = histories(seed)
    chain, first = history.chain, history.chain.client.head().number
    for _ in range(30):
        history.block()
    index = index_of(chain)
    last = index.catch_up().block
    assert last == first + 30
    events = index.store.registry_events(issuer_id(DID))
    assert len(events) > 20
    view = history.contract.functions.getIssuer(issuer_id(DID))
    for number in range(first, last + 1):
        raw = read(view, block=number)
        assert fold(event for at, event in events if at <= number) == parse_issuer(DID, raw)
    assert index.check().differences == ()
    _hold_cautious_against_both_ends(events, range(first, last + 1))


def _hold_cautious_against_both_ends(events: list[tuple[int, RegistryEvent]], blocks: range) -> None:
    allowed_somewhere = False
    for final in blocks:
        for head in (final, final + 1, final + 3, blocks[-1]):
            before = [event for at, event in events if at <= final]
            recent = [event for at, event in events if final < at <= head]
            cautious, now = fold_cautiously(before, recent), fold([*before, *recent])
            then = fold(before)
            assert cautious is not None
            assert now is not None
            assert then is not None
            allowed = set(_allowed(cautious))
            allowed_somewhere |= bool(allowed)
            assert allowed <= set(_allowed(then))
            assert allowed <= set(_allowed(now))
            if not recent:
                assert cautious == then
    assert allowed_somewhere


def _allowed(record: IssuerRecord) -> Iterator[tuple[str, object, object]]:
    """Yield everything that a record lets count, at every moment at which something may change."""
    start = record.status_log[0].at
    for seconds in range(0, 400, 3):
        at = start + timedelta(seconds=seconds)
        if record.status_at(at) is IssuerStatus.ACTIVE:
            yield "active", "", at
        for kind in TYPES:
            if record.accredited_at(kind, at):
                yield "accredited", kind, at
        for grant in record.anchorers:
            if record.anchorer_at(grant.address, at):
                yield "anchorer", grant.address, at
            if record.publisher_at(grant.address, at, published_at=start):
                yield "publisher", grant.address, at
        for key in record.keys:
            if key.period.covers(at) and (key.compromised_since is None or at < key.compromised_since):
                yield "key", key.digest, at


def test_periods_of_no_length_are_periods_of_their_own(
    histories: Callable[[int], History], index_of: Callable[..., Index]
) -> None:
    history = histories(0)
    chain, identifier = history.chain, issuer_id(DID)
    anchorer = chain.account(1).address
    begin, end = ("accredit", (identifier, TYPES[0], 0)), ("endAccreditation", (identifier, TYPES[0], 0))
    allow, stop = ("authorizeAnchorer", (identifier, anchorer)), ("endAnchorer", (identifier, anchorer, 0))
    history.send([begin, end, begin, end, begin, allow, stop, allow])
    history.send([end, begin, stop, stop, allow])
    index = index_of(chain)
    index.catch_up()
    assert index.check().differences == ()
    record = fold(event for _, event in index.store.registry_events(identifier))
    assert record is not None
    assert [a.period.start == a.period.end for a in record.accreditations] == [True, True, False, False]
    assert [g.period.start == g.period.end for g in record.anchorers] == [True, False, False]


def test_times_beyond_the_calendar_break_nothing(own_chain: Chain, index_of: Callable[..., Index]) -> None:
    admin = own_chain.admin
    admin.register_issuer(DID, *NAMES)
    admin.accredit(DID, TYPES[0], 2**64 - 1)
    admin.add_key(DID, KEYS[0], 2**64 - 1)
    index = index_of(own_chain)
    index.catch_up()
    assert index.check().differences == ()
    record = fold(event for _, event in index.store.registry_events(issuer_id(DID)))
    assert record is not None
    assert record.accreditations[0].period.end is None
    assert record.keys[0].period.start == moment(2**64 - 1)
