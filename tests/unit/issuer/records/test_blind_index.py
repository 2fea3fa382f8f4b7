"""The blind index finds whatever the verifier's rule may call the same person's; no other key does."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.resume.names import is_same_name
from issuer.records.blind_index import blind_index

MIXED = json.loads((Path(__file__).parents[3] / "vectors/icao-9303-3-latin.json").read_text("utf-8"))["mixed"]
KEY = bytes(range(32))
BORN = "1998-07-01"
NAMES = st.text("KIM Haéüøåþ'ʼ-,김하늘 ", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("identity", "record"),
    [
        ("김 하늘", "김하늘"),
        ("NGUYEN THI LAN", "Nguyễn Thị Lan"),
        ("KIM HA-NEUL", "KIM HANEUL"),
        ("KIM, HANEUL", "Haneul Kim"),
        ("O’Brien Sean", "Sean O'Brien"),
        ("ＫＩＭ　ＨＡＮＥＵＬ", "Kim Haneul"),
        ("MAIER GUENTHER", "Günther Maier"),
        *MIXED,
    ],
)
def test_one_name_has_one_index_however_it_is_spelt(identity: str, record: str) -> None:
    assert is_same_name(identity, record)
    assert blind_index(KEY, identity, BORN) == blind_index(KEY, record, BORN)


@given(NAMES, NAMES)
def test_what_the_verifier_calls_the_same_name_is_found(one: str, other: str) -> None:
    if is_same_name(one, other):
        assert blind_index(KEY, one, BORN) == blind_index(KEY, other, BORN)


@given(st.text(max_size=30), st.dates().map(str))
def test_the_blind_index_is_the_institutions_own(name: str, birth_date: str) -> None:
    assert blind_index(KEY, name, birth_date) != blind_index(KEY[::-1], name, birth_date)
    assert blind_index(KEY, name, birth_date) != blind_index(KEY, name, "1998-07-02T")


def test_names_without_letters_are_not_one_name() -> None:
    assert blind_index(KEY, "-", BORN) != blind_index(KEY, "'", BORN)
