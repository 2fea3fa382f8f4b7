"""What the demonstration prints: numbered stages with progress, verdicts and a closing summary."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

CHECK_MARKS = {
    "pass": "[green]✔[/]",
    "fail": "[red]✘[/]",
    "unknown": "[yellow]?[/]",
    "caution": "[yellow]![/]",
    "not_applicable": "[dim]–[/]",
}
VERDICT_STYLES = {
    "verified": "bold green",
    "caution": "bold yellow",
    "superseded": "bold yellow",
    "could_not_check": "bold yellow",
    "not_in_force": "bold red",
    "unknown_issuer": "bold magenta",
    "not_genuine": "bold red",
    "sharing_ended": "bold blue",
}


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


def print_verdict(console: Console, verdict: dict[str, Any], *, full: bool) -> None:
    """Print a verdict: the word, and for ``full`` every item with every check.

    Args:
        console: where to print.
        verdict: the verdict's JSON as the verification API answers it.
        full: with every check of every item, or only the word and the reasons.
    """
    style = VERDICT_STYLES.get(verdict["verdict"], "bold")
    title = verdict["title"]
    console.print(f"   [{style}]▶ {title['ko']} · {title['en']}[/]")
    for item in verdict.get("items", []):
        if not full and item["verdict"] == "verified":
            continue
        issuer = (item.get("issuer") or {}).get("name", {}).get("ko", "—")
        mark = f"[{VERDICT_STYLES.get(item['verdict'], 'bold')}]{item['title']['ko']}[/]"
        console.print(f"     {item['typeName']['ko']}  [dim]{issuer}[/]  {mark}")
        if full:
            row = "  ".join(f"{CHECK_MARKS[c['outcome']]} {c['check']}" for c in item["checks"])
            console.print(f"       {row}")
        else:
            for check in item["checks"]:
                if check["outcome"] not in ("pass", "not_applicable"):
                    console.print(f"       {CHECK_MARKS[check['outcome']]} {check['message']['ko']}")
    if not verdict.get("items"):
        reasons = [c for c in verdict.get("presentation", {}).get("checks", []) if c["outcome"] != "pass"]
        for check in reasons:
            console.print(f"       {CHECK_MARKS[check['outcome']]} {check['message']['ko']}")


def summary_panel(rows: list[tuple[str, str]], title: str) -> Panel:
    """Build the closing table."""
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim")
    table.add_column()
    for name, value in rows:
        table.add_row(name, value)
    return Panel(table, title=title, border_style="blue", expand=False)
