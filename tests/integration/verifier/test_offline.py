"""A resume judged without any network: green only as of a checkpoint that enough pinned witnesses signed."""

import copy
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from digital_resume.cli import app as cli
from digital_resume.core.errors import ProofError
from tests.integration.verifier.conftest import Running
from tests.integration.verifier.rig import put_share


def resume(*arguments: str | Path) -> Result:
    """Run the command as a person does."""
    return CliRunner().invoke(cli.app, [str(each) for each in arguments])


@dataclass
class Offline:
    """Files that a person carries where there is no network."""

    bundle: Path
    checkpoint: Path
    witnesses: Path
    link: str
    running: Running
    cut: Callable[[], None]

    def verdict(self, bundle: Any = None, **options: str) -> dict[str, Any]:
        """Judge the bundle, or a changed one, by the command."""
        if bundle is not None:
            self.bundle.write_text(json.dumps(bundle))
        more = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        done = resume(
            *("verify", self.bundle, "--offline", "--json"),
            *("--checkpoint", self.checkpoint, "--witnesses", self.witnesses, *more),
        )
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        verdict: dict[str, Any] = json.loads(done.output)
        assert done.exit_code == (0 if verdict["verdict"] == "verified" else 1)
        return verdict


@pytest.fixture
def offline(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offline:
    """Share a degree and an identity, make checkpoint and bundle."""
    rig = running.rig
    rig.wallet = type(rig.wallet)()
    degree = rig.issue("UniversityDegree")
    identity = rig.issue("IdentityCredential")
    rig.anchor(degree, identity)
    rig.publish()
    link, _, _ = put_share(rig, wallet_url=running.wallet_url, verifier_url=running.verifier_url)
    monkeypatch.setenv("DEPLOYMENTS_FILE", str(rig.deployments_file))
    monkeypatch.setenv("RPC_URLS", ",".join(running.settings.rpc_urls))
    monkeypatch.setenv("ISSUER_URL", rig.issuer_url)
    monkeypatch.setenv("VERIFIER_URL", running.verifier_url)
    keys = []
    for name in ("one", "two"):
        made = resume("checkpoint", "key", tmp_path / name)
        assert made.exit_code == 0, made.output
        keys.append({"name": name, "key": made.output.strip()})
    witnesses = tmp_path / "witnesses.json"
    pinned = {"type": "AnchorWitnesses", "version": 1, "threshold": 2, "witnesses": keys}
    witnesses.write_text(json.dumps(pinned))

    def cut() -> None:
        """Take the network away."""

        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("somebody was asked")

        monkeypatch.setenv("RPC_URLS", "http://127.0.0.1:1")
        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    made = Offline(tmp_path / "bundle.json", tmp_path / "checkpoint.json", witnesses, link, running, cut)
    checkpoint(made)
    return made


def checkpoint(offline: Offline) -> None:
    """Make a checkpoint, let both witnesses sign it, and bundle the share."""
    folder = offline.checkpoint.parent
    facts = folder / "facts.json"
    steps = [
        ("checkpoint", "make", offline.checkpoint, "--facts", facts),
        ("checkpoint", "sign", offline.checkpoint, "--key", folder / "one"),
        ("checkpoint", "sign", offline.checkpoint, "--key", folder / "two"),
        ("checkpoint", "verify", offline.checkpoint, "--witnesses", offline.witnesses),
        (
            *("bundle", offline.link, "--checkpoint", offline.checkpoint),
            *("--facts", facts, "--out", offline.bundle),
        ),
    ]
    for step in steps:
        done = resume(*step)
        assert done.exit_code == 0, (step, done.output, done.exception)


def test_a_bundle_is_verified_without_asking_anybody(offline: Offline) -> None:
    assert offline.bundle.stat().st_mode & 0o077 == 0
    offline.cut()
    verdict = offline.verdict()
    assert verdict["verdict"] == "verified", json.dumps(verdict, ensure_ascii=False, indent=1)
    for item in verdict["items"]:
        outcomes = {check["check"]: check["outcome"] for check in item["checks"]}
        assert {outcomes["anchor"], outcomes["issuer"], outcomes["status"]} == {"pass"}


def test_what_was_revoked_at_the_checkpoint_is_not_in_force(offline: Offline) -> None:
    rig = offline.running.rig
    rig.wallet = type(rig.wallet)()
    degree = rig.issue("UniversityDegree")
    rig.anchor(degree, rig.issue("IdentityCredential"))
    rig.revoke(degree)
    offline.link, _, _ = put_share(
        rig, wallet_url=offline.running.wallet_url, verifier_url=offline.running.verifier_url
    )
    checkpoint(offline)
    offline.cut()
    assert offline.verdict()["verdict"] == "not_in_force"


@pytest.mark.parametrize("member", ["proofs", "facts", "statusLists"])
def test_what_the_bundle_does_not_prove_is_unknown(offline: Offline, member: str) -> None:
    offline.cut()
    bundle = json.loads(offline.bundle.read_text())
    bundle[member] = type(bundle[member])()
    assert offline.verdict(bundle)["verdict"] == "could_not_check"


def test_an_altered_proof_is_never_green(offline: Offline) -> None:
    offline.cut()
    good = json.loads(offline.bundle.read_text())
    changed = []
    for index, fact in enumerate(good["facts"]):
        for change in ("value", "path"):
            bundle = copy.deepcopy(good)
            if change == "path":
                bundle["facts"][index]["path"] = []
            elif fact["kind"] == "issuer":
                bundle["facts"][index]["value"]["nameKo"] = "가짜대학교(시연용)"
            else:
                bundle["facts"][index]["value"]["heartbeat"] += 1
            changed.append(bundle)
    for member in ("header", "account", "storage", "root"):
        bundle = copy.deepcopy(good)
        value = bundle["proofs"][0][member]
        bundle["proofs"][0][member] = value[:-1] if isinstance(value, list) else _other(value)
        changed.append(bundle)
    for url, text in good["statusLists"].items():
        bundle = copy.deepcopy(good)
        bundle["statusLists"][url] = _other(text)
        changed.append(bundle)
    assert len(changed) >= 9
    for bundle in changed:
        assert offline.verdict(bundle)["verdict"] == "could_not_check"
    bundle = copy.deepcopy(good)
    bundle["challenge"] = "A" * 22
    assert offline.verdict(bundle)["verdict"] == "not_genuine"
    assert offline.verdict(good)["verdict"] == "verified"


def _other(text: str) -> str:
    place = len(text) // 2
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]


