"""The reference pages are written from the code, and nothing without a description gets onto them."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
import typer
import typer.main
from fastapi import APIRouter, FastAPI
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from scripts.reference.commands import section
from scripts.reference.pages import UndocumentedError, blocks_of, paragraph, renew, table
from scripts.reference.routes import rows_of
from scripts.reference.seam import hooks
from scripts.reference.settings import settings_section

PAGE = "# Page\n\nBy hand.\n\n<!-- generated: one -->\nold\n<!-- end -->\n\nBy hand too.\n"


class Described(BaseSettings):
    """Settings of an example."""

    model_config = SettingsConfigDict(env_prefix="EXAMPLE_")

    pause_seconds: float = Field(default=1.5, ge=0.5, le=1_000)
    """Pause between
    two looks."""

    mode: Literal["on", "off"] = "on"
    """Whether it works."""

    secret: SecretStr
    """What nobody sees."""


class WithoutWords(Described):
    """Settings of an example."""

    limit: int = 5


def test_a_block_is_renewed_and_the_rest_stays() -> None:
    renewed = renew(PAGE, {"one": lambda: "new"})
    assert renewed == PAGE.replace("old", "\nnew\n")
    assert renew(renewed, {"one": lambda: "new"}) == renewed
    assert blocks_of(renewed) == ["one"]


def test_a_block_that_nothing_writes_is_an_error() -> None:
    with pytest.raises(UndocumentedError, match="'one'"):
        renew(PAGE, {})


def test_a_cell_may_hold_a_bar() -> None:
    assert table(("a",), [("x | y",)]).endswith("| x \\| y |")


def test_a_setting_shows_its_variable_default_bounds_and_words() -> None:
    rows = settings_section(Described).splitlines()[-3:]
    assert rows == [
        "| `EXAMPLE_PAUSE_SECONDS` | 1.5 | number, ≥ 0.5, ≤ 1,000 | Pause between two looks. |",
        "| `EXAMPLE_MODE` | `on` | `on` or `off` | Whether it works. |",
        "| `EXAMPLE_SECRET` | *needed* | secret | What nobody sees. |",
    ]


def test_a_setting_without_words_is_an_error_and_what_it_inherits_is_not_repeated() -> None:
    with pytest.raises(UndocumentedError, match="EXAMPLE_LIMIT"):
        settings_section(WithoutWords)


def test_a_command_shows_its_parameters() -> None:
    app = typer.Typer()

    @app.command()
    def work(
        file: Annotated[str, typer.Argument(help="what to read")],
        times: Annotated[int, typer.Option(help="how often", envvar="TIMES")] = 3,
    ) -> None:
        """Do it."""

    text = section("resume work", typer.main.get_command(app))
    assert "```sh\nresume work FILE\n```" in text
    assert "| `--times N` | how often (`TIMES`) | `3` |" in text


@pytest.mark.parametrize("words", [None, "Do it."])
def test_a_command_or_an_option_without_help_is_an_error(words: str | None) -> None:
    app = typer.Typer()

    def work(times: int = 3) -> None:
        pass

    work.__doc__ = words
    app.command()(work)
    with pytest.raises(UndocumentedError, match="--times" if words else "resume work"):
        section("resume work", typer.main.get_command(app))


def test_a_route_of_an_included_router_is_found_and_one_without_words_is_an_error() -> None:
    router, app = APIRouter(prefix="/api"), FastAPI()

    @router.get("/things", summary="All things")
    def things() -> None:
        pass

    app.include_router(router)
    assert [(each.method, each.path, each.meaning) for each in rows_of("it", app)] == [
        ("GET", "/api/things", "All things")
    ]

    @app.delete("/things", include_in_schema=False)
    def forget() -> None:
        pass

    with pytest.raises(UndocumentedError, match="DELETE /things"):
        rows_of("it", app)


def test_a_hook_shows_its_words_and_one_without_is_an_error() -> None:
    @dataclass
    class Hooks:
        """What a module registers.

        Attributes:
            name: its name, which
                is unique.
        """

        name: str

        def work(self) -> None:
            """Do it."""

    assert list(hooks(Hooks)) == [("name", "its name, which is unique."), ("work()", "Do it.")]

    @dataclass
    class More(Hooks):
        """What a module registers.

        Attributes:
            name: its name.
        """

        every: int = 1

    with pytest.raises(UndocumentedError, match=r"More\.every"):
        list(hooks(More))


def test_a_paragraph_is_wrapped_where_a_page_ends_and_a_long_name_is_left_whole() -> None:
    name = "`" + "x" * 130 + "`"
    lines = paragraph(f"{'word ' * 40}\n  well-known {name}").split("\n")
    assert all(len(line) <= 120 or line == name for line in lines)
    assert name in lines
    assert " ".join(lines).split() == [*["word"] * 40, "well-known", name]
