"""What the Bitstring Status List suite asserts: of entries, of lists, and of who checks them."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.status.bitstring_list import BitstringList
from digital_resume.vc_api.app import create_app
from digital_resume.vc_api.settings import VcApiSettings
from digital_resume.vc_api.suites import SUITES
from tests.unit.digital_resume.vc_api.conftest import (
    NOW,
    ORIGIN,
    V2,
    Api,
    Shelf,
    StandingClock,
    credential,
    sign,
)

ISSUERS = [
    n
    for n in ("eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-jcs-2019-p384", "vc+jwt")
    if n in SUITES or "+" in n or "p384" in n
]
REVOCATION = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
SUSPENSION = {"type": "BitstringStatusListEntry", "statusPurpose": "suspension"}


def entries(issued: dict[str, Any], api: Api) -> list[dict[str, Any]]:
    document = api.verify(issued, returnCredential=True)["credential"]
    found = document["credentialStatus"]
    return found if isinstance(found, list) else [found]


def served(api: Api, url: str) -> dict[str, Any]:
    answer = api.client.get(url.removeprefix(ORIGIN))
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


@pytest.mark.parametrize("issuer", ISSUERS)
def test_entry_and_list_have_the_form_of_the_specification(api: Api, issuer: str) -> None:
    issued = api.issue(issuer, credential(issuer=api.did(issuer)), credentialStatus=[REVOCATION, SUSPENSION])
    found = entries(issued, api)
    assert [entry["statusPurpose"] for entry in found] == ["revocation", "suspension"]
    for entry in found:
        assert set(entry) == {"id", "type", "statusPurpose", "statusListIndex", "statusListCredential"}
        assert entry["type"] == "BitstringStatusListEntry"
        assert entry["id"] != entry["statusListCredential"]
        assert str(int(entry["statusListIndex"])) == entry["statusListIndex"]
        listed = served(api, entry["statusListCredential"])
        assert listed["@context"] == [V2]
        assert listed["id"] == entry["statusListCredential"]
        assert listed["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
        assert listed["issuer"] == api.did(issuer)
        subject = listed["credentialSubject"]
        assert set(subject) == {"id", "type", "encodedList", "statusPurpose"}
        assert subject["type"] == "BitstringStatusList"
        assert subject["statusPurpose"] == entry["statusPurpose"]
        assert subject["encodedList"].startswith("u")
        assert len(gzip.decompress(b64u_decode(subject["encodedList"][1:]))) >= 16_384
        api.verify(listed)


def test_single_entry_is_an_object_and_given_ones_are_kept(api: Api) -> None:
    one = api.issue("eddsa-jcs-2022", credential(), credentialStatus=REVOCATION)
    assert isinstance(one["credentialStatus"], dict)
    given = {"type": "https://example.org/#Other", "id": "urn:x:status"}
    two = api.issue("eddsa-jcs-2022", credential(credentialStatus=given), credentialStatus=[REVOCATION])
    assert two["credentialStatus"][0] == given
    assert api.verify(two, 400)["code"] == "status_type_not_supported"
    api.verify(two, checks=["proof"])


@pytest.mark.parametrize(
    "wanted",
    [
        5,
        "revocation",
        [5],
        [{}],
        [{"type": "OtherEntry", "statusPurpose": "revocation"}],
        [{"type": "BitstringStatusListEntry"}],
        [{**REVOCATION, "statusPurpose": 5}],
        [{**REVOCATION, "statusPurpose": "../../x"}],
        [{**REVOCATION, "statusSize": 0}],
        [{**REVOCATION, "statusSize": 2}],
        [{**REVOCATION, "statusSize": True}],
        [{"type": "BitstringStatusListEntry", "statusPurpose": "message"}],
        [REVOCATION] * 9,
    ],
    ids=str,
)
def test_malformed_status_requests_issue_nothing(api: Api, wanted: Any) -> None:
    api.issue("eddsa-jcs-2022", credential(), 400, credentialStatus=wanted)


def change(api: Api, identifier: str, expected: int = 200, **status: Any) -> None:
    body = {"credentialId": identifier, "credentialStatus": {"type": "BitstringStatusListEntry", **status}}
    answer = api.client.post("/credentials/status", json=body)
    assert answer.status_code == expected, answer.text


@pytest.mark.parametrize("issuer", ISSUERS)
def test_revoked_and_suspended_credentials_do_not_verify(api: Api, issuer: str) -> None:
    identifier = f"urn:uuid:status-{issuer.replace('+', '-')}"
    issued = api.issue(issuer, credential(id=identifier), credentialStatus=[REVOCATION, SUSPENSION])
    other = api.issue(issuer, credential(id=identifier + "-2"), credentialStatus=[REVOCATION, SUSPENSION])
    api.verify(issued, checks=["proof", "credentialStatus"])
    change(api, identifier, statusPurpose="suspension")
    assert api.verify(issued, 400)["code"] == "suspended"
    api.verify(issued, checks=["proof"])
    change(api, identifier, statusPurpose="suspension", status=False)
    api.verify(issued)
    change(api, identifier, statusPurpose="revocation")
    answer = api.verify(issued, 400, checks=["proof", "credentialStatus"])
    assert answer["code"] == "revoked"
    assert answer["type"].startswith("https://www.w3.org/ns/credentials/status-list#")
    api.verify(other)


def test_credential_without_id_is_revoked_by_the_id_it_was_given(api: Api) -> None:
    issued = api.issue(
        "eddsa-jcs-2022",
        credential(id=..., issuer=api.did("eddsa-jcs-2022")),
        credentialStatus=REVOCATION,
        credentialId="urn:uuid:0a6f1c1e-1111-4222-8333-444455556666",
    )
    assert "id" not in issued
    api.verify(issued)
    update = {"credentialId": "urn:uuid:0a6f1c1e-1111-4222-8333-444455556666", "credentialStatus": REVOCATION}
    assert api.client.post("/credentials/status", json={**update, "status": True}).status_code == 200
    assert api.verify(issued, 400)["code"] == "revoked"


def test_messages_tell_and_do_not_invalidate(api: Api) -> None:
    messages = [{"status": hex(value), "message": f"단계 {value} · step {value}"} for value in range(4)]
    wanted = {"type": "BitstringStatusListEntry", "statusPurpose": "message", "statusSize": 2}
    issued = api.issue(
        "eddsa-jcs-2022",
        credential(id="urn:uuid:m"),
        credentialStatus=[{**wanted, "statusMessage": messages}],
    )
    change(api, "urn:uuid:m", statusPurpose="message", status=2)
    assert api.verify(issued)["statuses"] == [
        {"statusPurpose": "message", "status": "0x2", "message": "단계 2 · step 2"}
    ]
    change(api, "urn:uuid:m", 400, statusPurpose="message", status=4)


def test_statuses_of_unknown_credentials_are_not_changed(api: Api) -> None:
    change(api, "urn:uuid:nobody", 404, statusPurpose="revocation")
    for body in (
        {},
        {"credentialId": 5},
        {"credentialId": "urn:x"},
        {"credentialId": "urn:x", "credentialStatus": 5},
    ):
        assert api.client.post("/credentials/status", json=body).status_code == 400


@pytest.mark.parametrize(
    "path", ["/status/x/revocation/1/1", "/status/eddsa-jcs-2022/revocation/1/999", "/status/a/b/c/d"]
)
def test_lists_that_are_not_there_are_404(api: Api, path: str) -> None:
    assert api.client.get(path).status_code == 404


def test_list_of_another_time_is_not_answered_with_todays(api: Api) -> None:
    issued = api.issue("eddsa-jcs-2022", credential(), credentialStatus=REVOCATION)
    url = issued["credentialStatus"]["statusListCredential"]
    assert api.client.get(url).status_code == 200
    answer = api.client.get(url, params={"timestamp": "2024-01-01T00:00:00Z"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"


# --- foreign lists ---------------------------------------------------------------------------------------

URL = "https://status.example/lists/1"
ISSUER = LocalSigner.generate("Ed25519")
DID = ISSUER.verification_method.split("#")[0]


def foreign(api: Api, index: str = "94567", **entry: Any) -> dict[str, Any]:
    status = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": index,
        "statusListCredential": URL,
        **entry,
    }
    return sign(credential(issuer=DID, credentialStatus=status), ISSUER)


def put(api: Api, signer: LocalSigner = ISSUER, *, revoked: int = 5, **changes: Any) -> None:
    bits = BitstringList.new()
    bits.set(revoked, 1)
    issuer = signer.verification_method.split("#")[0]
    document = bits.credential(uri=URL, purpose="revocation", issuer=issuer, valid_from=NOW)
    document["credentialSubject"].update(changes.pop("subject", {}))
    api.shelf.documents[URL] = json.dumps(sign({**document, **changes}, signer)).encode()


def test_foreign_list_is_fetched_and_believed_when_it_is_the_issuers(api: Api) -> None:
    put(api)
    api.verify(foreign(api))
    assert api.verify(foreign(api, index="5"), 400)["code"] == "revoked"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signer": LocalSigner.generate("Ed25519")}, "status_not_issuers"),
        ({"id": "https://status.example/lists/2"}, "status_invalid"),
        ({"type": ["VerifiableCredential"]}, "status_invalid"),
        ({"validUntil": "2026-11-01T00:00:00Z", "validFrom": "2026-10-01T00:00:00Z"}, "expired"),
        ({"validFrom": "2027-01-01T00:00:00Z"}, "not_yet_valid"),
        ({"subject": {"statusPurpose": "suspension"}}, "status_purpose"),
        ({"subject": {"encodedList": "uH4sIAAAAAAAAA2NgGAUjHQAA"}}, "status_invalid"),
        ({"subject": {"encodedList": "zH4sIAAAAAAAAA"}}, "status_invalid"),
        ({"subject": {"ttl": "soon"}}, "status_invalid"),
    ],
)
def test_foreign_list_that_cannot_be_relied_on_fails_closed(
    api: Api, changes: dict[str, Any], code: str
) -> None:
    put(api, **changes)
    assert api.verify(foreign(api), 400)["code"] == code


def test_list_that_cannot_be_had_fails_closed(api: Api) -> None:
    api.shelf.documents.clear()
    answer = api.verify(foreign(api), 400)
    assert answer["type"] == "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"
    for body in (b"", b"not json", b"[]", b"eyJ.eyJ.sig", b"{}"):
        api.shelf.documents[URL] = body
        api.verify(foreign(api), 400)


def test_index_outside_of_the_list_is_a_range_error(api: Api) -> None:
    put(api)
    answer = api.verify(foreign(api, index="131072"), 400)
    assert answer["type"] == "https://www.w3.org/ns/credentials/status-list#RANGE_ERROR"


def test_short_list_is_refused(api: Api) -> None:
    import digital_resume.core.status.bitstring as bitstring

    put(api, subject={"encodedList": bitstring.encode_bitstring(bytes(1_000))})
    answer = api.verify(foreign(api), 400)
    assert answer["type"] == "https://www.w3.org/ns/credentials/status-list#STATUS_LIST_LENGTH_ERROR"


@pytest.mark.parametrize(
    "entry", [{"statusListCredential": "invalid-id"}, {"statusListIndex": "-1"}, {"statusPurpose": None}]
)
def test_malformed_entry_does_not_verify(api: Api, entry: dict[str, Any]) -> None:
    answer = api.verify(foreign(api, **entry), 400)
    assert answer["type"] == "https://www.w3.org/ns/credentials/status-list#MALFORMED_VALUE_ERROR"


def test_lists_and_keys_come_back_from_their_files(tmp_path: Path) -> None:
    (tmp_path / "seed").write_text("A" * 43)
    settings = VcApiSettings(
        public_url=ORIGIN, seed_file=tmp_path / "seed", status_file=tmp_path / "lists" / "status.json"
    )
    clock = StandingClock()
    with TestClient(create_app(settings, clock=clock, fetcher=Shelf()), base_url=ORIGIN) as client:
        before = Api(client, Shelf(), clock)
        issued = before.issue("eddsa-jcs-2022", credential(id="urn:x:1"), credentialStatus=[REVOCATION])
        did = before.did("ecdsa-jcs-2019-p384")
    with TestClient(create_app(settings, clock=clock, fetcher=Shelf()), base_url=ORIGIN) as client:
        after = Api(client, Shelf(), clock)
        assert after.did("ecdsa-jcs-2019-p384") == did
        after.verify(issued)
        change(after, "urn:x:1", statusPurpose="revocation")
        assert after.verify(issued, 400)["code"] == "revoked"


@pytest.mark.parametrize("text", ["", "short", "A" * 42 + "*"])
def test_seed_that_is_none_stops_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "seed").write_text(text)
    with pytest.raises(ValueError, match="VC_API_SEED_FILE"):
        create_app(VcApiSettings(seed_file=tmp_path / "seed"))