def test_without_enough_witnesses_there_is_no_verdict(offline: Offline) -> None:
    offline.cut()
    document = json.loads(offline.checkpoint.read_text())
    document["signatures"].pop()
    offline.checkpoint.write_text(json.dumps(document))
    with pytest.raises(ProofError) as refused:
        offline.verdict()
    assert refused.value.code == "checkpoint_witnesses_missing"


def test_a_checkpoint_that_is_too_old_gives_no_verdict(offline: Offline) -> None:
    offline.cut()
    document = json.loads(offline.checkpoint.read_text())
    document["block"]["time"] -= 3_600
    offline.checkpoint.write_text(json.dumps(document))  # its signatures no longer hold either
    with pytest.raises(ProofError):
        offline.verdict()


def test_a_witness_does_not_sign_what_its_own_node_denies(offline: Offline, tmp_path: Path) -> None:
    document = json.loads(offline.checkpoint.read_text())
    document["facts"]["root"] = "00" * 32
    offline.checkpoint.write_text(json.dumps(document))
    refused = resume("checkpoint", "sign", offline.checkpoint, "--key", tmp_path / "one")
    assert isinstance(refused.exception, ProofError)
    assert refused.exception.code == "checkpoint_differs"
    assert json.loads(offline.checkpoint.read_text()) == document
