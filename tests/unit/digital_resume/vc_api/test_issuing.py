"""What the VCDM 2.0 suite asserts of an issuer: one case an assertion, in the order of the specification."""

from typing import Any

import pytest

from digital_resume.core.keys.signing import LocalSigner
from tests.unit.digital_resume.vc_api.conftest import DATA_INTEGRITY, EXAMPLES, V1, V2, Api, credential, sign

ISSUER = "eddsa-jcs-2022"
BASE_SRI = "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"
BASE_MULTIBASE = "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ"


def typed(name: str, **more: Any) -> dict[str, Any]:
    return {"type": f"https://example.org/#{name}", **more}


def resource(**more: Any) -> dict[str, Any]:
    return {"id": V2, "digestSRI": BASE_SRI, **more}


GOOD: dict[str, dict[str, Any]] = {
    "a second context by URL": {"@context": [V2, EXAMPLES]},
    "a context as an object": {"@context": [V2, {"favourite": "https://example.org/#favourite"}]},
    "no id": {"id": ...},
    "an id that is a DID URL": {"id": "did:example:123#a"},
    "a subject without id": {"credentialSubject": {"name": "시연용"}},
    "a type that is a URL": {"type": ["VerifiableCredential", "https://example.org/#ExampleCredential"]},
    "a type mapped to a URL": {
        "@context": [V2, {"ExampleCredential": "https://example.org/#ExampleCredential"}],
        "type": ["VerifiableCredential", "ExampleCredential"],
    },
    "types in another order": {
        "type": ["https://example.org/#A", "VerifiableCredential", "https://example.org/#B"]
    },
    "VerifiableCredential last": {"type": ["https://example.org/#A", "VerifiableCredential"]},
    "another issuer": {"issuer": "did:example:other-issuer"},
    "an issuer object": {"issuer": {"id": "did:example:issuer", "name": "새벽대학교(시연용)"}},
    "an issuer whose name has a language": {
        "issuer": {
            "id": "did:example:issuer",
            "name": {"@value": "Dawn University (demo)", "@language": "en"},
        }
    },
    "an issuer whose description has a direction": {
        "issuer": {
            "id": "did:example:issuer",
            "description": {"@value": "x", "@language": "ar", "@direction": "rtl"},
        }
    },
    "an issuer named in several languages": {
        "issuer": {
            "id": "did:example:issuer",
            "name": [{"@value": "a", "@language": "en"}, {"@value": "가", "@language": "ko"}],
        }
    },
    "a name": {"name": "학위"},
    "a name with a language": {"name": {"@value": "학위", "@language": "ko"}},
    "a name with language and direction": {"name": {"@value": "x", "@language": "en", "@direction": "ltr"}},
    "a name in several languages": {
        "name": [{"@value": "degree", "@language": "en"}, {"@value": "학위", "@language": "ko"}]
    },
    "a description": {"description": "시연용"},
    "a description with a language": {"description": {"@value": "x", "@language": "en"}},
    "a description in several languages": {
        "description": [{"@value": "a", "@language": "en"}, {"@value": "가", "@language": "ko"}]
    },
    "several subjects": {"credentialSubject": [{"id": "did:example:a"}, {"id": "did:example:b"}]},
    "validFrom with milliseconds": {"validFrom": "2023-02-25T19:16:31.123Z"},
    "validFrom with an offset": {"validFrom": "2023-02-25T19:16:31-05:00"},
    "validFrom in the future": {"validFrom": "2193-02-25T19:16:31Z"},
    "validUntil in the past": {"validUntil": "2023-02-25T19:16:31Z"},
    "validUntil with milliseconds": {"validUntil": "2033-02-25T19:16:31.123Z"},
    "validUntil with an offset": {"validUntil": "2033-02-25T19:16:31+09:00"},
    "validFrom equal to validUntil": {
        "validFrom": "2023-02-25T19:16:31Z",
        "validUntil": "2023-02-26T04:16:31+09:00",
    },
    "a status": {"credentialStatus": typed("Status", id="did:example:status")},
    "a status without id": {"credentialStatus": typed("Status")},
    "several statuses": {"credentialStatus": [typed("A"), typed("B")]},
    "a schema": {"credentialSchema": {"id": "https://example.org/schema.json", "type": "JsonSchema"}},
    "several schemas": {
        "credentialSchema": [
            {"id": "https://example.org/1.json", "type": "JsonSchema"},
            {"id": "https://example.org/2.json", "type": "https://example.org/#OtherSchema"},
        ]
    },
    "a refresh service": {"refreshService": typed("Refresh", id="did:example:refresh/1")},
    "several refresh services": {"refreshService": [typed("A"), typed("B", id="urn:x:b")]},
    "terms of use": {"termsOfUse": typed("Terms")},
    "terms of use with ids": {"termsOfUse": [typed("A", id="urn:x:a"), typed("B", id="urn:x:b")]},
    "evidence": {"evidence": typed("Evidence")},
    "several evidences": {"evidence": [typed("A", id="urn:x:a"), typed("B")]},
    "a related resource with digestSRI": {"relatedResource": resource()},
    "a related resource with digestMultibase": {
        "relatedResource": [{"id": V2, "digestMultibase": BASE_MULTIBASE}]
    },
    "a related resource with both digests and a media type": {
        "relatedResource": resource(digestMultibase=BASE_MULTIBASE, mediaType="application/ld+json")
    },
    "a media type with a parameter": {"relatedResource": resource(mediaType='text/x+y; charset="utf-8"')},
    "related resources that are not at hand": {
        "relatedResource": [
            {
                "id": "https://example.org/a",
                "digestMultibase": "uEiAjCHMnK5-ayOIZLWo_TBoKYVvSAprlkYEjRlm19Cj0uw",
            },
            {"id": "https://example.org/b", "digestSRI": BASE_SRI},
            {"id": "https://example.org/sha3", "digestMultibase": "uFiA" + "A" * 42 + "E"},
        ]
    },
}

