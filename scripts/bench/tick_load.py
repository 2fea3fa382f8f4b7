"""An issuer's load: some sign, one client revokes, one watches the status list as it is served."""

import asyncio
import secrets
import subprocess
import sys
import threading
import time
import zlib
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import httpx

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jws import parse_compact
from digital_resume.core.securing.sd_jwt import peek_sd_jwt
from issuer.context import Context
from issuer.credentials.signing import Order, sign_credentials, standing_of
from issuer.institutions import repository
from issuer.settings import IssuerSettings
from scripts.bench.chain_deployment import SLUG, TYPE, Deployment, open_university
from scripts.compile_contracts import ROOT

_CLIENTS: Final = 3
_TOGETHER: Final = 50
_PAUSE_SECONDS: Final = 0.1
_WATCH_SECONDS: Final = 0.1
_LIMIT_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Institution:
    """An accredited institution of an issuer that is served."""

    url: str
    api_key: str

    def client(self) -> httpx.Client:
        """Open a client with the institution's API key."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=60)


def open_institution(deployment: Deployment, url: str) -> Institution:
    """Add a university to the issuer at ``url`` and accredit it."""
    return Institution(url, open_university(deployment, url).api_key)


def sign_one(client: httpx.Client, holder: str) -> dict[str, Any]:
    """Sign a credential for a known holder; return the answer."""
    body = {
        "credentialType": TYPE,
        "claims": dict(credential_type(TYPE).example),
        "holder": {"did": holder},
    }
    answer = client.post("/api/v1/credentials", json=body, headers={"Idempotency-Key": secrets.token_hex(12)})
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def a_holder() -> str:
    """Make a holder's did:key."""
    return f"did:key:{LocalSigner.generate().public_key.multikey}"


class Signing:
    """Signs while it is open: clients over HTTP, or a process that signs many together.

    Args:
        deployment: where.
        institution: signs.
        rate: credentials a second; ``None`` for as many as go, ``"clients"`` for as many as three clients get
            that wait for each answer.
    """

    def __init__(self, deployment: Deployment, institution: Institution, rate: float | str | None) -> None:
        self.count = 0
        self._institution = institution
        self._environment = {**deployment.environment, "ISSUER_URL": institution.url}
        self._rate = rate
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin."""
        if self._rate == "clients":
            self._threads = [threading.Thread(target=self._sign, daemon=True) for _ in range(_CLIENTS)]
        elif self._rate != 0:
            command = [sys.executable, "-m", "scripts.bench.tick_load", str(self._rate or "most")]
            self._child = subprocess.Popen(
                command, env=self._environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            assert self._child.stdout is not None
            assert self._child.stdout.readline() == b"ready\n"
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, and wait for what is being signed."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        if self._child is not None:
            self.count = int(self._child.communicate()[0])

    def _sign(self) -> None:
        holder = a_holder()
        with self._institution.client() as client:
            while not self._ended.is_set():
                sign_one(client, holder)
                with self._lock:
                    self.count += 1


async def sign_together(rate: float | None) -> int:
    """Sign credentials, some in each transaction, until standard input ends; return how many."""
    context = Context.from_settings(IssuerSettings())
    kind, holder = credential_type(TYPE), LocalSigner.generate().public_key
    order = Order(kind, dict(kind.example), holder)
    together = _TOGETHER if rate is None else max(1, round(rate * _PAUSE_SECONDS))
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    print("ready", flush=True)
    count, due = 0, time.monotonic()
    while not ended.done():
        async with context.database.sessions() as session:
            institution = await repository.by_slug(session, SLUG)
            assert institution is not None
            standing = await standing_of(session, context, institution, TYPE)
            await sign_credentials(session, context, institution, standing, [order] * together)
            await session.commit()
        count += together
        # What could not be signed in time is not made up for: the rate is at most what is wanted.
        due = max(due + (0 if rate is None else together / rate), time.monotonic() - 1)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    await context.close()
    return count


@dataclass(slots=True)
class _Waiting:
    index: int
    asked: float


@dataclass
class Revocations:
    """Revokes credentials that were signed before, evenly, and watches when the served list shows each.

    Attributes:
        institution: whose.
        rate: revocations a second.
        seconds: how long.
    """

    institution: Institution
    rate: float
    seconds: float
    delays: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._done = threading.Event()
        holder = a_holder()
        with self.institution.client() as client:
            signed = [sign_one(client, holder) for _ in range(int(self.rate * self.seconds))]
        self._credentials = [(one["credentialId"], _index(one["credential"])) for one in signed]
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._revoke, self._watch)]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the threads to ``wait``."""

    def wait(self) -> list[float]:
        """Return how many seconds each revocation took until the list showed it, once all have been seen.

        Raises:
            RuntimeError: one was not seen in two minutes.
        """
        self._threads[0].join()
        self._done.set()
        self._threads[1].join()
        if len(self.delays) < len(self._credentials):
            raise RuntimeError("A revocation was not published in two minutes.")
        return self.delays

    def _revoke(self) -> None:
        begun = time.monotonic()
        with self.institution.client() as client:
            for number, (credential, index) in enumerate(self._credentials):
                time.sleep(max(0.0, begun + number / self.rate - time.monotonic()))
                asked = time.monotonic()
                path = f"/api/v1/credentials/{credential}/status"
                client.post(path, json={"status": "revoked"}).raise_for_status()
                self._waiting.append(_Waiting(index, asked))

    def _watch(self) -> None:
        until = time.monotonic() + self.seconds + _LIMIT_SECONDS
        with self.institution.client() as client:
            while time.monotonic() < until and not (self._done.is_set() and not self._waiting):
                time.sleep(_WATCH_SECONDS)
                answer = client.get(f"/i/{SLUG}/status/1")
                if answer.status_code != httpx.codes.OK:
                    continue
                self._look(_statuses(answer.text), time.monotonic())

    def _look(self, statuses: bytes, now: float) -> None:
        for _ in range(len(self._waiting)):
            one = self._waiting.popleft()
            if statuses[one.index // 4] >> 2 * (one.index % 4) & 3:
                self.delays.append(now - one.asked)
            else:
                self._waiting.append(one)


def _index(token: str) -> int:
    index: int = peek_sd_jwt(token).payload["status"]["status_list"]["idx"]
    return index


def _statuses(token: str) -> bytes:
    """Return the array of a Token Status List: 2 bits an entry, the lowest first."""
    listed: dict[str, Any] = parse_compact(token).claims()["status_list"]
    return zlib.decompress(b64u_decode(listed["lst"]))


if __name__ == "__main__":
    print(asyncio.run(sign_together(None if sys.argv[1] == "most" else float(sys.argv[1]))), flush=True)
