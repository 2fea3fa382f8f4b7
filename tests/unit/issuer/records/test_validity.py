"""The validity of a record: over or beyond the calendar, by what is given or by the type's own rule."""

from datetime import UTC, datetime

import pytest

from digital_resume.core.credentials.catalog import CredentialType, credential_type
from digital_resume.core.errors import SchemaError
from issuer.records.validity import check_validity

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SCORE = credential_type("LanguageTestScore")
IDENTITY = credential_type("IdentityCredential")


@pytest.mark.parametrize(
    ("kind", "claims", "valid_from", "code"),
    [
        (SCORE, {"testDate": "2024-11-22"}, None, "validity_invalid"),
        (SCORE, {"testDate": "2026-05-17"}, datetime(2029, 1, 1, tzinfo=UTC), "validity_invalid"),
        (SCORE, {"testDate": "9998-05-17"}, None, "time_out_of_range"),
        (IDENTITY, {}, datetime(2020, 1, 1, tzinfo=UTC), "validity_invalid"),
        (IDENTITY, {}, datetime(9998, 1, 1, tzinfo=UTC), "time_out_of_range"),
    ],
)
def test_an_end_that_the_type_says_is_held_to_the_same_rule(
    kind: CredentialType, claims: dict[str, str], valid_from: datetime | None, code: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        check_validity(kind, claims, now=NOW, valid_from=valid_from, valid_until=None)
    assert caught.value.code == code
    assert kind.title.ko in (caught.value.message_ko or "") or kind.name in (caught.value.message_ko or "")


@pytest.mark.parametrize("day", ["2024-11-24", "2026-11-23"])
def test_what_is_in_force_is_accepted(day: str) -> None:
    check_validity(SCORE, {"testDate": day}, now=NOW, valid_from=None, valid_until=None)
