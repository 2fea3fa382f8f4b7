"""A verification whose budget is used up reads nothing more: its thread is free for the next."""

import threading
import time
from typing import Any

import pytest

from digital_resume.core.errors import SourceUnavailableError
from tests.fakes import VERIFIER_URL, HolderWallet, World
from tests.fakes.world import SHARE_ID
from tests.unit.verifier.test_service import _service, until_running
from verifier.verification import VerificationTimeoutError


def _resume(world: World, items: int) -> dict[str, Any]:
    wallet = HolderWallet()
    for number in range(items):
        school = world.institution(f"school-{number}", "IdentityCredential")
        issued = school.issue("IdentityCredential", holder_jwk=wallet.jwk, at=world.ago(days=2))
        wallet.keep([issued.token], school.anchor(issued, at=world.ago(days=1)))
    return wallet.share(challenge=SHARE_ID, domain=VERIFIER_URL, at=world.ago(hours=1))


@pytest.mark.parametrize("hangs", [True, False])
async def test_a_chain_that_hangs_is_waited_for_once_and_not_once_an_item(
    hangs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    resume = _resume(world, 6)
    asked: list[bytes] = []

    def hang(chain: Any, submitter: str, root: bytes) -> Any:
        asked.append(root)
        if hangs:
            time.sleep(0.05)
        raise SourceUnavailableError("The chain's node did not answer.")

    world.anchors.anchored_at = hang  # type: ignore[method-assign]  # a chain that hangs
    monkeypatch.setattr("verifier.verification._LONG_WAIT_SECONDS", 0.04)
    service = _service(world)
    verdict = await service.verify(resume, challenge=SHARE_ID, domain=None, expires=None)
    assert verdict["verdict"] == "could_not_check"
    found = [check for item in verdict["items"] for check in item["checks"] if check["check"] == "anchor"]
    assert [check["code"] for check in found] == ["chain_unavailable"] * 6
    assert len(asked) == (1 if hangs else 6), "one that refuses at once may answer the next question"
    service.close()


async def test_many_slow_items_do_not_keep_a_thread_beyond_the_budget() -> None:
    world = World()
    resume = _resume(world, 12)
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
