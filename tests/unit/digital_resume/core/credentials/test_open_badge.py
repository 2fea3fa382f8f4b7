"""Open Badges: every type that has a mapping becomes one, and other people's readers read it."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3VerificationError

from digital_resume.core.credentials.catalog import CredentialType, credential_type, default_catalog
from digital_resume.core.credentials.embedded_vc import IssuedDocument, proof_content
from digital_resume.core.credentials.open_badge import CRYPTOSUITE, issue_open_badge
from digital_resume.core.credentials.vcdm import validate_credential
from digital_resume.core.errors import MalformedError, ProofError, SchemaError
from digital_resume.core.identifiers.did import did_key_from_public_key
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.data_integrity import verify_proof

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
KEY = LocalSigner.generate("Ed25519")
ISSUER = did_key_from_public_key(KEY.public_key)
HOLDER = did_key_from_public_key(LocalSigner.generate("Ed25519").public_key)
BADGES = [kind for kind in default_catalog().all_types() if kind.open_badge]


def badge(kind: CredentialType, claims: dict[str, Any] | None = None, **changes: Any) -> IssuedDocument:
    arguments: dict[str, Any] = {
        "issuer": ISSUER,
        "issuer_name": "새벽대학교(시연용) · Saebyeok University (demo)",
        "issuer_url": "http://localhost:8001/i/univ",
        "signer": KEY,
        "holder": HOLDER,
        "status_uri": "http://localhost:8001/i/univ/status/1",
        "status_index": 7,
        "issued_at": NOW,
        "valid_from": None,
        "valid_until": None,
    }
    return issue_open_badge(kind, claims or kind.example, **{**arguments, **changes})


def subject_of(issued: IssuedDocument) -> Any:
    return issued.document["credentialSubject"]


@pytest.mark.parametrize("kind", BADGES, ids=lambda kind: kind.name)
def test_a_badge_of_each_type_is_verified_by_openbadgeslib(kind: CredentialType) -> None:
    issued = badge(kind)
    validate_credential(issued.document)
    found = OB3LdpVerifier.for_issuer_did(ISSUER).verify(deepcopy(issued.document), expected_recipient=HOLDER)
    assert found.achievement.name == subject_of(issued)["achievement"]["name"]
    altered = deepcopy(issued.document)
    altered["credentialSubject"]["achievement"]["name"] += "!"
    with pytest.raises(OB3VerificationError):
        OB3LdpVerifier.for_issuer_did(ISSUER).verify(altered)


@pytest.mark.parametrize("kind", BADGES, ids=lambda kind: kind.name)
def test_its_leaf_is_what_a_verifier_makes_of_it(kind: CredentialType) -> None:
    issued = badge(kind)
    proof = verify_proof(issued.document, purpose="assertionMethod", now=NOW)
    assert proof_content(CRYPTOSUITE, proof).leaf == issued.content.leaf


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("전문학사", "AssociateDegree"),
        ("학사", "BachelorDegree"),
        ("석사", "MasterDegree"),
        ("박사", "DoctoralDegree"),
    ],
)
def test_the_achievement_type_follows_the_claim(level: str, expected: str) -> None:
    kind = credential_type("UniversityDegree")
    issued = badge(kind, {**kind.example, "degreeLevel": level})
    assert subject_of(issued)["achievement"]["achievementType"] == expected


def test_scores_are_results_of_described_kinds() -> None:
    subject = subject_of(badge(credential_type("LanguageTestScore")))
    described = {entry["id"]: entry["name"] for entry in subject["achievement"]["resultDescription"]}
    shown = {described[entry["resultDescription"]]: entry["value"] for entry in subject["result"]}
    assert {name.partition(" · ")[2]: value for name, value in shown.items()} == {
        "Listening": "445",
        "Reading": "420",
        "Total": "865",
    }


def test_it_shows_the_name_and_nothing_that_starts_hidden() -> None:
    kind = credential_type("UniversityDegree")
    text = str(badge(kind).document)
    assert kind.example["name"] in text
    for claim in kind.resume.hidden_by_default:
        assert str(kind.example[claim]) not in text


def test_the_same_achievement_has_the_same_id_for_everybody() -> None:
    kind = credential_type("UniversityDegree")
    ids = {
        subject_of(badge(kind, {**kind.example, **changes}))["achievement"]["id"]
        for changes in ({}, {"name": "이바다"}, {"major": "수학"})
    }
    assert len(ids) == 2


def test_its_end_is_the_types() -> None:
    assert "validUntil" not in badge(credential_type("UniversityDegree")).document
    assert badge(credential_type("LanguageTestScore")).document["validUntil"] == "2028-05-17T14:59:59Z"


def test_what_is_no_badge_is_refused() -> None:
    with pytest.raises(SchemaError) as refused:
        badge(credential_type("EmploymentRecord"))
    assert refused.value.code == "open_badge_unavailable"
    key = LocalSigner.generate("P-256")
    with pytest.raises(ProofError):
        badge(BADGES[0], signer=key, issuer=did_key_from_public_key(key.public_key))
    with pytest.raises(MalformedError):
        badge(BADGES[0], issuer=HOLDER)
    with pytest.raises(SchemaError):
        badge(BADGES[0], {"name": "김하늘"})
    with pytest.raises(MalformedError):
        badge(BADGES[0], valid_from=NOW, valid_until=NOW)
