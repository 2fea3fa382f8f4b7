"""An OpenAPI document held against what a service really answers."""

import re
from functools import cache
from typing import Any

import httpx
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from scripts.reference.routes import SERVICES

_ROOT = "urn:openapi"


@cache
def contract_of(service: str) -> "Contract":
    """Return the contract of a service as it is shipped."""
    return Contract(SERVICES[service][1]())


async def hold_to_issuers(answer: httpx.Response) -> None:
    """Hold an answer of the issuer to its document; an event hook of httpx."""
    await answer.aread()
    contract_of("issuer").check(answer)


async def hold_to_wallets(answer: httpx.Response) -> None:
    """Hold an answer of the wallet server to its document."""
    await answer.aread()
    contract_of("wallet").check(answer)


class Contract:
    """What a service's own document says of its requests and answers.

    Args:
        app: the service.
    """

    def __init__(self, app: FastAPI) -> None:
        self.document: dict[str, Any] = app.openapi()
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_ROOT, resource)
        self._paths = {path: re.compile(_pattern(path)) for path in self.document["paths"]}
        self.seen: set[tuple[str, str, str]] = set()
        """Method, path and status of what was checked."""

    def validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        """Return a validator of one of the document's schemas."""
        return Draft202012Validator(_absolute(schema), registry=self._registry)

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """Return path template and operation of a request, ``None`` where the document has none."""
        for template, pattern in self._paths.items():
            found = self.document["paths"][template].get(method.lower())
            if found is not None and pattern.fullmatch(path):
                return template, found
        return None

    def check(self, answer: httpx.Response) -> None:
        """Fail when an answer has a status, a media type or a body that the document does not know."""
        request = answer.request
        found = self.operation(request.method, request.url.path)
        if found is None:
            return
        template, operation = found
        where = f"{request.method} {template} {answer.status_code}"
        responses = operation["responses"]
        described = responses.get(str(answer.status_code), responses.get("default"))
        assert described is not None, f"{where} is not described"
        assert (
            answer.is_success or str(answer.status_code) in responses or answer.status_code in (405, 500, 503)
        ), f"{where} is nothing that a client could expect: {answer.text}"
        self.seen.add((request.method, template, str(answer.status_code)))
        if not answer.content:
            return
        kind = answer.headers["content-type"].partition(";")[0]
        content = described.get("content", {})
        assert kind in content or (answer.is_success and not content), f"{where} is {kind}: {sorted(content)}"
        schema = content.get(kind, {}).get("schema")
        if schema:
            faults = [
                f"{each.json_path}: {each.message}"
                for each in self.validator(schema).iter_errors(answer.json())
            ]
            assert faults == [], where


def _pattern(path: str) -> str:
    parts = re.split(r"(\{[^}]+\})", path)
    return "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts)


def _absolute(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: f"{_ROOT}{each}" if name == "$ref" and str(each).startswith("#") else _absolute(each)
            for name, each in value.items()
        }
    return [_absolute(each) for each in value] if isinstance(value, list) else value
