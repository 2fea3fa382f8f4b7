"""The institutions' desk of the demonstration: hand in a record with a click, see the very API calls.

What an institution's own system does with the signing API happens here on a button press, for one
fictional person, so that a visitor can claim into a wallet of their own. API keys stay on the server.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import APIRouter, HTTPException, Request

from digital_resume.core.credentials.catalog import default_catalog
from scripts.demo.cast import EVERYONE, GRADUATE, CastRecord
from scripts.demo.stack import Stack, StackError


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the signing API as the page shows it; the API key is not in it."""

    method: str
    path: str
    body: Any
    answer: Any

    def to_json(self) -> dict[str, Any]:
        """Return the call for the page."""
        return {"method": self.method, "path": self.path, "body": self.body, "answer": self.answer}


def create_desk(stack: Stack, own_page_only: Callable[[Request], None]) -> APIRouter:
    """Create the desk's routes.

    Args:
        stack: the running product.
        own_page_only: raises for a request that another page sent.
    """
    router = APIRouter()
    names = {member.slug: {"ko": member.name_ko, "en": member.name_en} for member in EVERYONE}
    catalog = default_catalog()

    @router.get("/api/desk")
    def desk() -> dict[str, Any]:
        return {
            "issuerUrl": stack.issuer_url,
            "walletUrl": stack.wallet_url,
            "person": GRADUATE.name,
            "records": [
                {
                    "key": record.credential_type,
                    "institution": names[record.institution],
                    "typeName": catalog.credential_type(record.credential_type).title.as_dict(),
                    "counter": record.counter,
                }
                for record in GRADUATE.records
            ],
        }

    @router.post("/api/desk/{key}", status_code=201)
    def hand_in(key: str, request: Request) -> dict[str, Any]:
        own_page_only(request)
        record = next((r for r in GRADUATE.records if r.credential_type == key), None)
        if record is None:
            raise HTTPException(404, "there is no such record")
        return _hand_in(stack, record)

    waiting: dict[str, str] = {}
    lock = threading.Lock()

    @router.post("/api/identity", status_code=201)
    def issue_identity(request: Request) -> dict[str, Any]:
        """Do what an identity agency's own application does: the person is proven, the credential offered."""
        own_page_only(request)
        try:
            with lock:
                _let_wait(stack, waiting)
            identity = next(r for r in GRADUATE.records if r.credential_type == "IdentityCredential")
            link, code = stack.counter_offer(identity.institution, stack.hand_in(identity))
        except StackError:
            raise HTTPException(503, "the issuing service does not answer") from None
        return {"person": GRADUATE.name, "link": link, "txCode": code}

    @router.get("/api/openapi")
    def reference() -> Any:
        try:
            return stack.http.get(f"{stack.issuer_url}/openapi.json").raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            raise HTTPException(503, "the issuing service does not answer") from None

    return router


def _let_wait(stack: Stack, waiting: dict[str, str]) -> None:
    """See to it that each institution holds something that waits for the person of the demonstration."""
    for record in GRADUATE.records:
        if record.counter:
            continue
        held = waiting.get(record.credential_type)
        if held is None or stack.state_of(record.institution, held) == "issued":
            waiting[record.credential_type] = stack.hand_in(record)


def _hand_in(stack: Stack, record: CastRecord) -> dict[str, Any]:
    body = {"credentialType": record.credential_type, "claims": record.claims}
    record_id = stack.hand_in(record)
    calls = [Call("POST", "/api/v1/records", body, {"recordId": record_id, "state": "waiting"})]
    link = code = None
    if record.counter:
        answer = stack.make_offer(record.institution, record_id)
        link, code = answer["offerLink"], answer["txCode"]
        path = f"/api/v1/records/{record_id}/offers"
        shown = {name: answer[name] for name in ("offerLink", "offerUri", "txCode")}
        calls.append(Call("POST", path, None, shown))
    return {"calls": [call.to_json() for call in calls], "link": link, "txCode": code}
