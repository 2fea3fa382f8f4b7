"""What every form of a credential settles first: its signer, its id and its validity."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.credentials.issuance import Terms, check_credential_id, new_credential_id, settle
from digital_resume.core.errors import IdentifierError, MalformedError, SchemaError
from digital_resume.core.keys.signing import LocalSigner

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DEGREE, SCORE = credential_type("UniversityDegree"), credential_type("LanguageTestScore")


def settled(**more: Any) -> Terms:
    did = "did:web:university.example"
    options: dict[str, Any] = {
        "issuer": did,
        "signer": LocalSigner.generate("P-256", did),
        "issued_at": NOW,
        "valid_from": None,
        "valid_until": None,
        "credential_id": None,
        "kind": DEGREE,
        **more,
    }
    kind = options.pop("kind")
    return settle(kind, options.pop("claims", kind.example), **options)


def test_it_begins_when_it_is_signed_and_ends_by_the_rule_of_its_type() -> None:
    assert (settled().begin, settled().end) == (NOW, None)
    assert settled(kind=SCORE).end == SCORE.valid_until(SCORE.example, NOW) is not None


def test_what_is_given_counts_before_what_the_type_says() -> None:
    begin, end, identifier = NOW - timedelta(days=9), NOW + timedelta(days=9), new_credential_id()
    found = settled(kind=SCORE, valid_from=begin, valid_until=end, credential_id=identifier)
    assert found == Terms(identifier, begin, end)


def test_each_has_an_id_of_its_own() -> None:
    check_credential_id(settled().identifier)
    assert settled().identifier != settled().identifier


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"issuer": "university"}, IdentifierError),
        ({"issuer": "did:web:other.example"}, MalformedError),
        ({"claims": {}}, SchemaError),
        ({"credential_id": "urn:uuid:00000000-0000-1000-8000-000000000000"}, MalformedError),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        settled(**wrong)


def test_an_end_that_does_not_come_after_the_begin_is_out_of_order() -> None:
    settled(valid_until=NOW + timedelta(seconds=1)).require_order()
    settled().require_order()
    with pytest.raises(MalformedError, match="ends before it begins"):
        settled(valid_until=NOW).require_order()
