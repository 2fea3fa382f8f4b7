"""Clients that keep asking while parts are down, and write down what they got and how long it took."""

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx

from digital_resume.cli.share_client import fetch_presentation
from digital_resume.core.resume.envelope import parse_link
from scripts.demo.stack import Stack
from tests.integration.resilience.audit import Acknowledged
from tests.integration.resilience.product import Product
from tests.integration.resilience.traffic import somebody

LONGEST = 10.0
"""Seconds after which a client must have got an answer, whatever is down."""

#: A connection that the dead end of it refused or dropped: no answer could be given.
_NOBODY = (httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got."""

    service: str
    said: str
    seconds: float


class Probes:
    """A thread a service: hands in records, fetches a share, asks for a verdict; again and again."""

    def __init__(self, product: Product, stack: Stack, link: str, acknowledged: Acknowledged) -> None:
        self.answers: list[Answer] = []
        self.stopped = False
        self._stack = stack
        self._acknowledged = acknowledged
        parsed = parse_link(link)
        self._share = f"{product.url('wallet')}/api/v1/shares/{parsed.share_id}"
        presentation, expires = fetch_presentation(parsed, wallet_url=product.url("wallet"))
        self._question = {
            "presentation": presentation,
            "challenge": parsed.share_id,
            "domain": None,
            "expires": expires,
        }
        self._verifications = f"{product.url('verifier')}/api/v1/verifications"
        self._http = httpx.Client(timeout=30)
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        works = (("issuer", self._hand_in), ("wallet", self._fetch), ("verifier", self._verify))
        self._threads = [threading.Thread(target=self._run, args=work, name=work[0]) for work in works]
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[Answer]:
        """End, and return every answer; raise what an answer was wrong about."""
        self.stopped = True
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._http.close()
        if self._failure is not None:
            raise self._failure
        return self.answers

    def _run(self, service: str, ask: Any) -> None:
        try:
            while not self._stopping.is_set():
                begun = time.monotonic()
                try:
                    said = ask()
                except _NOBODY as error:
                    said = type(error).__name__
                self.answers.append(Answer(service, said, time.monotonic() - begun))
                self._stopping.wait(0.2)
        except BaseException as error:
            self._failure = error

    def _hand_in(self) -> str:
        record = somebody().records[0]
        response = self._http.post(
            f"{self._stack.issuer_url}/api/v1/records",
            json={"credentialType": record.credential_type, "claims": record.claims},
            headers={
                "authorization": f"Bearer {self._stack.api_keys[record.institution]}",
                "idempotency-key": somebody().key,
            },
        )
        if response.status_code == 201:
            self._acknowledged.records.append((record.institution, response.json()["recordId"]))
        return said(response)

    def _fetch(self) -> str:
        return said(self._http.get(self._share))

    def _verify(self) -> str:
        response = self._http.post(self._verifications, json=self._question)
        if response.status_code == 200:
            return str(response.json()["verdict"])
        return said(response)


def said(response: httpx.Response) -> str:
    """Return an answer in a word: its status, or the problem's code."""
    if response.status_code < 400:
        return str(response.status_code)
    if response.headers.get("content-type") != "application/problem+json":
        raise AssertionError(f"{response.status_code} is no problem document: {response.text[:300]}")
    return f"{response.status_code} {response.json()['code']}"


def summary(answers: list[Answer]) -> dict[str, dict[str, int]]:
    """Return how often each service said what."""
    found: dict[str, Counter[str]] = {}
    for answer in answers:
        found.setdefault(answer.service, Counter())[answer.said] += 1
    return {service: dict(counts) for service, counts in found.items()}
