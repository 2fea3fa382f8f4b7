"""The forms of a list: made once a change, signed again before what others kept of them is stale."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from issuer.status.forms import ServedList
from tests.integration.issuer.rig import Rig
from tests.integration.issuer.status_lists import LIST, issue, served, set_status


async def test_a_form_is_made_once_a_change_and_signed_again_before_its_copies_are_stale(own: Rig) -> None:
    async def forms() -> list[bytes]:
        places = (LIST, f"{LIST}/anchor", f"{LIST}/bitstring/revocation", f"{LIST}/bitstring/suspension")
        return [(await own.http.get(place)).content for place in places]

    credential, _ = await issue(own)
    await own.tick()
    made = await forms()
    own.clock.ahead += timedelta(seconds=own.settings.status_ttl_seconds / 4 - 10)
    assert await forms() == made, "what is signed names its second"
    own.clock.ahead += timedelta(seconds=20)
    again = await forms()
    assert again[0] != made[0]
    assert again[2] != made[2]
    assert json.loads(again[1]) == json.loads(made[1]), "the way to the chain has no time of its own"
    await set_status(own, credential, "revoked")
    await own.tick()
    newest = await forms()
    assert newest[0] != again[0]
    assert newest[1] != again[1]
    await served(own)


async def test_many_who_ask_at_once_wait_for_one_form(own: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    build = ServedList.token

    def counted(self: ServedList, *given: Any) -> str:
        made.append(self.uri)
        return build(self, *given)

    monkeypatch.setattr(ServedList, "token", counted)
    await own.tick()
    answers = await asyncio.gather(*(own.http.get(LIST) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(made) == 1
