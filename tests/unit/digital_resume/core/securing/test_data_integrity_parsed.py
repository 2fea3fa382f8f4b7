"""Data Integrity's fast paths: documents that were parsed before, and templates of proof configurations."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from digital_resume.core.encoding.bounded_json import dump_json, parse_json_object
from digital_resume.core.errors import MalformedError, ProofError, ResumeError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES
from digital_resume.core.securing.data_integrity import add_proof, verify_proof
from tests.unit.digital_resume.core.securing.test_hostile_input import OBJECTS

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
V2 = "https://www.w3.org/ns/credentials/v2"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
SIGNERS = {
    "eddsa-rdfc-2022": LocalSigner("Ed25519", b"\x01" * 32),
    "eddsa-jcs-2022": LocalSigner("Ed25519", b"\x01" * 32),
    "ecdsa-rdfc-2019": LocalSigner("P-384", b"\x01" * 48),
    "ecdsa-jcs-2019": LocalSigner("P-256", b"\x01" * 32),
    "ecdsa-sd-2023": LocalSigner("P-256", b"\x01" * 32),
}
CREDENTIAL: dict[str, Any] = {
    "@context": [V2, {"Degree": "urn:t:Degree", "major": "urn:t:major"}],
    "type": ["VerifiableCredential", "Degree"],
    "issuer": "did:example:issuer",
    "credentialSubject": {"id": "did:example:subject", "major": "법학"},
}
OPTIONS = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-11-24T06:00:00Z",
    "verificationMethod": SIGNERS["eddsa-rdfc-2022"].verification_method,
    "proofPurpose": "assertionMethod",
}


def test_every_suite_is_tried() -> None:
    assert set(SIGNERS) == set(CRYPTOSUITES)


def secure(document: Any, cryptosuite: str, *, parsed: bool) -> dict[str, Any]:
    return add_proof(
        document,
        SIGNERS[cryptosuite],
        cryptosuite=cryptosuite,
        purpose="assertionMethod",
        created=NOW,
        parsed=parsed,
    )


@pytest.mark.parametrize("cryptosuite", [name for name in SIGNERS if name != "ecdsa-sd-2023"])
def test_a_parsed_document_gets_the_same_proof(cryptosuite: str) -> None:
    document = parse_json_object(dump_json(CREDENTIAL))
    secured = secure(document, cryptosuite, parsed=True)
    assert secured == secure(document, cryptosuite, parsed=False)
    for parsed in (False, True):
        proof = verify_proof(secured, purpose="assertionMethod", now=NOW, parsed=parsed)
        assert proof.document == CREDENTIAL


NO_JSON: list[Any] = [
    {"major": {1}},
    {"major": b"x"},
    {"major": ("x",)},
    {"major": float("nan")},
    {"major": float("inf")},
    {"major": datetime},
    {1: "x"},
    {None: "x"},
    {"major": {"@value": Ellipsis}},
    {"major": "\ud800"},
    {"\ud800": "x"},
]


@pytest.mark.parametrize("cryptosuite", SIGNERS)
@pytest.mark.parametrize("subject", NO_JSON, ids=repr)
def test_whoever_vouches_wrongly_is_refused_nonetheless(cryptosuite: str, subject: Any) -> None:
    with pytest.raises(ResumeError):
        secure({**CREDENTIAL, "credentialSubject": subject}, cryptosuite, parsed=True)


@pytest.mark.parametrize("cryptosuite", SIGNERS)
def test_depth_is_bounded_for_whoever_vouches(cryptosuite: str) -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = {"major": deep}
    with pytest.raises(ResumeError):
        secure({**CREDENTIAL, "credentialSubject": deep}, cryptosuite, parsed=True)


@pytest.mark.parametrize("cryptosuite", SIGNERS)
@settings(max_examples=100, deadline=None)
@given(members=OBJECTS, subject=OBJECTS)
def test_any_document_only_raises_core_errors(
    cryptosuite: str, members: dict[str, Any], subject: dict[str, Any]
) -> None:
    for document in (members, {**CREDENTIAL, **members}, {**CREDENTIAL, "credentialSubject": subject}):
        with contextlib.suppress(ResumeError):
            secured = secure(document, cryptosuite, parsed=True)
            if cryptosuite != "ecdsa-sd-2023":
                verify_proof(secured, purpose="assertionMethod", now=NOW, parsed=True)


def test_nobody_vouches_unless_they_say_so() -> None:
    with pytest.raises(MalformedError, match="not JSON"):
        secure({**CREDENTIAL, "credentialSubject": {"major": ("x",)}}, "eddsa-rdfc-2022", parsed=False)


def test_a_proof_of_another_moment_does_not_hold() -> None:
    secured = secure(parse_json_object(dump_json(CREDENTIAL)), "eddsa-rdfc-2022", parsed=True)
    secured["proof"]["created"] = "2026-11-24T05:59:59Z"
    for _ in range(2):
        with pytest.raises(ProofError):
            verify_proof(secured, purpose="assertionMethod", now=NOW)
