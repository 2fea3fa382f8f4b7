"""Sealing: a leaf is in one batch at one place, whoever commits late, rolls back, races or is killed."""

import asyncio
import random
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from digital_resume.adapters.database import Database
from digital_resume.adapters.database.migrate import upgrade
from digital_resume.core.anchoring.merkle import merkle_root
from digital_resume.core.trust.issuers import ChainRef
from digital_resume.local.postgres import EmbeddedPostgres
from issuer.anchoring import sealing
from issuer.anchoring.receipts import receipt_of
from issuer.anchoring.sealing import seal
from issuer.settings import IssuerSettings
from tests.integration.issuer import test_worker
from tests.integration.issuer.test_worker import add_leaves, assert_each_once, wait_until_anchored

settings, start_worker = test_worker.settings, test_worker.start_worker  # its fixtures

CHAIN = ChainRef("eip155:1", "0x" + "00" * 32, "0x" + "00" * 20, "0x" + "00" * 32)
CONFIRM = (
    "update issuer.batch set state = 'confirmed', submitter = '0x' || repeat('0', 40), "
    "transaction_hash = '\\x00', block_number = 1, anchored_at = now()"
)


@pytest.fixture
async def database(issuer_database: str) -> AsyncIterator[Database]:
    """Open a migrated database."""
    database = Database(issuer_database)
    yield database
    await database.dispose()


async def assert_all_have_receipts(database: Database, url: str, sample: int = 200) -> None:
    """Check that the leaves of every batch, by number, lead to its root, and that receipts say so too."""
    with psycopg.connect(url) as connection:
        connection.execute(CONFIRM)
        rows = connection.execute(
            "select batch.root, leaf.digest from issuer.leaf join issuer.batch "
            "on leaf.number between first_number and last_number order by leaf.number"
        ).fetchall()
    by_root: dict[bytes, list[bytes]] = {}
    for root, digest in rows:
        by_root.setdefault(root, []).append(digest)
    for root, leaves in by_root.items():
        assert merkle_root(leaves) == root
        async with database.sessions() as session:
            for index in random.Random(4).sample(range(len(leaves)), min(sample, len(leaves))):
                receipt = await receipt_of(session, CHAIN, leaves[index])
                assert receipt is not None
                assert (receipt.index, receipt.size, receipt.root) == (index, len(leaves), root)
                receipt.verify_path()


async def test_several_tiles_and_spans_make_one_batch(database: Database, issuer_database: str) -> None:
    add_leaves(issuer_database, 70_000)
    steps: list[tuple[int, int]] = []
    assert await seal(database, 1 << 20, progress=lambda done, most: steps.append((done, most)))
    assert steps == [(32_768, 70_000), (65_536, 70_000), (70_000, 70_000)]
    assert await seal(database, 1 << 20) is None
    await assert_all_have_receipts(database, issuer_database)


@pytest.mark.parametrize("limit", [1, 255, 256, 257, 40_000])
async def test_what_is_over_the_limit_goes_into_the_next_batch(
    database: Database, issuer_database: str, limit: int
) -> None:
    count = limit * 2 + limit // 2 + 1
    add_leaves(issuer_database, count)
    sizes = []
    while (batch := await seal(database, limit)) is not None:
        with psycopg.connect(issuer_database) as connection:
            row = connection.execute("select size from issuer.batch where id = %s", (batch.id,)).fetchone()
        assert row is not None
        sizes.append(row[0])
    assert sum(sizes) == count
    assert set(sizes[:-1]) == {limit}
    await assert_all_have_receipts(database, issuer_database, 20)


async def test_numbers_of_a_rolled_back_transaction_leave_no_hole(
    database: Database, issuer_database: str
) -> None:
    for count in (3, 700, 1, 300):
        add_leaves(issuer_database, count)
        with psycopg.connect(issuer_database) as connection:
            connection.execute(
                "insert into issuer.leaf (digest) select sha256(gen_random_uuid()::text::bytea) "
                "from generate_series(1, %s)",
                (count * 3,),
            )
            connection.rollback()
    assert await seal(database, 600)
    assert await seal(database, 600)
    assert await seal(database, 600) is None
    await assert_all_have_receipts(database, issuer_database)


