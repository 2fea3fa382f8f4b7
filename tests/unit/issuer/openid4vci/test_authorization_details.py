"""``authorization_details``: read, or refused in RFC 9396's words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.openid4vci.authorization_details import check_details, granted_details, parse_details
from issuer.openid4vci.errors import ProtocolError

ISSUER = "http://localhost:8001/i/univ"
ENTRY = {"type": "openid_credential", "credential_configuration_id": "UniversityDegree"}


@pytest.mark.parametrize(
    "entry", [ENTRY, {**ENTRY, "locations": [ISSUER]}, {**ENTRY, "claims": [{"path": ["ld", "id"]}]}]
)
def test_an_entry_for_what_is_offered_is_taken(entry: dict[str, Any]) -> None:
    entries = parse_details(json.dumps([entry]))
    assert entries == [entry]
    assert check_details(entries, configuration="UniversityDegree", issuer=ISSUER) is None


@pytest.mark.parametrize(
    "entry",
    [
        {**ENTRY, "credential_configuration_id": "AcademicTranscript"},
        {**ENTRY, "locations": ["http://localhost:8001/i/other"]},
        {**ENTRY, "locations": []},
        {**ENTRY, "locations": ISSUER},
    ],
)
def test_an_entry_for_something_else_is_refused(entry: dict[str, Any]) -> None:
    problem = check_details([ENTRY, entry], configuration="UniversityDegree", issuer=ISSUER)
    assert problem is not None
    assert problem.error == "invalid_authorization_details"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{}",
        "[]",
        "[1]",
        json.dumps([{**ENTRY, "type": "payment"}]),
        json.dumps([{"type": "openid_credential"}]),
        json.dumps([{**ENTRY, "credential_configuration_id": 7}]),
        json.dumps([ENTRY] * 9),
        "[" * 9 + "]" * 9,
        json.dumps([{**ENTRY, "claims": "x" * 9_000}]),
    ],
)
def test_what_is_no_openid_credential_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_details(text)
    assert (refused.value.error, refused.value.status) == ("invalid_authorization_details", 400)


@given(st.text(max_size=200))
def test_any_text_is_at_worst_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_details(text)


def test_what_is_granted_names_the_identifier() -> None:
    assert granted_details("UniversityDegree", "abc") == [{**ENTRY, "credential_identifiers": ["abc"]}]
