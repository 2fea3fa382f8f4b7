"""Commands that other distributions bring: found, named when they cannot be had, none in another's way."""

from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest
import typer
from typer.testing import CliRunner

from digital_resume.cli import app as cli
from digital_resume.cli import extending
from digital_resume.extensions import COMMANDS
from tests.commands import resume

HERE = "tests.unit.digital_resume.cli.test_extending"

group = typer.Typer(help="a group of one command")
NO_COMMAND = 7


@group.command()
def first() -> None:
    """The only one."""
    typer.echo("first of a group")


def alone(name: str = "nobody") -> None:
    """A command without a group."""
    typer.echo(f"alone {name}")


Brings = Callable[[dict[str, str]], None]


@pytest.fixture
def brings(monkeypatch: pytest.MonkeyPatch) -> Brings:
    def install(entries: dict[str, str]) -> None:
        points = [EntryPoint(name, value, COMMANDS) for name, value in entries.items()]
        monkeypatch.setattr(extending, "declared", lambda wanted: tuple(points))

    return install


def listed() -> tuple[str, str]:
    result = CliRunner().invoke(cli.app, ["--help"])
    assert result.exit_code == 0
    return result.stdout, result.stderr


def test_function_and_group_become_commands(brings: Brings, capsys: pytest.CaptureFixture[str]) -> None:
    brings({"single": f"{HERE}:alone", "several": f"{HERE}:group"})
    assert resume("single", "--name", "somebody") == 0
    assert resume("several", "first") == 0
    assert capsys.readouterr().out == "alone somebody\nfirst of a group\n"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("no_such_package.commands:app", "ModuleNotFoundError"),
        (f"{HERE}:no_such_name", "AttributeError"),
        (f"{HERE}:NO_COMMAND", "TypeError"),
    ],
)
def test_command_that_cannot_be_loaded_is_named_and_left_out(
    brings: Brings, capsys: pytest.CaptureFixture[str], value: str, reason: str
) -> None:
    brings({"broken": value, "single": f"{HERE}:alone"})
    out, err = listed()
    assert "single" in out
    assert "verify" in out
    assert "broken" not in out
    assert err.count("broken") == 1
    assert reason in err
    # the others work, and itself says why it does not
    assert resume("single") == 0
    assert resume("broken") == 1
    said = capsys.readouterr().err
    assert said.startswith("✘")
    assert reason in said
    assert "Traceback" not in said


def test_command_of_a_name_that_is_taken_does_not_replace_it(
    brings: Brings, capsys: pytest.CaptureFixture[str]
) -> None:
    brings({"verify": f"{HERE}:alone"})
    assert "verify" in listed()[1]
    assert resume("verify", "--help") == 0
    assert "--checkpoint" in capsys.readouterr().out


def test_command_of_a_group_that_is_written_here(brings: Brings, capsys: pytest.CaptureFixture[str]) -> None:
    brings({"tiles.single": f"{HERE}:alone", "tiles.verify": f"{HERE}:alone", "tiles.broken": "no_such:app"})
    assert resume("tiles", "single") == 0
    assert resume("tiles", "broken") == 1
    assert resume("single") == 2
    capsys.readouterr()
    assert resume("tiles", "--help") == 0
    said = capsys.readouterr()
    assert "single" in said.out
    assert "broken" not in said.out
    assert "tiles.broken" in said.err
    assert "tiles.verify" in said.err


def test_command_that_two_distributions_bring_is_neithers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = tuple(EntryPoint("twice", value, COMMANDS) for value in (f"{HERE}:alone", f"{HERE}:group"))
    monkeypatch.setattr(extending, "declared", lambda wanted: points)
    out, err = listed()
    assert "twice" not in out
    assert "more than one distribution" in err
    assert resume("twice") == 1


def test_services_and_the_vc_api_come_by_this_door() -> None:
    out, err = listed()
    assert not err
    for name in (
        "institution",
        "accredit",
        "suspend",
        "rotate-key",
        "report-compromise",
        "anchorer",
        "tiles",
        "index",
    ):
        assert name in out
    assert "vc-api" in out