BAD: dict[str, dict[str, Any]] = {
    "no context": {"@context": ...},
    "a context that is a number": {"@context": 4},
    "a context that is a string": {"@context": V2},
    "contexts that are numbers and booleans": {"@context": [{"foo": True}, 4, False, None]},
    "no base context": {"@context": [EXAMPLES]},
    "the base context second": {"@context": [EXAMPLES, V2]},
    "a context that is no URL": {"@context": [V2, "https ://not-a-url/contexts/example/v1"]},
    "a context of another type": {"@context": [V2, 123192875]},
    "a context that is unknown": {"@context": [V2, "https://example.org/unknown/v1"]},
    "a protected term redefined": {"@context": [V2, {"VerifiableCredential": "https://example.org/#Other"}]},
    "an own protected term redefined": {
        "@context": [
            V2,
            {"@protected": True, "Example": "https://example.org/#A"},
            {"Example": "https://example.org/#B"},
        ],
        "type": ["VerifiableCredential", "Example"],
    },
    "an id that is null": {"id": None},
    "several ids": {"id": ["did:example:1", "did:example:2"]},
    "an id that is no URL": {"id": "https ://not-a-url/vcs/1"},
    "several ids of the subject": {"credentialSubject": {"id": ["did:example:1", "did:example:2"]}},
    "no type": {"type": ...},
    "a type that is a number": {"type": 4},
    "types that are not strings": {"type": [2, None, {"foo": True}, False]},
    "no VerifiableCredential": {"type": ["https://example.org/#ExampleCredential"]},
    "a type mapped to no URL": {
        "@context": [V2, {"Example": "https ://not-a-url#Example"}],
        "type": ["VerifiableCredential", "Example"],
    },
    "a type that is not mapped": {"type": ["VerifiableCredential", "UnmappedType"]},
    "a term that is not mapped": {"credentialSubject": {"id": "did:example:s", "unmapped": "x"}},
    "a member that is not mapped": {
        "statusEntry": {"type": "BitstringStatusListEntry", "statusListIndex": True}
    },
    "no issuer": {"issuer": ...},
    "an issuer that is null": {"issuer": None},
    "an issuer that is no URL": {"issuer": "not-a-url"},
    "an issuer that is a number": {"issuer": 4},
    "an issuer that is an array": {"issuer": []},
    "an issuer object without id": {"issuer": {"name": "x"}},
    "an issuer object whose id is null": {"issuer": {"id": None}},
    "an issuer object whose id is no URL": {"issuer": {"id": "not-a-url"}},
    "an issuer's name with more members": {
        "issuer": {"id": "did:example:i", "name": {"@value": "x", "@language": "en", "url": "did:example:x"}}
    },
    "an issuer's description with more members": {
        "issuer": {"id": "did:example:i", "description": {"@value": "x", "url": "did:example:x"}}
    },
    "a name with more members": {"name": {"@value": "x", "@language": "en", "url": "did:example:x"}},
    "a description with more members": {"description": {"@value": "x", "@language": "en", "url": "urn:x"}},
    "no subject": {"credentialSubject": ...},
    "an empty subject": {"credentialSubject": {}},
    "no subjects": {"credentialSubject": []},
    "an empty subject among others": {"credentialSubject": [{"id": "did:example:a"}, {}]},
    "subjects that are not objects": {"credentialSubject": [None, True, 4]},
    "validFrom in words": {"validFrom": "Sat 25 Feb 2023 07:16:31 PM CST"},
    "validUntil in words": {"validUntil": "Sat 25 Feb 2023 07:16:31 PM CST"},
    "validFrom without offset": {"validFrom": "2023-02-25T19:16:31"},
    "a day that is none": {"validFrom": "2023-02-30T19:16:31Z"},
    "validUntil before validFrom": {
        "validFrom": "2027-01-01T00:00:00Z",
        "validUntil": "2025-01-01T00:00:00Z",
    },
    "a status without type": {"credentialStatus": {"id": "did:example:status"}},
    "a status whose type is a number": {"credentialStatus": {"id": "did:example:status", "type": 2}},
    "a status whose type is not mapped": {"credentialStatus": {"type": "UnmappedStatus"}},
    "a status with several ids": {"credentialStatus": typed("S", id=["did:example:1", "did:example:2"])},
    "a status whose id is no URL": {"credentialStatus": typed("S", id="not-a-url")},
    "a status that is null": {"credentialStatus": None},
    "a malformed BitstringStatusListEntry": {
        "credentialStatus": {
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": True,
            "statusListCredential": "https://example.com/list",
        }
    },
    "a schema without type": {"credentialSchema": {"id": "https://example.org/schema.json"}},
    "a schema without id": {"credentialSchema": {"type": "JsonSchema"}},
    "a schema whose id is a number": {"credentialSchema": {"id": 5, "type": "JsonSchema"}},
    "a refresh service without type": {"refreshService": {"id": "did:example:refresh/1"}},
    "terms of use without type": {"termsOfUse": {"id": "urn:x:terms"}},
    "evidence without type": {"evidence": {"id": "urn:x:evidence"}},
    "a proof without type": {"proof": {"created": "2023-02-25T19:16:31Z"}},
    "related resources that are strings": {"relatedResource": [V2]},
    "a related resource without id": {"relatedResource": {"digestSRI": BASE_SRI}},
    "a related resource named twice": {"relatedResource": [resource(), resource()]},
    "a related resource without digest": {"relatedResource": {"id": V2}},
    "a related resource of another digestSRI": {"relatedResource": resource(digestSRI=BASE_SRI[:-1] + "V")},
    "a related resource of another digestMultibase": {
        "relatedResource": {"id": V2, "digestMultibase": BASE_MULTIBASE[:-2] + "AQ"}
    },
    "a related resource, not at hand, whose digestMultibase is no multihash": {
        "relatedResource": {
            "id": "https://example.org/a",
            "digestMultibase": "uZTQ0MjM1NiAgcmVwb3J0cc5jZWxhdGVkLXJlc291cmNlLmpzb24K",
        }
    },
    "a related resource, not at hand, whose digestMultibase is empty": {
        "relatedResource": {"id": "https://example.org/a", "digestMultibase": "uEgA"}
    },
    "a related resource whose media type is a word": {"relatedResource": resource(mediaType="image")},
    "a related resource whose media type is a list": {"relatedResource": resource(mediaType=["image/png"])},
    "a related resource whose digest is none": {"relatedResource": {"id": V2, "digestSRI": "md5-xyz"}},
}


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD)
def test_issues(api: Api, changes: dict[str, Any]) -> None:
    document = credential(**changes)
    issued = api.issue(ISSUER, document)
    assert {name: value for name, value in issued.items() if name != "proof"} == document
    assert issued["proof"]["type"] == "DataIntegrityProof"
    api.verify(issued, checks=["proof"])


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_refuses_to_issue(api: Api, changes: dict[str, Any]) -> None:
    api.issue(ISSUER, credential(**changes), 400)


