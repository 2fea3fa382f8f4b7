"""What the demonstration needs of the running product: addresses, the institutions' API keys, switches."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import httpx

from digital_resume.cli.share_client import judge_over_http, verify_target
from digital_resume.core.errors import ResumeError
from scripts.demo.cast import CastPerson, CastRecord
from scripts.demo.seeker import Seeker, SeekerError

_MOST_LOST = 20
"""How often the same record may be handed in again because a crash took the credential."""

Part = Literal["issuer", "chain"]


class Switches(Protocol):
    """Switching parts of the running product off and on."""

    def switch(self, part: Part, on: bool) -> None:
        """Stop or start the issuing service or the chain, and wait until it is so."""
        ...


class Tell(Protocol):
    """Where a case says what it is doing, in both languages."""

    def __call__(self, korean: str, english: str) -> None:
        """Say one step."""
        ...


class StackError(ResumeError):
    """The product did not do what the demonstration asked; ``transient`` when asking again may help."""

    code = "demonstration_failed"

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


@dataclass(slots=True)
class Stack:
    """The running product as the demonstration sees it.

    Args:
        issuer_url: origin of the issuing service.
        wallet_url: origin of the wallet.
        verifier_url: origin of the verify page.
        api_keys: signing API key of each institution by slug.
        wallets: folder of the demonstration people's wallets.
        switches: stops and starts parts.
        anchor_now: asks the worker for a tick at once; without it the worker's own ticks are waited for.
        anchor_seconds: how long to wait for an anchor before giving up.
    """

    issuer_url: str
    wallet_url: str
    verifier_url: str
    api_keys: dict[str, str]
    wallets: Path
    switches: Switches
    anchor_now: Callable[[], None] | None = None
    anchor_seconds: float = 90
    http: httpx.Client = field(
        # all of it is on this machine: no proxy of the environment stands before it
        default_factory=lambda: httpx.Client(timeout=20, trust_env=False)
    )

    def credential_issuer(self, slug: str) -> str:
        """Return the OpenID4VCI credential issuer identifier of an institution."""
        return f"{self.issuer_url}/i/{slug}"

    def wallet(self, name: str) -> Seeker:
        """Return the wallet of this name; its state may not exist yet."""
        self.wallets.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Seeker(self.wallets / f"{name}.json")

    def _call(self, slug: str, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        headers = {"authorization": f"Bearer {self.api_keys[slug]}"}
        if method == "POST" and path in ("/api/v1/records", "/api/v1/credentials"):
            headers["idempotency-key"] = key or secrets.token_urlsafe(16)
        try:
            response = self.http.request(method, f"{self.issuer_url}{path}", json=body, headers=headers)
        except httpx.TransportError as error:
            raise StackError(f"{method} {path}: {type(error).__name__}", transient=True) from error
        if response.is_error:
            message = f"{method} {path} answered {response.status_code}: {response.text[:600]}"
            raise StackError(message, transient=response.status_code == 503)
        return response.json()

    def hand_in(self, record: CastRecord, key: str | None = None) -> str:
        """Hand in a record through the signing API; returns its id.

        Args:
            record: what the institution says about the person.
            key: idempotency key; the same key hands the record in once only.
        """
        body = {"credentialType": record.credential_type, "claims": record.claims}
        answer = self._call(record.institution, "POST", "/api/v1/records", body, key)
        return str(answer["recordId"])

    def state_of(self, slug: str, record_id: str) -> str:
        """Return whether a record is waiting, offered or issued."""
        return str(self._call(slug, "GET", f"/api/v1/records/{record_id}")["state"])

    def make_offer(self, slug: str, record_id: str) -> dict[str, Any]:
        """Make an offer for the counter; returns what the signing API answers."""
        return dict(self._call(slug, "POST", f"/api/v1/records/{record_id}/offers", {}))

    def counter_offer(self, slug: str, record_id: str) -> tuple[str, str]:
        """Make an offer for the counter; returns its link and its transaction code."""
        answer = self.make_offer(slug, record_id)
        return str(answer["offerLink"]), str(answer["txCode"])

    def credential_status(self, slug: str, credential_id: str, status: str) -> None:
        """Set a credential's status through the signing API."""
        self._call(slug, "POST", f"/api/v1/credentials/{credential_id}/status", {"status": status})

    def credential_of(self, slug: str, record_id: str) -> str:
        """Return the id of the credential that was issued for a record."""
        return str(self._call(slug, "GET", f"/api/v1/records/{record_id}")["credentialId"])

    def claim_at_counter(self, seeker: Seeker, record: CastRecord, key: str | None = None) -> str:
        """Hand in a record and claim it with the code of the counter; returns the record's id."""
        record_id = self.hand_in(record, key)
        seeker.claim(*self.counter_offer(record.institution, record_id))
        return record_id

    def tick(self) -> None:
        """Ask for an anchoring tick where ticks do not come by themselves."""
        if self.anchor_now is not None:
            self.anchor_now()

    def wait_for_receipts(self, seeker: Seeker) -> list[dict[str, Any]]:
        """Wait until everything that a wallet holds is anchored; returns the receipts."""
        self.tick()
        answer = seeker.fetch_receipts(wait=self.anchor_seconds)
        if answer["pending"]:
            raise StackError(f"{answer['pending']} credentials were not anchored within the time")
        return list(answer["receipts"])

    def wait_for_status(self, uri: str, sequence: int) -> None:
        """Wait until a version newer than ``sequence`` is published and the verifier has seen its block."""
        self.tick()
        until = time.monotonic() + self.anchor_seconds
        while time.monotonic() < until:
            anchor = self.http.get(f"{uri}/anchor").raise_for_status().json()
            if int(anchor["sequence"]) > sequence and self._is_seen(int(anchor["block"]["number"])):
                return
            time.sleep(0.2)
        raise StackError("the status list was not published within the time")

    def wait_until_read(self, link: str) -> None:
        """Wait until the verdict on a share rests on lists as they are published now.

        While the verifier fetches a new list, it answers from the one before and says so.
        """
        until = time.monotonic() + self.anchor_seconds
        judge = judge_over_http(self.verifier_url)
        while time.monotonic() < until:
            verdict = verify_target(link, wallet_url=self.wallet_url, judge=judge)
            codes = {check["code"] for item in verdict["items"] for check in item["checks"]}
            if "in_force_when_last_read" not in codes:
                return
            time.sleep(0.2)
        raise StackError("the verifier did not read the new status list within the time")

    def _is_seen(self, block: int) -> bool:
        """Tell whether verdicts rest on this block; they do at once where the chain itself is read."""
        index = self.http.get(f"{self.verifier_url}/healthz").json()["index"]
        return not index["used"] or index["block"] >= block

    def status_sequence(self, uri: str) -> int:
        """Return the version of the status list that is published now."""
        return int(self.http.get(f"{uri}/anchor").raise_for_status().json()["sequence"])

    def wait_until_claimable(self) -> None:
        """Wait until the status lists are published: before that nobody can be identified.

        Raises:
            StackError: they are not within ``anchor_seconds``.
        """
        uri = f"{self.credential_issuer(next(iter(self.api_keys)))}/status/1/anchor"
        until = time.monotonic() + self.anchor_seconds
        while time.monotonic() < until:
            try:
                if self.http.get(uri).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise StackError(
            "The worker did not publish the status lists within the time. Its log says why: logs/worker.log "
            "in the data folder."
        )

    def is_deposited(self, share_id: str) -> bool:
        """Tell whether the wallet's server has a share that can be opened."""
        return self.http.get(f"{self.wallet_url}/api/v1/shares/{share_id}").status_code == 200

    def prepare(self, person: CastPerson, tell: Tell) -> Seeker:
        """Let a person claim all records; what the wallet holds already is left as it is.

        Raises:
            StackError: the product refused, or does not answer for ``anchor_seconds``.
        """
        seeker = self.wallet(person.key)
        seeker.init()
        until = time.monotonic() + self.anchor_seconds
        while True:
            try:
                return self._obtain_all(seeker, person, tell)
            except (SeekerError, StackError) as error:
                if not _is_transient(error):
                    raise StackError(f"{person.name}: {error}") from error
                if time.monotonic() > until:
                    raise StackError(f"{person.name}: the product does not answer: {error}") from error
            time.sleep(0.5)

    def _obtain_all(self, seeker: Seeker, person: CastPerson, tell: Tell) -> Seeker:
        if seeker.is_waiting():
            with _refusal_is_no_end():
                seeker.finish()
        held = seeker.held_types()
        # The identity credential first, as it opens the others.
        for record in sorted(person.records, key=lambda record: not record.counter):
            if record.credential_type in held:
                continue
            record_id = self._unclaimed(person, record)
            if record.counter:
                seeker.claim(*self.counter_offer(record.institution, record_id))
                tell(f"{person.name} · {record.credential_type}: 창구 번호로 받음", "claimed with a code")
            else:
                seeker.claim_by_identity(self.credential_issuer(record.institution))
                tell(f"{person.name} · {record.credential_type}: 신분증 제시로 받음", "claimed by identity")
        return seeker

    def _unclaimed(self, person: CastPerson, record: CastRecord) -> str:
        """Hand in a record, once however often this is called, and return the id of one that waits.

        One that was issued although the wallet does not hold the credential was lost in a crash on its way:
        it is superseded, as when a wallet starts over, and the record handed in again.
        """
        for attempt in range(1, _MOST_LOST + 1):
            record_id = self.hand_in(record, _once(person, record, attempt))
            found = self._call(record.institution, "GET", f"/api/v1/records/{record_id}")
            if found["state"] != "issued":
                return record_id
            self.credential_status(record.institution, str(found["credentialId"]), "superseded")
        raise StackError(f"{record.credential_type} was issued again and again, and never arrived")


@contextmanager
def _refusal_is_no_end() -> Iterator[None]:
    """Go on where the institution no longer delivers: the record is handed in again then."""
    try:
        yield
    except SeekerError as error:
        if _is_transient(error):
            raise


def _once(person: CastPerson, record: CastRecord, attempt: int) -> str:
    key = f"seed-{person.key}-{record.institution}-{record.credential_type}"
    return key if attempt == 1 else f"{key}-{attempt}"


def _is_transient(error: SeekerError | StackError) -> bool:
    """Tell whether asking again may help: a service that is starting, or a pending status root."""
    if isinstance(error, StackError):
        return error.transient
    try:
        said = json.loads(str(error))["error"]
        return said["code"] in {"network", "timeout"} or said.get("status") == 503
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
