"""One address with many dear resumes keeps no other out, and no resume takes more than its budget."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.fakes import VERIFIER_URL, HolderWallet, World
from tests.fakes.world import SHARE_ID
from tests.unit.verifier.test_queueing import until
from tests.unit.verifier.test_service import _service, connections_of
from verifier.app import create_app
from verifier.settings import VerifierSettings
from verifier.verification import VerificationTooDearError

ATTACKERS = 45


def resume_of(world: World, credentials: int) -> dict[str, Any]:
    """Share so many credentials of one person."""
    wallet = HolderWallet()
    agency = world.institution("mobile-id", "IdentityCredential")
    for _ in range(credentials):
        issued = agency.issue("IdentityCredential", holder_jwk=wallet.jwk, at=world.ago(days=2))
        wallet.keep([issued.token], agency.anchor(issued, at=world.ago(days=1)))
    world.statuses.heartbeat(world.now)
    return wallet.share(challenge=SHARE_ID, domain=VERIFIER_URL, at=world.ago(hours=1))


def make_dear(world: World, seconds: float) -> None:
    """Let every credential cost so much processor time, as those of a hostile shape do."""
    real = world.trust.issuer

    def dear(did: str) -> Any:
        until = time.thread_time() + seconds
        while time.thread_time() < until:
            pass
        return real(did)

    world.trust.issuer = dear  # type: ignore[method-assign]  # as a credential of a hostile shape costs


async def ask(app: FastAPI, address: str, resume: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(address, 5))
    async with httpx.AsyncClient(transport=transport, base_url=VERIFIER_URL, timeout=60) as client:
        body = {"presentation": resume, "challenge": SHARE_ID}
        return await client.post("/api/v1/verifications", json=body)


async def test_an_address_with_many_dear_resumes_and_forged_headers_keeps_no_other_out() -> None:
    world = World()
    dear = resume_of(world, 48)
    honest_resume = resume_of(world, 1)
    make_dear(world, 0.015)  # 0.7 s the resume
    settings = VerifierSettings.model_validate(
        {"database_url": "postgresql://unused", "verifier_url": VERIFIER_URL, "rate_limits": False}
    )
    app = create_app(settings, connections_of(world))
    stop = time.monotonic() + 5
    statuses: list[int] = []

    async def attack(number: int) -> None:
        transport = httpx.ASGITransport(app, client=("192.0.2.1", 5))
        forged = {"x-forwarded-for": f"203.0.113.{number}"}
        async with httpx.AsyncClient(transport=transport, base_url=VERIFIER_URL, timeout=60) as client:
            while time.monotonic() < stop:
                body = {"presentation": dear, "challenge": SHARE_ID}
                answer = await client.post("/api/v1/verifications", json=body, headers=forged)
                statuses.append(answer.status_code)
                await asyncio.sleep(0.05)

    attackers = [asyncio.create_task(attack(number)) for number in range(ATTACKERS)]
    await until(lambda: 503 in statuses)  # the attack fills the queue
    answers = [await ask(app, "192.0.2.2", honest_resume) for _ in range(15)]
    await asyncio.gather(*attackers)
    assert [answer.status_code for answer in answers] == [200] * 15
    assert {answer.json()["verdict"] for answer in answers} == {"verified"}
    app.state.verification.close()


async def test_a_resume_beyond_its_budget_of_computing_is_refused() -> None:
    world = World()
    service, dear, cheap = (
        _service(world, verification_computing_seconds=0.05),
        resume_of(world, 48),
        resume_of(world, 1),
    )
    make_dear(world, 0.01)
    with pytest.raises(VerificationTooDearError, match=r"0\.05 seconds"):
        await service.verify(dear, challenge=SHARE_ID, domain=None, expires=None)
    verdict = await service.verify(cheap, challenge=SHARE_ID, domain=None, expires=None)
    assert verdict["verdict"] == "verified"
    service.close()


async def test_the_largest_honest_resume_is_within_its_budget() -> None:
    world = World()
    service = _service(world)
    verdict = await service.verify(resume_of(world, 63), challenge=SHARE_ID, domain=None, expires=None)
    assert verdict["verdict"] == "verified"
    service.close()
