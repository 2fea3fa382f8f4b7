"""What every verdict looks up is found by an index, however long the history."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event, text

from tests.integration.chain.rig import Chain
from verifier.index.store import IndexStore
from verifier.status_store import open_engine

pytestmark = pytest.mark.integration
SUBMITTER = "0x" + "11" * 20
ROWS = 20_000

_FILL = """
insert into verifier.status_heartbeat (block_number, submitter, sequence, said_at)
select n, :submitter, 1, to_timestamp(1700000000 + n) from generate_series(1, :rows) n;
insert into verifier.status_root (submitter, sequence, root, since, block_number)
select :submitter, n, sha256(n::text::bytea), to_timestamp(1700000000 + n), n
from generate_series(1, :rows) n;
analyze verifier.status_heartbeat; analyze verifier.status_root
"""


def fill(engine: Engine, rows: int) -> None:
    """Make a long history of one publisher."""
    with engine.begin() as connection:
        for statement in _FILL.split(";"):
            names = re.findall(r":(submitter|rows)\b", statement)
            values = {"submitter": SUBMITTER, "rows": rows}
            connection.execute(text(statement), {name: values[name] for name in names})


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """Give the test's database."""
    made = open_engine(empty_url)
    yield made
    made.dispose()


def plans(engine: Engine, store: IndexStore, at: datetime | None) -> list[str]:
    """Return the plan of every statement that looking up a root takes."""
    asked: list[tuple[str, object]] = []

    def note(*of: object) -> None:
        asked.append((str(of[2]), of[3]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert store.status_root(SUBMITTER, at) is not None
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        return [
            "\n".join(row[0] for row in connection.exec_driver_sql("explain " + statement, values))  # type: ignore[arg-type]  # as SQLAlchemy gave them
            for statement, values in asked
        ]


@pytest.mark.parametrize(
    ("at", "index"),
    [(None, "pk_status_root"), (datetime.fromtimestamp(1_700_000_007, UTC), "ix_status_root_moment")],
)
def test_a_root_and_its_last_heartbeat_are_found_by_an_index(
    own_chain: Chain, engine: Engine, at: datetime | None, index: str
) -> None:
    fill(engine, ROWS)
    root, heartbeat = plans(engine, IndexStore(engine, own_chain.deployments), at)
    assert index in root
    assert "Sort" not in root
    assert "ix_status_heartbeat_said_at" in heartbeat
