"""Training completion through the seam, with the real issuer and database behind it."""

import asyncio
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import create_engine, text

from digital_resume.adapters.database import Database
from digital_resume.adapters.database.engine import sqlalchemy_url
from digital_resume.adapters.database.migrate import differences, upgrade
from digital_resume.adapters.database.queues import apply_schema
from digital_resume.local.host import free_port
from digital_resume.modules.api import (
    ClockInDoubtError,
    IssuerClient,
    PluginContext,
    RetentionClock,
    VerifierClient,
)
from digital_resume.settings import CommonSettings
from issuer.app import create_app as create_issuer
from issuer.context import Context
from issuer.onboarding.service import add_institution
from issuer.settings import IssuerSettings
from plugins.host.app import create_app
from plugins.training.models import Base, retention_clock
from plugins.training.service import forget_requests
from plugins.training.settings import TrainingSettings
from tests.integration.serving import serve

pytestmark = pytest.mark.integration

ACCESS_KEY = "provider-of-the-test"


@dataclass
class Modules:
    """The running modules and the issuer behind them."""

    url: str
    database_url: str
    issuer: "Switch"

    def post(self, body: dict[str, Any], key: str | None = None, access: str = ACCESS_KEY) -> httpx.Response:
        """Record a completion."""
        headers = {"authorization": f"Bearer {access}"}
        if key is not None:
            headers["idempotency-key"] = key
        return httpx.post(f"{self.url}/training/completions", json=body, headers=headers, timeout=20)

    def execute(self, statement: str) -> None:
        """Change the database."""
        engine = create_engine(sqlalchemy_url(self.database_url))
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def count(self, table: str) -> int:
        """Count rows of a table."""
        engine = create_engine(sqlalchemy_url(self.database_url))
        with engine.connect() as connection:
            found = connection.execute(text(f"select count(*) from {table}")).scalar_one()
        engine.dispose()
        return int(found)


