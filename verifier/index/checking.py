"""Compares the index with the chain, at the index's own block: every difference is named.

1. The block itself: the chain still has it.
2. Institutions: ``getIssuer`` against the fold of their events, all events believed.
3. Anchored roots of institutions' anchorers: ``anchoredAt`` against what is kept.
4. Status roots: ``latest`` of every anchorer against the newest one kept, heartbeat included.
5. The logs, read again: nothing more and nothing less than what is kept. That finds what 2 to 4 cannot ask
   for: an event of somebody the index has never heard of, when the nodes asked now are more honest than
   before.

Anybody may anchor and publish. Of strangers no verdict reads anything, so 3 and 4 ask for those alone whom an
institution ever made its anchorer: what strangers send costs no question, and keeps no index from counting.

Everything is asked of the nodes in ``RPC_URLS``. Name another node than the one that was followed, and it is
that node's word against the index.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.events import EventReader, LoggedEvent
from digital_resume.adapters.chain.views import read
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.events import EventOrderError, fold, moment
from digital_resume.core.trust.issuers import EntryUnreadableError, IssuerRecord
from digital_resume.core.trust.logs import StatusHeartbeat
from digital_resume.core.trust.registry import parse_issuer
from verifier.index.position import Position
from verifier.index.rows import EventsMissingError, fact_of_event
from verifier.index.store import IndexStore

_MOST_ISSUERS = 4_096
_SOME_ROOTS = 256


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the index and the chain do not agree on."""

    what: str
    index: str
    chain: str

    def __str__(self) -> str:
        return f"{self.what}: index {self.index}, chain {self.chain}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, and what differs."""

    position: Position
    institutions: int
    roots: int
    publishers: int
    events: int
    differences: tuple[Difference, ...]


