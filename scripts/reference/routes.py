"""Routes: what every service answers, from its OpenAPI document and what stands beside it."""

import json
import secrets
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import SecretStr

import issuer.app
import plugins.host.app
import verifier.app
import wallet.app
from digital_resume.settings import CommonSettings
from digital_resume.vc_api.app import create_app as create_vc_api
from digital_resume.vc_api.settings import VcApiSettings
from issuer.settings import IssuerSettings
from scripts.reference.pages import first_paragraph, plain, table
from verifier.settings import VerifierSettings
from wallet.settings import WalletSettings

_DATABASE = "postgresql://nobody@localhost/nothing"
_CONTRACT = {"address": f"0x{'11' * 20}", "codeHash": f"0x{'22' * 32}", "block": 1}
#: No chain: the apps are made and never started.
_DEPLOYMENTS = {
    "chainId": 20261,
    "caip2": "eip155:20261",
    "genesisHash": f"0x{'33' * 32}",
    "demonstration": True,
    "name": {"ko": "없음", "en": "none"},
    "confirmations": 0,
    "contracts": dict.fromkeys(("AnchorRegistry", "IssuerRegistry", "StatusRegistry"), _CONTRACT),
}


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path of a service."""

    service: str
    method: str
    path: str
    meaning: str
    described: bool
    """Whether it stands in the service's OpenAPI document."""


def _issuer() -> FastAPI:
    key = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return issuer.app.create_app(
        IssuerSettings(database_url=SecretStr(_DATABASE), key_encryption_key=SecretStr(key))
    )


def _wallet() -> FastAPI:
    return wallet.app.create_app(WalletSettings(database_url=SecretStr(_DATABASE)))


def _verifier() -> FastAPI:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "deployments.json"
        file.write_text(json.dumps(_DEPLOYMENTS))
        return verifier.app.create_app(
            VerifierSettings(
                database_url=SecretStr(_DATABASE), rpc_urls=("http://localhost:9",), deployments_file=file
            )
        )


def _modules() -> FastAPI:
    return plugins.host.app.create_app(CommonSettings(database_url=SecretStr(_DATABASE)))


def _vc_api() -> FastAPI:
    return create_vc_api(VcApiSettings())


#: Every service: its name, its origin's setting, and what makes its app.
SERVICES: dict[str, tuple[str, Callable[[], FastAPI]]] = {
    "issuer": ("ISSUER_URL", _issuer),
    "wallet": ("WALLET_URL", _wallet),
    "verifier": ("VERIFIER_URL", _verifier),
    "modules": ("MODULES_URL", _modules),
    "vc-api": ("VC_API_PUBLIC_URL", _vc_api),
}


def routes(service: str) -> list[Route]:
    """Return what a service answers.

    Raises:
        UndocumentedError: a route has neither a summary nor a docstring.
    """
    return rows_of(service, SERVICES[service][1]())


def rows_of(service: str, app: FastAPI) -> list[Route]:
    """Return what an app answers.

    Raises:
        UndocumentedError: a route has neither a summary nor a docstring.
    """
    return list(_routes(service, app))


def _routes(service: str, app: FastAPI) -> Iterator[Route]:
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            continue  # folders of browser files, and the OpenAPI document itself
        for method in sorted(route.methods or ()):
            meaning = route.summary or first_paragraph(
                route.endpoint.__doc__, f"{service}: {method} {route.path}"
            )
            yield Route(service, method, str(route.path), plain(meaning), bool(route.include_in_schema))


def routes_block() -> str:
    """Return a section for each service.

    Raises:
        UndocumentedError: a route has neither a summary nor a docstring.
    """
    sections = []
    for service, (origin, make) in SERVICES.items():
        app = make()
        where = f"OpenAPI: `{app.openapi_url}`." if app.openapi_url else "No OpenAPI document is served."
        rows = [
            (f"`{each.method} {each.path}`", each.meaning, "" if each.described else "no")
            for each in rows_of(service, app)
        ]
        head = ("route", "meaning", "in OpenAPI")
        sections.append(f"### {service}\n\nOrigin: `{origin}`. {where}\n\n{table(head, rows)}")
    return "\n\n".join(sections)
