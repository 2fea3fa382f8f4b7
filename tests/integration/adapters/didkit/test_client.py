"""VC 1.1 of other ecosystems: what didkit itself issued verifies, and nothing that is wrong does."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_resume.adapters.didkit import DidkitVerifier
from digital_resume.adapters.didkit.client import REQUESTS_EACH
from digital_resume.core.errors import (
    IdentifierError,
    MalformedError,
    ProofError,
    ResumeError,
    SourceUnavailableError,
)

# Later than anything that is issued while the tests run, however long they run.
NOW = datetime.now(UTC) + timedelta(hours=6)
TYPES = (
    "Ed25519Signature2018",
    "Ed25519Signature2020",
    "JsonWebSignature2020",
    "JsonWebSignature2020 P-256",
    "JsonWebSignature2020 did:jwk",
    "Eip712Signature2021",
    "EthereumEip712Signature2021",
)


@pytest.fixture(scope="module")
def issued() -> dict[str, str]:
    """Return credentials that didkit issued."""
    program = Path(__file__).with_name("issue_with_didkit.py")
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def verifier() -> Iterator[DidkitVerifier]:
    """Return a verifier with one child for the module."""
    with DidkitVerifier() as found:
        yield found


def changed(text: str, **members: Any) -> bytes:
    return json.dumps({**json.loads(text), **members}).encode()


def with_proof(text: str, **members: Any) -> bytes:
    document = json.loads(text)
    return json.dumps({**document, "proof": {**document["proof"], **members}}).encode()


@pytest.mark.parametrize("kind", TYPES)
def test_what_didkit_issued_verifies(verifier: DidkitVerifier, issued: dict[str, str], kind: str) -> None:
    found = verifier.verify(issued[kind].encode(), now=NOW)
    assert found.proof_type == kind.split()[0]
    assert found.issuer == json.loads(issued[kind])["issuer"]
    assert found.verification_method.startswith(found.issuer)
    assert found.issued_at.year == 2020
    assert found.expires_at is not None
    assert found.expires_at.year == 2050


@pytest.mark.parametrize("kind", TYPES)
def test_an_altered_claim_is_refused(verifier: DidkitVerifier, issued: dict[str, str], kind: str) -> None:
    with pytest.raises(ProofError):
        verifier.verify(changed(issued[kind], credentialSubject={"id": "did:example:other"}), now=NOW)


@pytest.mark.parametrize("kind", [None, 1, [], {}, ["Ed25519Signature2018"], "Ed25519Signature2019"])
def test_a_proof_of_no_known_type_is_refused(
    verifier: DidkitVerifier, issued: dict[str, str], kind: object
) -> None:
    with pytest.raises(ProofError, match="type is not one"):
        verifier.verify(with_proof(issued[TYPES[0]], type=kind), now=NOW)


@pytest.mark.parametrize("kind", TYPES)
def test_a_later_expiry_is_refused(verifier: DidkitVerifier, issued: dict[str, str], kind: str) -> None:
    with pytest.raises(ProofError):
        verifier.verify(changed(issued[kind], expirationDate="2051-01-01T00:00:00Z"), now=NOW)


@pytest.mark.parametrize("kind", TYPES)
def test_a_claim_added_outside_the_signature_is_refused(
    verifier: DidkitVerifier, issued: dict[str, str], kind: str
) -> None:
    subject = {**json.loads(issued[kind])["credentialSubject"], "undefinedTerm": "added"}
    with pytest.raises(ResumeError):
        verifier.verify(changed(issued[kind], credentialSubject=subject), now=NOW)


def test_an_expired_credential_is_refused_though_didkit_takes_it(
    verifier: DidkitVerifier, issued: dict[str, str]
) -> None:
    with pytest.raises(ProofError) as caught:
        verifier.verify(issued["expired"].encode(), now=NOW)
    assert caught.value.code == "credential_expired"


def test_a_credential_is_refused_before_its_time(verifier: DidkitVerifier, issued: dict[str, str]) -> None:
    with pytest.raises(ProofError) as caught:
        verifier.verify(issued["not yet valid"].encode(), now=NOW)
    assert caught.value.code == "credential_not_yet_valid"


def test_a_proof_from_the_future_is_refused(verifier: DidkitVerifier, issued: dict[str, str]) -> None:
    with pytest.raises(ProofError) as caught:
        verifier.verify(issued["Ed25519Signature2018"].encode(), now=NOW - timedelta(days=1))
    assert caught.value.code == "proof_not_yet_valid"


def test_a_proof_of_another_s_key_is_refused(verifier: DidkitVerifier, issued: dict[str, str]) -> None:
    other = json.loads(issued["another key"])["proof"]
    with pytest.raises(ProofError) as caught:
        verifier.verify(changed(issued["Ed25519Signature2018"], proof=other), now=NOW)
    assert caught.value.code == "wrong_signer"


def test_form_of_the_proof_is_checked(verifier: DidkitVerifier, issued: dict[str, str]) -> None:
    text = issued["Ed25519Signature2018"]
    proof = json.loads(text)["proof"]
    for members, code in (
        ({"proof": [proof, proof]}, "proof_not_single"),
        ({"proof": []}, "proof_missing"),
        ({"proof": None}, "proof_missing"),
        ({"proof": {**proof, "type": "RsaSignature2018"}}, "proof_type_not_supported"),
        ({"proof": {**proof, "proofPurpose": "authentication"}}, "purpose_mismatch"),
        ({"proof": {**proof, "expires": "2021-01-01T00:00:00Z"}}, "proof_expired"),
    ):
        with pytest.raises(ProofError) as caught:
            verifier.verify(changed(text, **members), now=NOW)
        assert caught.value.code == code


def test_nothing_is_fetched(verifier: DidkitVerifier, issued: dict[str, str]) -> None:
    text = issued["Ed25519Signature2018"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        did = f"did:web:localhost%3A{server.getsockname()[1]}"
        request = with_proof(text, verificationMethod=f"{did}#key")
        document = {**json.loads(request), "issuer": did}
        with pytest.raises(IdentifierError) as caught:
            verifier.verify(json.dumps(document).encode(), now=NOW)
        assert caught.value.code == "methodNotSupported"
        # Even asked directly, the child reaches nobody.
        answer = verifier._ask({"credential": json.dumps(document), "options": "{}"})
        assert answer["result"]["errors"]
        with pytest.raises(TimeoutError):
            server.accept()


def test_hostile_input_is_refused(verifier: DidkitVerifier, issued: dict[str, str]) -> None:
    text = issued["Ed25519Signature2018"]
    for hostile in (
        b"",
        b"[]",
        b"null",
        b'{"@context":1}',
        text[:-1].encode(),
        text.replace('"issuer"', '"issuer":"did:key:z","issuer"', 1).encode(),
        changed(text, credentialSubject={"id": "did:example:" + "x" * 140_000}),
        with_proof(text, jws="x" * 60_000),
        with_proof(text, jws={"a": [[[[[[1]]]]]]}),
        with_proof(text, verificationMethod="did:key:z6Mk"),
        changed(text, **{"@context": ["https://www.w3.org/2018/credentials/v1", "https://a.example/c"]}),
    ):
        with pytest.raises(ResumeError):
            verifier.verify(hostile, now=NOW)
    assert verifier.verify(text.encode(), now=NOW)


def test_the_child_is_shut_in(verifier: DidkitVerifier, issued: dict[str, str]) -> None:
    verifier.verify(issued["Ed25519Signature2018"].encode(), now=NOW)
    assert verifier.network in ("namespace", "descriptors")
    limits = Path(f"/proc/{verifier.pid}/limits")
    if limits.exists():
        rows = {line[:26].strip(): line[26:47].strip() for line in limits.read_text("ascii").splitlines()[1:]}
        assert rows["Max open files"] == "0"
        assert rows["Max file size"] == "0"
        assert int(rows["Max address space"]) <= 1 << 30
        assert int(rows["Max cpu time"]) <= 120


def test_a_killed_child_is_replaced(verifier: DidkitVerifier, issued: dict[str, str]) -> None:
    text = issued["Ed25519Signature2018"].encode()
    verifier.verify(text, now=NOW)
    first = verifier.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert verifier.verify(text, now=NOW)
    assert verifier.pid not in (None, first)


def test_a_child_is_replaced_after_its_share(issued: dict[str, str]) -> None:
    with DidkitVerifier() as verifier:
        text = issued["Ed25519Signature2018"].encode()
        verifier.verify(text, now=NOW)
        first, verifier._served = verifier.pid, REQUESTS_EACH
        verifier.verify(text, now=NOW)
        assert verifier.pid != first


def test_many_threads_share_one_child(verifier: DidkitVerifier, issued: dict[str, str]) -> None:
    found: list[bool] = []

    def work(kind: str) -> None:
        wrong = changed(issued[kind], credentialSubject={"id": "did:example:x"})
        found.append(verifier.verify(issued[kind].encode(), now=NOW).proof_type == kind.split()[0])
        with pytest.raises(ProofError):
            verifier.verify(wrong, now=NOW)

    threads = [threading.Thread(target=work, args=(kind,)) for kind in TYPES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * len(TYPES)


_READY = (
    "import os,struct,sys,time\nw=lambda t:os.write(1,struct.pack('>I',len(t))+t)\nw(b'{\"ready\":true}')\n"
)


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (_READY + "sys.stdin.buffer.read(9)\nos.abort()", "didkit_crashed"),
        (_READY + "time.sleep(60)", "didkit_timeout"),
        (_READY + "w(b'{')\ntime.sleep(60)", "didkit_crashed"),
        (_READY + "os.write(1,b'\\xff'*8)\ntime.sleep(60)", "didkit_crashed"),
        ("import time\ntime.sleep(0.1)", "didkit_crashed"),
        ("raise SystemExit(3)", "didkit_missing"),
        ("raise SystemExit(4)", "didkit_not_isolated"),
    ],
)
def test_a_child_that_fails_is_ended_and_nothing_is_believed(
    tmp_path: Path, issued: dict[str, str], program: str, code: str
) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(program, "utf-8")
    answer_seconds = 0.5 if code == "didkit_timeout" else 30.0
    with (
        DidkitVerifier(worker=worker, answer_seconds=answer_seconds) as verifier,
        pytest.raises(SourceUnavailableError) as caught,
    ):
        verifier.verify(issued["Ed25519Signature2018"].encode(), now=NOW)
    assert caught.value.code == code
    assert verifier.pid is None


@pytest.mark.parametrize(
    "answer", ['{"checks":[]}', '{"errors":[]}', '{"checks":["proof"],"errors":["x"]}', "1"]
)
def test_an_answer_that_does_not_say_yes_is_a_no(tmp_path: Path, issued: dict[str, str], answer: str) -> None:
    worker = tmp_path / "worker.py"
    text = f'{{"result":{answer}}}'
    worker.write_text(f"{_READY}w({text.encode()!r})\nsys.stdin.buffer.read(4)\ntime.sleep(5)", "utf-8")
    with DidkitVerifier(worker=worker) as verifier, pytest.raises((ProofError, MalformedError)):
        verifier.verify(issued["Ed25519Signature2018"].encode(), now=NOW)
