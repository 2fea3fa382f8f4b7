"""Building and reading the resume: its form, its bounds, and what is not one."""

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.errors import LimitError, MalformedError, ResumeError
from digital_resume.core.resume.presentation import (
    MAX_CREDENTIALS,
    MAX_RECEIPTS,
    ChosenCredential,
    build_presentation,
    build_self_declaration,
    compose_resume,
    enveloped_token,
    parse_presentation,
    sign_presentation,
)
from digital_resume.core.securing.data_integrity import verify_proof
from digital_resume.core.securing.sd_jwt import peek_sd_jwt
from tests.fakes import HolderWallet, World

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SHARE: dict[str, Any] = {
    "challenge": "AAECAwQFBgcICQoLDA0ODw",
    "domain": "urn:vdr:recipient:시연용 회사",
    "created": NOW,
    "expires": NOW + timedelta(days=30),
}


@pytest.fixture(scope="module")
def wallet() -> HolderWallet:
    return HolderWallet()


@pytest.fixture(scope="module")
def token(wallet: HolderWallet) -> str:
    univ = World().institution("univ", "UniversityDegree")
    return univ.issue("UniversityDegree", holder_jwk=wallet.jwk, at=NOW - timedelta(days=1)).token


@pytest.fixture(scope="module")
def resume(wallet: HolderWallet, token: str) -> dict[str, Any]:
    path = ("ld", "credentialSubject", "graduationDate")
    return compose_resume(
        [ChosenCredential(token, (path,))], wallet.signer, statements=["안녕하세요"], **SHARE
    )


def test_a_resume_has_the_form_of_the_page_of_formats(resume: dict[str, Any], wallet: HolderWallet) -> None:
    assert resume["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        {
            "vdr": "urn:vdr:terms#",
            "DigitalResume": "vdr:DigitalResume",
            "receipts": {"@id": "vdr:receipts", "@type": "@json"},
        },
    ]
    assert resume["type"] == ["VerifiablePresentation", "DigitalResume"]
    assert resume["holder"] == wallet.did
    enveloped, declared = resume["verifiableCredential"]
    assert enveloped["type"] == "EnvelopedVerifiableCredential"
    assert declared["type"] == ["VerifiableCredential", "SelfDeclaration"]
    assert declared["issuer"] == declared["credentialSubject"]["id"] == wallet.did
    assert declared["proof"]["proofPurpose"] == "assertionMethod"
    proof = resume["proof"]
    assert proof["cryptosuite"] == "ecdsa-jcs-2019"
    assert proof["proofPurpose"] == "authentication"
    assert proof["verificationMethod"] == wallet.signer.verification_method
    assert (proof["created"], proof["expires"]) == ("2026-11-23T06:00:00Z", "2026-12-23T06:00:00Z")
    assert (proof["challenge"], proof["domain"]) == (SHARE["challenge"], SHARE["domain"])


def test_only_the_chosen_claims_travel_and_they_are_bound_to_this_share(resume: dict[str, Any]) -> None:
    token = enveloped_token(resume["verifiableCredential"][0])
    assert token is not None
    peeked = peek_sd_jwt(token)
    assert [disclosure.name for disclosure in peeked.disclosures] == ["graduationDate"]
    assert peeked.key_binding is not None


def test_what_was_signed_parses_and_its_proof_holds(resume: dict[str, Any], wallet: HolderWallet) -> None:
    parsed = parse_presentation(json.dumps(resume).encode())
    assert parsed == parse_presentation(resume)
    assert parsed.holder_key == wallet.signer.public_key
    assert parsed.expires == SHARE["expires"]
    verify_proof(parsed.document, purpose="authentication", now=NOW, challenge=SHARE["challenge"])


def test_the_holder_alone_signs_a_resume(wallet: HolderWallet) -> None:
    unsigned = build_presentation(wallet.did, credentials=[])
    with pytest.raises(MalformedError) as caught:
        sign_presentation(unsigned, HolderWallet().signer, **SHARE)
    assert caught.value.code == "wrong_signer"


def test_too_many_credentials_or_receipts_are_not_composed(wallet: HolderWallet) -> None:
    with pytest.raises(LimitError):
        build_presentation(wallet.did, credentials=["x"] * (MAX_CREDENTIALS + 1))
    with pytest.raises(LimitError):
        build_presentation(wallet.did, credentials=[], receipts=[{}] * (MAX_RECEIPTS + 1))


def test_a_resume_over_1_mib_is_not_composed(wallet: HolderWallet) -> None:
    with pytest.raises(LimitError):
        compose_resume([], wallet.signer, statements=["가" * 10_000] * 40, **SHARE)


@pytest.mark.parametrize("statement", ["", "x" * 10_001])
def test_a_statement_has_bounds(wallet: HolderWallet, statement: str) -> None:
    with pytest.raises(MalformedError):
        build_self_declaration(statement, wallet.signer, created=NOW)


def test_a_claim_that_is_not_the_credentials_cannot_be_chosen(wallet: HolderWallet, token: str) -> None:
    with pytest.raises(MalformedError):
        compose_resume([ChosenCredential(token, (("ld", "salary"),))], wallet.signer, **SHARE)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("@context", "https://www.w3.org/ns/credentials/v2"),
        ("@context", ["https://www.w3.org/2018/credentials/v1"]),
        ("@context", []),
        ("type", ["VerifiableCredential"]),
        ("id", 5),
        ("holder", None),
        ("holder", "did:web:example.org"),
        ("holder", "did:key:zDnnotakey"),
        ("verifiableCredential", {}),
        ("verifiableCredential", ["eyJ…"]),
        ("verifiableCredential", [{}] * (MAX_CREDENTIALS + 1)),
        ("receipts", {}),
        ("receipts", [{}] * (MAX_RECEIPTS + 1)),
        ("proof", []),
        ("proof", None),
        ("more", True),
    ],
)
def test_what_has_not_the_form_of_a_resume_is_refused(
    resume: dict[str, Any], member: str, value: Any
) -> None:
    with pytest.raises(ResumeError):
        parse_presentation(resume | {member: value})


@pytest.mark.parametrize("member", ["challenge", "domain", "created", "expires"])
@pytest.mark.parametrize("value", [None, 5, "", ["x"]])
def test_a_proof_without_its_members_is_refused(resume: dict[str, Any], member: str, value: Any) -> None:
    changed = copy.deepcopy(resume)
    changed["proof"][member] = value
    with pytest.raises(MalformedError):
        parse_presentation(changed)


def test_a_resume_over_1_mib_is_not_read(resume: dict[str, Any]) -> None:
    for presentation in (resume | {"id": "x" * (1 << 20)}, b" " * (1 << 20) + b"{}"):
        with pytest.raises(LimitError):
            parse_presentation(presentation)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200))
def test_hostile_bytes_raise_only_the_domains_errors(data: bytes) -> None:
    with pytest.raises(ResumeError):
        parse_presentation(data)
