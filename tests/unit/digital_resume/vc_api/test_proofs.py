"""What the Data Integrity suites (eddsa, ecdsa) assert of a verifier and of what an issuer makes."""

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from digital_resume.core.keys.multikey import multibase_decode, multibase_encode
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.cryptosuites import EDDSA_JCS_2022
from digital_resume.vc_api.suites import SUITES
from tests.unit.digital_resume.vc_api.conftest import DATA_INTEGRITY, NOW, V1, V2, Api, credential, sign

ISSUERS = [
    name
    for name in (
        "eddsa-rdfc-2022",
        "eddsa-jcs-2022",
        "ecdsa-rdfc-2019",
        "ecdsa-rdfc-2019-p384",
        "ecdsa-jcs-2019",
        "ecdsa-jcs-2019-p384",
    )
    if name.removesuffix("-p384") in SUITES
]
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(params=ISSUERS)
def issuer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def issued(api: Api, issuer: str) -> dict[str, Any]:
    return api.issue(issuer, credential(issuer=api.did(issuer)))


def proof(name: str, value: Any) -> Change:
    return lambda vc: vc["proof"].__setitem__(name, value)


def without(name: str) -> Change:
    return lambda vc: vc["proof"].pop(name)


def altered(name: str, value: Any) -> Change:
    return lambda vc: vc.__setitem__(name, value)


CHANGES: dict[str, Change] = {
    "no proof": lambda vc: vc.pop("proof"),
    "proof null": altered("proof", None),
    "proof a string": altered("proof", "string"),
    "proof a number": altered("proof", 10),
    "proof an empty array": altered("proof", []),
    "proof a boolean": altered("proof", True),
    "no proof.type": without("type"),
    "an unknown proof.type": proof("type", "UnknownProofType"),
    "no verificationMethod": without("verificationMethod"),
    "a verificationMethod that is none": proof("verificationMethod", "did:key:invalidVm"),
    "a verificationMethod of another key": proof(
        "verificationMethod", LocalSigner.generate("Ed25519").verification_method
    ),
    "a verificationMethod that is an object": proof("verificationMethod", {"id": "did:key:z6Mk"}),
    "no proofPurpose": without("proofPurpose"),
    "an unknown proofPurpose": proof("proofPurpose", "invalidPurpose"),
    "another proofPurpose": proof("proofPurpose", "authentication"),
    "no proofValue": without("proofValue"),
    "proofValue null": proof("proofValue", None),
    "proofValue without multibase header": lambda vc: proof("proofValue", vc["proof"]["proofValue"][1:])(vc),
    "proofValue in another base": lambda vc: proof("proofValue", "u" + vc["proof"]["proofValue"][1:])(vc),
    "proofValue with more bytes": lambda vc: proof(
        "proofValue", multibase_encode(multibase_decode(vc["proof"]["proofValue"]) + bytes(range(32)))
    )(vc),
    "proofValue of another signature": proof("proofValue", "z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh"),
    "no created": without("created"),
    "created in words": proof("created", "invalidDate"),
    "expires in words": proof("expires", "invalidDate"),
    "expires added": proof("expires", "2036-11-23T06:00:00Z"),
    "no cryptosuite": without("cryptosuite"),
    "an unknown cryptosuite": proof("cryptosuite", "UnknownCryptosuite"),
    "another cryptosuite": lambda vc: proof(
        "cryptosuite", "ecdsa-jcs-2019" if "eddsa" in vc["proof"]["cryptosuite"] else "eddsa-jcs-2022"
    )(vc),
    "a cryptosuite that is a number": proof("cryptosuite", 10),
    "no context": lambda vc: vc.pop("@context"),
    "no type": lambda vc: vc.pop("type"),
    "no issuer": lambda vc: vc.pop("issuer"),
    "no subject": lambda vc: vc.pop("credentialSubject"),
    "another subject": altered("credentialSubject", {"id": "urn:another"}),
    "another issuer": altered("issuer", "did:example:another"),
    "an undefined term added": lambda vc: vc["credentialSubject"].__setitem__(
        "undefinedTerm", "IfDroppedWillVerify"
    ),
    "an undefined type added": lambda vc: vc["type"].append("UndefinedType"),
    "a defined type added": lambda vc: vc["type"].append("https://example.org/#Added"),
    "a member added": altered("name", "added"),
    "previousProof of a proof that is not there": proof("previousProof", "urn:uuid:missing"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_altered_credential_does_not_verify(issued: dict[str, Any], api: Api, change: Change) -> None:
    copy = deepcopy(issued)
    change(copy)
    api.verify(copy, 400, checks=["proof"])


@pytest.mark.parametrize("name", ["@context", "type", "issuer", "credentialSubject"])
@pytest.mark.parametrize(
    "value", ["string", {}, None, 10, True, [], [[]], [{}], [None], [10], [True]], ids=str
)
def test_members_of_another_kind_do_not_verify(api: Api, name: str, value: object) -> None:
    copy = api.issue("eddsa-jcs-2022", credential())
    copy[name] = value
    api.verify(copy, 400, checks=["proof"])


def test_issued_credential_verifies_with_and_without_options(issued: dict[str, Any], api: Api) -> None:
    for options in (
        {},
        {"checks": ["proof"]},
        {"checks": []},
        {"checks": ["proof", "credentialStatus", "issuer"]},
    ):
        api.verify(issued, **options)


def test_issued_proof_has_the_form_of_a_data_integrity_proof(issued: dict[str, Any], issuer: str) -> None:
    found = issued["proof"]
    assert found["type"] == "DataIntegrityProof"
    assert found["cryptosuite"] == issuer.removesuffix("-p384")
    assert found["proofPurpose"] == "assertionMethod"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["created"])
    assert re.fullmatch(r"z[1-9A-HJ-NP-Za-km-z]+", found["proofValue"])
    assert len(multibase_decode(found["proofValue"])) == (96 if issuer.endswith("p384") else 64)
    did, _, key = found["verificationMethod"].partition("#")
    assert did == issued["issuer"] == f"did:key:{key}"
    assert key.startswith({"e": "z6Mk" if "eddsa" in issuer else "z82L" if "p384" in issuer else "zDn"}["e"])


def test_verification_method_dereferences_to_a_multikey(issued: dict[str, Any], api: Api) -> None:
    method = issued["proof"]["verificationMethod"]
    found = api.client.get(f"/identifiers/{method.replace('#', '%23')}").json()["didDocument"]
    assert found["type"] == "Multikey"
    assert found["publicKeyMultibase"] == method.partition("#")[2]
    document = api.client.get(f"/identifiers/{found['controller']}").json()["didDocument"]
    assert method in document["assertionMethod"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"expectedProofPurpose": "authentication"}, 400),
        ({"expectedProofPurpose": "assertionMethod"}, 200),
        ({"challenge": "another"}, 400),
        ({"domain": "another.example"}, 400),
        ({"challenge": "c-1", "domain": "domain.example"}, 200),
    ],
)
def test_purpose_challenge_and_domain_must_be_those_asked_for(
    api: Api, issuer: str, options: dict[str, str], expected: int
) -> None:
    issued = api.issue(issuer, credential(), challenge="c-1", domain="domain.example")
    api.verify(issued, expected, checks=["proof"], **options)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"created": "2025-11-23T06:00:00Z"}, 200),
        ({"created": "2026-11-23T07:00:00Z"}, 400),
        ({"created": "2026-11-01T00:00:00Z", "expires": "2026-11-23T05:59:59Z"}, 400),
        ({"expires": "2027-11-23T06:00:00+09:00"}, 200),
    ],
)
def test_times_of_the_proof_are_checked(api: Api, issuer: str, times: dict[str, str], expected: int) -> None:
    api.verify(api.issue(issuer, credential(), **times), expected, checks=["proof"])


