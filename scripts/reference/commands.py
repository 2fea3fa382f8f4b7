"""Commands: the whole tree of ``resume``, with what each takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from digital_resume.cli.app import app
from scripts.reference.pages import UndocumentedError, paragraph, table

#: typer brings its own copy of click and exports no type of it.
Command = Any

_VALUES = {int: "N", float: "N", Path: "PATH"}


def commands() -> dict[str, Command]:
    """Return every command by its words, e.g. ``resume institution list``; groups too."""
    return dict(_below("resume", typer.main.get_command(app)))


def _below(words: str, command: Command) -> Iterator[tuple[str, Command]]:
    yield words, command
    # Asked, not looked at: commands of other distributions are loaded when they are asked for.
    for name in sorted(command.list_commands(None)) if hasattr(command, "commands") else ():
        yield from _below(f"{words} {name}", command.get_command(None, name))


def commands_block() -> str:
    """Return a section for each command.

    Raises:
        UndocumentedError: a command, an argument or an option has no help.
    """
    found = commands().items()
    return "\n\n".join(
        section(words, command) for words, command in found if not hasattr(command, "commands")
    )


def section(words: str, command: Command) -> str:
    """Return a command's help, usage and parameters.

    Raises:
        UndocumentedError: the command, an argument or an option has no help.
    """
    if not command.help:
        raise UndocumentedError(f"The command {words} has no help.")
    usage, rows = [words], []
    for parameter in command.params:
        if parameter.param_type_name == "option":
            rows.append((f"`{_option(parameter)}`", _help(words, parameter), _default(parameter)))
        else:
            name = parameter.metavar or parameter.name.upper()
            usage.append(name)
            rows.append((f"`{name}`", _help(words, parameter), ""))
    body = f"### {words}\n\n{paragraph(command.help)}\n\n```sh\n{' '.join(usage)}\n```"
    return f"{body}\n\n{table(('parameter', 'meaning', 'default'), rows)}" if rows else body


def _option(option: Any) -> str:
    names = ", ".join(sorted(option.opts, key=len))
    if option.is_flag:
        return names
    kind = option.type_descriptor.annotation
    return f"{names} {option.metavar or _VALUES.get(kind, 'TEXT')}"


def _help(words: str, parameter: Any) -> str:
    text = getattr(parameter, "help", None)
    if not text:
        raise UndocumentedError(f"{words}: {parameter.opts[0]} has no help.")
    return " ".join(str(text).split()) + (f" (`{parameter.envvar}`)" if parameter.envvar else "")


def _default(option: Any) -> str:
    if option.required:
        return "*needed*"
    if option.is_flag or option.default in (None, "", ()) or callable(option.default):
        return ""
    return f"`{option.default}`"
