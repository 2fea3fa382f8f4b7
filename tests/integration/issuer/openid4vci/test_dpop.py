"""DPoP at the token, credential and notification endpoints (RFC 9449); without it a token is a bearer's."""

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jws import sign_compact
from issuer.retention import erase_expired
from tests.integration.issuer.answers import assert_protocol_error, granted
from tests.integration.issuer.rig import PRE_AUTHORIZED, Rig, Wallet

ALGS = "ES256 ES384 EdDSA"


class Client:
    """A client with a key for its proofs, which is not the key that a credential is bound to."""

    def __init__(self, rig: Rig, key: LocalSigner | None = None) -> None:
        self.rig, self.key = rig, key or LocalSigner.generate()

    def proof(self, endpoint: str, token: str | None = None, **other: Any) -> str:
        """Sign a proof for an endpoint; ``None`` leaves a claim out."""
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": "POST",
            "htu": f"{self.rig.context.credential_issuer('univ')}/{endpoint}",
            "iat": int(self.rig.clock.now().timestamp()),
            "ath": None if token is None else _hash(token),
            **other,
        }
        header = {"typ": claims.pop("typ", "dpop+jwt"), "jwk": claims.pop("jwk", self.key.public_key.jwk())}
        present = {name: value for name, value in claims.items() if value is not None}
        return sign_compact({k: v for k, v in header.items() if v is not None}, present, self.key)

    async def token(self, made: Mapping[str, Any], proof: str) -> httpx.Response:
        """Redeem an offer with a proof."""
        code = made["offer"]["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
        form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code, "tx_code": made["txCode"]}
        return await self.rig.http.post("/i/univ/token", data=form, headers={"DPoP": proof})

    async def bound(self) -> str:
        """Return a token that is bound to the client's key."""
        _, made = await self.rig.offered()
        answer = await self.token(made, self.proof("token"))
        assert answer.status_code == 200, answer.text
        assert answer.json()["token_type"] == "DPoP"
        token: str = answer.json()["access_token"]
        return token

    async def ask(
        self, token: str, proof: str | None, wallet: Wallet, *, scheme: str = "DPoP"
    ) -> httpx.Response:
        """Ask for the credential."""
        headers = {"Authorization": f"{scheme} {token}", **({"DPoP": proof} if proof else {})}
        proofs = {"jwt": [wallet.proof(await wallet.nonce())]}
        body = {"credential_configuration_id": "UniversityDegree", "proofs": proofs}
        return await self.rig.http.post("/i/univ/credential", json=body, headers=headers)


def _hash(token: str) -> str:
    return b64u_encode(hashlib.sha256(token.encode()).digest())


@pytest.fixture
def client(rig: Rig) -> Client:
    """Make a client."""
    return Client(rig)


@pytest.mark.parametrize("curve", ["P-256", "P-384", "Ed25519"])
async def test_a_bound_token_has_the_credential_with_a_proof_for_each_request(
    rig: Rig, wallet: Wallet, curve: Any
) -> None:
    client = Client(rig, LocalSigner.generate(curve))
    token = await client.bound()
    issued = await client.ask(token, client.proof("credential", token), wallet)
    assert issued.status_code == 200, issued.text
    notified = await rig.http.post(
        "/i/univ/notification",
        json={"notification_id": issued.json()["notification_id"], "event": "credential_accepted"},
        headers={"Authorization": f"DPoP {token}", "DPoP": client.proof("notification", token)},
    )
    assert notified.status_code == 204, notified.text


async def test_a_stolen_token_is_worth_nothing_without_the_key(
    rig: Rig, wallet: Wallet, client: Client
) -> None:
    token, thief = await client.bound(), Client(rig)
    before = await rig.state()
    with_proof = client.proof("credential", token)
    for answer, error in (
        (await client.ask(token, None, wallet, scheme="Bearer"), "invalid_token"),
        (
            await client.ask(token, with_proof, wallet, scheme="Bearer"),
            "invalid_token",
        ),
        (await client.ask(token, None, wallet), "invalid_dpop_proof"),
        (await thief.ask(token, thief.proof("credential", token), wallet), "invalid_token"),
    ):
        assert_protocol_error(answer, 401, error)
        assert answer.headers["www-authenticate"].startswith(f'DPoP algs="{ALGS}", error="{error}"')
    assert await rig.state() == before