class Switch:
    """The issuer's app, which a test can switch off."""

    def __init__(self, app: Any) -> None:
        self.app, self.off = app, False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve, or answer 503."""
        if self.off and scope["type"] == "http":
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})
            return
        await self.app(scope, receive, send)


async def _add_onnuri(settings: IssuerSettings) -> str:
    context = Context.from_settings(settings)
    async with context.database.sessions.begin() as session:
        added = await add_institution(
            session,
            context,
            slug="onnuri",
            name_ko="온누리직업훈련원(시연용)",
            name_en="Onnuri Vocational Training (demo)",
            credential_types=["TrainingCompletion"],
            scopes=["records:write", "records:read"],
        )
    await context.database.dispose()
    return added.api_key


@pytest.fixture(scope="module")
def modules(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modules]:
    """Serve the issuer and the modules."""
    for service in ("issuer", "plugin_training"):
        upgrade(database_url, service)
    apply_schema(database_url)
    issuer_port, modules_port = free_port(), free_port()
    common = {
        "database_url": database_url,
        "issuer_url": f"http://localhost:{issuer_port}",
        "modules_url": f"http://localhost:{modules_port}",
        "data_dir": Path(tmp_path_factory.mktemp("data")),
    }
    key = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    issuer_settings = IssuerSettings.model_validate({**common, "key_encryption_key": key})
    api_key = asyncio.run(_add_onnuri(issuer_settings))
    issuer = Switch(create_issuer(issuer_settings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLUGIN_TRAINING_ISSUER_API_KEY", api_key)
        patch.setenv("PLUGIN_TRAINING_PROVIDER_ACCESS_KEY", ACCESS_KEY)
        app = create_app(CommonSettings.model_validate(common))
    with serve(issuer, issuer_port), serve(app, modules_port) as url:
        yield Modules(url, database_url, issuer)


def _body(**changes: Any) -> dict[str, Any]:
    return {
        "name": "김하늘",
        "birthDate": "2001-03-14",
        "course": "클라우드 서버 운영",
        "provider": "온누리직업훈련원(시연용)",
        "period": {"start": "2026-02-02", "end": "2026-06-26"},
        "hours": 560,
        "attendancePercent": 97,
        "legalBasis": "국민 평생 직업능력 개발법",
        **changes,
    }


def test_the_migration_makes_what_the_models_say(modules: Modules) -> None:
    assert differences(modules.database_url, "plugin_training", Base.metadata) == []


def test_a_completion_becomes_a_record_with_an_offer(modules: Modules) -> None:
    answer = modules.post(_body(), secrets.token_hex(8))
    assert answer.status_code == 201, answer.text
    recorded = answer.json()
    assert recorded["decision"] == "completed"
    assert recorded["rule"]["minimumAttendancePercent"] == 80
    assert recorded["rule"]["effectiveFrom"] == "2026-01-01"
    assert recorded["rule"]["source"]
    offer = recorded["offer"]
    assert offer["offerUri"].startswith("openid-credential-offer://?")
    assert offer["offerLink"].partition("/#")[2] == offer["offerUri"].partition("?")[2]
    assert offer["offer"]["credential_configuration_ids"] == ["TrainingCompletion"]
    assert offer["txCode"].isdigit()


def test_the_same_request_again_gives_the_same_completion_once(modules: Modules) -> None:
    key = secrets.token_hex(8)
    before = modules.count("issuer.record")
    first, second = modules.post(_body(), key), modules.post(_body(), key)
    assert first.status_code == second.status_code == 201
    assert first.json()["completionNumber"] == second.json()["completionNumber"]
    assert modules.count("issuer.record") == before + 1


def test_a_key_for_another_course_or_learner_is_refused_and_changes_nothing(modules: Modules) -> None:
    key = secrets.token_hex(8)
    modules.post(_body(), key)
    before = modules.count("issuer.record"), modules.count("plugin_training.completion")
    for change in ({"hours": 10}, {"name": "박정수"}):
        answer = modules.post(_body(**change), key)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (modules.count("issuer.record"), modules.count("plugin_training.completion")) == before


@pytest.mark.parametrize(("attendance", "decision"), [(79, "not_completed"), (80, "completed")])
def test_the_rule_decides_at_its_very_number(modules: Modules, attendance: int, decision: str) -> None:
    answer = modules.post(_body(attendancePercent=attendance), secrets.token_hex(8))
    assert answer.status_code == 201
    assert answer.json()["decision"] == decision
    assert (answer.json()["offer"] is None) == (decision == "not_completed")


def test_an_earlier_course_is_decided_by_the_rule_of_its_day(modules: Modules) -> None:
    answer = modules.post(_body(period={"start": "2025-02-03", "end": "2025-06-27"}), secrets.token_hex(8))
    assert answer.json()["rule"]["effectiveFrom"] == "2020-01-01"
    assert answer.json()["rule"]["sourceSeen"] is False


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"period": {"start": "2019-02-03", "end": "2019-06-27"}}, "no_rule_in_force"),
        (
            {"period": {"start": "2026-02-03", "end": str((datetime.now(UTC) + timedelta(days=3)).date())}},
            "course_not_ended",
        ),
        ({"name": "김하늘 010314-3123456"}, "resident_registration_number"),
        ({"period": {"start": "2026-06-27", "end": "2026-02-03"}}, "schema_violation"),
        ({"attendancePercent": 101}, "request_invalid"),
        ({"attendancePercent": "97"}, "request_invalid"),
        ({"hours": 0}, "request_invalid"),
        ({"extra": 1}, "request_invalid"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(
    modules: Modules, change: dict[str, Any], code: str
) -> None:
    before = modules.count("plugin_training.completion"), modules.count("issuer.record")
    answer = modules.post(_body(**change), secrets.token_hex(8))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code, answer.text
    assert "010314" not in answer.text
    assert (modules.count("plugin_training.completion"), modules.count("issuer.record")) == before


def test_a_stranger_records_nothing(modules: Modules) -> None:
    answer = modules.post(_body(), secrets.token_hex(8), access="guessed-access-key")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert httpx.get(f"{modules.url}/training/completions").status_code == 401


@pytest.mark.parametrize(
    ("key", "code"), [(None, "idempotency_key_missing"), ("a b", "idempotency_key_invalid")]
)
def test_an_idempotency_key_is_needed(modules: Modules, key: str | None, code: str) -> None:
    answer = modules.post(_body(), key)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_while_the_issuer_is_off_the_request_can_be_sent_again(modules: Modules) -> None:
    key = secrets.token_hex(8)
    modules.issuer.off = True
    try:
        answer = modules.post(_body(), key)
        assert (answer.status_code, answer.json()["code"]) == (503, "source_unavailable")
    finally:
        modules.issuer.off = False
    assert modules.post(_body(), key).json()["offer"]["txCode"]


def test_no_learner_is_kept_in_the_module(modules: Modules) -> None:
    modules.post(_body(name="응우옌티란"), secrets.token_hex(8))
    engine = create_engine(sqlalchemy_url(modules.database_url))
    with engine.connect() as connection:
        rows = connection.execute(text("select t::text from plugin_training.completion t")).scalars().all()
    engine.dispose()
    assert rows
    assert not any("응우옌티란" in row or "2001-03-14" in row for row in rows)


def test_pages_are_served_below_the_modules_path(modules: Modules) -> None:
    page = httpx.get(f"{modules.url}/training/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert httpx.get(f"{modules.url}/training/static/training.js").status_code == 200
    assert httpx.get(f"{modules.url}/config.json").json()["modules"][0]["name"] == "training"
    assert httpx.get(f"{modules.url}/healthz").json() == {"status": "ok", "modules": ["training"]}


@dataclass(frozen=True)
class _Ahead:
    """A system's clock that is ahead of the database's."""

    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


async def _forget(database_url: str, ahead: timedelta) -> None:
    database, clock = Database(database_url), _Ahead(ahead)
    context = PluginContext(
        settings=TrainingSettings(),
        sessions=database.sessions,
        issuer=cast(IssuerClient, None),
        verifier=cast(VerifierClient, None),
        clock=clock,
        production=False,
        base_url="",
        retention=RetentionClock(retention_clock, clock),
    )
    try:
        await forget_requests(context)
    finally:
        await database.dispose()


def test_a_key_is_forgotten_when_its_day_has_passed_and_by_no_jump_of_a_clock(modules: Modules) -> None:
    key = secrets.token_hex(8)
    assert modules.post(_body(), key).status_code == 201
    kept = f"plugin_training.completion where idempotency_key = '{key}'"
    with pytest.raises(ClockInDoubtError):
        asyncio.run(_forget(modules.database_url, timedelta(days=370)))
    assert modules.count(kept) == 1
    # The database's clock jumped with the system's: what has really passed is what counts.
    modules.execute("update plugin_training.completion set recorded_at = now() - interval '21 hours'")
    modules.execute("update plugin_training.retention_clock set trusted_at = now() - interval '2 hours'")
    asyncio.run(_forget(modules.database_url, timedelta()))
    assert modules.count(kept) == 1
    modules.execute("update plugin_training.retention_clock set trusted_at = now()")
    asyncio.run(_forget(modules.database_url, timedelta()))
    assert modules.count(kept) == 0
