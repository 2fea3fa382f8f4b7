"""Hostile input: whatever is presented, verifying gives a verdict, never green, and raises nothing."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.resume.presentation import ENVELOPE_PREFIX
from digital_resume.core.verification.verdict import VerdictKind
from tests.unit.digital_resume.core.verification.cast import Cast

CAST = Cast()
PRESENTATION = CAST.share(statements=["시연용"])
UNBELIEVED = (VerdictKind.NOT_GENUINE, VerdictKind.COULD_NOT_CHECK)
BOUND = CAST.bind(CAST.degree.token)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def paths_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [at, *(path for key, inner in entries for path in paths_of(inner, (*at, key)))]


PATHS = [path for path in paths_of(PRESENTATION) if path]
CONTENT_PATHS = [path for path in PATHS if path[0] in {"verifiableCredential", "receipts"}]


def replaced(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(PRESENTATION)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(PATHS), value=JSON)
def test_any_changed_member_of_a_signed_resume_is_never_green(path: tuple[Any, ...], value: Any) -> None:
    changed = replaced(path, value)
    if changed == PRESENTATION and json.dumps(changed) == json.dumps(PRESENTATION):
        return
    assert CAST.world.verify(changed).verdict is not VerdictKind.VERIFIED


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from([path for path in PATHS if path[0] in {"verifiableCredential", "receipts"}]),
    value=JSON,
)
def test_any_changed_item_or_receipt_signed_by_the_holder_gives_a_verdict(
    path: tuple[Any, ...], value: Any
) -> None:
    try:
        signed = CAST.resign(replaced(path, value))
    except Exception:
        return  # not JSON that can be signed
    verdict = CAST.world.verify(signed)
    json.dumps(verdict.to_json(), allow_nan=False)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(BOUND) - 1), letter=st.sampled_from("AZaz09-_~.= 가\x00"))
def test_any_changed_letter_of_a_token_is_not_genuine_or_cannot_be_read(place: int, letter: str) -> None:
    if BOUND[place] == letter:
        return
    changed = BOUND[:place] + letter + BOUND[place + 1 :]
    verdict = CAST.world.verify(CAST.sign([changed]))
    assert verdict.verdict in UNBELIEVED
    assert verdict.items[0].claims == ()


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_give_a_verdict(data: bytes) -> None:
    assert CAST.world.verify(data).verdict is VerdictKind.COULD_NOT_CHECK


@settings(max_examples=100, deadline=None)
@given(document=st.dictionaries(st.sampled_from(sorted(PRESENTATION)), JSON))
def test_arbitrary_documents_give_a_verdict(document: dict[str, Any]) -> None:
    assert CAST.world.verify(document).verdict in UNBELIEVED


@settings(max_examples=100, deadline=None)
@given(header=JSON, payload=JSON, signature=st.binary(max_size=70), tail=st.text("abc~._-", max_size=20))
def test_arbitrary_tokens_give_a_verdict(header: Any, payload: Any, signature: bytes, tail: str) -> None:
    parts = [json.dumps(header).encode(), json.dumps(payload).encode(), signature]
    token = ".".join(b64u_encode(part) for part in parts) + "~" + tail
    verdict = CAST.world.verify(CAST.sign([token]))
    assert verdict.verdict in UNBELIEVED
    assert verdict.items[0].claims == ()


@settings(max_examples=100, deadline=None)
@given(member=st.sampled_from(["iss", "vct", "iat", "nbf", "exp", "cnf", "status", "ld"]), value=JSON)
def test_whatever_an_institution_signs_gives_a_verdict(member: str, value: Any) -> None:
    def change(payload: dict[str, Any]) -> None:
        payload[member] = value

    try:
        token = CAST.bind(CAST.forge(CAST.degree.token, change, CAST.univ.signer))
    except Exception:
        return  # not JSON that can be signed
    json.dumps(CAST.world.verify(CAST.sign([token])).to_json(), allow_nan=False)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"{" + b'"a":1,' * 3 + b'"a":1}',
        b'"' + b"a" * (2 << 20) + b'"',
        b'{"holder":"\\ud800"}',
        b"\xff\xfe",
        b"NaN",
        b"1e999999",
    ],
    ids=[
        "deep arrays",
        "deep objects",
        "double member",
        "2 MiB",
        "lone surrogate",
        "not UTF-8",
        "NaN",
        "1e999999",
    ],
)
def test_a_bomb_is_refused_at_once(data: bytes) -> None:
    assert CAST.world.verify(data).verdict is VerdictKind.COULD_NOT_CHECK


@pytest.mark.parametrize("number", [1, 63, 64])
def test_as_many_credentials_as_a_resume_may_hold_are_judged_in_time(number: int) -> None:
    token = CAST.bind(CAST.degree.token)
    verdict = CAST.world.verify(CAST.sign([token] * number))
    assert len(verdict.items) == number


def test_a_presentation_with_members_of_no_resume_is_refused() -> None:
    assert CAST.world.verify(CAST.resign(PRESENTATION | {"note": "x"})).verdict is VerdictKind.COULD_NOT_CHECK


def test_an_enveloped_credential_with_more_members_is_not_read() -> None:
    presentation = copy.deepcopy(PRESENTATION)
    assert presentation["verifiableCredential"][0]["id"].startswith(ENVELOPE_PREFIX)
    presentation["verifiableCredential"][0]["credentialSubject"] = {"degree": "박사"}
    assert CAST.world.verify(CAST.resign(presentation)).verdict is VerdictKind.COULD_NOT_CHECK
