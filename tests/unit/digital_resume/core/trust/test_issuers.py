"""What the registry holds of an institution, at a moment: half-open periods, standing, who speaks for it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digital_resume.core.trust.issuers import (
    Accreditation,
    AnchorerGrant,
    ChainRef,
    IssuerRecord,
    IssuerStatus,
    KeyEntry,
    Period,
    StatusChange,
    key_digest,
    same_chain,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 6, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
KEY = b"\x01" * 32
RECORD = IssuerRecord(
    did="did:web:univ.example",
    name_ko="새벽대학교",
    name_en="Saebyeok University",
    url="https://univ.example",
    status_log=(StatusChange(IssuerStatus.ACTIVE, START), StatusChange(IssuerStatus.CLOSED, END)),
    accreditations=(Accreditation("UniversityDegree", Period(START, END)),),
    anchorers=(AnchorerGrant(ADDRESS, Period(START, END)),),
    keys=(KeyEntry(KEY, Period(START)),),
)


def test_a_period_begins_with_its_start_and_is_over_at_its_end() -> None:
    found = [Period(START, END).covers(at) for at in (START - SECOND, START, END - SECOND, END)]
    assert found == [False, True, True, False]
    assert Period(START).covers(END)
    assert not Period(START, START).covers(START)


def test_standing_is_that_of_the_last_change() -> None:
    moments = (START - SECOND, START, END - SECOND, END)
    assert [RECORD.status_at(at) for at in moments] == [
        None,
        IssuerStatus.ACTIVE,
        IssuerStatus.ACTIVE,
        IssuerStatus.CLOSED,
    ]


def test_an_accreditation_is_for_one_type_and_its_period() -> None:
    assert RECORD.accredited_at("UniversityDegree", START)
    assert not RECORD.accredited_at("UniversityDegree", END)
    assert not RECORD.accredited_at("AcademicTranscript", START)


def test_an_anchorer_is_known_by_its_address_in_any_letter_case() -> None:
    assert RECORD.anchorer_at(ADDRESS.lower(), START)
    assert not RECORD.anchorer_at(ADDRESS, END)
    assert not RECORD.anchorer_at("0x" + "11" * 20, START)


@pytest.mark.parametrize(
    ("status", "published", "speaks"),
    [
        (IssuerStatus.CLOSED, END - SECOND, True),
        (IssuerStatus.MERGED, END - SECOND, True),
        (IssuerStatus.CLOSED, END, False),
        (IssuerStatus.SUSPENDED, END - SECOND, False),
        (IssuerStatus.ACTIVE, END - SECOND, False),
    ],
)
def test_after_it_ended_an_institutions_last_list_speaks_and_no_later_one(
    status: IssuerStatus, published: datetime, speaks: bool
) -> None:
    record = replace(RECORD, status_log=(StatusChange(status, END),))
    assert record.publisher_at(ADDRESS, END + SECOND, published_at=published) is speaks


def test_while_it_is_an_anchorer_it_speaks_for_the_institution() -> None:
    assert RECORD.publisher_at(ADDRESS, START, published_at=START - SECOND)


def test_a_key_is_found_by_its_digest() -> None:
    assert RECORD.key(KEY) == RECORD.keys[0]
    assert RECORD.key(bytes(32)) is None
    assert key_digest("z6Mk") == hashlib.sha256(b"z6Mk").digest()


def test_a_chain_is_the_same_in_any_letter_case_and_in_every_part() -> None:
    chain = ChainRef("eip155:1", "0x" + "ab" * 32, ADDRESS, "0x" + "cd" * 32)
    upper = ChainRef("eip155:1", "0x" + "AB" * 32, ADDRESS.lower(), "0x" + "CD" * 32)
    assert same_chain(chain, upper)
    for other in (
        replace(chain, id="eip155:2"),
        replace(chain, genesis="0x" + "ac" * 32),
        replace(chain, contract="0x" + "11" * 20),
        replace(chain, code_hash="0x" + "ce" * 32),
    ):
        assert not same_chain(chain, other)