@pytest.mark.parametrize(
    "options",
    [
        {"created": "yesterday"},
        {"expires": 5},
        {"domain": {}},
        {"proofPurpose": "x"},
        {"proofId": "not-a-url"},
        {"proofId": "urn:two urls"},
        {"credentialStatus": {"statusPurpose": "revocation"}, "credentialId": 5},
    ],
)
def test_wrong_options_issue_nothing(api: Api, options: dict[str, Any]) -> None:
    api.issue("eddsa-jcs-2022", credential(), 400, **options)


@pytest.mark.parametrize("contexts", [[V1, DATA_INTEGRITY], [V2]])
def test_both_versions_of_the_data_model_verify(api: Api, issuer: str, contexts: list[str]) -> None:
    dated = {"issuanceDate": "2023-02-25T19:16:31Z"} if contexts[0] == V1 else {}
    api.verify(api.issue(issuer, credential(**{"@context": contexts, **dated})))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"created": "2026-11-23T05:59:59"}, 200),
        ({"created": "2026-11-23T15:00:00"}, 400),
        ({"expires": "2026-11-23T06:00:01"}, 200),
        ({"expires": "2026-11-23T06:00:00"}, 400),
    ],
)
def test_times_of_a_proof_without_offset_are_utc(api: Api, times: dict[str, str], expected: int) -> None:
    api.verify(with_proof_members(**times), expected)


def with_proof_members(**members: Any) -> dict[str, Any]:
    """A credential of another implementation, which signs whatever members its proof has."""
    signer = LocalSigner.generate("Ed25519")
    document = credential()
    options = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": signer.verification_method,
        "proofPurpose": "assertionMethod",
        **members,
    }
    value, _ = EDDSA_JCS_2022.create(document, options, signer)
    return {**document, "proof": {**options, "proofValue": value}}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"id": "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"}, 200),
        ({"nonce": "n-1"}, 200),
        ({"domain": ["a.example", "b.example"]}, 200),
        ({"id": "not-a-url"}, 400),
        ({"id": "https ://not-a-url"}, 400),
        ({"id": None}, 400),
        ({"id": ["urn:x:1", "urn:x:2"]}, 400),
        ({"nonce": 5}, 400),
        ({"nonce": None}, 400),
        ({"challenge": 5}, 400),
        ({"challenge": None}, 400),
        ({"domain": 5}, 400),
        ({"domain": None}, 400),
        ({"domain": ["a.example", 5]}, 400),
    ],
)
def test_members_of_a_proof_must_have_their_form_though_the_signature_holds(
    api: Api, members: dict[str, Any], expected: int
) -> None:
    api.verify(with_proof_members(**members), expected, checks=["proof"])


