"""Services installed beside the package, each from a wheel of its own, without a checkout."""

import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from digital_resume.local.host import free_port, wait_steps
from tests.integration.installing.stranger import ROOT, Stranger, build, install

pytestmark = pytest.mark.integration

#: By folder: what must be in a service's wheel.
FILES = {
    "issuer": {"issuer/app.py", "issuer/migrations/env.py", "issuer/commands/institution_commands.py"},
    "wallet": {
        "wallet/app.py",
        "wallet/migrations/env.py",
        "wallet/web/index.html",
        "wallet/web/messages/ko.json",
    },
    "verifier": {"verifier/app.py", "verifier/migrations/env.py", "verifier/web/index.html"},
    "plugins": {"plugins/host/app.py", "plugins/host/web/index.html", "plugins/training/web/training.js"},
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build each service's wheel."""
    folder = tmp_path_factory.mktemp("services")
    return {name: build(ROOT / name, folder / name, "--wheel") for name in FILES}


@pytest.fixture(scope="module")
def operator(wheel: Path, wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    """Install all of them into an empty environment."""
    extra = f"verifiable-digital-resume[services] @ {wheel.as_uri()}"
    return install(tmp_path_factory.mktemp("operator"), extra, *wheels.values())


@pytest.mark.parametrize("name", FILES)
def test_a_service_is_one_package_with_all_of_its_files(wheels: dict[str, Path], name: str) -> None:
    names = set(zipfile.ZipFile(wheels[name]).namelist())
    assert FILES[name] <= names
    about = {each.partition("/")[0] for each in names} - {name}
    assert about == {f"{wheels[name].name.removesuffix('-py3-none-any.whl')}.dist-info"}
    assert not [each for each in names if each.endswith((".toml", "PKG-INFO", ".gitignore"))]


def test_their_commands_and_schemas_are_found(operator: Stranger, database_url: str) -> None:
    listed = operator.run("resume", "--help")
    assert (listed.returncode, listed.stderr) == (0, "")
    for name in ("institution", "accredit", "anchorer", "index", "vc-api", "worker"):
        assert name in listed.stdout
    variables = {"DATABASE_URL": database_url, "DATA_DIR": str(operator.folder / "data")}
    migrated = operator.run("resume", "migrate", **variables)
    assert migrated.returncode == 0, migrated.stderr
    for schema in ("issuer", "wallet", "verifier", "plugin_training", "jobs"):
        assert f"{schema} " in migrated.stdout


@pytest.fixture
def wallet(operator: Stranger, database_url: str) -> Iterator[httpx.Client]:
    """Serve the wallet, as an operator does."""
    port = free_port()
    line = [
        operator.environment / "bin" / "uvicorn",
        "--factory",
        "wallet.app:create_app",
        "--port",
        str(port),
    ]
    address = f"http://localhost:{port}"
    variables = operator.variables(
        DATABASE_URL=database_url, WALLET_URL=address, DATA_DIR=str(operator.folder / "data")
    )
    with (operator.folder / "wallet.log").open("wb") as log:
        served = subprocess.Popen(
            line, cwd=operator.folder, env=variables, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            with httpx.Client(base_url=address, timeout=20, trust_env=False) as client:
                for _ in wait_steps(60):
                    assert served.poll() is None, (operator.folder / "wallet.log").read_text()
                    try:
                        client.get("/healthz")
                    except httpx.TransportError:
                        continue
                    break
                yield client
        finally:
            served.terminate()
            served.wait(20)


def test_a_service_serves_its_own_the_shared_and_the_third_parties_files(wallet: httpx.Client) -> None:
    for path in ("/", "/static/app.js", "/shared/base.css", "/vendor/krds/krds_tokens.css"):
        answer = wallet.get(path)
        assert answer.status_code == 200, path
        assert answer.content
