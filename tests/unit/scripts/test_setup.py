"""The set-up: done once, done again when an input changes, and restartable after a kill anywhere."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import setup_project, setup_steps
from scripts.lock import strip_addresses
from scripts.setup_steps import SetupError, Step, command, place_web_files, project_steps, tree_digest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(setup_steps, "ROOT", tmp_path)
    monkeypatch.setattr(setup_steps, "STATE", tmp_path / "build" / "setup")
    monkeypatch.setattr(setup_project, "STATE", tmp_path / "build" / "setup")
    monkeypatch.setattr(setup_steps, "NODE_MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(setup_steps, "VENDOR", tmp_path / "build" / "web" / "vendor")
    monkeypatch.setattr(setup_steps, "WEB_FILES", tmp_path / "web_files.json")
    return tmp_path


def make_step(folder: Path, done: list[str], *, fails: bool = False, name: str = "step") -> Step:
    source, made = folder / "source", folder / "made"

    def action(log: Path) -> None:
        done.append(name)
        if fails:
            raise SetupError("no network")
        made.mkdir(exist_ok=True)

    return Step(name, "단계", "step", folder / f"stamp-{name}", source.read_text, [made], action)


def test_step_runs_once_and_again_when_its_input_changes(tmp_path: Path) -> None:
    done: list[str] = []
    (tmp_path / "source").write_text("1")
    for expected in (1, 1):
        setup_project.run([make_step(tmp_path, done)], quiet=True)
        assert len(done) == expected
    (tmp_path / "source").write_text("2")
    setup_project.run([make_step(tmp_path, done)], quiet=True)
    assert len(done) == 2


def test_step_runs_again_when_what_it_made_is_gone(tmp_path: Path) -> None:
    done: list[str] = []
    (tmp_path / "source").write_text("1")
    setup_project.run([make_step(tmp_path, done)], quiet=True)
    (tmp_path / "made").rmdir()
    setup_project.run([make_step(tmp_path, done)], quiet=True)
    assert len(done) == 2


def test_failed_step_is_not_remembered_and_those_before_it_are(tmp_path: Path) -> None:
    done: list[str] = []
    (tmp_path / "source").write_text("1")
    good = make_step(tmp_path, done, name="good")
    with pytest.raises(SetupError):
        setup_project.run([good, make_step(tmp_path, done, fails=True, name="bad")], quiet=True)
    setup_project.run([good, make_step(tmp_path, done, name="bad")], quiet=True)
    assert done == ["good", "bad", "bad"]


def test_step_that_is_done_again_is_not_remembered_until_it_is_whole(tmp_path: Path) -> None:
    done: list[str] = []
    (tmp_path / "source").write_text("1")
    setup_project.run([make_step(tmp_path, done)], quiet=True)
    (tmp_path / "source").write_text("2")
    with pytest.raises(SetupError):
        setup_project.run([make_step(tmp_path, done, fails=True)], quiet=True)
    (tmp_path / "source").write_text("1")
    assert not make_step(tmp_path, done).is_done()


def test_project_is_installed_again_when_a_distribution_declares_something_else(tmp_path: Path) -> None:
    for name in setup_steps.DISTRIBUTIONS:
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "pyproject.toml").write_text(name)
    step = next(
        each
        for each in project_steps(Path(sys.executable), dev=True, browser=False)
        if each.name == "project"
    )
    before = step.inputs()
    assert step.inputs() == before
    for name in setup_steps.DISTRIBUTIONS:
        (tmp_path / name / "pyproject.toml").write_text(f"{name} with an entry point")
        assert step.inputs() != before
        before = step.inputs()


def test_undoing_the_packages_keeps_what_installs_them_and_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_steps, "VENV", tmp_path / ".venv")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "setup.txt").write_text(
        "hatchling==1 \\\ntrove-classifiers==2 \\\nuv==3 \\\n"
    )
    place = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    kept = ("pip", "uv", "hatchling", "trove_classifiers", "verifiable_digital_resume_issuer-0.1.0.dist-info")
    for name in (*kept, "fastapi", "hatch"):
        (place / name).mkdir(parents=True)
    (place / "_verifiable_digital_resume.pth").touch()
    (place / "six.py").touch()
    setup_steps.remove_packages()
    assert {path.name for path in place.iterdir()} == {*kept, "_verifiable_digital_resume.pth"}


def test_failing_program_is_tried_again_and_its_end_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_steps.time, "sleep", lambda seconds: None)
    log = tmp_path / "log"
    line: list[str | Path] = [sys.executable, "-c", "print('registry is away'); raise SystemExit(1)"]
    with pytest.raises(SetupError, match="registry is away"):
        command(line, log, "sample")
    assert log.read_text().count("registry is away") == 3


def test_second_set_up_waits_for_the_first(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from scripts import setup_project;"
        "setup_project.STATE = Path(sys.argv[1]); out = Path(sys.argv[2]);"
        "say = lambda word: (out.open('a').write(word), print(word, flush=True));"
        "setup_project.alone(lambda: (say('begin '), sys.stdin.read(), say('end ')))"
    )
    line = [sys.executable, "-c", code, str(tmp_path / "state"), str(tmp_path / "out")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(line, cwd=ROOT, **pipes) as first:
        assert first.stdout.readline() == "begin \n"
        with subprocess.Popen(line, cwd=ROOT, **pipes) as second:
            assert "waiting for another set-up" in second.stdout.readline()
            assert (tmp_path / "out").read_text() == "begin "
            first.communicate()
            second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert (tmp_path / "out").read_text() == "begin end begin end "


def pin(folder: Path, source: str, target: str, digest: str) -> None:
    (folder / "web_files.json").write_text(
        json.dumps({"files": [{"source": source, "target": target, "sha256": digest}]})
    )


def test_browser_file_with_the_pinned_digest_is_put_in_place(tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "package" / "fonts"
    package.mkdir(parents=True)
    (package / "a.woff2").write_bytes(b"font")
    pin(tmp_path, "package/fonts", "fonts", tree_digest(package))
    (tmp_path / "build" / "web" / "vendor.new" / "left").mkdir(parents=True)
    place_web_files()
    assert (tmp_path / "build/web/vendor/fonts/a.woff2").read_bytes() == b"font"
    assert not (tmp_path / "build/web/vendor/left").exists()


@pytest.mark.parametrize("change", ["content", "name", "more", "missing"])
def test_browser_file_that_is_another_is_refused_and_nothing_is_replaced(tmp_path: Path, change: str) -> None:
    package = tmp_path / "node_modules" / "package"
    package.mkdir(parents=True)
    (package / "a.js").write_text("good")
    pin(tmp_path, "package", "package", tree_digest(package))
    place_web_files()
    if change == "content":
        (package / "a.js").write_text("evil")
    elif change == "name":
        (package / "a.js").rename(package / "b.js")
    elif change == "more":
        (package / "b.js").write_text("evil")
    else:
        (package / "a.js").unlink()
        package.rmdir()
    with pytest.raises(SetupError, match="not the pinned file"):
        place_web_files()
    assert (tmp_path / "build/web/vendor/package/a.js").read_text() == "good"


def test_lock_loses_its_addresses_and_keeps_its_integrity(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    package = {"version": "1.0.0", "resolved": "https://registry.example/x.tgz", "integrity": "sha512-x"}
    lock.write_text(json.dumps({"packages": {"": {}, "node_modules/x": package}}))
    strip_addresses(lock)
    assert json.loads(lock.read_text())["packages"]["node_modules/x"] == {
        "version": "1.0.0",
        "integrity": "sha512-x",
    }


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "setup.txt"])
def test_locked_python_packages_have_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    blocks = [block for block in text.split("\n") if block and not block.startswith((" ", "#"))]
    assert all("==" in block and block.endswith("\\") for block in blocks)


def test_locked_npm_packages_have_an_integrity_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert not [name for name, package in packages.items() if name and "integrity" not in package]


def test_make_help_lists_every_documented_target() -> None:
    listed = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in (
        "setup",
        "demo",
        "up",
        "test",
        "test-fast",
        "lint",
        "fmt",
        "types",
        "imports",
        "bench",
        "lock",
    ):
        assert f"make {target} " in listed
