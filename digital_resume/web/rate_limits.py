"""Limits on strangers: so many requests a minute of one address, before a request's body is read.

Every service declares its rules; ``docs/reference/limits.md`` shows all in one table. A rule names a route as
the service serves it, so that one that matches nothing cannot start. Beyond it the answer is 429 with
``Retry-After``.

What counts is ``limits`` (sliding window of two counters), in this process's memory or, with
``RATE_LIMIT_STORAGE=postgresql``, for all processes of the service. Where the database does not answer, this
process's memory counts instead: a limit is never lifted. A network's worth of IPv6 addresses (/64) counts as
one.
"""

import logging
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from limits import RateLimitItemPerMinute
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from digital_resume.adapters.limit_storage import MemoryStorage, PostgresStorage
from digital_resume.error_words import particular
from digital_resume.settings import CommonSettings
from digital_resume.web.client_address import NO_PROXIES, Proxies, client_network
from digital_resume.web.problems import ProblemCatalogue

log = logging.getLogger(__name__)

_CODE: Final = "rate_limited"
_TELL_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class RateRule:
    """How often one address may ask for one thing.

    Attributes:
        name: of the rule; two rules of a service never share a count.
        route: method and path as the service serves it, ``POST /i/{slug}/nonce``.
        setting: the setting that says how many requests a minute.
    """

    name: str
    route: str
    setting: str


class UnmatchedRuleError(ValueError):
    """A rule whose route the service does not serve: it would limit nothing."""


def add_rate_limits(
    app: FastAPI,
    service: str,
    rules: Sequence[RateRule],
    *,
    settings: CommonSettings,
    catalogue: ProblemCatalogue,
) -> None:
    """Limit a service's routes, after they were added.

    Added after ``install_problem_handlers`` it stands before the reading of bodies; added before what opens
    an API to other origins, its refusals can be read by a wallet's page too.

    Args:
        app: the service.
        service: its name, and that of its schema.
        rules: what is limited.
        settings: whether, how often, where it is counted, and what proxies there are.
        catalogue: how problems are shown.

    Raises:
        UnmatchedRuleError: the service does not serve what a rule names.
    """
    served = {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in getattr(route, "methods", None) or ()
    }
    for rule in rules:
        if rule.route not in served:
            raise UnmatchedRuleError(
                f"The rule {rule.name} limits {rule.route}, which {service} does not serve."
            )
    app.state.rate_rules = tuple(rules)
    if not settings.rate_limits:
        return
    shared = None
    if settings.rate_limit_storage == "postgresql":
        shared = PostgresStorage(settings.database_url.get_secret_value(), service)
    app.add_middleware(
        RateLimits,
        rules=[(rule, getattr(settings, rule.setting)) for rule in rules],
        catalogue=catalogue,
        proxies=Proxies.of(settings.trusted_proxy_hops, settings.trusted_proxies),
        shared=shared,
    )


@dataclass(frozen=True, slots=True)
class _Compiled:
    methods: frozenset[str]
    path: re.Pattern[str]
    item: RateLimitItemPerMinute

    @classmethod
    def of(cls, rule: RateRule, per_minute: int) -> "_Compiled":
        method, _, path = rule.route.partition(" ")
        # What answers GET answers HEAD at the same cost.
        methods = frozenset({method, "HEAD"} if method == "GET" else {method})
        return cls(methods, compile_path(path)[0], RateLimitItemPerMinute(per_minute, namespace=rule.name))


class RateLimits:
    """ASGI middleware that answers 429 to an address that asks too often.

    Args:
        app: the service.
        rules: what is limited, each with its requests a minute.
        catalogue: how problems are shown.
        proxies: reverse proxies of one's own in front of the service.
        memory: where this process counts; made when not given.
        shared: where all processes count; this one's memory when not given.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        rules: Sequence[tuple[RateRule, int]],
        catalogue: ProblemCatalogue,
        proxies: Proxies = NO_PROXIES,
        memory: MemoryStorage | None = None,
        shared: PostgresStorage | None = None,
    ) -> None:
        self._app = app
        self._rules = [_Compiled.of(rule, per_minute) for rule, per_minute in rules]
        self._catalogue = catalogue
        self._proxies = proxies
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage() if memory is None else memory)
        self._storage = shared
        self._shared = None if shared is None else SlidingWindowCounterRateLimiter(shared)
        self._told = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or refuse it."""
        if scope["type"] == "http":
            for rule in self._rules:
                if scope["method"] not in rule.methods or rule.path.match(scope["path"]) is None:
                    continue
                wait = await self._count(rule.item, client_network(scope, self._proxies))
                if wait is not None:
                    await self._refuse(rule.item.amount, wait, scope, receive, send)
                    return
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "lifespan" and self._storage is not None:
                await self._storage.close()

    async def _count(self, item: RateLimitItemPerMinute, network: str) -> float | None:
        """Count a request; return the seconds to wait when it is one too many."""
        if self._shared is not None:
            try:
                return await _hit(self._shared, item, network)
            except StorageError as error:
                if time.monotonic() - self._told > _TELL_SECONDS:
                    self._told = time.monotonic()
                    log.warning("Requests are counted by this process alone (%s).", type(error).__name__)
        return await _hit(self._own, item, network)

    async def _refuse(self, per_minute: int, wait: float, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = max(1, math.ceil(wait))
        refusal = self._catalogue.response(
            _CODE,
            f"This address asks more than {per_minute} times a minute. Nothing was done; "
            f"try again in {seconds} seconds.",
            detail_ko=particular(_CODE, "per_minute", times=per_minute, seconds=seconds),
            instance=scope["path"],
            headers={"Retry-After": str(seconds), "Connection": "close"},
        )
        await refusal(scope, receive, send)


async def _hit(
    limiter: SlidingWindowCounterRateLimiter, item: RateLimitItemPerMinute, network: str
) -> float | None:
    if await limiter.hit(item, network):
        return None
    return (await limiter.get_window_stats(item, network)).reset_time - time.time()
