"""What answers of an issuer look like, good and bad."""

import httpx

from tests.integration.issuer.rig import Rig, Wallet


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    """Check that an answer is a problem document in two languages, without a stack trace."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code
    assert body["title_ko"]
    assert body["detail"]
    assert "Traceback" not in answer.text
    assert "File " not in answer.text


def assert_protocol_error(answer: httpx.Response, status: int, error: str) -> None:
    """Check that an answer is the spec's JSON."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["error"] == error
    assert answer.json()["error_description"].isascii()


async def granted(rig: Rig, wallet: Wallet) -> str:
    """Return the access token of an offer that was just made and redeemed."""
    _, made = await rig.offered()
    token: str = (await wallet.token(made["offer"], made["txCode"])).json()["access_token"]
    return token
