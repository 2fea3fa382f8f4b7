"""What the demonstration prints: numbered stages with progress, and a closing summary."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table


@dataclass(slots=True)
class Stages:
    """The demonstration's output; keeps the seconds of every stage for the summary."""

    console: Console
    total: int
    seconds: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def stage(self, korean: str, english: str, steps: int | None = None) -> Iterator["StageProgress"]:
        """Run one numbered stage under a progress bar.

        Args:
            korean: the stage's name.
            english: the same in English.
            steps: number of ``step`` calls that make it whole; ``None`` when unknown.
        """
        number = len(self.seconds) + 1
        started = time.monotonic()
        self.console.print(f"\n[bold]{number}/{self.total}  {korean}[/]  [dim]{english}[/]")
        progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        with progress:
            task = progress.add_task("", total=steps)
            yield StageProgress(self.console, progress, task)
        taken = time.monotonic() - started
        self.seconds.append((korean, taken))
        self.console.print(f"     [dim]{taken:.1f}초 · s[/]")


@dataclass(slots=True)
class StageProgress:
    """Progress within one stage."""

    console: Console
    progress: Progress
    task: Any

    def step(self, line: str) -> None:
        """Print what was done and move the bar by one."""
        self.console.print(f"   [green]•[/] {line}")
        self.progress.advance(self.task)

    def doing(self, what: str) -> None:
        """Show what is being done now."""
        self.progress.update(self.task, description=f"   {what}")


def summary_panel(rows: list[tuple[str, str]], title: str) -> Panel:
    """Build the closing table."""
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim")
    table.add_column()
    for name, value in rows:
        table.add_row(name, value)
    return Panel(table, title=title, border_style="blue", expand=False)