async def test_a_bearer_token_is_not_taken_as_a_bound_one(rig: Rig, wallet: Wallet, client: Client) -> None:
    token = await granted(rig, wallet)
    answer = await client.ask(token, client.proof("credential", token), wallet)
    assert_protocol_error(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer error=")
    assert (await client.ask(token, None, wallet, scheme="bearer")).status_code == 200


FAULTS: dict[str, dict[str, Any]] = {
    "type": {"typ": "JWT"},
    "no key": {"jwk": None},
    "another key": {"jwk": LocalSigner.generate().public_key.jwk()},
    "private key": {"jwk": {**LocalSigner.generate().public_key.jwk(), "d": "AA"}},
    "symmetric key": {"jwk": {"kty": "oct", "k": "AA"}},
    "no jti": {"jti": None},
    "empty jti": {"jti": ""},
    "jti too long": {"jti": "x" * 1_025},
    "another method": {"htm": "GET"},
    "no method": {"htm": None},
    "another address": {"htu": "http://localhost:8001/i/other/credential"},
    "another host": {"htu": "http://evil.example/i/univ/credential"},
    "no address": {"htu": None},
    "no iat": {"iat": None},
    "iat is text": {"iat": "now"},
    "another token": {"ath": _hash("another")},
    "no ath": {"ath": None},
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_proof_with_one_fault_is_refused_and_changes_nothing(
    rig: Rig, wallet: Wallet, client: Client, fault: str
) -> None:
    token = await client.bound()
    before = await rig.state()
    answer = await client.ask(token, client.proof("credential", token, **FAULTS[fault]), wallet)
    assert_protocol_error(answer, 401, "invalid_dpop_proof")
    assert await rig.state() == before


@pytest.mark.parametrize("fault", [name for name in FAULTS if "ath" not in FAULTS[name]])
async def test_a_token_is_not_given_for_a_proof_with_one_fault(rig: Rig, client: Client, fault: str) -> None:
    _, made = await rig.offered()
    before = await rig.state()
    refused = await client.token(made, client.proof("token", **FAULTS[fault]))
    assert_protocol_error(refused, 400, "invalid_dpop_proof")
    assert "www-authenticate" not in refused.headers
    assert await rig.state() == before
    assert (await client.token(made, client.proof("token"))).status_code == 200


@pytest.mark.parametrize("written", ["HTTP://LOCALHOST:8001{}", "http://localhost:8001{}?a=b#c"])
async def test_an_address_is_compared_by_what_it_means(
    rig: Rig, wallet: Wallet, client: Client, written: str
) -> None:
    token = await client.bound()
    assert rig.settings.issuer_url == "http://localhost:8001"
    htu = written.format("/i/univ/credential")
    issued = await client.ask(token, client.proof("credential", token, htu=htu), wallet)
    assert issued.status_code == 200, issued.text


async def test_a_proof_is_used_once_even_at_the_same_moment(rig: Rig, wallet: Wallet, client: Client) -> None:
    token = await client.bound()
    proof = client.proof("credential", token)
    answers = await asyncio.gather(*(client.ask(token, proof, wallet) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    refused = next(answer for answer in answers if answer.status_code == 401)
    assert_protocol_error(refused, 401, "invalid_dpop_proof")


async def test_a_proof_at_the_token_endpoint_is_used_once_even_by_a_request_that_fails(
    rig: Rig, client: Client
) -> None:
    _, made = await rig.offered()
    proof = client.proof("token")
    wrong = {**made, "txCode": "000000" if made["txCode"] != "000000" else "111111"}
    assert_protocol_error(await client.token(wrong, proof), 400, "invalid_grant")
    assert_protocol_error(await client.token(made, proof), 400, "invalid_dpop_proof")
    assert (await client.token(made, client.proof("token"))).status_code == 200


async def test_who_knows_no_code_fills_no_table(rig: Rig, client: Client) -> None:
    _, made = await rig.offered()
    made["offer"]["grants"][PRE_AUTHORIZED]["pre-authorized_code"] = "unknown"
    assert_protocol_error(await client.token(made, client.proof("token")), 400, "invalid_grant")
    assert await rig.scalar("select count(*) from issuer.dpop_proof") == 0


@pytest.mark.parametrize("minutes", [6, -6, 60 * 24])
async def test_a_phone_whose_clock_is_off_is_told_a_nonce_and_goes_on(
    rig: Rig, wallet: Wallet, client: Client, minutes: int
) -> None:
    iat = int(rig.clock.now().timestamp()) + 60 * minutes
    _, made = await rig.offered()
    told = await client.token(made, client.proof("token", iat=iat))
    assert_protocol_error(told, 400, "use_dpop_nonce")
    nonce = told.headers["dpop-nonce"]
    answer = await client.token(made, client.proof("token", iat=iat, nonce=nonce))
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    again = await client.ask(token, client.proof("credential", token, iat=iat), wallet)
    assert_protocol_error(again, 401, "use_dpop_nonce")
    proof = client.proof("credential", token, iat=iat, nonce=again.headers["dpop-nonce"])
    assert (await client.ask(token, proof, wallet)).status_code == 200


async def test_a_nonce_is_this_servers_and_not_old(rig: Rig, client: Client) -> None:
    _, made = await rig.offered()
    far = int(rig.clock.now().timestamp()) + 86_400
    nonce = (await client.token(made, client.proof("token", iat=far))).headers["dpop-nonce"]
    for other in ("", "x", nonce[:-2] + "AA", 7, "A" * 2_000):
        refused = await client.token(made, client.proof("token", nonce=other))
        assert_protocol_error(refused, 400, "use_dpop_nonce")
    rig.clock.ahead = timedelta(minutes=6)
    refused = await client.token(made, client.proof("token", nonce=nonce))
    assert_protocol_error(refused, 400, "use_dpop_nonce")


async def test_used_proofs_are_kept_as_long_as_they_could_be_sent_again(rig: Rig, client: Client) -> None:
    await client.bound()
    now = rig.clock.now()
    await erase_expired(rig.context, now + timedelta(minutes=9))
    assert await rig.scalar("select count(*) from issuer.dpop_proof") == 1
    await erase_expired(rig.context, now + timedelta(minutes=11))
    assert await rig.scalar("select count(*) from issuer.dpop_proof") == 0


async def test_a_page_of_another_origin_may_send_proofs_and_read_the_nonce(rig: Rig) -> None:
    origin = {"Origin": "https://wallet.example"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,dpop"}
    before = await rig.http.options("/i/univ/credential", headers={**origin, **asked})
    assert before.status_code == 200, before.text
    after = await rig.http.post("/i/univ/credential", json={}, headers=origin)
    assert "DPoP-Nonce" in after.headers["access-control-expose-headers"]