@pytest.fixture
def looked_again(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Give an event that is set when a sealing has looked at the writers for the third time."""
    wait, event = sealing._writers_have_ended, asyncio.Event()

    @dataclass
    class Counted:
        connection: AsyncConnection
        times: int = 0

        async def scalars(self, query: Any) -> Any:
            self.times += 1
            if self.times == 3:
                event.set()
            return await self.connection.scalars(query)

    monkeypatch.setattr(sealing, "_writers_have_ended", lambda connection: wait(Counted(connection)))
    return event


async def test_a_number_that_commits_late_is_waited_for(
    database: Database, issuer_database: str, looked_again: asyncio.Event
) -> None:
    async with await psycopg.AsyncConnection.connect(issuer_database) as late:
        await late.execute("insert into issuer.leaf (digest) values (sha256('late'))")
        add_leaves(issuer_database, 5)
        sealing_now = asyncio.create_task(seal(database, 100))
        waited = asyncio.create_task(looked_again.wait())
        await asyncio.wait({sealing_now, waited}, return_when=asyncio.FIRST_COMPLETED)
        assert not sealing_now.done()
        add_leaves(issuer_database, 1)  # nobody is kept from issuing meanwhile
        await late.commit()
        assert await sealing_now is not None
    with psycopg.connect(issuer_database) as connection:
        assert connection.execute("select size from issuer.batch").fetchall() == [(6,)]
    assert await seal(database, 100)
    await assert_all_have_receipts(database, issuer_database)


async def test_a_transaction_that_does_not_end_delays_sealing_and_loses_nothing(
    database: Database, issuer_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_LIMIT_SECONDS", 0.1)
    async with await psycopg.AsyncConnection.connect(issuer_database) as late:
        await late.execute("insert into issuer.leaf (digest) values (sha256('late'))")
        add_leaves(issuer_database, 5)
        assert await seal(database, 100) is None
        await late.commit()
    assert await seal(database, 100)
    await assert_all_have_receipts(database, issuer_database)


async def test_two_sealings_at_once_take_each_leaf_once(database: Database, issuer_database: str) -> None:
    add_leaves(issuer_database, 40_000)
    first, second = await asyncio.gather(seal(database, 1 << 20), seal(database, 1 << 20))
    assert (first is None) != (second is None)
    with psycopg.connect(issuer_database) as connection:
        assert connection.execute("select size from issuer.batch").fetchall() == [(40_000,)]


async def test_a_sealing_that_dies_leaves_nothing_and_the_next_starts_over(
    database: Database, issuer_database: str
) -> None:
    add_leaves(issuer_database, 70_000)

    def die(done: int, _most: int) -> None:
        if done > 40_000:
            raise RuntimeError("dies here")

    with pytest.raises(RuntimeError, match="dies here"):
        await seal(database, 1 << 20, progress=die)
    with psycopg.connect(issuer_database) as connection:
        query = "select (select count(*) from issuer.batch), (select count(*) from issuer.tile)"
        assert connection.execute(query).fetchone() == (0, 0)
    assert await seal(database, 1 << 20)
    await assert_all_have_receipts(database, issuer_database)


async def test_the_database_refuses_batches_that_share_a_number(
    database: Database, issuer_database: str
) -> None:
    add_leaves(issuer_database, 10)
    await seal(database, 10)
    with psycopg.connect(issuer_database) as connection, pytest.raises(psycopg.errors.ExclusionViolation):
        connection.execute(
            "insert into issuer.batch (root, size, first_number, last_number) values ('x', 1, 10, 11)"
        )


def test_nobody_chooses_a_leafs_number(issuer_database: str) -> None:
    with psycopg.connect(issuer_database) as connection, pytest.raises(psycopg.errors.GeneratedAlways):
        connection.execute("insert into issuer.leaf (digest, number) values ('x', 1)")


def test_a_worker_killed_while_it_seals_starts_again_cleanly(
    settings: IssuerSettings, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    url = settings.database_url.get_secret_value()
    add_leaves(url, 200_000)
    with psycopg.connect(url) as connection:
        connection.execute(STOP_AT_A_TILE)
    worker = start_worker()
    backend = wait_for_the_tile(url)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with psycopg.connect(url, autocommit=True) as connection:
        # What the server finds out when it writes to a client that is gone.
        connection.execute("select pg_terminate_backend(%s, 10000)", [backend])
        connection.execute("drop trigger stop on issuer.tile")
        query = "select (select count(*) from issuer.batch), (select count(*) from issuer.tile)"
        assert connection.execute(query).fetchone() == (0, 0)
    start_worker()
    wait_until_anchored(url)
    assert_each_once(url, 200_000)


STOP_AT_A_TILE = """
create function issuer.stop() returns trigger language plpgsql as
    $$ begin perform pg_sleep(600); return new; end $$;
create trigger stop before insert on issuer.tile for each row
    when (new.level = 0 and new.number = 300) execute function issuer.stop();
"""


def wait_for_the_tile(url: str) -> int:
    """Wait until a sealing stores that tile; return the process of the server that stores it."""
    until = time.monotonic() + 60
    query = "select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < until:
            row = connection.execute(query).fetchone()
            if row is not None:
                return int(row[0])
            time.sleep(0.05)
    raise AssertionError("no sealing began")


async def test_batches_from_before_the_ranges_keep_their_receipts(postgres: EmbeddedPostgres) -> None:
    """The second batch holds a number below the first one's highest: it was committed late."""
    url = postgres.create_database("issuer_before_ranges")
    upgrade(url, "issuer", "0003")
    leaves = [bytes([number]) * 32 for number in range(1, 8)]
    first, second = [leaves[0], leaves[2], leaves[3]], [leaves[1], leaves[4]]
    with psycopg.connect(url) as connection:
        for digest in leaves:
            connection.execute("insert into issuer.leaf (digest) values (%s)", (digest,))
        for members in (first, second):
            row = connection.execute(
                "insert into issuer.batch (root, size) values (%s, %s) returning id",
                (merkle_root(members), len(members)),
            ).fetchone()
            assert row is not None
            connection.execute("insert into issuer.tile values (%s, 0, 0, %s)", (row[0], b"".join(members)))
            for position, digest in enumerate(members):
                connection.execute(
                    "update issuer.leaf set batch_id = %s, position = %s where digest = %s",
                    (row[0], position, digest),
                )
    upgrade(url, "issuer")
    database = Database(url)
    assert await seal(database, 100)
    with psycopg.connect(url) as connection:
        sizes = connection.execute("select size from issuer.batch order by id").fetchall()
        assert sizes == [(3,), (2,), (2,)]
        connection.execute("insert into issuer.leaf (digest) values ('new')")
    await assert_all_have_receipts(database, url)
    await database.dispose()
    postgres.drop_database("issuer_before_ranges")