def chain(
    *, previous: Any, proof_id: str | None = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"
) -> dict[str, Any]:
    first = sign(credential(), LocalSigner.generate("Ed25519"), proof_id=proof_id)
    return sign(first, LocalSigner.generate("P-256"), previous_proof=previous)


def test_proof_sets_and_chains_of_two_signers_verify(api: Api) -> None:
    one = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"
    for secured in (chain(previous=None, proof_id=None), chain(previous=one), chain(previous=[one])):
        assert len(secured["proof"]) == 2
        api.verify(secured)
        broken = deepcopy(secured)
        broken["proof"][0]["proofValue"] = "invalidProofValue"
        api.verify(broken, 400)


@pytest.mark.parametrize("previous", ["urn:uuid:missing", ["urn:uuid:missing"], 5, [], [5], {}])
def test_chain_whose_previous_proof_is_missing_does_not_verify(api: Api, previous: Any) -> None:
    secured = chain(previous="urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544")
    secured["proof"][1]["previousProof"] = previous
    api.verify(secured, 400)


def test_chain_whose_first_proof_lost_its_id_does_not_verify(api: Api) -> None:
    secured = chain(previous="urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544")
    secured["proof"][0]["id"] = "urn:uuid:another"
    api.verify(secured, 400)


def test_issuing_again_makes_a_proof_set(api: Api, issuer: str) -> None:
    first = api.issue("eddsa-jcs-2022", credential())
    both = api.issue(issuer, first)
    assert [entry["cryptosuite"] for entry in both["proof"]] == [
        "eddsa-jcs-2022",
        issuer.removesuffix("-p384"),
    ]
    api.verify(both)


def test_expired_credential_fails_unless_only_the_proof_is_asked_for(api: Api) -> None:
    past = (NOW - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    issued = api.issue("eddsa-jcs-2022", credential(validUntil=past))
    api.verify(issued, checks=["proof"])
    assert api.verify(issued, 400)["code"] == "expired"
    future = api.issue("eddsa-jcs-2022", credential(validFrom="2027-01-01T00:00:00Z"))
    assert api.verify(future, 400)["code"] == "not_yet_valid"


def test_whose_signature_it_is_is_told_and_refused_on_request(api: Api) -> None:
    foreign = api.issue("eddsa-jcs-2022", credential(issuer="did:web:univ.example"))
    assert api.verify(foreign)["warnings"][0]["code"] == "issuer_not_controller"
    assert api.verify(foreign, 400, checks=["proof", "issuer"])["code"] == "wrong_signer"


def test_unknown_check_is_refused_not_ignored(api: Api) -> None:
    api.verify(api.issue("eddsa-jcs-2022", credential()), 400, checks=["proof", "phaseOfTheMoon"])


def test_did_web_issuer_is_resolved_behind_the_fetcher(api: Api) -> None:
    signer = LocalSigner.generate("P-256", "did:web:univ.example")
    secured = sign(credential(issuer="did:web:univ.example"), signer)
    assert api.verify(secured, 400)["code"] == "source_unavailable"
    method = signer.verification_method
    document = {
        "id": "did:web:univ.example",
        "verificationMethod": [
            {
                "id": method,
                "type": "JsonWebKey",
                "controller": "did:web:univ.example",
                "publicKeyJwk": signer.public_key.jwk(),
            }
        ],
        "assertionMethod": [method],
    }
    put(api, document)
    assert api.verify(secured, checks=["proof", "issuer"])["warnings"] == []
    put(api, {**document, "assertionMethod": []})
    assert api.verify(secured, 400)["code"] == "invalidRelationship"
    put(api, {**document, "id": "did:web:another.example"})
    assert api.verify(secured, 400)["code"] == "invalidDidDocument"


def put(api: Api, document: dict[str, Any]) -> None:
    import json

    api.shelf.documents["https://univ.example/.well-known/did.json"] = json.dumps(document).encode()


VCDM = "https://www.w3.org/2018/credentials#"


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("name", ["validUntil", "issuer"])
def test_what_is_said_under_its_full_name_is_not_overlooked(
    api: Api, issuer: str, name: str, named: bool
) -> None:
    # The statements, and with suites that sign statements the proof, stay the same.
    changes: dict[str, Any] = {"validUntil": "2036-01-01T00:00:00Z"} | ({} if named else {"id": ...})
    secured = api.issue(issuer, credential(issuer=api.did(issuer), **changes))
    value = secured.pop(name)
    kind = {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": value}
    secured[VCDM + name] = {"@id": value} if name == "issuer" else kind
    answer = api.post("/credentials/verify", {"verifiableCredential": secured}, 400)
    if name == "validUntil":
        assert answer["problemDetails"][0]["code"] == "respelled_member"
