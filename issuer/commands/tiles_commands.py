"""``resume tiles``: export, verify. Anchored trees as static files for mirrors."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digital_resume.cli.receipt_commands import parse_hash

if TYPE_CHECKING:
    from issuer.commands.tiles import Progress

app = typer.Typer(help="앵커된 트리를 파일로 · anchored trees as static files", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(file_okay=False, help="폴더 · folder of the files")]
Batch = Annotated[str | None, typer.Option(help="한 묶음만, 뿌리 · one batch only, by its root")]

_WORDS = {"tiles": "타일 · tiles", "index": "색인 · index", "check": "확인 · checking"}


@app.command("export")
def export(folder: Folder, batch: Batch = None) -> None:
    """앵커된 모든 묶음을 파일로; 멈추면 이어서 함 · write every anchored batch; goes on where it stopped."""
    from digital_resume.adapters.chain.deployments import read_deployments
    from digital_resume.core.errors import SourceUnavailableError
    from digital_resume.settings import CommonSettings
    from issuer.commands.tiles import export_tiles

    settings = CommonSettings()
    if settings.deployments_file is None:
        raise SourceUnavailableError("DEPLOYMENTS_FILE is not set: it names the chain of the batches.")
    chain = read_deployments(settings.deployments_file).anchor_chain
    root = parse_hash(batch) if batch else None
    with progress_bar() as progress:
        done = export_tiles(
            settings.database_url.get_secret_value(), chain, folder, root=root, progress=progress
        )
    typer.echo(
        f"✔ 새로 쓴 묶음 {done.written}, 이미 있던 묶음 {done.present} · "
        f"{done.written} batches written, {done.present} were there"
    )


@app.command("verify")
def verify(folder: Folder, batch: Batch = None) -> None:
    """파일만으로 트리를 다시 만들어 확인 · build every tree anew from the files and compare."""
    from issuer.commands.tiles import verify_tiles

    with progress_bar() as progress:
        count = verify_tiles(folder, root=parse_hash(batch) if batch else None, progress=progress)
    typer.echo(f"✔ 묶음 {count}개가 뿌리와 맞음 · {count} batches lead to their roots")


@contextmanager
def progress_bar() -> "Iterator[Progress]":
    """Show a bar on a terminal; say nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal or "CI" in os.environ) as bar:
        tasks = {name: bar.add_task(words, total=None, visible=False) for name, words in _WORDS.items()}

        def show(what: str, done: int, most: int) -> None:
            bar.update(tasks[what], completed=done, total=most, visible=True)

        yield show
