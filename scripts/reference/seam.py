"""The seam for modules: what a module registers, and what it is given."""

import dataclasses
import inspect
import re
from collections.abc import Iterator

from pydantic_settings import BaseSettings

from digital_resume.modules import api
from scripts.reference.pages import UndocumentedError, first_paragraph, paragraph, plain, table

_FIRST = ("Plugin", "PluginContext", "PluginJob", "PluginSettings")


def modules_block() -> str:
    """Return a section for each name that a module imports from the seam.

    Raises:
        UndocumentedError: a name, a hook or a method has no description.
    """
    names = [*_FIRST, *sorted((name for name in api.__all__ if name not in _FIRST), key=str.lower)]
    things = {name: getattr(api, name) for name in names}
    # What is neither is a value, such as the types of columns.
    return "\n\n".join(
        section(name, thing)
        for name, thing in things.items()
        if inspect.isclass(thing) or inspect.isfunction(thing)
    )


def section(name: str, thing: object) -> str:
    """Return what a class or function of the seam is, with its fields and methods.

    Raises:
        UndocumentedError: it, a field or a method has no description.
    """
    description = first_paragraph(inspect.getdoc(thing), f"{name} of the seam")
    head = f"### {name}\n\n{paragraph(description)}"
    rows = [(f"`{hook}`", meaning) for hook, meaning in hooks(thing)]
    return f"{head}\n\n{table(('name', 'meaning'), rows)}" if rows else head


def hooks(thing: object) -> Iterator[tuple[str, str]]:
    """Yield the fields and public methods of a class of the seam, each with what it is.

    Raises:
        UndocumentedError: one of them has no description.
    """
    if not inspect.isclass(thing) or issubclass(thing, BaseSettings | Exception):
        return  # settings stand on their own page, errors have no hooks
    if dataclasses.is_dataclass(thing):
        described = described_attributes(inspect.getdoc(thing) or "")
        for field in dataclasses.fields(thing):
            if field.name not in described:
                raise UndocumentedError(f"{thing.__name__}.{field.name} of the seam has no description.")
            yield field.name, described[field.name]
    for name, method in inspect.getmembers(thing, inspect.isfunction):
        if not name.startswith("_"):
            yield f"{name}()", first_paragraph(inspect.getdoc(method), f"{thing.__name__}.{name} of the seam")


def described_attributes(docstring: str) -> dict[str, str]:
    """Return what a docstring's ``Attributes:`` section says of each."""
    found = re.search(r"^Attributes:\n((?:    .*(?:\n|$))+)", docstring, re.MULTILINE)
    entries = re.findall(r"^    (\w+): (.*(?:\n     +.*)*)", found[1], re.MULTILINE) if found else []
    return {name: plain(text) for name, text in entries}
