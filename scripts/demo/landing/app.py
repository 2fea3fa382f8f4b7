"""The landing page's server: who is there, what can be made to happen, and how far it is.

It runs in the process that supervises the others, because two cases switch the issuing service or the
chain off. It listens on loopback, takes commands only from its own page (``Origin`` is compared) and
plays one case at a time.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response

from digital_resume.web import ContentSecurityPolicy, OwnHosts, SecurityHeaders, mount_pages, page_of
from digital_resume.web.head_requests import HeadAsGet
from scripts.demo.cases import CASES, GENUINE, Case
from scripts.demo.landing.desk import create_desk
from scripts.demo.stack import Part, Stack

log = logging.getLogger(__name__)

WEB = Path(__file__).parent / "web"
PARTS: tuple[Part, ...] = ("issuer", "chain")
SWITCHED_OFF_SECONDS = 90
"""A part that a case switched off comes back by itself after this time."""


@dataclass(slots=True)
class Play:
    """One playing of a case."""

    case: Case
    state: str = "running"
    steps: list[dict[str, str]] = field(default_factory=list)
    link: str | None = None
    restore_at: float | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A demonstration person as the page shows one."""

    key: str
    name: str
    role: dict[str, str]
    link: str
    credentials: list[dict[str, Any]]


class Stage:
    """Plays cases, one at a time, and remembers what is switched off."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._lock = threading.Lock()
        self._plays: dict[str, Play] = {}
        self._off: dict[Part, float] = {}

    def parts(self) -> dict[str, Any]:
        """Return which parts run, and in how many seconds an absent one comes back."""
        now = time.monotonic()
        return {
            part: {
                "on": part not in self._off,
                "backIn": max(0, round(self._off[part] - now)) if part in self._off else 0,
            }
            for part in PARTS
        }

    def play(self, case: Case) -> Play | None:
        """Start a case; ``None`` while another one is being prepared."""
        if not self._lock.acquire(blocking=False):
            return None
        play = self._plays[case.key] = Play(case)
        threading.Thread(target=self._run, args=(play,), daemon=True, name=f"case-{case.key}").start()
        return play

    def state(self, key: str) -> Play | None:
        """Return the last playing of a case."""
        return self._plays.get(key)

    def restore(self, part: Part) -> None:
        """Switch a part on again."""
        if self._off.pop(part, None) is not None:
            self._stack.switches.switch(part, True)

    def _run(self, play: Play) -> None:
        try:
            for part in list(self._off):
                self.restore(part)
            link = play.case.play(self._stack, lambda ko, en: play.steps.append({"ko": ko, "en": en}))
            if play.case.without:
                self._switch_off(play.case.without)
            play.link, play.state = link, "ready"
        except Exception:
            log.exception("the case %s could not be played", play.case.key)
            play.state = "failed"
        finally:
            self._lock.release()

    def _switch_off(self, part: Part) -> None:
        self._stack.switches.switch(part, False)
        self._off[part] = time.monotonic() + SWITCHED_OFF_SECONDS
        timer = threading.Timer(SWITCHED_OFF_SECONDS, self._restore_if_due, args=(part,))
        timer.daemon = True
        timer.start()

    def _restore_if_due(self, part: Part) -> None:
        due = self._off.get(part)
        if due is not None and due <= time.monotonic() + 1:
            self.restore(part)


def create_landing(
    stack: Stack, people: Callable[[], list[Person]], doors: dict[str, str], origin: str
) -> FastAPI:
    """Create the landing page's application.

    Args:
        stack: the running product.
        people: the people who are ready; called for every page.
        doors: addresses behind the three doors: ``issuer``, ``wallet``, ``verifier``, and ``modules``.
        origin: the page's own origin; commands from any other are refused.
    """
    app = FastAPI(title="Demonstration", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(OwnHosts, url=origin, exact=True)
    app.add_middleware(SecurityHeaders, policy=ContentSecurityPolicy())
    app.add_middleware(HeadAsGet)
    mount_pages(app, WEB)
    stage = Stage(stack)

    def own_page_only(request: Request) -> None:
        if request.headers.get("origin") != origin:
            raise HTTPException(403, "commands come from the landing page only")

    app.include_router(create_desk(stack, own_page_only))

    @app.get("/institution", include_in_schema=False)
    async def institution(request: Request) -> Response:
        return await page_of(WEB / "institution.html", request)

    @app.get("/identity", include_in_schema=False)
    async def identity(request: Request) -> Response:
        return await page_of(WEB / "identity.html", request)

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return await page_of(WEB / "index.html", request)

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/api/state")
    def state() -> dict[str, Any]:
        return {
            "doors": doors,
            "people": [
                {
                    "key": p.key,
                    "name": p.name,
                    "role": p.role,
                    "link": p.link,
                    "credentials": p.credentials,
                }
                for p in people()
            ],
            "cases": [_case_json(case) for case in (GENUINE, *CASES)],
            "parts": stage.parts(),
        }

    @app.post("/api/cases/{key}", status_code=202)
    def play(key: str, request: Request) -> dict[str, Any]:
        own_page_only(request)
        case = next((c for c in (GENUINE, *CASES) if c.key == key), None)
        if case is None:
            raise HTTPException(404, "there is no such case")
        started = stage.play(case)
        if started is None:
            raise HTTPException(409, "another case is being prepared: wait until it is ready")
        return _play_json(started)

    @app.get("/api/cases/{key}")
    def progress(key: str) -> dict[str, Any]:
        found = stage.state(key)
        if found is None:
            raise HTTPException(404, "this case has not been played")
        return {**_play_json(found), "parts": stage.parts()}

    @app.post("/api/parts/{part}/restore")
    def restore(part: Part, request: Request) -> dict[str, Any]:
        own_page_only(request)
        stage.restore(part)
        return stage.parts()

    return app


def _case_json(case: Case) -> dict[str, Any]:
    return {
        "key": case.key,
        "title": {"ko": case.title_ko, "en": case.title_en},
        "expected": case.expected,
        "words": {"ko": case.words[0], "en": case.words[1]},
        "without": case.without,
    }


def _play_json(play: Play) -> dict[str, Any]:
    return {"key": play.case.key, "state": play.state, "steps": play.steps, "link": play.link}
