"""When a credential is to be valid: what is accepted is readable by everybody, what is not is refused."""

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from digital_resume.adapters.database.migrate import upgrade
from digital_resume.core.credentials.catalog import credential_type
from issuer.records.blind_index import blind_index
from tests.integration.databases import Databases
from tests.integration.issuer.answers import assert_problem
from tests.integration.issuer.rig import Rig, Wallet

DEGREE = dict(credential_type("UniversityDegree").example)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"validUntil": "9999-12-31T23:59:59-05:00"}, "time_out_of_range"),
        ({"validUntil": "10000-01-01T00:00:00Z"}, "time_out_of_range"),
        ({"validUntil": "+12026-01-01T00:00:00Z"}, "time_out_of_range"),
        ({"validFrom": "9999-12-31T23:59:59-05:00"}, "time_out_of_range"),
        ({"validFrom": "0001-01-01T00:00:00+09:00"}, "time_out_of_range"),
        ({"validFrom": "0000-12-31T00:00:00Z"}, "time_out_of_range"),
        ({"validFrom": "-0044-03-15T00:00:00Z"}, "time_out_of_range"),
        ({"validFrom": "2026-02-30T00:00:00Z"}, "request_invalid"),
        ({"validFrom": "2026-02-03T00:00:00"}, "request_invalid"),
        ({"validFrom": 1_700_000_000}, "request_invalid"),
        ({"validFrom": "1700000000"}, "request_invalid"),
        ({"validUntil": "2020-01-01T00:00:00Z"}, "validity_invalid"),
    ],
)
@pytest.mark.parametrize("path", ["records", "credentials"])
async def test_a_time_that_no_reader_keeps_is_refused(
    rig: Rig, wallet: Wallet, path: str, members: dict[str, Any], code: str
) -> None:
    before = await rig.state()
    body: dict[str, Any] = {"credentialType": "UniversityDegree", "claims": DEGREE, **members}
    if path == "credentials":
        body["holder"] = {"jwk": wallet.key.public_key.jwk()}
    headers = {**rig.api_key(), "Idempotency-Key": "a-time-out-of-range"}
    answer = await rig.http.post(f"/api/v1/{path}", json=body, headers=headers)
    assert_problem(answer, 422, code)
    assert next(iter(members)) in answer.json()["detail"]
    assert await rig.state() == before


@pytest.mark.parametrize(
    ("valid_from", "seconds"),
    [
        ("1965-02-26T00:00:00+09:00", -152_960_400),
        ("1970-01-01T00:00:00+09:00", -32_400),
        ("0001-01-01T09:00:00+09:00", -62_135_596_800),
        ("2024-02-15T24:00:00Z", 1_708_041_600),
    ],
)
async def test_a_time_of_any_year_of_the_calendar_is_kept(
    rig: Rig, wallet: Wallet, valid_from: str, seconds: int
) -> None:
    body = {
        "credentialType": "UniversityDegree",
        "claims": DEGREE,
        "holder": {"jwk": wallet.key.public_key.jwk()},
        "validFrom": valid_from,
        "validUntil": "9999-12-31T23:59:59.9999999Z",
        "cryptosuite": "ecdsa-jcs-2019",
    }
    headers = {**rig.api_key(), "Idempotency-Key": "any-year"}
    answer = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["credential"]["validUntil"] == "9999-12-31T23:59:59Z"
    record = await rig.post_record(DEGREE, validFrom=valid_from, validUntil=body["validUntil"])
    read = await rig.http.get(f"/api/v1/records/{record.json()['recordId']}", headers=rig.api_key())
    assert read.status_code == 200, read.text
    kept = await rig.scalar("select extract(epoch from valid_from)::bigint from issuer.record")
    assert kept == seconds


async def test_rows_stored_before_the_rule_are_made_readable_and_no_other_comes(
    databases: Databases, rig: Rig
) -> None:
    """A row beyond the calendar made every later read of it, and every claim of its person, a 500."""
    with databases.new() as url:
        await asyncio.to_thread(upgrade, url, "issuer", "0006")
        with psycopg.connect(url) as connection:
            connection.execute(
                "insert into issuer.institution"
                " select * from jsonb_populate_record(null::issuer.institution, %s)",
                [Jsonb(await _institution(rig))],
            )
            connection.execute(
                "insert into issuer.record (id, institution_id, credential_type, encrypted_claims,"
                " blind_index, valid_from, valid_until)"
                " select gen_random_uuid(), id, 'UniversityDegree', '\\x00', %s,"
                " timestamptz '0001-12-31T15:00:00Z BC', timestamptz '10000-01-01T04:59:59Z'"
                " from issuer.institution",
                [blind_index(b"k" * 32, "김하늘", "2001-03-14")],
            )
        await asyncio.to_thread(upgrade, url, "issuer")
        with psycopg.connect(url) as connection:
            row = connection.execute("select valid_from, valid_until from issuer.record").fetchone()
            assert row is not None
            assert [moment.year for moment in row] == [1, 9999]
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute("update issuer.record set valid_until = 'infinity'")


async def _institution(rig: Rig) -> dict[str, Any]:
    row = await rig.scalar("select to_jsonb(i) from issuer.institution i")
    assert isinstance(row, dict)
    return row