class IndexChecker:
    """Compares one index with the chain.

    Args:
        store: the index.
        client: the nodes to ask.
        deployments: the pinned chain.
    """

    def __init__(self, store: IndexStore, client: ChainClient, deployments: Deployments) -> None:
        self._store = store
        self._reader = EventReader(client, deployments)
        self._contracts = {
            name: client.contract(name, pinned.address) for name, pinned in deployments.contracts.items()
        }

    def check_views(self, position: Position) -> None:
        """Hold institutions, their publishers and some roots against what the contracts answer.

        Beyond 4,096 institutions, or publishers, a random sample of as many is taken: verdicts would wait for
        hours for all of a nation's, and a node has pruned the block's state by then. ``resume index check``
        asks for all.

        Raises:
            EventsMissingError: something differs, and the block is the chain's before and after.
            SourceUnavailableError: the chain cannot be read at that block.
        """
        found = self.check(position, logs=False, most_issuers=_MOST_ISSUERS, most_roots=_SOME_ROOTS)
        block = self._reader.block(position.block) if found.differences else None
        if block is not None and block.hash == position.block_hash:
            raise EventsMissingError(
                "The index of the chain is not what the contracts answer: the node that was followed keeps "
                f"events back ({found.differences[0].what}). Verdicts do not rest on it. Replace the node in "
                "RPC_URLS, then run `resume index rebuild`."
            )
        if found.differences:
            raise SourceUnavailableError("The chain changed while the index was compared with it.")

    def check(
        self,
        position: Position,
        *,
        sample: int | None = None,
        logs: bool = True,
        most_issuers: int | None = None,
        most_roots: int | None = None,
    ) -> Comparison:
        """Compare at the index's block.

        Args:
            position: where the index is.
            sample: how many institutions and roots to ask for; ``None`` for all.
            logs: whether to read the logs again.
            most_issuers: most institutions to ask for, and most of their publishers; a random sample where
                there are more.
            most_roots: most roots to ask for; a random sample where there are more.

        Raises:
            SourceUnavailableError: the chain cannot be read at that block; a node may have pruned its state.
        """
        block = self._reader.block(position.block)
        if block is None or block.hash != position.block_hash:
            found = "does not have it" if block is None else block.hash
            gone = Difference(f"block {position.block}", position.block_hash, found)
            return Comparison(position, 0, 0, 0, 0, (gone,))
        ids = _some(_some(self._store.issuer_ids(position.block), sample), most_issuers)
        anchorers = self._store.anchorers(position.block)
        most = [limit for limit in (sample, most_roots) if limit is not None]
        roots = self._store.anchorers_roots(position.block, min(most, default=None))
        publishers = _some(anchorers, most_issuers)
        differences = [
            *self._issuers(ids, position.block),
            *self._roots(roots, position.block),
            *self._publishers(publishers, position.block),
        ]
        events = 0
        if logs:
            events, missing = self._logs(position)
            differences += missing
        return Comparison(position, len(ids), len(roots), len(publishers), events, tuple(differences))

    def _view(self, contract: str, function: str, *arguments: Any, block: int) -> Any:
        return read(self._contracts[contract].functions[function](*arguments), block=block)

    def _issuers(self, ids: Iterable[bytes], block: int) -> Iterator[Difference]:
        for identifier in ids:
            name = f"institution 0x{identifier.hex()}"
            events = [event for number, event in self._store.registry_events(identifier) if number <= block]
            raw = self._view("IssuerRegistry", "getIssuer", identifier, block=block)
            try:
                kept = fold(events)
            except EntryUnreadableError:
                continue  # a proven block says so, and nothing is believed of the entry
            except EventOrderError as error:
                yield Difference(name, error.message, str(raw[3]) or "not registered")
                continue
            real = parse_issuer(raw[3], raw)
            if kept != real:
                yield from _members_that_differ(kept, real, name)

    def _roots(self, roots: Iterable[tuple[str, bytes, Any]], block: int) -> Iterator[Difference]:
        for submitter, root, time in roots:
            seconds = self._view("AnchorRegistry", "anchoredAt", submitter, root, block=block)
            real = moment(seconds) if seconds else None
            if real != time:
                yield Difference(f"root 0x{root.hex()} of {submitter}", str(time), str(real or "never"))

    def _publishers(self, publishers: Iterable[str], block: int) -> Iterator[Difference]:
        for submitter in publishers:
            root, since, heartbeat, sequence = self._view("StatusRegistry", "latest", submitter, block=block)
            kept = self._store.status_root(submitter, block=block)
            mine = (kept.root, kept.since, kept.heartbeat, kept.sequence) if kept else None
            real = (root, moment(since), moment(heartbeat), sequence) if sequence else None
            if mine != real:
                yield Difference(
                    f"status root of {submitter}", _brief(mine or "none"), _brief(real or "none")
                )

    def _logs(self, position: Position) -> tuple[int, list[Difference]]:
        differences: list[Difference] = []
        count, first, chunk = 0, position.first_block, 5_000
        while first <= position.block:
            end, events = self._reader.read_range(first, min(first + chunk - 1, position.block))
            chunk = max(1, end.number - first + 1)
            count += len(events)
            real = _counted(events)
            kept = self._store.facts(first, end.number)
            for fact in sorted(real.keys() - kept.keys()):
                differences.append(
                    Difference(f"{fact[0]} {fact[2]} in block {fact[1]}", "lacks it", "has it")
                )
            for fact in sorted(kept.keys() - real.keys()):
                differences.append(
                    Difference(f"{fact[0]} {fact[2]} in block {fact[1]}", "has it", "lacks it")
                )
            first = end.number + 1
        missing = {d for d in differences if d.index == "lacks it"}
        last_beats = {d for d in missing if d.what.startswith("StatusHeartbeat")}
        # Old heartbeats are dropped on purpose; that the newest is right was compared above.
        old = position.block - self._store.keep_blocks
        forgotten = {d for d in last_beats if int(d.what.rsplit(" ", 1)[1]) < old}
        return count, [d for d in differences if d not in forgotten]


def _counted(events: Iterable[LoggedEvent]) -> dict[tuple[str, int, str], int]:
    found: dict[tuple[str, int, str], int] = {}
    for logged in events:
        fact = fact_of_event(logged)
        found[fact] = 1 if isinstance(logged.event, StatusHeartbeat) else found.get(fact, 0) + 1
    return found


def _members_that_differ(
    kept: IssuerRecord | None, real: IssuerRecord | None, name: str
) -> Iterator[Difference]:
    if kept is None or real is None:
        yield Difference(name, _standing(kept), _standing(real))
        return
    for member in fields(IssuerRecord):
        mine, theirs = getattr(kept, member.name), getattr(real, member.name)
        if mine != theirs:
            yield Difference(f"{real.did} {member.name}", _brief(mine), _brief(theirs))


def _standing(record: IssuerRecord | None) -> str:
    return record.did if record else "not registered"


def _brief(value: object) -> str:
    text = str(value)
    return text if len(text) <= 400 else text[:399] + "…"


def _some(values: list[Any], sample: int | None) -> list[Any]:
    return (
        values if sample is None or len(values) <= sample else random.sample(values, sample)
    )  # a spot check
