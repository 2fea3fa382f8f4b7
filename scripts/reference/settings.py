"""Settings: every field of every settings class, as the environment variable that sets it."""

import ast
import importlib
import inspect
import itertools
import pkgutil
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

import digital_resume
import issuer
import plugins
import verifier
import wallet
from digital_resume.modules.api import PluginSettings
from digital_resume.settings import CommonSettings
from scripts.reference.pages import ROOT, UndocumentedError, paragraph, plain, table

_PACKAGES = (digital_resume, issuer, wallet, verifier, plugins)
_MODULES = ("settings", ".modules.api")
_BOUNDS = {
    "ge": "≥ {:,}",
    "gt": "> {:,}",
    "le": "≤ {:,}",
    "lt": "< {:,}",
    "multiple_of": "a multiple of {:,}",
    "min_length": "≥ {:,} characters",
    "max_length": "≤ {:,} characters",
}


def settings_classes() -> list[type[BaseSettings]]:
    """Return every settings class of the product, a base before what extends it."""
    for package in _PACKAGES:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.endswith(_MODULES):
                importlib.import_module(found.name)
    own = tuple(f"{package.__name__}." for package in _PACKAGES)
    # Not whatever else is loaded by now: the page must not depend on what ran before.
    classes = [
        each
        for each in _below(BaseSettings)
        if each.__module__.startswith(own) and each.__module__.endswith(_MODULES)
    ]
    return sorted(classes, key=lambda each: (each is not CommonSettings, issubclass(each, PluginSettings)))


def _below(base: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    for each in sorted(base.__subclasses__(), key=lambda found: found.__module__):
        yield each
        yield from _below(each)


def variable(settings: type[BaseSettings], field: str) -> str:
    """Return the environment variable that sets a field."""
    if settings is PluginSettings:
        return f"PLUGIN_<NAME>_{field}".upper()
    return f"{settings.model_config.get('env_prefix') or ''}{field}".upper()


def variables() -> set[str]:
    """Return every environment variable that a settings class reads."""
    return {variable(each, field) for each in settings_classes() for field in each.model_fields}


def settings_block() -> str:
    """Return a section for each settings class, with a row for each of its own fields.

    Raises:
        UndocumentedError: a class or a field has no description.
    """
    return "\n\n".join(settings_section(each) for each in settings_classes())


def settings_section(settings: type[BaseSettings]) -> str:
    """Return a class's section: a row for each of its own fields.

    Raises:
        UndocumentedError: a field has no description.
    """
    title = (inspect.getdoc(importlib.import_module(settings.__module__)) or "").partition("\n")[0]
    where = Path(inspect.getfile(settings)).relative_to(ROOT)
    bases = [base for base in settings.__mro__[1:] if issubclass(base, BaseSettings)]
    inherited = {name for base in bases for name in base.model_fields}
    words = described_fields(settings)
    rows = []
    for name, field in settings.model_fields.items():
        if name in inherited:
            continue
        meaning = field.description or words.get(name)
        if not meaning:
            raise UndocumentedError(f"The setting {variable(settings, name)} ({where}) has no description.")
        rows.append((f"`{variable(settings, name)}`", _default(field), _values(field), plain(meaning)))
    head = ("variable", "default", "values", "meaning")
    return f"### {settings.__name__}\n\n{paragraph(f'{plain(title)} (`{where}`)')}\n\n{table(head, rows)}"


def described_fields(settings: type[BaseSettings]) -> dict[str, str]:
    """Return what the string under each field of a class says."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(settings)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found = {}
    for field, below in itertools.pairwise(body):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[field.target.id] = str(below.value.value)
    return found


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "*needed*"
    value = field.default
    if value is None or value in ((), ""):
        return ""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        value = "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:,}".removesuffix(".0")
    return f"`{value}`"


def _values(field: FieldInfo) -> str:
    words = [_kind(field.annotation)]
    for constraint in field.metadata:
        for name, form in _BOUNDS.items():
            bound = getattr(constraint, name, None)
            if bound is not None:
                words.append(form.format(bound))
    return ", ".join(word for word in words if word)


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "comma separated"
    inner = [each for each in get_args(annotation) if each is not type(None)]
    if inner:
        return _kind(inner[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    names = {bool: "`on` or `off`", int: "whole number", float: "number", Path: "path", SecretStr: "secret"}
    return names.get(annotation, "")
