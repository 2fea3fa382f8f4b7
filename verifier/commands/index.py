"""``resume index``: status, check, rebuild of the verifier's index of the chain.

Beside ``make up`` the data folder says where it is; elsewhere the verifier's own environment does
(``DATABASE_URL``, ``RPC_URLS``, ``DEPLOYMENTS_FILE``).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digital_resume.core.errors import ResumeError
from digital_resume.core.ports import Clock

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digital_resume.adapters.chain.client import ChainClient
    from digital_resume.adapters.chain.deployments import Deployments
    from verifier.index.position import Position
    from verifier.index.store import IndexStore

app = typer.Typer(help="체인 색인 · the verifier's index of the chain", no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="make up의 자료 폴더 · data folder of make up")]
_MOST_SHOWN = 50


class IndexMissingError(ResumeError):
    """There is no index of this chain yet."""

    code = "index_missing"


@dataclass(frozen=True)
class _Opened:
    store: "IndexStore"
    client: "ChainClient"
    deployments: "Deployments"
    settings: Any
    clock: Clock

    def position(self) -> "Position":
        found = self.store.position()
        if found is None:
            raise IndexMissingError(
                "There is no index of this chain yet. Start the verifier, or run `resume index rebuild`."
            )
        return found

    def age(self, position: "Position") -> float:
        """Return for how many seconds nothing more was known of the chain."""
        return max(0.0, (self.clock.now() - position.confirmed_at).total_seconds())

    def lines(self, position: "Position") -> Iterator[str]:
        """Say where the index is."""
        at = f"{position.block_time:%Y-%m-%d %H:%M:%S} UTC"
        yield f"블록 · block {position.block:,}   {at}   {position.block_hash}"
        left, behind = position.blocks_left, int(self.age(position))
        yield f"남은 블록 · blocks left {left:,}   확인한 지 · complete as of {behind:,} s ago"
        if not position.ready:
            yield "! 아직 채우는 중 · the back-fill is not complete yet"


@app.command()
def status(data: Data = Path("data")) -> None:
    """어디까지 따라왔는지 · how far the index has come."""
    with _opened(data) as index:
        position = index.position()
        for line in index.lines(position):
            typer.echo(line)
        counts = index.store.counts()
        typer.echo(
            f"기관 · institutions {counts['institutions']:,}   "
            f"앵커 · anchored roots {counts['anchoredRoots']:,}   "
            f"상태 · status roots {counts['statusRoots']:,}"
        )
        fresh = position.ready and index.age(position) <= index.settings.index_max_age_seconds
        typer.echo("✔ 판정에 쓰임 · verdicts rest on it" if fresh else "! 판정에 쓰이지 않음 · not used now")
    raise typer.Exit(0 if fresh else 1)


@app.command()
def check(
    data: Data = Path("data"),
    *,
    sample: Annotated[
        int | None, typer.Option(min=1, help="몇 개만 · so many institutions and roots, not all")
    ] = None,
    logs: Annotated[
        bool, typer.Option("--logs/--no-logs", help="로그도 다시 읽음 · read the logs again, too")
    ] = True,
    rpc: Annotated[
        str,
        typer.Option(help="이 노드에 물음 · ask this node, not those of RPC_URLS"),
    ] = "",
) -> None:
    """색인을 체인과 비교 · compare the index with the chain; exit code 0 only when nothing differs."""
    from verifier.index.checking import IndexChecker

    with _opened(data, rpc) as index:
        position = index.position()
        found = IndexChecker(index.store, index.client, index.deployments).check(
            position, sample=sample, logs=logs
        )
    for line in index.lines(position):
        typer.echo(line)
    typer.echo(
        f"비교함 · compared: 기관 · institutions {found.institutions:,}, 앵커 · roots {found.roots:,}, "
        f"발행자 · publishers {found.publishers:,}, 로그 · logs {found.events:,}"
    )
    for difference in found.differences[:_MOST_SHOWN]:
        typer.secho(f"✘ {difference}", fg="red")
    if found.differences:
        typer.secho(
            f"✘ 다른 것 {len(found.differences)}건. 노드를 확인하고 resume index rebuild 로 새로 만드세요.\n"
            f"  {len(found.differences)} differences. Check the nodes, then rebuild it: index rebuild",
            fg="red",
        )
        raise typer.Exit(1)
    typer.secho("✔ 체인과 같음 · the same as the chain", fg="green")


@app.command()
def rebuild(
    data: Data = Path("data"),
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="묻지 않음 · do not ask")] = False,
) -> None:
    """색인을 버리고 처음부터 · rebuild the index; until it is done the chain itself is read."""
    from verifier.index.follower import try_lock

    if not yes:
        typer.confirm("색인을 버리고 새로 만들까요 · drop the index and rebuild it?", abort=True)
    with _opened(data) as index, index.store.engine.connect() as connection:
        index.store.forget(connection)
        if try_lock(connection):
            _follow(index, connection)
        else:
            typer.echo("검증기가 새로 만드는 중 · the running verifier rebuilds it")
            _wait(index)
        typer.secho("✔ 새로 만듦 · rebuilt", fg="green")
        for line in index.lines(index.position()):
            typer.echo(line)


def _follow(index: _Opened, connection: "Connection") -> None:
    from digital_resume.adapters.chain.events import EventReader
    from verifier.index.checking import IndexChecker
    from verifier.index.follower import Follower, Step

    follower = Follower(
        index.store,
        EventReader(index.client, index.deployments, proven=index.settings.index_proof == "receipts"),
        index.clock,
        chunk=index.settings.index_chunk_blocks,
        compare=IndexChecker(index.store, index.client, index.deployments).check_views,
    )
    tell = _teller()
    while True:
        progress = follower.step(connection)
        tell(progress.position)
        if progress.step is Step.CONFIRMED:
            return


def _wait(index: _Opened) -> None:
    tell = _teller()
    while True:
        position = index.store.position()
        tell(position)
        if position is not None and position.ready:
            return
        time.sleep(0.5)


def _teller() -> "Callable[[Position | None], None]":
    told = [float("-inf")]

    def tell(position: "Position | None") -> None:
        if position is not None and time.monotonic() - told[0] >= 1:
            told[0] = time.monotonic()
            typer.echo(f"  블록 · block {position.block:,}   남음 · left {position.blocks_left:,}")

    return tell


@contextmanager
def _opened(data: Path, rpc: str = "") -> Iterator[_Opened]:
    from digital_resume.adapters.chain.client import ChainClient
    from digital_resume.adapters.chain.deployments import read_deployments
    from digital_resume.adapters.clock import SystemClock
    from digital_resume.local.data_folder import use_data_folder
    from verifier.connections import open_index, pinned
    from verifier.settings import VerifierSettings
    from verifier.status_store import open_engine

    use_data_folder(data, "verifier")
    settings = VerifierSettings()
    file, urls = pinned(settings)
    deployments = read_deployments(file)
    client = ChainClient([rpc] if rpc else urls, deployments, quorum=1 if rpc else settings.rpc_quorum)
    engine = open_engine(settings.database_url.get_secret_value())
    try:
        yield _Opened(open_index(settings, engine, deployments), client, deployments, settings, SystemClock())
    finally:
        engine.dispose()
