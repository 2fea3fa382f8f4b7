"""The shares API: depositing, fetching, stopping, counting, sweeping, and everything hostile."""

import asyncio
import hashlib
import json
import logging
import re
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import text

import wallet.app
from digital_resume.adapters.clock import SystemClock
from digital_resume.adapters.database.engine import libpq_url
from digital_resume.adapters.database.migrate import differences
from digital_resume.adapters.retention_clock import RetentionClock
from digital_resume.local.postgres import EmbeddedPostgres
from wallet import shares
from wallet.models import Base, retention_clock
from wallet.settings import WalletSettings
from wallet.share_keys import ShareKeyError, ShareKeys

pytestmark = pytest.mark.integration

SHARES = "/api/v1/shares"
OPERATING = Path(wallet.app.__file__).parents[1] / "docs" / "operating.md"
DAY = 86_400


class Ahead:
    """A clock that goes wrong by so much."""

    def __init__(self, clock: SystemClock, by: timedelta) -> None:
        self._clock = clock
        self._by = by

    def now(self) -> datetime:
        return self._clock.now() + self._by


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def b64u(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


class Maker:
    """What a wallet has after it made a share."""

    def __init__(self, *, blocks: int = 1, days: float = 30) -> None:
        self.id = b64u(secrets.token_bytes(16))
        self.secret = secrets.token_bytes(32)
        self.body: dict[str, Any] = {
            "id": self.id,
            "version": 1,
            "expires": int(time.time() + days * DAY),
            "ciphertext": b64u(secrets.token_bytes(28 + 4096 * blocks)),
            "stopKeyHash": hashlib.sha256(self.secret).hexdigest(),
        }

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {b64u(self.secret)}"}

    @property
    def path(self) -> str:
        return f"{SHARES}/{self.id}"


async def deposited(client: httpx.AsyncClient, **made: Any) -> Maker:
    maker = Maker(**made)
    response = await client.post(SHARES, json=maker.body)
    assert response.status_code == 201, response.text
    return maker


def refused(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title_ko"]
    assert "Traceback" not in response.text


async def test_a_share_comes_back_as_it_was_deposited(client: httpx.AsyncClient) -> None:
    maker = await deposited(client, blocks=127)
    response = await client.get(maker.path)
    assert response.json() == {key: maker.body[key] for key in ("id", "version", "expires", "ciphertext")}
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "no-store"
    assert "set-cookie" not in response.headers
    assert "stopKeyHash" not in response.text


async def test_an_identical_repeat_is_accepted_and_another_share_of_that_id_is_not(
    client: httpx.AsyncClient,
) -> None:
    maker = await deposited(client)
    assert (await client.post(SHARES, json=maker.body)).status_code == 201
    for changed in (
        {"ciphertext": Maker().body["ciphertext"]},
        {"stopKeyHash": "0" * 64},
        {"expires": maker.body["expires"] + 1},
    ):
        refused(await client.post(SHARES, json=maker.body | changed), 409, "share_id_taken")
    assert (await client.get(maker.path)).json()["ciphertext"] == maker.body["ciphertext"]


async def test_of_many_deposits_at_once_exactly_one_is_kept(client: httpx.AsyncClient) -> None:
    maker = Maker()
    bodies = [maker.body | {"ciphertext": Maker().body["ciphertext"]} for _ in range(8)]
    answers = await asyncio.gather(*(client.post(SHARES, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    winner = next(body for body, answer in zip(bodies, answers, strict=True) if answer.status_code == 201)
    assert (await client.get(maker.path)).json()["ciphertext"] == winner["ciphertext"]


async def test_a_stopped_share_is_gone_at_once_and_its_ciphertext_erased(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    maker = await deposited(client)
    assert (await client.delete(maker.path, headers=maker.auth)).status_code == 204
    response = await client.get(maker.path)
    refused(response, 410, "share_stopped")
    assert response.headers["access-control-allow-origin"] == "*", "the verify page must read why"
    async with app.state.database.sessions() as session:
        kept = await session.scalar(
            text("select ciphertext from wallet.share where id = :id"), {"id": maker.id}
        )
    assert kept is None
    assert (await client.delete(maker.path, headers=maker.auth)).status_code == 204, "stopping twice"
    refused(await client.post(SHARES, json=maker.body), 409, "share_id_taken")


async def test_only_the_maker_stops_a_share_and_reads_its_openings(client: httpx.AsyncClient) -> None:
    maker = await deposited(client)
    for headers in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic eA"},
        {"Authorization": "Bearer " + "!" * 43},
    ):
        refused(await client.delete(maker.path, headers=headers), 401, "stop_secret_missing")
        refused(await client.get(f"{maker.path}/openings", headers=headers), 401, "stop_secret_missing")
    other = Maker().auth
    refused(await client.delete(maker.path, headers=other), 403, "stop_secret_wrong")
    answer = await client.get(f"{maker.path}/openings", headers=other)
    refused(answer, 403, "stop_secret_wrong")
    assert "access-control-allow-origin" not in answer.headers
    assert (await client.get(maker.path)).status_code == 200
    refused(await client.delete(Maker().path, headers=other), 404, "share_unknown")


async def test_openings_are_counted_and_dated_without_a_write_a_request(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    maker = await deposited(client)
    assert (await client.get(f"{maker.path}/openings", headers=maker.auth)).json() == {
        "count": 0,
        "openings": [],
    }
    for _ in range(5):
        await client.get(maker.path)
        assert (await client.head(maker.path)).status_code == 200  # a link checker fetches nothing
    answer = (await client.get(f"{maker.path}/openings", headers=maker.auth)).json()
    assert answer["count"] == 5
    assert len(answer["openings"]) == 5
    assert answer["openings"] == sorted(answer["openings"])
    for _ in range(120):
        app.state.openings.add(maker.id, datetime.now(UTC))
    answer = (await client.get(f"{maker.path}/openings", headers=maker.auth)).json()
    assert (answer["count"], len(answer["openings"])) == (125, 100)
    await client.delete(maker.path, headers=maker.auth)
    await client.get(maker.path)
    answer = (await client.get(f"{maker.path}/openings", headers=maker.auth)).json()
    assert answer["count"] == 125, "a refused fetch is no opening"


async def test_openings_reach_the_database_by_themselves(client: httpx.AsyncClient, app: FastAPI) -> None:
    maker = await deposited(client)
    await client.get(maker.path)
    async with asyncio.timeout(60):
        count = None
        while count is None:
            await asyncio.sleep(0.05)
            async with app.state.database.sessions() as session:
                count = await session.scalar(
                    text("select count from wallet.share_openings where share_id = :id"), {"id": maker.id}
                )
    assert count == 1


async def test_an_expired_share_is_not_served_and_the_sweep_erases_it(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    maker = await deposited(client)
    past = int(time.time()) - 5
    async with app.state.database.sessions.begin() as session:
        await session.execute(
            text("update wallet.share set expires = :past where id = :id"), {"past": past, "id": maker.id}
        )
    refused(await client.get(maker.path), 410, "share_expired")
    async with app.state.database.sessions.begin() as session:
        assert await shares.sweep(session, datetime.now(UTC), 200, app.state.share_keys) == 1
    refused(await client.get(maker.path), 410, "share_expired")
    async with app.state.database.sessions.begin() as session:
        assert (
            await shares.sweep(session, datetime.now(UTC) + timedelta(days=201), 200, app.state.share_keys)
            >= 1
        )
    refused(await client.get(maker.path), 404, "share_unknown")


async def test_of_a_stopped_share_nothing_on_the_disk_opens(
    client: httpx.AsyncClient, postgres: EmbeddedPostgres, data_dir: Path
) -> None:
    """As it is after a checkpoint, which writes everything that PostgreSQL held in memory."""
    maker = await deposited(client)
    ciphertext = urlsafe_b64decode(maker.body["ciphertext"] + "==")
    slot = (data_dir / "share-keys").stat().st_size // 32 - 1
    key = (data_dir / "share-keys").read_bytes()[slot * 32 :]
    assert any(key)
    assert (await client.delete(maker.path, headers=maker.auth)).status_code == 204
    assert key not in (data_dir / "share-keys").read_bytes()
    # Table files and write-ahead log keep what was deleted, but never in the form that the link's key opens.
    with psycopg.connect(libpq_url(postgres.url), autocommit=True) as connection:
        connection.execute("checkpoint")
    written = everything_in(postgres.folder)
    assert maker.id.encode() in written
    assert all(ciphertext[at : at + 32] not in written for at in range(0, 1024, 32))


async def test_a_kill_between_key_and_row_leaves_a_share_that_has_ended(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    maker = await deposited(client)
    async with app.state.database.sessions() as session:
        query = text("select key_slot from wallet.share where id = :id")
        slot = await session.scalar(query, {"id": maker.id})
    app.state.share_keys.destroy(slot)
    refused(await client.get(maker.path), 410, "share_stopped")
    assert (await client.delete(maker.path, headers=maker.auth)).status_code == 204
    refused(await client.get(maker.path), 410, "share_stopped")


async def test_with_a_wrong_file_of_keys_a_share_has_not_ended(
    client: httpx.AsyncClient, app: FastAPI, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    maker = await deposited(client)
    right, wrong = app.state.share_keys, ShareKeys(tmp_path / "wrong")
    async with app.state.database.sessions() as session:
        newest = await shares.newest_slot(session)
    assert newest is not None
    wrong.seal(newest, "another", b"")
    app.state.share_keys = wrong
    answer = await client.get(maker.path)
    refused(answer, 503, "share_key_missing")
    assert answer.headers["retry-after"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "SHARE_KEYS_FILE" not in answer.text, "an operator's matter"
    refused(await client.post(SHARES, json=maker.body), 503, "share_key_missing")
    assert "SHARE_KEYS_FILE" in caplog.text
    app.state.share_keys = right
    assert (await client.get(maker.path)).json()["ciphertext"] == maker.body["ciphertext"]
    assert (await client.post(SHARES, json=maker.body)).status_code == 201


async def test_shares_whose_keys_are_lost_are_ended_as_documented(
    client: httpx.AsyncClient, app: FastAPI, tmp_path: Path
) -> None:
    maker = await deposited(client)
    empty = ShareKeys(tmp_path / "empty")
    with pytest.raises(ShareKeyError):
        await wallet.app._check_keys(app.state.database, empty)
    documented = re.search(r"```sql\n(update .+ ciphertext = null.+);\n```", OPERATING.read_text("utf-8"))
    assert documented
    async with app.state.database.sessions.begin() as session:
        await session.execute(text(documented[1]))
    await wallet.app._check_keys(app.state.database, empty)
    app.state.share_keys = empty
    refused(await client.get(maker.path), 410, "share_expired")
    assert (await client.delete(maker.path, headers=maker.auth)).status_code == 204
    again = await deposited(client)
    assert (await client.get(again.path)).status_code == 200
    # The tests after this one have the file back, in which this share has no key.
    assert (await client.delete(again.path, headers=again.auth)).status_code == 204


async def test_a_clock_that_jumps_by_a_year_erases_no_share(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = await deposited(client, days=1)
    real = SystemClock()
    wrong = RetentionClock(retention_clock, Ahead(real, timedelta(days=370)))
    settings = WalletSettings(database_url=SecretStr("postgresql://unused/unused"))
    monkeypatch.setattr("digital_resume.adapters.retention_clock.APART_SECONDS", float("inf"))
    for clock in (wrong, wrong, RetentionClock(retention_clock, real)):
        await wallet.app._sweep(app.state.database, settings, clock, app.state.share_keys)
    assert (await client.get(maker.path)).status_code == 200


async def test_a_share_that_expired_is_erased_a_day_later(app: FastAPI, client: httpx.AsyncClient) -> None:
    maker = await deposited(client)
    settings = WalletSettings(database_url=SecretStr("postgresql://unused/unused"))
    left = text("select ciphertext is not null from wallet.share where id = :id")
    for hours, kept in ((-1, True), (-25, False)):
        async with app.state.database.sessions.begin() as session:
            expires = int(time.time()) + hours * 3_600
            await session.execute(
                text("update wallet.share set expires = :at where id = :id"), {"at": expires, "id": maker.id}
            )
            await session.execute(
                text("update wallet.retention_clock set trusted_at = now(), seen_at = now()")
            )
        refused(await client.get(maker.path), 410, "share_expired")
        clock = RetentionClock(retention_clock, SystemClock())
        await wallet.app._sweep(app.state.database, settings, clock, app.state.share_keys)
        async with app.state.database.sessions() as session:
            assert await session.scalar(left, {"id": maker.id}) is kept


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"version": 2}, "request_invalid"),
        ({"version": True}, "request_invalid"),
        ({"id": "short"}, "request_invalid"),
        ({"id": "AAECAwQFBgcICQoLDA0ODx"}, "request_invalid"),
        ({"id": "../../../../etc/passw"}, "request_invalid"),
        ({"expires": "1798005600"}, "request_invalid"),
        ({"expires": 1798005600.5}, "request_invalid"),
        ({"expires": -1}, "request_invalid"),
        ({"expires": 2**63}, "request_invalid"),
        ({"stopKeyHash": "A" * 64}, "request_invalid"),
        ({"stopKeyHash": ""}, "request_invalid"),
        ({"ciphertext": ""}, "request_invalid"),
        ({"ciphertext": "AA=="}, "request_invalid"),
        ({"ciphertext": "한글"}, "request_invalid"),
        ({"ciphertext": None}, "request_invalid"),
        ({"more": 1}, "request_invalid"),
        ({"ciphertext": "A"}, "share_ciphertext_invalid"),
        ({"ciphertext": "AB"}, "share_ciphertext_invalid"),
        ({"ciphertext": b64u(bytes(28))}, "share_ciphertext_invalid"),
        ({"ciphertext": b64u(bytes(28 + 4095))}, "share_ciphertext_invalid"),
    ],
)
async def test_what_is_not_a_sealed_resume_is_refused(
    client: httpx.AsyncClient, changed: dict[str, Any], code: str
) -> None:
    maker = Maker()
    refused(await client.post(SHARES, json=maker.body | changed), 422, code)
    refused(await client.get(maker.path), 404, "share_unknown")


async def test_a_resume_too_large_for_a_share_is_told_so(client: httpx.AsyncClient) -> None:
    largest = Maker().body | {"ciphertext": b64u(bytes(28 + 4096 * 127))}
    assert (await client.post(SHARES, json=largest)).status_code == 201
    larger = Maker()
    body = larger.body | {"ciphertext": b64u(bytes(28 + 4096 * 128))}
    refused(await client.post(SHARES, json=body), 413, "share_too_large")
    refused(await client.get(larger.path), 404, "share_unknown")


@pytest.mark.parametrize(
    ("days", "stored"), [(1, True), (200, True), (0.98, False), (200.02, False), (-1, False)]
)
async def test_a_share_lives_one_to_two_hundred_days(
    client: httpx.AsyncClient, days: float, stored: bool
) -> None:
    response = await client.post(SHARES, json=Maker(days=days).body)
    if stored:
        assert response.status_code == 201
    else:
        refused(response, 422, "share_expiry_invalid")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "request_invalid"),
        (b"{", 400, "malformed"),
        (b"[]", 422, "request_invalid"),
        (b"null", 422, "request_invalid"),
        (b'{"id":"\xff"}', 400, "malformed"),
        (b'{"id":"\\u0000"}', 400, "malformed"),
        (b"[" * 5000 + b"]" * 5000, 413, "too_large"),
        (b'{"ciphertext":"' + b"A" * 800_000 + b'"}', 413, "too_large"),
    ],
)
async def test_hostile_bodies_are_refused_before_they_are_read(
    client: httpx.AsyncClient, content: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    refused(await client.post(SHARES, content=content, headers=headers), status, code)


@pytest.mark.parametrize("name", ["x", "a" * 22, "A" * 22 + "B", "%00", "a'--", "가", "A" * 5000])
async def test_an_id_of_no_share_is_unknown(client: httpx.AsyncClient, name: str) -> None:
    refused(await client.get(f"{SHARES}/{name}"), 404, "share_unknown")


async def test_other_methods_and_preflights_get_no_openness(client: httpx.AsyncClient) -> None:
    maker = await deposited(client)
    for method, path in (("PUT", maker.path), ("OPTIONS", maker.path), ("POST", maker.path), ("GET", SHARES)):
        response = await client.request(method, path, headers={"Origin": "https://evil.example"})
        assert response.status_code == 405
        assert "access-control-allow-origin" not in response.headers
    posted = await client.post(SHARES, json=Maker().body, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in posted.headers


async def test_health_tells_whether_the_database_answers(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_nothing_of_a_share_reaches_the_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        maker = await deposited(client)
        await client.get(maker.path)
        await client.delete(maker.path, headers=maker.auth)
    written = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("httpx")
    )
    assert b64u(maker.secret) not in written
    assert maker.body["ciphertext"][:40] not in written


def test_the_migrations_make_what_the_models_describe(database_url: str) -> None:
    assert differences(database_url, "wallet", Base.metadata) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changed=st.dictionaries(
        st.sampled_from(["id", "version", "expires", "ciphertext", "stopKeyHash", "x"]),
        json_values,
        min_size=1,
    )
)
def test_whatever_is_posted_is_answered_without_a_server_error(
    fuzz_client: "FuzzClient", changed: dict[str, Any]
) -> None:
    body = json.dumps(Maker().body | changed, ensure_ascii=False)
    response = fuzz_client.post(body)
    assert response.status_code in {201, 400, 409, 413, 422}, response.text


class FuzzClient:
    """Posts from Hypothesis's synchronous tests onto the app's own loop."""

    def __init__(self, client: httpx.AsyncClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def post(self, body: str) -> httpx.Response:
        content = body.encode("utf-8", "surrogatepass")
        headers = {"Content-Type": "application/json"}
        return self._runner.run(self._client.post(SHARES, content=content, headers=headers))


@pytest.fixture
def fuzz_client(database_url: str, data_dir: Path) -> Any:
    from wallet.app import create_app
    from wallet.settings import WalletSettings

    made = create_app(WalletSettings(database_url=SecretStr(database_url), data_dir=data_dir))
    with asyncio.Runner() as runner:
        lifespan = made.router.lifespan_context(made)
        runner.run(lifespan.__aenter__())
        transport = httpx.ASGITransport(app=made, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://localhost:8002")
        yield FuzzClient(client, runner)
        runner.run(client.aclose())
        runner.run(lifespan.__aexit__(None, None, None))
