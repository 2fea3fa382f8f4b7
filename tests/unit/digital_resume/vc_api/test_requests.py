"""Whatever is sent is answered with JSON and never with a 5xx: fuzzing of every route."""

import json
import time
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jose import issue_jwt
from tests.unit.digital_resume.vc_api.conftest import V2, Api, credential, presentation, sign

POSTS = [
    "/issuers/eddsa-rdfc-2022/credentials/issue",
    "/issuers/ecdsa-sd-2023/credentials/issue",
    "/issuers/vc+sd-jwt/credentials/issue",
    "/credentials/verify",
    "/credentials/derive",
    "/credentials/status",
    "/presentations/verify",
]
MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
KEYS = st.text(max_size=4) | st.sampled_from(
    [
        *("@context", "@id", "@type", "@value", "@graph", "@list", "id", "type", "issuer", "holder", "name"),
        *("proof", "proofValue", "credentialSubject", "credentialStatus", "relatedResource"),
        *("verifiableCredential", "validFrom"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(
        [V2, "did:key:z6Mk", "VerifiableCredential", "DataIntegrityProof", "urn:x", "@id", "_:b0"]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)


def check(answer: Any) -> None:
    assert answer.status_code in (200, 201, 400, 404, 406, 422, 501), (answer.status_code, answer.text)
    assert "json" in answer.headers["content-type"]
    answer.json()


def send(api: Api, path: str, body: object) -> None:
    text = json.dumps(body).encode("utf-8", "surrogatepass")
    check(api.client.post(path, content=text, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("path", POSTS)
@MANY
@given(body=JSON)
def test_any_json(api: Api, path: str, body: Any) -> None:
    send(api, path, body)


@pytest.mark.parametrize("path", POSTS)
@MANY
@given(value=JSON, options=JSON)
def test_any_document_and_options(api: Api, path: str, value: Any, options: Any) -> None:
    body = dict.fromkeys(("credential", "verifiableCredential", "verifiablePresentation"), value)
    send(api, path, {**body, "options": options, "credentialId": "urn:x", "credentialStatus": options})


def secured() -> dict[str, Any]:
    return sign(
        credential(
            credentialStatus={
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": "5",
                "statusListCredential": "https://status.example/1",
            },
            relatedResource=[{"id": V2, "digestMultibase": "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ"}],
            name={"@value": "x", "@language": "en"},
        ),
        LocalSigner.generate("P-256"),
    )


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, item in inner for path in paths(item, (*at, key)))]


VALID: dict[str, Any] = {
    "/credentials/verify": {
        "verifiableCredential": secured(),
        "options": {"checks": ["proof", "credentialStatus"]},
    },
    "/presentations/verify": {
        "verifiablePresentation": sign(
            presentation(holder="did:example:h", verifiableCredential=[secured()]),
            LocalSigner.generate("Ed25519"),
            purpose="authentication",
        ),
        "options": {"challenge": "c", "domain": "d"},
    },
    "/issuers/eddsa-rdfc-2022/credentials/issue": {
        "credential": {n: v for n, v in secured().items() if n != "proof"},
        "options": {
            "credentialStatus": [{"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}],
            "mandatoryPointers": ["/issuer"],
            "created": "2026-11-23T06:00:00Z",
        },
    },
}
VALID["/issuers/ecdsa-sd-2023/credentials/issue"] = VALID["/issuers/eddsa-rdfc-2022/credentials/issue"]


@pytest.mark.parametrize("path", VALID)
@settings(MANY, max_examples=150)
@given(data=st.data())
def test_valid_request_with_one_place_changed(api: Api, path: str, data: st.DataObject) -> None:
    body = deepcopy(VALID[path])
    place = data.draw(st.sampled_from([p for p in paths(body) if p]))
    node = body
    for step in place[:-1]:
        node = node[step]
    if isinstance(node, dict) and data.draw(st.booleans()):
        node[data.draw(KEYS)] = data.draw(JSON)
    else:
        node[place[-1]] = data.draw(JSON)
    send(api, path, body)


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 1e400, "", "x" * 70_000, [], {}, [[]], [{}], {"": {}}, {"@context": {}}]
)
@pytest.mark.parametrize("path", VALID)
def test_every_place_of_a_valid_request_with_a_strange_value(api: Api, path: str, value: Any) -> None:
    for place in paths(VALID[path]):
        if not place:
            continue
        body = deepcopy(VALID[path])
        node = body
        for step in place[:-1]:
            node = node[step]
        node[place[-1]] = value
        send(api, path, body)


def test_integers_that_no_reader_has_are_told_not_crashed_on(api: Api) -> None:
    api.issue("eddsa-rdfc-2022", credential(credentialSubject={"name": 2**70 + 1}), 400)
    token = issue_jwt(credential(), LocalSigner.generate("P-256"), claims={"iat": 1})
    head, _, _ = token.split(".")
    claims = b64u_encode(json.dumps({**credential(), "credentialSubject": {"name": 2**70 + 1}}).encode())
    check(api.client.post("/credentials/verify", json={"verifiableCredential": f"{head}.{claims}.c2ln"}))


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"a":1,"a":2}',
        b'{"credential":NaN}',
        b'"\\ud800"',
        b'{"credential":{"a":"\\u0000"}}',
        b'{"credential":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"credential":' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
        b"x" * 3_000_000,
        b'{"credential":{"issuer":' + b"9" * 5_000 + b"}}",
    ],
    ids=lambda body: repr(body[:20]),
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_broken_bodies_are_400(api: Api, path: str, body: bytes, kind: str) -> None:
    answer = api.client.post(path, content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 404), answer.text
    assert "json" in answer.headers["content-type"]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_is_an_unsupported_media_type(api: Api, path: str, kind: str) -> None:
    answer = api.client.post(path, content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415, answer.text
    assert answer.json()["code"] == "unsupported_media_type"
    assert "application/json" in answer.json()["detail"]


@settings(MANY, max_examples=300)
@given(
    text=st.text(max_size=60)
    | st.from_regex(r"did:[a-z]{1,4}:[A-Za-z0-9:.%-]{1,40}[/#?]?.{0,10}", fullmatch=True)
)
def test_any_identifier(api: Api, text: str) -> None:
    check(api.client.get(f"/identifiers/{quote(text.encode('utf-8', 'surrogatepass'), safe='')}"))


@MANY
@given(parts=st.lists(st.text(max_size=12), min_size=4, max_size=4), name=st.text(max_size=20))
def test_any_path(api: Api, parts: list[str], name: str) -> None:
    quoted = [quote(part.encode("utf-8", "surrogatepass"), safe="") for part in [*parts, name]]
    check(api.client.get(f"/status/{'/'.join(quoted[:4])}"))
    check(api.client.get(f"/issuers/{quoted[4]}x"))


def test_document_that_costs_much_is_answered_soon(api: Api) -> None:
    started = time.monotonic()
    terms = [
        {f"t{i}": {"@id": f"urn:x:{i}", "@context": {f"u{i}": "urn:y"}}, "@vocab": "urn:v#"}
        for i in range(200)
    ]
    path = "/issuers/eddsa-rdfc-2022/credentials/issue"
    alike: Any = [{"a": [{"b": [{}]}, {"b": [{}]}]} for _ in range(500)]
    for contexts, subject in (([V2, *terms], {"t1": "x"}), ([V2, {"@vocab": "urn:v#"}], alike)):
        document = credential(**{"@context": contexts, "credentialSubject": subject})
        check(api.client.post(path, json={"credential": document}))
    assert time.monotonic() - started < 10
