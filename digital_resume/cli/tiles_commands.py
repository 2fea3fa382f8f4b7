"""``resume tiles``: verify. Anchored trees as static files, which whoever mirrors them checks.

An issuer's distribution adds ``resume tiles export``.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digital_resume.cli.extending import ExtensibleGroup
from digital_resume.cli.receipt_commands import parse_hash

if TYPE_CHECKING:
    from digital_resume.adapters.tile_files import Progress

app = typer.Typer(
    cls=ExtensibleGroup, help="앵커된 트리를 파일로 · anchored trees as static files", no_args_is_help=True
)

Folder = Annotated[Path, typer.Argument(file_okay=False, help="폴더 · folder of the files")]
Batch = Annotated[str | None, typer.Option(help="한 묶음만, 뿌리 · one batch only, by its root")]

_WORDS = {"tiles": "타일 · tiles", "index": "색인 · index", "check": "확인 · checking"}


@app.command("verify")
def verify(folder: Folder, batch: Batch = None) -> None:
    """파일만으로 트리를 다시 만들어 확인 · rebuild every tree from the files and compare."""
    from digital_resume.adapters.tile_files import verify_tiles

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