@pytest.mark.parametrize("name", [name for name in BAD if "proof" not in name])
def test_refuses_to_verify_what_another_issued(api: Api, name: str) -> None:
    signed = sign(credential(**BAD[name]), LocalSigner.generate("Ed25519"))
    api.verify(signed, 400, checks=["proof"])


def test_request_needs_the_credential_under_its_name(api: Api) -> None:
    answer = api.client.post(
        f"/issuers/{ISSUER}/credentials/issue", json={"verifiableCredential": credential()}
    )
    assert answer.status_code == 400


def test_unsecured_credential_does_not_verify(api: Api) -> None:
    api.verify(credential(), 400)


@pytest.mark.parametrize("document", [{"type": ["NonconformingDocument"]}, {}, {"@context": []}])
def test_nonconforming_documents_are_errors(api: Api, document: dict[str, Any]) -> None:
    api.verify(document, 400)
    api.verify_presentation(document, 400)


def version_1(**changes: Any) -> dict[str, Any]:
    return credential(
        **{
            "@context": [V1],
            "issuer": "did:example:issuer",
            "issuanceDate": "2022-03-31T19:21:25Z",
            **changes,
        }
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": ...},
        {"expirationDate": "2022-05-31T19:21:25Z"},
        {"expirationDate": "2032-05-31T19:21:25.123Z"},
        {"issuer": {"id": "did:example:issuer"}},
        {"@context": [V1, DATA_INTEGRITY]},
    ],
)
def test_version_1_is_issued_with_the_proofs_context(api: Api, changes: dict[str, Any]) -> None:
    issued = api.issue(ISSUER, version_1(**changes))
    assert issued["@context"] == [V1, DATA_INTEGRITY]
    api.verify(issued, checks=["proof"])


