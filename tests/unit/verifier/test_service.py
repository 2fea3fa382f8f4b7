"""The verification service's bounds, with the fakes' real signing behind it."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Any, cast

import pytest

from digital_resume.core.verification.verdict import format_time
from tests.fakes import VERIFIER_URL, HolderWallet, World
from tests.fakes.world import SHARE_ID
from verifier.connections import Connections
from verifier.queueing import BusyError
from verifier.settings import VerifierSettings
from verifier.verification import VerificationService, VerificationTimeoutError


@dataclass
class FixedClock:
    """The world's moment."""

    world: World

    def now(self) -> Any:
        """Return it."""
        return self.world.now


def connections_of(world: World) -> Connections:
    """Return what verdicts rest on, in the world's terms."""
    return Connections(
        chain=world.chain_info,
        sources=world.sources,
        copies=cast(Any, None),
        store=cast(Any, None),
        clock=FixedClock(world),
        client=cast(Any, None),
        fetcher=cast(Any, None),
    )


def _service(world: World, **settings: Any) -> VerificationService:
    return VerificationService(
        connections_of(world),
        VerifierSettings.model_validate({"database_url": "postgresql://unused", **settings}),
    )


async def until_running(service: VerificationService, count: int) -> None:
    """Return when so many verifications run or wait."""
    for _ in range(3_000):
        if service.at_work == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{service.at_work} verifications run")


def _resume(world: World) -> dict[str, Any]:
    wallet = HolderWallet()
    agency = world.institution("mobile-id", "IdentityCredential")
    issued = agency.issue("IdentityCredential", holder_jwk=wallet.jwk, at=world.ago(days=2))
    wallet.keep([issued.token], agency.anchor(issued, at=world.ago(days=1)))
    world.statuses.heartbeat(world.now)
    return wallet.share(challenge=SHARE_ID, domain=VERIFIER_URL, at=world.ago(hours=1))


async def test_a_verdict_comes_in_the_apis_form() -> None:
    world = World()
    service = _service(world)
    verdict = await service.verify(_resume(world), challenge=SHARE_ID, domain=None, expires=None)
    assert verdict["verdict"] == "verified"
    assert verdict["checkedAt"] == format_time(world.now)
    service.close()


async def test_another_expiry_than_the_shares_is_not_genuine() -> None:
    world = World()
    service = _service(world)
    verdict = await service.verify(_resume(world), challenge=SHARE_ID, domain=None, expires=1)
    assert verdict["verdict"] == "not_genuine"
    service.close()


async def test_when_the_chain_is_cut_off_it_could_not_be_checked() -> None:
    world = World()
    service, resume = _service(world), _resume(world)
    world.cut_chain()
    verdict = await service.verify(resume, challenge=SHARE_ID, domain=None, expires=None)
    assert verdict["verdict"] == "could_not_check"
    service.close()


async def test_a_verification_beyond_its_budget_and_one_too_many_are_told_apart() -> None:
    world = World()
    service, resume = _service(world, verification_seconds=1.0, verification_threads=1), _resume(world)
    gate = threading.Event()
    real = world.trust.issuer

    def slow(did: str) -> Any:
        gate.wait(30)
        return real(did)

    world.trust.issuer = slow  # type: ignore[method-assign]  # a chain that does not answer in time
    calls = [
        asyncio.create_task(service.verify(resume, challenge=SHARE_ID, domain=None, expires=None))
        for _ in range(5)
    ]
    await until_running(service, len(calls))
    with pytest.raises(BusyError):
        await service.verify(resume, challenge=SHARE_ID, domain=None, expires=None)
    for call in calls:
        with pytest.raises(VerificationTimeoutError):
            await call
    gate.set()
    await until_running(service, 0)
    verdict = await service.verify(resume, challenge=SHARE_ID, domain=None, expires=None)
    assert verdict["verdict"] == "verified"
    service.close()
