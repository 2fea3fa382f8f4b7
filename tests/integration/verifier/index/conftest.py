"""A chain of a test's own, a database, and the index of the one in the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.events import EventReader
from digital_resume.adapters.clock import SystemClock
from tests.integration.chain.rig import Chain
from tests.integration.databases import Databases
from verifier.index.checking import Comparison, IndexChecker
from verifier.index.follower import Follower, Progress
from verifier.index.position import Position
from verifier.index.store import IndexStore
from verifier.status_store import open_engine


@dataclass
class Index:
    """The index of a chain, followed by hand."""

    chain: Chain
    store: IndexStore
    follower: Follower
    connection: Connection

    def catch_up(self) -> Position:
        position = self.follower.catch_up(self.connection).position
        assert position is not None
        return position

    def step(self) -> Progress:
        return self.follower.step(self.connection)

    def check(self, **options: Any) -> Comparison:
        position = self.store.position()
        assert position is not None
        return IndexChecker(self.store, self.chain.client, self.chain.deployments).check(position, **options)


def _compare_nothing(position: Position) -> None:
    del position


@pytest.fixture
def empty_url(databases: Databases) -> Iterator[str]:
    """Give a test a database of its own with the verifier's schema."""
    with databases.new("verifier") as url:
        yield url


@pytest.fixture
def index_of(empty_url: str) -> Iterator[Callable[..., Index]]:
    """Give a maker of followers on the test's database."""
    opened: list[Index] = []

    def make(
        chain: Chain,
        *,
        chunk: int = 5_000,
        keep: int = 64,
        url: str | None = None,
        proven: bool = True,
        views: bool = True,
    ) -> Index:
        store = IndexStore(open_engine(empty_url), chain.deployments, keep_blocks=keep)
        client = ChainClient([url or chain.node.url], chain.deployments)
        reader = EventReader(client, chain.deployments, proven=proven)
        compare = IndexChecker(store, client, chain.deployments).check_views if views else _compare_nothing
        follower = Follower(store, reader, SystemClock(), chunk=chunk, compare=compare, every=0.0)
        made = Index(chain, store, follower, store.engine.connect())
        opened.append(made)
        return made

    yield make
    for index in opened:
        index.connection.close()
        index.store.engine.dispose()
