"""The default credential: issue, read back, refuse."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digital_resume.core.credentials.catalog import CredentialType, all_types, credential_type
from digital_resume.core.credentials.sd_jwt_vc import IssuedCredential, issue_credential, read_credential
from digital_resume.core.errors import ProofError, ResumeError, SchemaError
from digital_resume.core.identifiers.did import verification_key
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.sd_jwt import (
    Path,
    VerifiedSdJwt,
    issue_sd_jwt,
    peek_sd_jwt,
    present,
    verify_sd_jwt,
)

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DID = "did:web:localhost%3A8001:i:univ"
ISSUER = LocalSigner("P-256", b"\x01" * 32, DID)
HOLDER = LocalSigner("P-256", b"\x02" * 32)
DEGREE = credential_type("UniversityDegree")


def issue(kind: CredentialType = DEGREE, **changes: Any) -> IssuedCredential:
    options: dict[str, Any] = {
        "claims": kind.example,
        "issuer": DID,
        "signer": ISSUER,
        "holder_jwk": HOLDER.public_key.jwk(),
        "status_uri": "http://localhost:8001/i/univ/status/1",
        "status_index": 123,
        "issued_at": NOW,
        "valid_from": None,
        "valid_until": None,
    }
    return issue_credential(kind, **{**options, **changes})


def verify(token: str) -> VerifiedSdJwt:
    peeked = peek_sd_jwt(token)
    return verify_sd_jwt(
        token,
        key=verification_key(peeked.kid or ""),
        now=NOW,
        expected_nonce=None,
        expected_audience=None,
        require_key_binding=False,
    )


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(ResumeError) as caught:
        call()
    return caught.value.code


@pytest.mark.parametrize("kind", all_types(), ids=lambda t: t.name)
def test_every_type_is_issued_and_read_back(kind: CredentialType) -> None:
    issued = issue(kind)
    verified = verify(issued.token)
    view = read_credential(verified)
    assert view.claims == kind.example
    assert view.types == ("VerifiableCredential", kind.name)
    assert (view.vct, view.issuer, view.credential_id) == (kind.vct, DID, issued.credential_id)
    assert (view.status_uri, view.status_index) == ("http://localhost:8001/i/univ/status/1", 123)
    assert (view.issued_at, view.valid_from) == (NOW, NOW)
    assert view.holder_jwk == HOLDER.public_key.jwk()
    assert verified.content == issued.content
    assert len(verified.disclosed) == len(kind.disclosable_paths(kind.example))


def test_the_token_has_the_agreed_form() -> None:
    peeked = peek_sd_jwt(issue().token)
    assert peeked.header == {"alg": "ES256", "typ": "dc+sd-jwt", "kid": ISSUER.verification_method}
    assert peeked.payload["ld"]["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        {"@vocab": "urn:vdr:terms#"},
    ]
    subject = peeked.payload["ld"]["credentialSubject"]
    assert set(subject) == {"name", "degree", "degreeLevel", "major", "_sd"}
    assert "exp" not in peeked.payload
    assert "issuer" not in peeked.payload["ld"]


def test_nothing_hidden_is_shown_without_its_disclosure() -> None:
    token = issue().token
    view = read_credential(verify(present(token, {("ld", "credentialSubject", "graduationDate")})))
    assert set(view.claims) == {"name", "degree", "degreeLevel", "major", "graduationDate"}


def test_validity_follows_the_type_unless_given() -> None:
    score = credential_type("LanguageTestScore")
    view = read_credential(verify(issue(score).token))
    assert view.valid_until == datetime(2028, 5, 17, 14, 59, 59, tzinfo=UTC)
    until = NOW + timedelta(days=10)
    assert read_credential(verify(issue(score, valid_until=until).token)).valid_until == until


def test_signing_again_makes_another_credential() -> None:
    assert issue().credential_id != issue().credential_id


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "did:web:other.example"}, "wrong_signer"),
        ({"issuer": "https://univ.example"}, "invalidDid"),
        ({"claims": {**DEGREE.example, "name": "800101-1234567"}}, "resident_registration_number"),
        ({"claims": {}}, "schema_violation"),
        ({"credential_id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"}, "malformed"),
        ({"credential_id": "1"}, "malformed"),
        ({"valid_until": NOW}, "malformed"),
        ({"status_index": -1}, "malformed"),
        ({"status_index": True}, "malformed"),
        ({"status_uri": ""}, "malformed"),
        ({"holder_jwk": {**HOLDER.public_key.jwk(), "d": "AA"}}, "private_key"),
        ({"holder_jwk": {}}, "unsupportedPublicKeyType"),
    ],
)
def test_wrong_orders_are_refused(changes: dict[str, Any], code: str) -> None:
    assert code_of(lambda: issue(**changes)) == code


def test_holder_jwk_is_stripped_to_its_required_members() -> None:
    token = issue(holder_jwk={**HOLDER.public_key.jwk(), "kid": "mine", "use": "sig"}).token
    assert peek_sd_jwt(token).payload["cnf"] == {"jwk": HOLDER.public_key.jwk()}


# --- what a hostile issuer might send -------------------------------------------------------------------


def forged(hide: tuple[Path, ...] = (), signer: LocalSigner = ISSUER, **changes: Any) -> VerifiedSdJwt:
    payload = {**verify(issue().token).payload, **changes}
    payload = {name: value for name, value in payload.items() if value is not ...}
    return verify(issue_sd_jwt(payload, hide, signer))


@pytest.mark.parametrize(
    "path",
    [
        ("iss",),
        ("nbf",),
        ("cnf",),
        ("vct",),
        ("status",),
        ("ld",),
        ("ld", "id"),
        ("ld", "type"),
        ("ld", "credentialSubject"),
    ],
)
def test_members_that_must_be_visible_cannot_be_disclosures(path: Path) -> None:
    assert code_of(lambda: read_credential(forged((path,)))) == "disclosure_misused"


def test_another_issuers_name_is_refused() -> None:
    verified = forged(iss="did:web:other.example")
    with pytest.raises(ProofError) as caught:
        read_credential(verified)
    assert caught.value.code == "wrong_signer"


def ld(**changes: Any) -> dict[str, Any]:
    base = verify(issue().token).payload["ld"]
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": ...},
        {"iss": 5},
        {"vct": ...},
        {"cnf": ...},
        {"cnf": {"jwk": {}}},
        {"cnf": {"kid": "x"}},
        {"status": {}},
        {"status": {"status_list": {"idx": "1", "uri": "u"}}},
        {"status": {"status_list": {"idx": -1, "uri": "u"}}},
        {"status": {"status_list": {"idx": 1}}},
        {"nbf": "now"},
        {"exp": -62_135_596_801},
        {"exp": True},
        {"ld": ...},
        {"ld": []},
        {"ld": ld(credentialSubject=...)},
        {"ld": ld(credentialSubject={})},
        {"ld": ld(id=...)},
        {"ld": ld(type=["UniversityDegree"])},
        {"ld": ld(type=["VerifiableCredential", 5])},
        {"ld": ld(**{"@context": ["https://example.org"]})},
        {"ld": ld(issuer="did:web:other.example")},
        {"ld": ld(validUntil="2030-01-01T00:00:00Z")},
        {"ld": ld(credentialStatus={"type": "X"})},
    ],
)
def test_broken_payloads_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ResumeError):
        read_credential(forged(**changes))


def test_missing_status_is_told_not_refused() -> None:
    view = read_credential(forged(status=...))
    assert (view.status_uri, view.status_index) == (None, None)


def test_broken_claims_never_reach_a_signature() -> None:
    with pytest.raises(SchemaError):
        issue(claims={**DEGREE.example, "unknown": 1})
