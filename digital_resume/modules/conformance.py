"""The test base that every module passes; a module's author subclasses it and sets ``plugin``.

    class TestMyModule(PluginConformance):
        plugin = my_module.PLUGIN

It needs pytest to run and nothing else of this repository's tests. What a module does beyond the seam is
its own tests' business.
"""

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, cast

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.modules.api import (
    IssuerClient,
    Plugin,
    PluginContext,
    PluginSettings,
    VerifierClient,
    schema_of,
)
from digital_resume.modules.checking import check_plugin

_ALLOWED = ("digital_resume.core", "digital_resume.modules")
#: Top-level packages of the product, of which a module may import what is allowed above, and itself.
_PRODUCT = frozenset({"digital_resume", "issuer", "wallet", "verifier", "plugins", "scripts", "tests"})
_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|(?:src|href)=\"(?:https?:)?//", re.IGNORECASE
)


class PluginConformance:
    """What holds of every module."""

    plugin: ClassVar[Plugin]

    def settings(self) -> PluginSettings:
        """Return settings to make the router with; override when the module needs more."""
        return self.plugin.settings()

    def context(self) -> PluginContext:
        """Return a context without anything behind it: making a router must not touch the world."""

        class Clock:
            def now(self) -> datetime:
                return datetime.now(UTC)

        return PluginContext(
            settings=self.settings(),
            sessions=cast(async_sessionmaker[AsyncSession], None),
            issuer=cast(IssuerClient, None),
            verifier=cast(VerifierClient, None),
            clock=Clock(),
            production=False,
            base_url=f"http://localhost/{self.plugin.name}",
        )

    def package(self) -> ModuleType:
        """Return the package that the module's code lives in."""
        name = self.plugin.router.__module__.rpartition(".")[0] or self.plugin.router.__module__
        return sys.modules[name]

    def sources(self) -> Iterator[Path]:
        """Yield the module's Python files."""
        yield from sorted(Path(cast(str, inspect.getsourcefile(self.package()))).parent.rglob("*.py"))

    def test_the_declaration_is_accepted_by_the_host(self) -> None:
        check_plugin(self.plugin)

    def test_the_declaration_cannot_be_changed(self) -> None:
        try:
            self.plugin.name = "other"  # type: ignore[misc]  # that it is refused is the test
        except FrozenInstanceError:
            return
        raise AssertionError("a Plugin is frozen")

    def test_it_imports_the_core_and_the_seam_only(self) -> None:
        own = self.package().__name__
        for source in self.sources():
            for imported in _imports(ast.parse(source.read_text("utf-8"))):
                if imported.partition(".")[0] in _PRODUCT:
                    allowed = any(_is_in(imported, package) for package in (*_ALLOWED, own))
                    assert allowed, f"{source.name} imports {imported}"

    def test_it_issues_types_of_the_catalog(self) -> None:
        for name in self.plugin.credential_types:
            assert credential_type(name).name == name

    def test_its_presentation_requests_are_dcql_queries(self) -> None:
        for query in self.plugin.presentation_requests.values():
            credentials: list[dict[str, Any]] = query["credentials"]
            assert credentials
            identifiers = [entry["id"] for entry in credentials]
            assert len(set(identifiers)) == len(identifiers)
            for entry in credentials:
                assert entry["format"] == "dc+sd-jwt"
                assert entry["meta"]["vct_values"]
                assert all(claim["path"] for claim in entry.get("claims", []))

    def test_its_settings_have_a_prefix_of_their_own(self) -> None:
        prefix = self.plugin.settings.model_config.get("env_prefix")
        if self.plugin.settings is not PluginSettings:
            assert prefix == f"PLUGIN_{self.plugin.name.upper()}_"

    def test_its_router_is_made_without_touching_the_world(self) -> None:
        router = self.plugin.router(self.context())
        assert isinstance(router, APIRouter)
        for route in router.routes:
            path = getattr(route, "path", "")
            assert path.startswith("/")
            assert not path.startswith("/static"), "below /static are the module's pages"

    def test_its_tables_are_in_its_own_schema(self) -> None:
        for module in list(sys.modules.values()):
            if not getattr(module, "__name__", "").startswith(self.package().__name__):
                continue
            metadata = getattr(getattr(module, "Base", None), "metadata", None)
            if metadata is not None:
                assert {table.schema for table in metadata.tables.values()} <= {schema_of(self.plugin.name)}

    def test_its_pages_have_no_inline_code_and_no_foreign_host(self) -> None:
        for page in self.pages("*.html"):
            found = _INLINE.search(page.read_text("utf-8"))
            assert found is None, f"{page.name}: {found.group(0) if found else ''}"

    def test_its_pages_speak_korean_and_english(self) -> None:
        folder = self.plugin.pages
        if folder is None:
            return
        words = {
            language: json.loads((folder / "messages" / f"{language}.json").read_text("utf-8"))
            for language in ("ko", "en")
        }
        assert words["ko"].keys() == words["en"].keys()
        assert all(text.strip() for texts in words.values() for text in texts.values())
        for page in self.pages("*.html"):
            for key in re.findall(r'data-t(?:-label|-placeholder)?="([^"]+)"', page.read_text("utf-8")):
                assert key in words["ko"], f"{page.name}: {key}"

    def pages(self, pattern: str) -> list[Path]:
        """Return the module's browser files."""
        return sorted(self.plugin.pages.rglob(pattern)) if self.plugin.pages else []


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield str(node.module)
