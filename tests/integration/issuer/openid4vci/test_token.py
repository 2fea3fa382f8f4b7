"""The token endpoint: codes and transaction codes, each good once."""

import asyncio
from datetime import timedelta

import pytest

from tests.integration.issuer.answers import assert_problem, assert_protocol_error
from tests.integration.issuer.rig import PRE_AUTHORIZED, Rig, Wallet, offer_path


async def test_a_wrong_transaction_code_is_refused_and_the_fifth_burns_the_offer(
    rig: Rig, wallet: Wallet
) -> None:
    _, made = await rig.offered()
    wrong = "000000" if made["txCode"] != "000000" else "111111"
    for _ in range(5):
        assert_protocol_error(await wallet.token(made["offer"], wrong), 400, "invalid_grant")
    before = await rig.state()
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")
    assert await rig.state() == before
    assert await rig.scalar("select state from issuer.offer") == "burnt"
    assert_problem(await rig.http.get(offer_path(made["offerUri"])), 410, "offer_ended")


async def test_four_wrong_transaction_codes_leave_a_last_try(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    wrong = "000000" if made["txCode"] != "000000" else "111111"
    for _ in range(4):
        await wallet.token(made["offer"], wrong)
    assert (await wallet.token(made["offer"], made["txCode"])).status_code == 200


async def test_wrong_codes_sent_at_once_all_count(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    wrong = "000000" if made["txCode"] != "000000" else "111111"
    await asyncio.gather(*(wallet.token(made["offer"], wrong) for _ in range(8)))
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")


async def test_a_missing_transaction_code_costs_no_try(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    before = await rig.state()
    assert_protocol_error(await wallet.token(made["offer"]), 400, "invalid_request")
    assert await rig.state() == before


async def test_a_reused_code_is_refused(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    assert (await wallet.token(made["offer"], made["txCode"])).status_code == 200
    before = await rig.state()
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")
    assert await rig.state() == before


async def test_a_code_sent_twice_at_once_is_redeemed_once(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    answers = await asyncio.gather(*(wallet.token(made["offer"], made["txCode"]) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]


async def test_an_expired_code_is_refused(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    rig.clock.ahead = timedelta(seconds=rig.settings.offer_seconds + 1)
    before = await rig.state()
    assert_protocol_error(await wallet.token(made["offer"], made["txCode"]), 400, "invalid_grant")
    assert await rig.state() == before
    assert_problem(await rig.http.get(offer_path(made["offerUri"])), 410, "offer_ended")


async def test_a_code_is_worth_nothing_at_another_institution(rig: Rig, wallet: Wallet) -> None:
    await rig.add_institutions("mobile-id", accredited=False)
    _, made = await rig.offered()
    before = await rig.state()
    answer = await wallet.token(made["offer"], made["txCode"], slug="mobile-id")
    assert_protocol_error(answer, 400, "invalid_grant")
    assert await rig.state() == before


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "unsupported_grant_type"),
        ({"grant_type": PRE_AUTHORIZED}, "invalid_request"),
        ({"grant_type": PRE_AUTHORIZED, "pre-authorized_code": ["a", "b"]}, "invalid_request"),
        ({"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "unknown"}, "invalid_grant"),
    ],
)
async def test_a_malformed_token_request_is_refused(
    rig: Rig, form: dict[str, str | list[str]], error: str
) -> None:
    before = await rig.state()
    assert_protocol_error(await rig.http.post("/i/univ/token", data=form), 400, error)
    assert await rig.state() == before
