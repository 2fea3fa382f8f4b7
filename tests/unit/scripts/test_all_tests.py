"""No part of the tests fails unseen, and what the background says is shown."""

from pathlib import Path

import pytest

from scripts import all_tests


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a part that says ten lines and fails when it is told to."""
    (tmp_path / "a_part.py").write_text(
        "import os\nfor line in range(10): print('line', line)\nraise SystemExit(int(os.environ['CODE']))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "a_part"


def test_a_part_that_passes_is_told_in_short(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODE", "0")
    passed, line = all_tests.report(all_tests.start("one", program, tmp_path))
    assert passed
    assert line.startswith("✔ one ")
    said = capsys.readouterr().out
    assert "line 9" in said
    assert "line 0" not in said


def test_a_part_that_fails_is_told_in_full(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODE", "3")
    passed, line = all_tests.report(all_tests.start("one", program, tmp_path))
    assert not passed
    assert line.startswith("✘ one ")
    assert "line 0" in capsys.readouterr().out


@pytest.mark.parametrize(("python", "code"), [("0", "0"), ("0", "1"), ("1", "0")])
def test_everything_fails_when_one_part_does(
    python: str, code: str, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pytest.py").write_text(f"raise SystemExit({python})")
    monkeypatch.setenv("CODE", code)
    monkeypatch.setattr(all_tests, "ROOT", tmp_path)
    monkeypatch.setattr(all_tests, "BACKGROUND", {"one": program})
    monkeypatch.setattr("sys.argv", ["all_tests"])
    assert all_tests.main() == (0 if python == code == "0" else 1)


def test_the_time_of_a_part_is_its_own(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODE", "0")
    part = all_tests.start("one", program, tmp_path)
    assert part.process.wait() == 0
    _, seconds = part.wait()
    monkeypatch.setattr("time.monotonic", lambda: 1e12)  # whoever waits for it may come much later
    assert part.wait() == (0, seconds)


def test_a_part_can_be_ended(program: str, tmp_path: Path) -> None:
    (tmp_path / "a_part.py").write_text("import signal; signal.pause()")
    part = all_tests.start("one", program, tmp_path)
    part.kill()
    assert part.wait()[0] != 0