@pytest.mark.parametrize("issuer", ["eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-sd-2023"])
def test_version_1_that_does_not_say_when_it_is_issued_is_dated(api: Api, issuer: str) -> None:
    undated = version_1(issuanceDate=..., credentialSubject={"id": "did:example:subject"})
    issued = api.issue(issuer, undated)
    assert issued["issuanceDate"] == "2026-11-23T06:00:00Z"
    if issuer != "ecdsa-sd-2023":
        api.verify(issued)
    assert "issuanceDate" not in api.issue(issuer, credential())


def test_version_1_with_the_contexts_of_its_examples_is_issued(api: Api) -> None:
    degree = version_1(
        **{
            "@context": [V1, "https://www.w3.org/2018/credentials/examples/v1"],
            "type": ["VerifiableCredential", "UniversityDegreeCredential"],
            "credentialSubject": {
                "id": "did:example:subject",
                "degree": {"degreeType": "BachelorDegree", "name": "시연용 학사"},
            },
        }
    )
    for issuer in ("eddsa-rdfc-2022", "ecdsa-jcs-2019"):
        api.verify(api.issue(issuer, degree), checks=["proof"])


@pytest.mark.parametrize(
    "changes",
    [
        {"issuanceDate": None},
        {"issuanceDate": "yesterday"},
        {"issuanceDate": "2032-03-31T19:21:25Z", "expirationDate": "2022-05-31T19:21:25Z"},
        {"issuer": "x"},
        {"credentialSubject": ...},
        {"credentialStatus": {"type": "https://example.org/#NoId"}},
        {"credentialSubject": {"unmapped": 1}},
    ],
)
def test_broken_version_1_is_refused(api: Api, changes: dict[str, Any]) -> None:
    api.issue(ISSUER, version_1(**changes), 400)
