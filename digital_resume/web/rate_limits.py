"""Limits on strangers: a token bucket an address, before a request's body is read.

Every public address that writes or computes for whoever asks has a bucket of so many requests, filled again
at a steady rate; an empty one answers 429 with ``Retry-After``. In memory and per process: the caps that hold
over all processes are where the cost arises (live nonces, stored bytes, waiting verifications). A network's
worth of IPv6 addresses (/64) counts as one, and the number of buckets is bounded: who asked longest ago is
forgotten first.

The address is the connection's. Behind a reverse proxy that is the proxy's: ``TRUSTED_PROXY_HOPS`` says how
many proxies of one's own append to ``X-Forwarded-For``; what stands before those entries anybody could have
written.
"""

import ipaddress
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from digital_resume.web.problems import ProblemCatalogue

MAX_BUCKETS: Final = 50_000
_CODE: Final = "rate_limited"
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class RateRule:
    """How often one address may ask for one thing.

    Attributes:
        name: of the rule; two rules never share a bucket.
        path: what the request's whole path must match.
        per_minute: requests a minute, and how many of them may come at once.
        method: the request's method.
    """

    name: str
    path: re.Pattern[str]
    per_minute: int
    method: str = "POST"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """Buckets by rule and address, those asked for longest ago dropped first.

    Args:
        most: buckets that are kept.
        clock: seconds that only move forward.
    """

    def __init__(self, *, most: int = MAX_BUCKETS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, rule: RateRule, address: str) -> float:
        """Take a token; return 0, or the seconds until there is one."""
        now, key = self._clock(), (rule.name, address)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(rule.per_minute, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        rate = rule.per_minute / 60
        bucket.tokens = min(rule.per_minute, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens > 1 - _ROUNDING:
            bucket.tokens = max(0.0, bucket.tokens - 1)
            return 0.0
        return (1 - bucket.tokens) / rate


class RateLimits:
    """ASGI middleware that answers 429 to an address that asks too often.

    Added after ``install_problem_handlers`` it stands before the reading of bodies; added before what opens
    an API to other origins, its refusals can be read by a wallet's page too.

    Args:
        app: the service.
        rules: what is limited; none switches everything off.
        catalogue: how problems are shown.
        proxy_hops: the deployment's own proxies in front of the service.
        buckets: made when not given.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        rules: Sequence[RateRule],
        catalogue: ProblemCatalogue,
        proxy_hops: int = 0,
        buckets: TokenBuckets | None = None,
    ) -> None:
        self._app = app
        self._rules = tuple(rules)
        self._catalogue = catalogue
        self._hops = proxy_hops
        self._buckets = TokenBuckets() if buckets is None else buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or refuse it."""
        if scope["type"] == "http":
            for rule in self._rules:
                if scope["method"] != rule.method or rule.path.fullmatch(scope["path"]) is None:
                    continue
                wait = self._buckets.take(rule, client_network(scope, self._hops))
                if wait > 0:
                    seconds = math.ceil(wait)
                    refusal = self._catalogue.response(
                        _CODE,
                        f"This address asks more than {rule.per_minute} times a minute. Nothing was done; "
                        f"try again in {seconds} seconds.",
                        instance=scope["path"],
                        headers={"Retry-After": str(seconds), "Connection": "close"},
                    )
                    await refusal(scope, receive, send)
                    return
        await self._app(scope, receive, send)


def client_network(scope: Scope, proxy_hops: int) -> str:
    """Return whom a request counts for: an IPv4 address, an IPv6 network, or ``-`` when nobody knows."""
    text = str(scope["client"][0]) if scope.get("client") else ""
    if proxy_hops:
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        entries = [entry.strip() for entry in forwarded.decode("latin-1").split(",") if entry.strip()]
        if len(entries) >= proxy_hops:
            text = entries[-proxy_hops]
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return "-"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
