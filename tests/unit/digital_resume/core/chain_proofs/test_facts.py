"""Facts of a block: what witnesses signed comes back as it was, and nothing else does."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.chain_proofs.facts import (
    ISSUER,
    STATUS,
    Fact,
    FactsHead,
    FactsTree,
    issuer_fact,
    issuer_record,
    parse_fact,
    verify_fact,
)
from digital_resume.core.errors import MalformedError, ReceiptError
from digital_resume.core.trust.issuers import (
    Accreditation,
    AnchorerGrant,
    IssuerRecord,
    IssuerStatus,
    KeyEntry,
    Period,
    StatusChange,
)

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
RECORD = IssuerRecord(
    did="did:web:univ.example",
    name_ko="새벽대학교(시연용)",
    name_en="Saebyeok University (demo)",
    url="https://univ.example",
    status_log=(
        StatusChange(IssuerStatus.ACTIVE, START),
        StatusChange(IssuerStatus.MERGED, END, "did:web:next.example"),
    ),
    accreditations=(Accreditation("UniversityDegree", Period(START)),),
    anchorers=(AnchorerGrant("0x" + "Ab" * 20, Period(START, END)),),
    keys=(KeyEntry(bytes(range(32)), Period(START, END), END), KeyEntry(bytes(32), Period(START))),
)
TREE = FactsTree(
    [
        *(Fact(STATUS, f"0x{n:040x}", {"root": "00" * 32, "since": n}) for n in range(300)),
        issuer_fact(RECORD),
    ]
)


def proven() -> dict[str, Any]:
    """Return the record's fact with its place, as a bundle holds it."""
    found = TREE.prove(ISSUER, RECORD.did)
    assert found is not None
    document: dict[str, Any] = json.loads(json.dumps(found.to_json()))
    return document


def test_a_record_comes_back_as_it_was() -> None:
    assert issuer_record(verify_fact(proven(), TREE.head)) == RECORD


def test_every_fact_is_proven_and_a_missing_one_is_not() -> None:
    for fact in TREE.facts:
        found = TREE.prove(fact.kind, fact.key)
        assert found is not None
        assert verify_fact(found.to_json(), TREE.head) == fact
    assert TREE.prove(ISSUER, "did:web:nobody.example") is None


def test_the_tree_does_not_depend_on_the_order_in_which_facts_were_read() -> None:
    assert FactsTree(reversed(TREE.facts)).head == TREE.head
    with pytest.raises(ReceiptError):
        FactsTree([*TREE.facts, TREE.facts[0]])


@pytest.mark.parametrize(
    "change",
    [
        {"key": "did:web:other.example"},
        {"kind": STATUS},
        {"index": 1},
        {"path": []},
        {"value": {**issuer_fact(RECORD).value, "nameKo": "가짜대학교"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_the_witnesses_did_not_sign_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ReceiptError):
        verify_fact({**proven(), **change}, TREE.head)
    with pytest.raises(ReceiptError):
        verify_fact(proven(), FactsHead(TREE.head.size, bytes(32)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None)
@given(json_values)
def test_hostile_facts_raise_nothing_but_errors_of_ours(value: object) -> None:
    whole = proven()
    for member in whole:
        with contextlib.suppress(ReceiptError, MalformedError):
            verify_fact({**whole, member: value}, TREE.head)
    for member in whole["value"]:
        # Witnesses that sign nonsense make no record of it.
        fact = parse_fact({**whole, "value": {**whole["value"], member: value}})
        with contextlib.suppress(MalformedError):
            record = issuer_record(fact)
            record.anchorer_at("0x" + "00" * 20, START)
            record.status_at(START)
            record.accredited_at("UniversityDegree", START)
            record.key(bytes(32))
