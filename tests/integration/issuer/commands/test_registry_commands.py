"""An institution's standing, a stolen key and an anchorer that ends, by command beside the running chain."""

import os
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import read_deployments
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.trust.issuers import IssuerRecord, IssuerStatus
from digital_resume.local.running import Running
from issuer.commands import institutions
from tests.commands import Finished, run_resume

pytestmark = [pytest.mark.integration, pytest.mark.timeout(280)]

PORTS = dict.fromkeys(("landing", "issuer", "wallet", "verifier", "modules"), 0)
TYPE = "UniversityDegree"
#: Institutions, one or two for each test; the names may not look alike.
NAMES = {"garam": "가람", "naru": "나루", "dasan": "다산", "marae": "마래", "boram": "보람", "sori": "소리"}
#: The one that is not on the chain yet.
APPLICANT = "sori"
#: Commands that need not be asked of ``resume institution``.
SHORT = {"accredit", "suspend", "report-compromise"}


def resume(
    folder: Path, *arguments: str, said: str = "", environment: dict[str, str] | None = None
) -> Finished:
    group = () if arguments[0] in SHORT else ("institution",)
    more = {**os.environ, **(environment or {})}
    return run_resume(*group, *arguments, "--data", str(folder), said=said, environment=more)


@pytest.fixture(scope="module")
def product(server_folder: Path) -> Iterator[Running]:
    """Run database and chain; no service is needed."""
    with Running(server_folder / "registry-commands", preferred_ports=PORTS) as running:
        running.start_servers()
        running.migrate()
        running.deploy()
        yield running


