"""A verification whose budget is used up reads nothing more: its thread is free for the next."""

import threading
from typing import Any

import pytest

from tests.fakes import VERIFIER_URL, HolderWallet, World
from tests.fakes.world import SHARE_ID
from tests.unit.verifier.test_service import _service, until_running
from verifier.verification import VerificationTimeoutError


async def test_many_slow_items_do_not_keep_a_thread_beyond_the_budget() -> None:
    world = World()
    wallet = HolderWallet()
    for number in range(12):
        school = world.institution(f"school-{number}", "IdentityCredential")
        issued = school.issue("IdentityCredential", holder_jwk=wallet.jwk, at=world.ago(days=2))
        wallet.keep([issued.token], school.anchor(issued, at=world.ago(days=1)))
    resume = wallet.share(challenge=SHARE_ID, domain=VERIFIER_URL, at=world.ago(hours=1))
    service = _service(world, verification_seconds=0.5, verification_threads=1)
    asked: list[str] = []
    real, over = world.trust.issuer, threading.Event()

    def slow(did: str) -> Any:
        asked.append(did)
        over.wait(60)
        return real(did)

    world.trust.issuer = slow  # type: ignore[method-assign]  # a chain that answers slowly
    with pytest.raises(VerificationTimeoutError):
        await service.verify(resume, challenge=SHARE_ID, domain=None, expires=None)
    over.set()
    await until_running(service, 0)
    assert len(asked) <= 4
    service.close()
