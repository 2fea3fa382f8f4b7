"""Every limit of every service: its route is served, and who asks too often is refused."""

import re

import httpx
import pytest
from fastapi import FastAPI

from digital_resume import extensions
from digital_resume.web.rate_limits import RateRule
from scripts.reference.limits import rules_of
from scripts.reference.routes import SERVICES, rows_of

SETTINGS = {rule.setting for _, make in SERVICES.values() for rule in rules_of(make())}
RULES = [(service, rule) for service, (_, make) in SERVICES.items() for rule in rules_of(make())]


def test_every_service_has_limits() -> None:
    services = {entry.name for entry in extensions.declared(extensions.SERVICES)}
    assert services == {service for service, _ in RULES}


@pytest.mark.parametrize("service", SERVICES)
def test_no_rule_matches_nothing_and_none_is_there_twice(service: str) -> None:
    app = SERVICES[service][1]()
    served = {f"{route.method} {route.path}" for route in rows_of(service, app)}
    rules = rules_of(app)
    assert {rule.route for rule in rules} <= served
    assert len({rule.name for rule in rules}) == len({rule.route for rule in rules}) == len(rules)


@pytest.fixture
def app(service: str, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """Make a service that takes two requests a minute of everything."""
    for setting in SETTINGS:
        monkeypatch.setenv(setting.upper(), "2")
    return SERVICES[service][1]()


@pytest.mark.parametrize(("service", "rule"), RULES, ids=lambda value: getattr(value, "route", value))
async def test_it_refuses_the_third_request_and_no_other_address(app: FastAPI, rule: RateRule) -> None:
    method, _, path = rule.route.partition(" ")
    path = re.sub(r"\{[^}]+\}", "a" * 64, path)

    async def ask(address: str) -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(address, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, json={} if method != "GET" else None)

    answers = [await ask("192.0.2.1") for _ in range(4)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True, True]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert (await ask("192.0.2.2")).status_code != 429


@pytest.mark.parametrize(("service", "rule"), RULES, ids=lambda value: getattr(value, "route", value))
async def test_a_forged_header_lifts_it_no_more_than_it_should(app: FastAPI, rule: RateRule) -> None:
    method, _, path = rule.route.partition(" ")
    path = re.sub(r"\{[^}]+\}", "a" * 64, path)
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answers = [
            (
                await client.request(method, path, headers={"x-forwarded-for": f"203.0.113.{number}"})
            ).status_code
            for number in range(4)
        ]
    assert answers[2:] == [429, 429]
