"""What the VCDM 2.0 and VC-API suites assert of a verifier of presentations, enveloped ones included."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jose import issue_jwt, issue_sd
from digital_resume.core.securing.jws import parse_compact
from digital_resume.core.securing.sd_jwt import create_key_binding, present
from tests.unit.digital_resume.vc_api.conftest import (
    EXAMPLES,
    NOW,
    V1,
    V2,
    Api,
    credential,
    presentation,
    sign,
)

HOLDER = LocalSigner.generate("Ed25519")
DID = HOLDER.verification_method.split("#")[0]


def signed(**changes: Any) -> dict[str, Any]:
    return sign(
        presentation(**changes), HOLDER, purpose="authentication", challenge="c-1", domain="d.example"
    )


def secured_credential(**changes: Any) -> dict[str, Any]:
    signer = LocalSigner.generate("P-256")
    return sign(credential(issuer=signer.verification_method.split("#")[0], **changes), signer)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": "urn:uuid:58172aac-d8ba-41ed-83dd-0b3aef56cc33"},
        {"holder": "did:example:holder"},
        {"holder": {"id": "did:example:holder"}},
        {"@context": [V2, EXAMPLES]},
        {"@context": [V2, {"favourite": "https://example.org/#favourite"}]},
        {
            "@context": [V2, {"ExamplePresentation": "https://example.org/#ExamplePresentation"}],
            "type": ["VerifiablePresentation", "ExamplePresentation"],
        },
        {"termsOfUse": {"type": "https://example.org/#Terms"}},
        {"verifiableCredential": [secured_credential()]},
        {"verifiableCredential": secured_credential()},
        {"verifiableCredential": [secured_credential(), secured_credential()]},
        {"holder": DID, "verifiableCredential": [credential(issuer=DID)]},
        {"holder": {"id": DID}, "verifiableCredential": [credential(issuer={"id": DID})]},
    ],
)
def test_signed_presentation_verifies(api: Api, changes: dict[str, Any]) -> None:
    answer = api.verify_presentation(signed(**changes), checks=[])
    assert answer["presentationResult"]["signed"] is True


@pytest.mark.parametrize("version", [V1, V2])
def test_unsigned_presentation_verifies(api: Api, version: str) -> None:
    plain = presentation(**{"@context": [version], "verifiableCredential": [secured_credential()]})
    answer = api.verify_presentation(plain)
    assert answer["presentationResult"] == {"verified": True, "signed": False}
    assert len(answer["credentialResults"]) == 1


def test_presentation_without_proof_may_come_under_its_own_name(api: Api) -> None:
    plain = presentation(verifiableCredential=[secured_credential()])
    assert api.post("/presentations/verify", {"presentation": plain}, 200)["verified"] is True
    broken = presentation(verifiableCredential=[credential()])
    assert api.post("/presentations/verify", {"presentation": broken}, 400)["verified"] is False
    # What is to be verified is never passed over for another member.
    api.post("/presentations/verify", {"presentation": plain, "verifiablePresentation": broken}, 400)
    api.post("/presentations/verify", {"presentation": plain, "verifiablePresentation": None}, 400)


@pytest.mark.parametrize(
    "changes",
    [
        {"@context": ...},
        {"@context": []},
        {"@context": V2},
        {"@context": [EXAMPLES]},
        {"@context": [V2, "https ://not-a-url/contexts/example/v1"]},
        {"@context": [V2, 123192875]},
        {"@context": [V2, "https://example.org/unknown"]},
        {"type": ...},
        {"type": ["https://example.org/#Other"]},
        {"type": ["VerifiablePresentation", "UnmappedType"]},
        {"id": "not a url"},
        {"id": None},
        {"holder": "me"},
        {"holder": None},
        {"holder": {"name": "x"}},
        {"unmapped": "x"},
        {"termsOfUse": {"id": "urn:x"}},
        {"verifiableCredential": ["eyJhbGciOiJFUzI1NiJ9.e30.c2ln"]},
        {"verifiableCredential": "https://example.org/credential"},
        {"verifiableCredential": [5]},
        {"verifiableCredential": [None]},
        {"verifiableCredential": [[secured_credential()]]},
        {"verifiableCredential": [credential()]},
        {"verifiableCredential": [credential(issuer=DID)]},
        {"holder": "did:example:alice", "verifiableCredential": [credential(issuer=DID)]},
        {"holder": DID, "verifiableCredential": [credential(issuer="did:example:alice")]},
        {"verifiableCredential": [secured_credential(), {**secured_credential(), "name": "added"}]},
        {"verifiableCredential": [{**secured_credential(), "type": ["https://example.org/#Other"]}]},
        {"verifiableCredential": [secured_credential(validUntil="2020-01-01T00:00:00Z")]},
        {"verifiableCredential": [secured_credential(credentialSubject={"unmapped": 1})]},
        {"verifiableCredential": []} | {"proof": None},
        {"proof": []},
    ],
)
def test_broken_presentation_does_not_verify(api: Api, changes: dict[str, Any]) -> None:
    document = presentation(**changes)
    api.verify_presentation(document, 400)
    document.pop("proof", None)
    if "proof" not in changes:
        api.verify_presentation(sign(document, HOLDER, purpose="authentication"), 400)


def test_credential_that_the_presenter_signed_is_in_the_holders_name(api: Api) -> None:
    own = sign(credential(issuer=DID), HOLDER)
    api.verify_presentation(signed(holder=DID, verifiableCredential=[own]))
    other = sign(credential(issuer="did:example:alice"), HOLDER)
    api.verify_presentation(signed(holder=DID, verifiableCredential=[other]), 400)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 200),
        ({"challenge": "c-1"}, 200),
        ({"domain": "d.example"}, 200),
        ({"challenge": "c-1", "domain": "d.example"}, 200),
        ({"challenge": "c-2"}, 400),
        ({"challenge": "c-1", "domain": "other.example"}, 400),
        ({"challenge": 5}, 400),
        ({"expectedProofPurpose": "assertionMethod"}, 400),
    ],
)
def test_challenge_and_domain_must_be_those_asked_for(
    api: Api, options: dict[str, Any], expected: int
) -> None:
    api.verify_presentation(signed(), expected, **options)


def test_unsigned_presentation_answers_no_challenge(api: Api) -> None:
    api.verify_presentation(presentation(), 400, challenge="c-1")
    api.verify_presentation(presentation(), 400, domain="d.example")


def test_altered_proof_value_does_not_verify(api: Api) -> None:
    altered = deepcopy(signed())
    altered["proof"]["proofValue"] = "z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh"
    api.verify_presentation(altered, 400, checks=[])


# --- envelopes -------------------------------------------------------------------------------------------

FORMS = ["vc+jwt", "vc+jwt-p384", "vc+jwt-ed25519", "vc+sd-jwt"]


def enveloped(kind: str, media_type: str, token: str) -> dict[str, Any]:
    return {
        "@context": V2,
        "type": f"EnvelopedVerifiable{kind}",
        "id": f"data:application/{media_type},{token}",
    }


@pytest.mark.parametrize("form", FORMS)
def test_enveloped_credential_is_issued_and_verifies(api: Api, form: str) -> None:
    issued = api.issue(form, credential(issuer=api.did(form)))
    assert issued["type"] == "EnvelopedVerifiableCredential"
    api.verify(issued)
    api.verify(issued["id"].partition(",")[2])
    api.verify_presentation(presentation(verifiableCredential=[issued]))
    api.verify_presentation(signed(verifiableCredential=[issued]))


@pytest.mark.parametrize("form", ["vc+jwt", "vc+jwt-p384", "vc+jwt-ed25519"])
def test_a_token_names_its_issuer_for_readers_of_jwts(api: Api, form: str) -> None:
    issued = api.issue(form, credential(issuer={"id": api.did(form), "name": "Issuer"}))
    assert parse_compact(issued["id"].partition(",")[2]).claims()["iss"] == api.did(form)
    api.verify(issued)


@pytest.mark.parametrize(
    "changes",
    [
        {"@context": []},
        {"@context": EXAMPLES},
        {"@context": [EXAMPLES]},
        {"type": ...},
        {"type": "VerifiableCredential"},
        {"type": ["EnvelopedVerifiableCredential", "VerifiableCredential"]},
        {"id": "bare"},
        {"id": "data:application/vp+jwt,"},
        {"id": "data:text/plain,"},
        {"id": "altered"},
    ],
)
def test_broken_envelope_does_not_verify(api: Api, changes: dict[str, Any]) -> None:
    issued = api.issue("vc+jwt", credential())
    token = issued["id"].partition(",")[2]
    broken = {name: value for name, value in {**issued, **changes}.items() if value is not ...}
    if broken["id"] == "bare":
        broken["id"] = token
    elif broken["id"] == "altered":
        head, _, signature = token.rpartition(".")
        broken["id"] = f"data:application/vc+jwt,{head}.{'A' * len(signature)}"
    elif broken["id"].endswith(","):
        broken["id"] += token
    api.verify(broken, 400)
    api.verify_presentation(presentation(verifiableCredential=[broken]), 400)


def test_enveloped_presentation_verifies(api: Api) -> None:
    inner = api.issue("vc+jwt", credential())
    document = presentation(holder=DID, verifiableCredential=[inner])
    token = issue_jwt(document, HOLDER, form="vp+jwt", claims={"nonce": "n-1", "aud": "d.example"})
    envelope = enveloped("Presentation", "vp+jwt", token)
    api.verify_presentation(envelope)
    api.verify_presentation(token, challenge="n-1", domain="d.example")
    api.verify_presentation(envelope, challenge="n-1", domain="d.example")
    api.verify_presentation(envelope, 400, challenge="n-2")
    api.verify_presentation(envelope, 400, domain="other.example")
    for broken in (
        {**envelope, "@context": []},
        {**envelope, "@context": [EXAMPLES]},
        {**envelope, "type": ["VerifiablePresentation"]},
        {**envelope, "id": token},
    ):
        api.verify_presentation(broken, 400)


def test_older_jwt_encoding_of_other_ecosystems_verifies(api: Api) -> None:
    inner = old_jwt({"iss": DID, "vc": {n: v for n, v in credential(issuer=DID).items() if n != "id"}})
    envelope = enveloped("Credential", "jwt", inner)
    for accepted in (envelope, enveloped("Credential", "vc+jwt", inner), inner):
        api.verify(accepted)
    outer = old_jwt(
        {"iss": DID, "nonce": "n-1", "vp": presentation(holder=DID, verifiableCredential=[envelope])}
    )
    api.verify_presentation(enveloped("Presentation", "jwt", outer), challenge="n-1")
    api.verify_presentation(enveloped("Presentation", "jwt", outer), 400, challenge="n-2")
    foreign = old_jwt({"iss": "did:example:other", "vc": credential(issuer=DID)})
    api.verify(enveloped("Credential", "jwt", foreign), 400)


def old_jwt(claims: dict[str, Any]) -> str:
    header = {"alg": "EdDSA", "typ": "JWT", "kid": HOLDER.verification_method}
    text = f"{b64u_encode(dump_json(header))}.{b64u_encode(dump_json(claims))}"
    return f"{text}.{b64u_encode(HOLDER.sign(text.encode()))}"


def test_sd_jwt_credential_with_key_binding_verifies_with_few_disclosures(api: Api) -> None:
    issuer, holder = LocalSigner.generate("P-256"), LocalSigner.generate("P-256")
    token = issue_sd(
        credential(credentialSubject={"id": "did:example:s", "name": "김하늘", "description": "시연용"}),
        {("credentialSubject", "name"), ("credentialSubject", "description")},
        issuer,
        claims={"cnf": {"jwk": holder.public_key.jwk()}},
    )
    shown = create_key_binding(
        present(token, [("credentialSubject", "name")]),
        holder,
        nonce="n-1",
        audience="d.example",
        issued_at=NOW,
    )
    envelope = enveloped("Credential", "vc+sd-jwt", shown)
    answer = api.verify(envelope, challenge="n-1", domain="d.example", returnCredential=True)
    assert answer["credential"]["credentialSubject"] == {"id": "did:example:s", "name": "김하늘"}
    api.verify(envelope, 400, challenge="n-2")


@pytest.mark.parametrize("offset", [timedelta(days=-1), timedelta(0)])
def test_expired_token_does_not_verify(api: Api, offset: timedelta) -> None:
    claims = {"exp": int((NOW + offset).timestamp())}
    token = issue_jwt(credential(), HOLDER, claims=claims)
    api.verify(enveloped("Credential", "vc+jwt", token), 400)
