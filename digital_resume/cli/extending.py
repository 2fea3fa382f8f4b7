"""Commands of ``resume`` that installed distributions bring (entry-point group ``digital_resume.commands``).

An entry ``name`` is a command of ``resume``; ``group.name`` is one of a group that is written here and is an
``ExtensibleGroup``, too. A command is loaded when it is run or listed. One that cannot be loaded, or whose
name is taken, is named with its distribution and left out; the others work.
"""

from importlib.metadata import EntryPoint
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from digital_resume.core.errors import ResumeError
from digital_resume.extensions import COMMANDS, declared, origin_of


class CommandUnavailableError(ResumeError):
    """A command that a distribution declares and does not bring."""

    code = "command_unavailable"


class ExtensibleGroup(TyperGroup):
    """The commands that are written here, and those of the entry points."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._entries: dict[str, list[EntryPoint]] = {}
        self._told: set[str] = set()
        group = f"{self.name}." if self.name else ""
        for entry in declared(COMMANDS):
            name = entry.name.removeprefix(group)
            if entry.name.startswith(group) and "." not in name:
                self._entries.setdefault(name, []).append(entry)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands that can be loaded; tell of the others on standard error."""
        names = list(super().list_commands(ctx))
        for name, entries in self._entries.items():
            if name in names:
                brought = ", ".join(origin_of(entry) for entry in entries)
                self._tell(f"The command {entries[0].name} of {brought} is left out: that name is taken.")
                continue
            try:
                self._loaded(name)
            except CommandUnavailableError as error:
                self._tell(error.message)
            else:
                names.append(name)
        return names

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, one of an entry point when none of that name is written here.

        Raises:
            CommandUnavailableError: it is declared and cannot be loaded.
        """
        found = super().get_command(ctx, cmd_name)
        return found if found is not None or cmd_name not in self._entries else self._loaded(cmd_name)

    def _tell(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            typer.secho(f"! 쓸 수 없는 명령이 있습니다.\n  {message}", fg="yellow", err=True)

    def _loaded(self, name: str) -> Any:
        first, *others = self._entries[name]
        if others:
            brought = ", ".join(origin_of(entry) for entry in (first, *others))
            raise CommandUnavailableError(
                f"The command {first.name} is left out: more than one distribution brings it ({brought}). "
                "Uninstall all but one."
            )
        try:
            return _as_command(name, first.load())
        except Exception as error:
            raise CommandUnavailableError(
                f"The command {first.name} of {origin_of(first)} is left out: {first.value} cannot be loaded "
                f"({type(error).__name__}: {error}). Install that distribution with what it needs."
            ) from error


def _as_command(name: str, brought: object) -> Any:
    if isinstance(brought, typer.Typer):
        group = get_group(brought)
        group.name = name
        return group
    if not callable(brought):
        raise TypeError("it is neither a function nor a typer.Typer")
    alone = typer.Typer(add_completion=False)
    alone.command(name)(brought)
    return get_command(alone)
