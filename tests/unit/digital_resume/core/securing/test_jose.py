"""Credentials and presentations as JOSE tokens, and the metadata of SD-JWT VC types."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import dump_json, parse_json_object
from digital_resume.core.errors import (
    IdentifierError,
    MalformedError,
    ProofError,
    ResumeError,
)
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jose import Form, issue_jwt, issue_sd, verify_jwt_v1, verify_token
from digital_resume.core.securing.jws import parse_compact, sign_compact
from digital_resume.core.securing.sd_jwt import create_key_binding, present

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
V2 = "https://www.w3.org/ns/credentials/v2"
SIGNER = LocalSigner.generate("P-256")
DID = SIGNER.verification_method.split("#")[0]


def credential(**changes: Any) -> dict[str, Any]:
    base = {
        "@context": [V2],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential"],
        "issuer": DID,
        "credentialSubject": {"id": "did:example:s", "name": "김하늘"},
    }
    return {**base, **changes}


PRESENTATION = {"@context": [V2], "type": ["VerifiablePresentation"], "holder": DID}


@pytest.mark.parametrize("curve", ["Ed25519", "P-256", "P-384"])
def test_vc_jwt_carries_the_credential_itself(curve: Any) -> None:
    signer = LocalSigner.generate(curve)
    token = issue_jwt(credential(issuer="did:example:i"), signer)
    jws = parse_compact(token)
    assert jws.header == {
        "alg": signer.algorithm,
        "kid": signer.verification_method,
        "typ": "vc+jwt",
        "cty": "vc",
    }
    assert jws.claims() == credential(issuer="did:example:i")
    verified = verify_token(token, form="vc+jwt", now=NOW)
    assert verified.document == credential(issuer="did:example:i")
    assert verified.controller == signer.verification_method.split("#")[0]
    assert token == f"{verified.signing_input.decode()}.{b64u_encode(verified.signature)}"


def test_registered_claims_stand_beside_and_are_left_out_of_the_document() -> None:
    claims = {"iss": DID, "jti": "urn:uuid:1", "sub": "did:example:s", "iat": int(NOW.timestamp())}
    token = issue_jwt(credential(), SIGNER, claims=claims)
    verified = verify_token(token, form="vc+jwt", now=NOW)
    assert verified.document == credential()
    assert {name: verified.claims[name] for name in claims} == claims


@pytest.mark.parametrize(
    "claims",
    [{"vc": {}}, {"vp": {}}, {"name": "x"}, {"iss": "did:example:other"}, {"jti": "urn:x"}, {"sub": "urn:x"}],
)
def test_claims_that_are_not_allowed_are_not_issued(claims: dict[str, Any]) -> None:
    with pytest.raises((MalformedError, ProofError)):
        issue_jwt(credential(), SIGNER, claims=claims)


def raw(payload: dict[str, Any], **header: Any) -> str:
    return sign_compact({"kid": SIGNER.verification_method, "typ": "vc+jwt", **header}, payload, SIGNER)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (raw(credential(), typ="JWT"), "wrong_typ"),
        (raw(credential(), typ="vp+jwt"), "wrong_typ"),
        (raw(credential(), typ="vc+sd-jwt"), "wrong_typ"),
        (raw(credential(), cty="vp"), "wrong_cty"),
        (raw(credential(), crit=["x"]), "crit_not_supported"),
        (raw({**credential(), "vc": {}}), "vc_claim"),
        (raw({**credential(), "iss": "did:example:other"}), "claim_mismatch"),
        (raw({**credential(), "jti": "urn:uuid:2"}), "claim_mismatch"),
        (raw({**credential(), "sub": "urn:uuid:2"}), "claim_mismatch"),
        (raw({**credential(), "exp": int(NOW.timestamp())}), "token_expired"),
        (raw({**credential(), "nbf": int((NOW + timedelta(hours=1)).timestamp())}), "token_not_yet_valid"),
        (raw({**credential(), "iat": int((NOW + timedelta(hours=1)).timestamp())}), "token_not_yet_valid"),
        (raw({**credential(), "exp": "soon"}), "malformed"),
        (raw(credential(), kid=""), "malformed"),
        (raw(credential(), kid="key-1"), "key_unknown"),
        (raw(credential(), kid=f"{DID}#another"), "invalidDidUrl"),
        (raw(credential(), kid="did:example:1#a"), "methodNotSupported"),
        (raw(credential(), kid=LocalSigner.generate("P-256").verification_method), "proof_invalid"),
        (raw(credential(), kid=LocalSigner.generate("P-384").verification_method), "algorithm_not_allowed"),
        ("a.b", "malformed"),
    ],
)
def test_token_that_does_not_hold_is_refused(token: str, code: str) -> None:
    with pytest.raises(ResumeError) as caught:
        verify_token(token, form="vc+jwt", now=NOW)
    assert caught.value.code == code


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES512", "ES256K", "HS256", "none"])
def test_an_algorithm_that_is_not_verified_is_refused_with_those_that_are(algorithm: str) -> None:
    header, rest = raw(credential()).split(".", 1)
    named = {**parse_json_object(b64u_decode(header, max_bytes=1_000)), "alg": algorithm}
    with pytest.raises(ProofError, match="ES256, ES384, EdDSA") as caught:
        verify_token(f"{b64u_encode(dump_json(named))}.{rest}", form="vc+jwt", now=NOW)
    assert caught.value.code == "algorithm_not_allowed"


def test_kid_may_be_relative_to_the_issuer_or_the_did_alone() -> None:
    fragment = SIGNER.verification_method.split("#")[1]
    for kid, claims in ((f"#{fragment}", {"iss": DID}), (fragment, {"iss": DID}), (DID, {})):
        verified = verify_token(raw({**credential(), **claims}, kid=kid), form="vc+jwt", now=NOW)
        assert verified.verification_method == SIGNER.verification_method


def without_kid(payload: dict[str, Any], signer: LocalSigner = SIGNER, **header: Any) -> str:
    return sign_compact({"typ": "vc+jwt", **header}, payload, signer)


@pytest.mark.parametrize(
    "token",
    [
        without_kid(credential()),
        without_kid(credential(issuer={"id": DID, "name": "x"})),
        without_kid({**credential(), "iss": DID}),
        without_kid(credential(), iss=DID),
    ],
)
def test_without_kid_the_only_key_of_the_issuer_counts(token: str) -> None:
    assert verify_token(token, form="vc+jwt", now=NOW).verification_method == SIGNER.verification_method


def test_without_kid_an_older_token_is_verified_alike() -> None:
    holder = {"@context": [V2], "type": ["VerifiablePresentation"], "holder": DID}
    for kind, document, member in (("vc", credential(), "issuer"), ("vp", holder, "holder")):
        chosen: Any = kind
        for payload in ({kind: document}, {kind: {**document, member: DID}, "iss": DID}):
            verified = verify_jwt_v1(without_kid(payload, typ="JWT"), kind=chosen, now=NOW)
            assert verified.verification_method == SIGNER.verification_method


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (without_kid(credential(), LocalSigner.generate("P-256")), "proof_invalid"),
        (without_kid(credential(issuer="did:web:a.example")), "malformed"),
        (without_kid(credential(issuer="https://a.example/1")), "malformed"),
        (without_kid({**credential(), "iss": "did:web:a.example"}), "malformed"),
        (without_kid(credential(), kid=None), "malformed"),
        (without_kid(credential(issuer=7)), "malformed"),
        (without_kid(credential(issuer=[DID])), "malformed"),
        (without_kid(credential(issuer={"id": [DID]})), "malformed"),
    ],
)
def test_without_kid_no_other_key_counts(token: str, code: str) -> None:
    with pytest.raises(ResumeError) as caught:
        verify_token(token, form="vc+jwt", now=NOW)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, None),
        ({"nonce": "n-1", "audience": "v.example"}, None),
        ({"nonce": "n-2"}, "nonce_mismatch"),
        ({"audience": "x.example"}, "audience_mismatch"),
    ],
)
def test_vp_jwt_answers_the_request_it_was_made_for(options: dict[str, str], code: str | None) -> None:
    claims = {"nonce": "n-1", "aud": ["v.example", "w.example"]}
    token = issue_jwt(PRESENTATION, SIGNER, form="vp+jwt", claims=claims)
    if code is None:
        assert verify_token(token, form="vp+jwt", now=NOW, **options).document == PRESENTATION
    else:
        with pytest.raises(ProofError) as caught:
            verify_token(token, form="vp+jwt", now=NOW, **options)
        assert caught.value.code == code


def test_vc_sd_jwt_discloses_claims_and_binds_to_a_key() -> None:
    holder = LocalSigner.generate("P-256")
    token = issue_sd(
        credential(),
        {("credentialSubject", "name"), ("credentialSubject", "id")},
        SIGNER,
        claims={"cnf": {"jwk": holder.public_key.jwk()}},
        decoys=2,
    )
    shown = present(token, [("credentialSubject", "name")])
    verified = verify_token(shown, form="vc+sd-jwt", now=NOW)
    assert verified.document["credentialSubject"] == {"name": "김하늘"}
    assert verified.hidden == 3
    bound = create_key_binding(shown, holder, nonce="n-1", audience="v.example", issued_at=NOW)
    verified = verify_token(bound, form="vc+sd-jwt", now=NOW, nonce="n-1", audience="v.example")
    assert verified.key_binding is not None
    with pytest.raises(ProofError, match="nonce"):
        verify_token(bound, form="vc+sd-jwt", now=NOW, nonce="n-2")
    with pytest.raises(ProofError) as caught:
        verify_token(shown, form="vc+sd-jwt", now=NOW, require_key_binding=True)
    assert caught.value.code == "key_binding_missing"


@pytest.mark.parametrize(
    "path", [("issuer",), ("@context",), ("credentialStatus",), ("credentialSubject", "type")]
)
def test_what_a_verifier_relies_on_cannot_be_hidden(path: tuple[str, ...]) -> None:
    document = credential(credentialStatus={"type": "X"}, credentialSubject={"type": "Person", "name": "x"})
    with pytest.raises(MalformedError):
        issue_sd(document, {path}, SIGNER)


def test_vp_sd_jwt_is_a_presentation() -> None:
    token = issue_sd(PRESENTATION, set(), SIGNER, form="vp+sd-jwt", claims={"nonce": "n-1"})
    assert verify_token(token, form="vp+sd-jwt", now=NOW, nonce="n-1").document == PRESENTATION
    for form in ("vc+sd-jwt", "vc+jwt", "vp+jwt"):
        chosen: Form = form  # type: ignore[assignment]  # each is one of the forms
        with pytest.raises(ResumeError):
            verify_token(token, form=chosen, now=NOW)


def test_version_1_jwt_needs_its_claim() -> None:
    header = {"alg": "ES256", "kid": SIGNER.verification_method}
    text = f"{b64u_encode(dump_json(header))}.{b64u_encode(dump_json({'vc': credential()}))}"
    token = f"{text}.{b64u_encode(SIGNER.sign(text.encode()))}"
    assert verify_jwt_v1(token, kind="vc", now=NOW).document["id"] == "urn:uuid:1"
    with pytest.raises(MalformedError):
        verify_jwt_v1(token, kind="vp", now=NOW)
    with pytest.raises(IdentifierError):
        verify_jwt_v1(raw({"vc": credential()}, typ="JWT", kid="did:example:1#a"), kind="vc", now=NOW)
