"""The wallet's JavaScript and the core's Python understand one another."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.anchoring.merkle import hash_node
from digital_resume.core.anchoring.receipt import parse_receipt
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.credentials.sd_jwt_vc import issue_credential, read_credential
from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.identifiers.did import resolve_did_key
from digital_resume.core.keys.signing import LocalSigner, generate_secret_key, public_key_from_multikey
from digital_resume.core.resume.envelope import (
    new_share_id,
    new_share_key,
    open_share,
    parse_link,
    seal_share,
)
from digital_resume.core.resume.presentation import enveloped_token, parse_presentation
from digital_resume.core.securing.data_integrity import verify_proof
from digital_resume.core.securing.sd_jwt import verify_sd_jwt

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
EXPIRES = NOW + timedelta(days=30)
VERIFIER = "http://localhost:8003"
ISSUER = "did:web:localhost%3A8001:i:saebyeok"
CLAIMS = {
    "name": "김하늘",
    "birthDate": "2001-03-14",
    "degree": "공학사",
    "degreeLevel": "학사",
    "major": "컴퓨터공학과",
    "admissionDate": "2020-03-02",
    "graduationDate": "2024-02-23",
    "gradeAverage": "4.12/4.5",
    "degreeRegistrationNumber": "새벽2023(학)0412",
    "studentNumber": "20200412",
}


def compose(document: dict[str, Any]) -> Any:
    """Run the wallet's modules under Node."""
    beside = Path(sys.executable).with_name("node")
    node = str(beside) if beside.exists() else shutil.which("node")
    assert node, "Node comes with the Python packages"
    done = subprocess.run(
        [node, "--import", str(ROOT / "wallet/node/shared.mjs"), str(ROOT / "tests/wallet/web/compose.mjs")],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """Return what went in and what the wallet made of it."""
    secret = generate_secret_key("P-256")
    holder, issuer = LocalSigner("P-256", secret), LocalSigner.generate("P-256", ISSUER)
    issued = issue_credential(
        credential_type("UniversityDegree"),
        CLAIMS,
        issuer=ISSUER,
        signer=issuer,
        holder_jwk=holder.public_key.jwk(),
        status_uri="http://localhost:8001/i/saebyeok/status/1",
        status_index=7,
        issued_at=NOW,
        valid_from=None,
        valid_until=None,
    )
    leaf = issued.content.leaf
    sibling = bytes(range(32))
    hash32 = "0x" + "ab" * 32
    receipt = {
        "type": "AnchorReceipt",
        "version": 1,
        "leaf": leaf.hex(),
        "index": 0,
        "size": 2,
        "path": [b64u_encode(sibling)],
        "root": hash_node(leaf, sibling).hex(),
        "chain": {
            "id": "eip155:20261",
            "genesis": hash32,
            "contract": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
            "codeHash": hash32,
        },
        "submitter": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "transaction": hash32,
        "block": {"number": 7, "time": 1795414102},
    }
    share_id, key = new_share_id(), new_share_key()
    sealed = seal_share('{"열림":true}'.encode(), key=key, share_id=share_id, expires=EXPIRES)
    sent: dict[str, Any] = {
        "key": holder.public_key.jwk() | {"d": b64u_encode(secret)},
        "credential": issued.token,
        "receipt": receipt,
        "hidden": ["birthDate", "gradeAverage", "name"],
        "statement": "안녕하세요. 김하늘입니다. 😀",
        "verifierUrl": VERIFIER,
        "shareId": share_id,
        "expires": int(EXPIRES.timestamp()),
        "now": NOW.isoformat(),
        "sealed": {"blob": b64u_encode(sealed), "key": b64u_encode(key)},
    }
    return {"sent": sent, "issuer": issuer.public_key, **compose(sent)}


def test_both_compute_the_same_leaf_and_holder(composed: dict[str, Any]) -> None:
    assert composed["leaf"] == composed["sent"]["receipt"]["leaf"]
    document = parse_presentation(composed["presentation"])
    assert document.holder == composed["did"]
    assert resolve_did_key(composed["did"]).jwk() == {
        name: composed["sent"]["key"][name] for name in ("kty", "crv", "x", "y")
    }


def test_the_resume_verifies_in_python(composed: dict[str, Any]) -> None:
    document = composed["presentation"]
    proof = verify_proof(
        document,
        purpose="authentication",
        now=NOW,
        challenge=composed["sent"]["shareId"],
        domain=VERIFIER,
    )
    assert proof.verification_method.startswith(composed["did"])
    parsed = parse_presentation(document)
    assert parsed.expires == EXPIRES
    receipt = parse_receipt(parsed.receipts[0])
    receipt.verify_path()


def test_the_presented_credential_verifies_in_python_without_what_was_hidden(
    composed: dict[str, Any],
) -> None:
    token = enveloped_token(composed["presentation"]["verifiableCredential"][0])
    assert token is not None
    verified = verify_sd_jwt(
        token,
        key=composed["issuer"],
        now=NOW,
        expected_nonce=composed["sent"]["shareId"],
        expected_audience=VERIFIER,
        require_key_binding=True,
    )
    claims = read_credential(verified).claims
    assert claims == {
        name: value for name, value in CLAIMS.items() if name not in {"birthDate", "gradeAverage"}
    }
    assert verified.content.leaf.hex() == composed["sent"]["receipt"]["leaf"]


def test_the_own_words_verify_in_python(composed: dict[str, Any]) -> None:
    words = composed["presentation"]["verifiableCredential"][1]
    verify_proof(words, purpose="assertionMethod", now=NOW)
    assert words["credentialSubject"]["statement"] == composed["sent"]["statement"]


def test_each_opens_what_the_other_sealed(composed: dict[str, Any]) -> None:
    assert composed["opened"] == {"열림": True}
    link = parse_link(composed["link"])
    plain = open_share(
        b64u_decode(composed["ciphertext"]), key=link.key, share_id=link.share_id, expires=EXPIRES
    )
    assert json.loads(plain) == composed["presentation"]


def test_multikeys_are_the_same(composed: dict[str, Any]) -> None:
    multikey = composed["did"].removeprefix("did:key:")
    assert public_key_from_multikey(multikey) == resolve_did_key(composed["did"])
