"""Every service's OpenAPI document: well formed, and true of errors, examples, limits and claims."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from digital_resume.core.credentials.catalog import all_types
from digital_resume.web.openapi import CODES, FOREIGN
from scripts.reference.routes import SERVICES
from tests.openapi import Contract

PROBLEM = "application/problem+json"
#: Paths whose errors are their specification's JSON.
FOREIGN_PATHS = ("/i/{slug}/token", "/i/{slug}/nonce", "/i/{slug}/credential", "/i/{slug}/notification")


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> tuple[str, FastAPI]:
    """Make each service; none is started."""
    return request.param, SERVICES[request.param][1]()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_it_is_a_valid_document(service: tuple[str, FastAPI]) -> None:
    OpenAPIV31SpecValidator(service[1].openapi()).validate()
    text = str(service[1].openapi())
    assert "HTTPValidationError" not in text
    assert CODES not in text
    assert FOREIGN not in text


def test_every_error_is_a_problem_or_its_specifications(service: tuple[str, FastAPI]) -> None:
    name, app = service
    for method, path, operation in operations(app.openapi()):
        for status, answer in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                kinds = set(answer.get("content", {}))
                own = name != "vc-api" and path not in FOREIGN_PATHS and path != "/healthz"
                assert kinds, (method, path, status)
                assert kinds == {PROBLEM} if own else kinds <= {PROBLEM, "application/json"}


def test_what_an_operation_is_says_which_errors_it_has(service: tuple[str, FastAPI]) -> None:
    name, app = service
    limited = {rule.route for rule in getattr(app.state, "rate_rules", ())}
    for method, path, operation in operations(app.openapi()):
        statuses = set(operation["responses"])
        assert "default" in statuses
        assert (f"{method.upper()} {path}" in limited) == ("429" in statuses)
        if operation.get("security"):
            assert {"401", "403"} <= statuses, path
        if "requestBody" in operation and path not in FOREIGN_PATHS:
            assert {"400", "415"} <= statuses, path
            assert name == "vc-api" or {"413", "422"} <= statuses


def test_examples_are_what_their_schemas_say(service: tuple[str, FastAPI]) -> None:
    contract = Contract(service[1])
    examples = 0
    for schema in contract.document["components"]["schemas"].values():
        shown = [*schema.get("examples", ()), *([schema["example"]] if "example" in schema else ())]
        for example in shown:
            examples += 1
            assert [each.message for each in contract.validator(schema).iter_errors(example)] == []
    for _, path, operation in operations(contract.document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (content for body in bodies for content in body.get("content", {}).values()):
            if "example" in content and "schema" in content:
                examples += 1
                faults = contract.validator(content["schema"]).iter_errors(content["example"])
                assert [each.message for each in faults] == [], path
    assert examples > 0


def test_its_page_uses_files_of_its_own_only(service: tuple[str, FastAPI]) -> None:
    app = service[1]
    client = TestClient(app, base_url="http://localhost")
    page = client.get("/docs")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert f'data-openapi="{app.openapi_url}"' in page.text
    assert "//" not in page.text.replace("<!doctype", "")
    for path in ("/shared/docs/docs.js", "/shared/docs/schema.js", "/shared/docs/messages/ko.json"):
        assert client.get(path).status_code == 200, path
    assert client.get(app.openapi_url or "").json()["openapi"].startswith("3.1")


@pytest.mark.parametrize("kind", all_types(), ids=lambda kind: kind.name)
@pytest.mark.parametrize("body", ["RecordRequest", "CredentialRequest"])
def test_the_claims_of_every_type_are_those_of_its_file(kind: Any, body: str) -> None:
    contract = Contract(SERVICES["issuer"][1]())
    schemas = contract.document["components"]["schemas"]
    claims = schemas[f"{kind.name}Claims"]
    assert claims["required"] == kind.schema["required"]
    assert set(claims["properties"]) == {claim.name for claim in kind.claims}
    assert all(claim.label.ko in claims["properties"][claim.name]["title"] for claim in kind.claims)
    validator = contract.validator({"$ref": f"#/components/schemas/{body}"})
    (example,) = schemas[f"{body}_{kind.name}"]["examples"]
    assert validator.is_valid(example)
    assert not validator.is_valid({**example, "claims": {**example["claims"], "hobby": "golf"}})
    assert not validator.is_valid({**example, "credentialType": "Diploma"})


def test_a_method_that_a_path_does_not_answer_is_told_all_that_it_does(service: tuple[str, FastAPI]) -> None:
    _, app = service
    contract = Contract(app)
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    told = 0
    client = TestClient(app, base_url="http://localhost")
    for template in contract.document["paths"]:
        path = re.sub(r"\{[^}]+\}", "A" * 22, template)
        served = {method for method in methods if contract.operation(method, path)}
        for method in (*methods, "TRACE"):
            if method in served:
                continue
            answer = client.request(method, path)
            assert answer.status_code == 405, (method, path)
            allowed = answer.headers["allow"].split(", ")
            assert set(allowed) == served | ({"HEAD"} if "GET" in served else set()), (method, path)
            assert len(allowed) == len(set(allowed))
            said = answer.json()
            assert answer.headers["allow"] in said.get("detail", said.get("error_description")), path
            assert answer.headers["allow"] in said.get("detail_ko", answer.headers["allow"])
            told += 1
    assert told >= 5


@pytest.mark.parametrize("path", ["/static/app.js", "/docs", "/openapi.json"])
def test_a_folder_of_files_and_pages_say_what_they_answer(path: str) -> None:
    client = TestClient(SERVICES["wallet"][1](), base_url="http://localhost")
    answer = client.put(path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
