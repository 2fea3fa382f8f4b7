"""What the ecdsa suite asserts of ``ecdsa-sd-2023``: base proofs, derived credentials, who verifies which."""

from copy import deepcopy
from typing import Any

import pytest

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from tests.unit.digital_resume.vc_api.conftest import DATA_INTEGRITY, V1, V2, Api, credential

SD = "ecdsa-sd-2023"
TERMS = {"@vocab": "https://example.org/terms#"}


def document(version: str = V2, **changes: Any) -> dict[str, Any]:
    dated = (
        {"issuanceDate": "2023-02-25T19:16:31Z"} if version == V1 else {"validFrom": "2023-02-25T19:16:31Z"}
    )
    subject = {
        "id": "did:example:s",
        "degree": {"grade": 4.3, "courses": ["a", "b", "c"]},
        "sails": [{"size": 5.5, "year": 2023}, {"size": 6.1, "year": 2023}, {"size": 7.0, "year": 2020}],
    }
    return credential(**{"@context": [version, TERMS], "credentialSubject": subject, **dated, **changes})


def derive(api: Api, secured: dict[str, Any], *pointers: str, expected: int = 201) -> dict[str, Any]:
    body = {"verifiableCredential": secured, "options": {"selectivePointers": list(pointers)}}
    answer = api.post("/credentials/derive", body, expected)
    derived: dict[str, Any] = answer.get("verifiableCredential", answer)
    return derived


@pytest.fixture(params=[V1, V2])
def base(api: Api, request: pytest.FixtureRequest) -> dict[str, Any]:
    return api.issue(SD, document(request.param, issuer=api.did(SD)), mandatoryPointers=["/issuer"])


def test_base_proof_has_its_header_and_is_not_for_verifiers(api: Api, base: dict[str, Any]) -> None:
    proof = base["proof"]
    assert proof["cryptosuite"] == SD
    assert proof["proofValue"].startswith("u2V0A")
    assert b64u_decode(proof["proofValue"][1:], max_bytes=65_536)[:3] == b"\xd9\x5d\x00"
    api.verify(base, 400, checks=["proof"])


@pytest.mark.parametrize(
    ("pointers", "shown"),
    [
        (["/credentialSubject/id"], {"id": "did:example:s"}),
        (["/credentialSubject/degree/grade"], {"id": "did:example:s", "degree": {"grade": 4.3}}),
        (["/credentialSubject/sails/1"], {"id": "did:example:s", "sails": [{"size": 6.1, "year": 2023}]}),
        (
            ["/credentialSubject/sails/0/size", "/credentialSubject/sails/2"],
            {"id": "did:example:s", "sails": [{"size": 5.5}, {"size": 7.0, "year": 2020}]},
        ),
    ],
)
def test_derived_credential_shows_what_was_chosen(
    api: Api, base: dict[str, Any], pointers: list[str], shown: dict[str, Any]
) -> None:
    derived = derive(api, base, *pointers)
    assert derived["credentialSubject"] == shown
    assert derived["issuer"] == base["issuer"]
    assert derived["proof"]["proofValue"].startswith("u2V0B")
    api.verify(derived)
    api.verify(derived, checks=["proof", "issuer"])


def test_everything_can_be_disclosed_and_objects_without_ids_too(api: Api) -> None:
    secured = api.issue(SD, document(id=..., credentialSubject={"degree": {"grade": 4.3}, "name": "시연용"}))
    derived = derive(api, secured, "/credentialSubject")
    assert derived["credentialSubject"] == {"degree": {"grade": 4.3}, "name": "시연용"}
    api.verify(derived)


@pytest.mark.parametrize(
    "change",
    [
        lambda vc: vc["credentialSubject"].__setitem__("id", "urn:invalid"),
        lambda vc: vc["credentialSubject"]["degree"].__setitem__("grade", 4.4),
        lambda vc: vc["credentialSubject"].pop("degree"),
        lambda vc: vc.__setitem__("issuer", "did:example:other"),
        lambda vc: vc["proof"].__setitem__("proofValue", "a"),
        lambda vc: vc["proof"].__setitem__("proofValue", vc["proof"]["proofValue"][1:]),
        lambda vc: vc["proof"].__setitem__("proofValue", "u" + vc["proof"]["proofValue"][4:]),
        lambda vc: vc["proof"].__setitem__("proofValue", "u" + b64u_encode(b"\xd9\x5d\x01\x80")),
        lambda vc: vc["proof"].__setitem__("proofValue", "u" + b64u_encode(b"\xd9\x5d\x01" + b"\x9f" * 60)),
        lambda vc: vc["proof"].__setitem__("cryptosuite", "invalid-cryptosuite"),
        lambda vc: vc.__setitem__("proof", "u2V0B"),
    ],
)
def test_altered_derived_credential_does_not_verify(api: Api, change: Any) -> None:
    derived = derive(
        api, api.issue(SD, document()), "/credentialSubject/id", "/credentialSubject/degree/grade"
    )
    api.verify(derived)
    altered = deepcopy(derived)
    change(altered)
    api.verify(altered, 400, checks=["proof"])


@pytest.mark.parametrize(
    "pointers",
    [
        ["/non/existent/path"],
        ["/credentialSubject/invalidPointer"],
        ["no pointer"],
        [5],
        "/issuer",
        ["/issuer/~2"],
    ],
    ids=str,
)
def test_pointers_that_lead_nowhere_issue_and_derive_nothing(api: Api, pointers: Any) -> None:
    api.issue(SD, document(), 400, mandatoryPointers=pointers)
    secured = api.issue(SD, document())
    body = {"verifiableCredential": secured, "options": {"selectivePointers": pointers}}
    api.post("/credentials/derive", body, 400)


def test_holder_cannot_hide_end_and_status(api: Api) -> None:
    revocation = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    secured = api.issue(
        SD,
        document(validUntil="2030-01-01T00:00:00Z"),
        credentialStatus=[revocation],
        mandatoryPointers=["/issuer"],
    )
    derived = derive(api, secured, "/credentialSubject/id")
    assert {"issuer", "validFrom", "validUntil", "credentialStatus"} <= set(derived)
    assert api.verify(derived)["statuses"] == [{"statusPurpose": "revocation", "status": "0x0"}]


def test_only_base_proofs_can_be_derived_from(api: Api) -> None:
    derived = derive(api, api.issue(SD, document()), "/credentialSubject/id")
    derive(api, derived, "/credentialSubject/id", expected=400)
    derive(api, api.issue("eddsa-jcs-2022", document()), "/credentialSubject/id", expected=400)
    derive(api, document(), "/credentialSubject/id", expected=400)
    derive(api, {}, "/credentialSubject/id", expected=400)


def test_version_1_derives_with_the_proofs_context(api: Api) -> None:
    secured = api.issue(SD, document(V1))
    assert secured["@context"][-1] == DATA_INTEGRITY
    api.verify(derive(api, secured, "/credentialSubject/id"))
