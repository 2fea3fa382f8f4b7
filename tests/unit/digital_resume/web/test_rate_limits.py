"""Limits on strangers: who is counted, when there is a token again, and that memory is bounded."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from digital_resume.web.problems import install_problem_handlers
from digital_resume.web.rate_limits import RateLimits, RateRule, TokenBuckets, client_network

RULE = RateRule("nonce", re.compile(r"/i/[^/]+/nonce"), per_minute=6)


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def scope_of(client: str | None, *forwarded: str) -> dict[str, Any]:
    return {
        "client": (client, 5) if client else None,
        "headers": [(b"x-forwarded-for", value.encode()) for value in forwarded],
    }


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    buckets = TokenBuckets(clock=clock)
    assert [buckets.take(RULE, "192.0.2.1") for _ in range(6)] == [0.0] * 6
    assert buckets.take(RULE, "192.0.2.1") == pytest.approx(10)
    assert buckets.take(RULE, "192.0.2.2") == 0
    clock.now += 10
    assert buckets.take(RULE, "192.0.2.1") == 0
    assert buckets.take(RULE, "192.0.2.1") > 0
    clock.now += 3_600
    assert [buckets.take(RULE, "192.0.2.1") for _ in range(7)].count(0.0) == 6


def test_two_rules_do_not_share_a_bucket() -> None:
    buckets = TokenBuckets(clock=Clock())
    one = RateRule("one", re.compile("/one"), 1)
    two = RateRule("two", re.compile("/two"), 1)
    assert (buckets.take(one, "a"), buckets.take(two, "a")) == (0, 0)


def test_the_number_of_buckets_is_bounded() -> None:
    buckets = TokenBuckets(most=100, clock=Clock())
    for number in range(1_000):
        buckets.take(RULE, str(number))
    assert len(buckets) == 100


@pytest.mark.parametrize(
    ("scope", "hops", "expected"),
    [
        (scope_of("192.0.2.1"), 0, "192.0.2.1"),
        (scope_of("192.0.2.1", "203.0.113.9"), 0, "192.0.2.1"),
        (scope_of("10.0.0.1", "203.0.113.9"), 1, "203.0.113.9"),
        (scope_of("10.0.0.1", "forged, 203.0.113.9"), 1, "203.0.113.9"),
        (scope_of("10.0.0.1", "forged", "203.0.113.9, 10.0.0.2"), 2, "203.0.113.9"),
        (scope_of("10.0.0.1"), 1, "10.0.0.1"),
        (scope_of("10.0.0.1", "203.0.113.9"), 2, "10.0.0.1"),
        (scope_of("10.0.0.1", "not an address"), 1, "-"),
        (scope_of(None), 0, "-"),
        (scope_of("::ffff:192.0.2.1"), 0, "192.0.2.1"),
        (scope_of("2001:db8:1:2:3:4:5:6"), 0, "2001:db8:1:2::/64"),
        (scope_of("2001:db8:1:2:ffff::1"), 0, "2001:db8:1:2::/64"),
        (scope_of("10.0.0.1", "[2001:db8::1]"), 1, "2001:db8::/64"),
    ],
)
def test_whom_a_request_counts_for(scope: dict[str, Any], hops: int, expected: str) -> None:
    assert client_network(scope, hops) == expected


async def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    app = FastAPI()
    served: list[str] = []

    @app.post("/i/{slug}/nonce")
    async def nonce(slug: str) -> dict[str, str]:
        served.append(slug)
        return {}

    @app.get("/i/{slug}/nonce")
    async def look(slug: str) -> dict[str, str]:
        return {"slug": slug}

    catalogue = install_problem_handlers(app)
    clock = Clock()
    app.add_middleware(RateLimits, rules=[RULE], catalogue=catalogue, buckets=TokenBuckets(clock=clock))
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        answers = [await http.post("/i/univ/nonce") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 6 + [429]
        refusal = answers[-1]
        assert refusal.headers["content-type"] == "application/problem+json"
        assert refusal.headers["retry-after"] == "10"
        assert refusal.json()["code"] == "rate_limited"
        assert refusal.json()["detail_ko"]
        assert "192.0.2.1" not in refusal.text
        assert len(served) == 6
        assert (await http.get("/i/univ/nonce")).status_code == 200
        clock.now += 10
        assert (await http.post("/i/other/nonce")).status_code == 200