@pytest.fixture(scope="module")
def accredited(product: Running) -> dict[str, str]:
    """Put the institutions on the chain; return their DIDs."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in product.environment("issuer").items():
            patch.setenv(name, value)
        for slug, name in NAMES.items():
            made = institutions.add(
                slug, f"{name}대학교(시연용)", f"{slug.title()} University (demo)", [TYPE]
            )
            found[slug] = made.accreditable.did
            if slug != APPLICANT:
                institutions.accredit(slug)
    return found


def record_of(product: Running, did: str) -> IssuerRecord:
    """Read an institution as a verifier does."""
    deployments = read_deployments(product.deployments_file)
    record = ChainTrustDirectory(ChainClient(product.nodes, deployments), deployments).issuer(did)
    assert record is not None
    return record


def without_database(product: Running) -> dict[str, str]:
    """Return the settings of somebody who has the chain and an account, and nothing of the issuer."""
    return {
        "RPC_URLS": product.rpc_urls,
        "DEPLOYMENTS_FILE": str(product.deployments_file),
        "DATA_DIR": str(product.data_dir),
        "KEY_ENCRYPTION_KEY_FILE": str(product.data_dir / "kek"),
    }


def standing(product: Running, did: str) -> IssuerStatus:
    return record_of(product, did).status_log[-1].status


def test_standing_changes_when_it_is_agreed_to_and_only_for_those_who_may(
    product: Running, accredited: dict[str, str]
) -> None:
    folder, did = product.data_dir, accredited["garam"]
    declined = resume(folder, "suspend", "garam", said="n\n")
    assert declined.returncode == 1
    assert "setStatus(" in declined.stdout
    assert "지금부터 앵커되는 증명서는 유효하지 않습니다" in declined.stdout
    assert "What is anchored from now on does not stand" in declined.stdout
    assert "보내지 않았습니다" in declined.stderr
    stranger = resume(folder, "suspend", "garam", "--account", "anchorer", "--yes")
    assert stranger.returncode == 1
    address = product.account("anchorer").address.lower()
    assert f"Account {address} may not change this institution" in stranger.stderr
    assert f"계정 {address}은(는) 이 기관의 정보를 바꿀 수 없습니다" in stranger.stderr
    assert standing(product, did) is IssuerStatus.ACTIVE

    guardian = resume(folder, "suspend", "garam", "--account", "guardian", said="y\n")
    assert guardian.returncode == 0, guardian.stderr
    assert standing(product, did) is IssuerStatus.SUSPENDED
    assert "that standing already" in resume(folder, "suspend", "garam", "--yes").stderr
    assert resume(folder, "reinstate", "garam", "--account", "guardian", "--yes").returncode == 1
    assert resume(folder, "reinstate", "garam", said="y\n").returncode == 0
    assert standing(product, did) is IssuerStatus.ACTIVE

    nowhere = resume(folder, "merge", "garam", "--into", "did:web:nowhere.example", "--yes")
    assert nowhere.returncode == 1
    assert "does not know did:web:nowhere.example" in nowhere.stderr
    merged = resume(folder, "merge", "garam", "--into", "naru", said="y\n")
    assert f"is merged into {accredited['naru']}" in merged.stdout
    last = record_of(product, did).status_log[-1]
    assert (last.status, last.successor) == (IssuerStatus.MERGED, accredited["naru"])
    assert f"→ {accredited['naru']}" in resume(folder, "show", "garam").stdout


def test_an_authority_without_the_issuers_database_names_institutions_by_did(
    product: Running, accredited: dict[str, str], tmp_path: Path
) -> None:
    environment = without_database(product)
    by_slug = resume(tmp_path, "close", "dasan", "--yes", environment=environment)
    assert by_slug.returncode == 2
    assert "DATABASE_URL" in by_slug.stderr
    closed = resume(tmp_path, "close", accredited["dasan"], said="y\n", environment=environment)
    assert closed.returncode == 0, closed.stderr
    assert "its last status list" in closed.stdout
    assert standing(product, accredited["dasan"]) is IssuerStatus.CLOSED
    shown = resume(tmp_path, "show", accredited["dasan"], environment=environment).stdout
    assert "closed" in shown
    assert "UniversityDegree" in shown


def test_a_stolen_key_is_reported_at_once_and_further_back_with_a_guardian(
    product: Running, accredited: dict[str, str]
) -> None:
    folder, did = product.data_dir, accredited["marae"]
    for since in ("2026-11-24T09:00:00", "yesterday", "2199-01-01T00:00:00Z"):
        assert resume(folder, "report-compromise", "marae", "--since", since, "--yes").returncode == 1
    assert record_of(product, did).keys[0].compromised_since is None

    asked = (datetime.now(UTC) - timedelta(days=2)).replace(microsecond=0)
    report = ("report-compromise", "marae", "--since", asked.isoformat())
    declined = resume(folder, *report, said="n\n")
    assert declined.returncode == 1
    assert "this cannot be undone" in declined.stdout
    assert "무효가 됩니다. 되돌릴 수 없습니다" in declined.stdout
    assert "a guardian has to co-sign it" in declined.stdout
    assert record_of(product, did).keys[0].compromised_since is None
    reported = resume(folder, *report, said="y\n")
    assert reported.returncode == 0, reported.stderr
    since = record_of(product, did).keys[0].compromised_since
    assert since is not None
    assert abs(datetime.now(UTC) - timedelta(hours=24) - since) < timedelta(minutes=1)
    assert resume(folder, *report, "--account", "anchorer", "--yes").returncode == 1

    command = shlex.split(reported.stdout.strip().splitlines()[-1])
    assert command[:3] == ["resume", "institution", "confirm-compromise"]
    stranger = resume(folder, *command[2:], "--account", "admin", "--yes")
    assert "lacks the role for this" in stranger.stderr
    other = resume(folder, "confirm-compromise", "marae", "--since", "3d", "--yes")
    assert "No other account asked for this time" in other.stderr
    confirmed = resume(folder, *command[2:], said="y\n")
    assert confirmed.returncode == 0, confirmed.stderr
    assert record_of(product, did).keys[0].compromised_since == asked
    again = resume(folder, "report-compromise", "marae", "--since", "now", "--yes")
    assert "Say which key with --key" in again.stderr
    digest = "0x" + record_of(product, did).keys[0].digest.hex()
    later = resume(folder, "report-compromise", "marae", "--since", "now", "--key", digest, "--yes")
    assert "only moves earlier" in later.stderr


def test_an_anchorer_is_ended(product: Running, accredited: dict[str, str]) -> None:
    folder, did = product.data_dir, accredited["boram"]
    declined = resume(folder, "end-anchorer", "boram", said="n\n")
    assert "verdicts are 'could not check'" in declined.stdout
    assert record_of(product, did).anchorers[0].period.end is None
    ended = resume(folder, "end-anchorer", "boram", "--account", "guardian", said="y\n")
    assert product.account("anchorer").address in ended.stdout, ended.stderr
    assert record_of(product, did).anchorers[0].period.end is not None
    assert "none is running" in resume(folder, "end-anchorer", "boram", "--yes").stderr


def test_an_authority_accredits_from_an_application(
    product: Running, accredited: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "sori.json"
    file.write_text(resume(product.data_dir, "application", APPLICANT).stdout, "utf-8")
    environment = without_database(product)
    stranger = resume(tmp_path, "accredit", str(file), "--account", "guardian", "-y", environment=environment)
    assert stranger.returncode == 1
    assert "may not change this institution" in stranger.stderr
    agreed = resume(tmp_path, "accredit", str(file), said="y\n" * 4, environment=environment)
    assert "거래 4건" in agreed.stdout, agreed.stderr
    assert "Verifiers see it as 'Sori University (demo)'" in agreed.stdout
    assert "거래 0건" in resume(tmp_path, "accredit", str(file), environment=environment).stdout
    # As the issuer would have put it there itself.
    assert "거래 0건" in resume(product.data_dir, "accredit", APPLICANT).stdout
    record = record_of(product, accredited[APPLICANT])
    assert record.name_ko == "소리대학교(시연용)"
    assert [grant.address for grant in record.anchorers] == [product.account("anchorer").address]
