"""Limits on strangers: who asks too often is told when to come again, and no rule matches nothing."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from digital_resume.adapters.limit_storage import MemoryStorage, PostgresStorage
from digital_resume.settings import CommonSettings
from digital_resume.web.problems import install_problem_handlers
from digital_resume.web.rate_limits import RateLimits, RateRule, UnmatchedRuleError, add_rate_limits

NONCE = RateRule("nonce", "POST /i/{slug}/nonce", "module_requests_per_minute")
SETTINGS = CommonSettings(database_url=SecretStr("postgresql://nobody@localhost:9/nothing"))


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def make_app() -> FastAPI:
    app = FastAPI()
    router = APIRouter()
    app.state.served = []

    @router.post("/i/{slug}/nonce")
    async def nonce(slug: str) -> dict[str, str]:
        app.state.served.append(slug)
        return {}

    @router.get("/i/{slug}/nonce")
    async def look(slug: str) -> dict[str, str]:
        return {"slug": slug}

    app.include_router(router)
    return app


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http(clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """Call an app whose nonces one address may have six of a minute."""
    app = make_app()
    app.add_middleware(
        RateLimits,
        rules=[(NONCE, 6)],
        catalogue=install_problem_handlers(app),
        memory=MemoryStorage(clock=clock),
    )
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        client.served = app.state.served  # type: ignore[attr-defined]  # for the tests to look at
        yield client


async def test_who_asks_too_often_is_told_when_to_come_again(http: httpx.AsyncClient, clock: Clock) -> None:
    answers = [await http.post("/i/univ/nonce") for _ in range(6)]
    clock.now += 0.5
    answers.append(await http.post("/i/univ/nonce"))
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    refusal = answers[-1]
    assert refusal.headers["content-type"] == "application/problem+json"
    assert refusal.headers["retry-after"] == "60"
    assert refusal.headers["connection"] == "close"
    assert refusal.json()["code"] == "rate_limited"
    assert refusal.json()["detail_ko"]
    assert "192.0.2.1" not in refusal.text
    assert len(http.served) == 6  # type: ignore[attr-defined]
    assert (await http.get("/i/univ/nonce")).status_code == 200
    clock.now += 61
    assert (await http.post("/i/other/nonce")).status_code == 200


async def test_when_the_window_slides_it_is_one_after_the_other(
    http: httpx.AsyncClient, clock: Clock
) -> None:
    for _ in range(6):
        await http.post("/i/univ/nonce")
    clock.now += 60.1
    assert [(await http.post("/i/univ/nonce")).status_code for _ in range(2)] == [200, 429]
    refusal = await http.post("/i/univ/nonce")
    assert 1 <= int(refusal.headers["retry-after"]) <= 10
    clock.now += int(refusal.headers["retry-after"])
    assert (await http.post("/i/univ/nonce")).status_code == 200


async def test_every_address_has_a_count_of_its_own(clock: Clock) -> None:
    app = make_app()
    catalogue = install_problem_handlers(app)
    app.add_middleware(RateLimits, rules=[(NONCE, 1)], catalogue=catalogue, memory=MemoryStorage(clock=clock))

    async def ask(address: str) -> int:
        transport = httpx.ASGITransport(app, client=(address, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.post("/i/univ/nonce")).status_code

    addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]
    assert [await ask(address) for address in addresses] == [200, 200, 200, 429, 200]


@pytest.mark.parametrize("route", ["POST /i/{slug}/nonces", "PUT /i/{slug}/nonce", "GET /i/{name}/nonce", ""])
def test_a_rule_that_matches_nothing_does_not_start(route: str) -> None:
    app = make_app()
    catalogue = install_problem_handlers(app)
    rule = RateRule("wrong", route, "module_requests_per_minute")
    with pytest.raises(UnmatchedRuleError, match="wrong"):
        add_rate_limits(app, "sample", [rule], settings=SETTINGS, catalogue=catalogue)


async def test_get_and_head_share_a_count() -> None:
    app = make_app()
    catalogue = install_problem_handlers(app)
    rule = RateRule("look", "GET /i/{slug}/nonce", "module_requests_per_minute")
    settings = SETTINGS.model_copy(update={"module_requests_per_minute": 2})
    add_rate_limits(app, "sample", [rule], settings=settings, catalogue=catalogue)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        methods = ["GET", "HEAD", "HEAD", "GET"]
        answers = [(await client.request(method, "/i/univ/nonce")).status_code for method in methods]
    assert answers[2:] == [429, 429]


async def test_a_database_that_is_away_lifts_no_limit(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    shared = PostgresStorage(SETTINGS.database_url.get_secret_value(), "sample")
    catalogue = install_problem_handlers(app)
    app.add_middleware(RateLimits, rules=[(NONCE, 3)], catalogue=catalogue, shared=shared)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answers = [(await client.post("/i/univ/nonce")).status_code for _ in range(5)]
    assert answers == [200] * 3 + [429] * 2
    assert caplog.text.count("counted by this process alone") == 1
    assert "nobody" not in caplog.text
