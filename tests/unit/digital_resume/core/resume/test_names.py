"""Which spellings are one name."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.resume.names import MAX_SPELLINGS, Likeness, is_same_name, search_key, spell

_VECTORS = json.loads((Path(__file__).parents[4] / "vectors/icao-9303-3-latin.json").read_text("utf-8"))
ICAO: dict[str, list[str]] = {**_VECTORS["letters"], **_VECTORS["notInTheTable"]}

SAME = [
    ("김하늘", "김 하늘"),
    ("김하늘", unicodedata.normalize("NFD", "김하늘")),
    ("김하늘", "김\u200b하늘"),
    ("علی‌رضا", "علیرضا"),
    ("KIM HANEUL", "kim ha-neul"),
    ("KIM HA NEUL", "Haneul Kim"),
    ("KIM, HANEUL", "Haneul Kim"),
    ("ＫＩＭ　ＨＡＮＥＵＬ", "Kim Haneul"),
    ("Nguyễn Thị Lan", "NGUYEN THI LAN"),
    ("NGUYEN THI LAN", "Thi Lan Nguyen"),
    ("NGUYEN THI LAN", "LAN NGUYEN THI"),
    ("Đỗ Văn An", "DO VAN AN"),
    ("O'Brien Sean", "SEAN OBRIEN"),
    ("O´Brien Sean", "Sean O’Brien"),
    ("Günther Maier", "MAIER GUENTHER"),
    ("Günther Maier", "MAIER GUNTHER"),
    ("Søren Müller", "MULLER SOEREN"),
    ("Åse Ångström", "AANGSTROEM AASE"),
    ("Guðmundur Þór", "THOR GUDMUNDUR"),
    ("Guðmundur Þór", "Þór Guðmundur"),
    ("Əliyev Rəşad", "ELIYEV RESAD"),
    ("İbrahim Işık", "IBRAHIM ISIK"),
    ("Oʻktam Gʻayratov", "O'ktam G'ayratov"),
    ("Oʻktam Gʻayratov", "GAYRATOV OKTAM"),
    ("Марʼяна", "Мар'яна"),
    ("ŉova Anna", "ANNA NOVA"),
]
OTHER = [
    ("김하늘", "김하는"),
    ("김하늘", "하늘김"),
    ("김하늘", "KIM HANEUL"),
    ("KIM HANEUL", "KIM HANA"),
    ("KIM HAEUN", "KIM HAUN"),
    ("MUELLER ANNA", "MULLER ANNA"),
    ("NGUYEN THI LAN", "NGUYEN LAN THI"),
    ("KIM HANEUL", "KIM\N{CYRILLIC CAPITAL LETTER EM} HANEUL"),
    ("Ким Ханыль", "Ханыль Ким"),
    ("", ""),
    ("-", "·"),
    ("'", "ʼ"),
]
PART = [
    ("SMITH JOHN WILLIAM", "John Smith"),
    ("John W. Smith", "John William Smith"),
    ("John Smith Jr.", "JOHN SMITH"),
    ("MARIA GARCIA LOPEZ", "Maria García"),
    ("Иван Сергеевич Петров", "Иван Петров"),
]
LETTERS = st.text(st.sampled_from("abeosnz" + "".join(ICAO) + "".join(ICAO).lower()), min_size=1, max_size=12)
NAMES = st.lists(LETTERS, min_size=1, max_size=4).map(" ".join)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_name_agree(one: str, other: str) -> None:
    assert is_same_name(one, other)
    assert is_same_name(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_names_do_not_agree(one: str, other: str) -> None:
    assert not is_same_name(one, other)


@pytest.mark.parametrize(("one", "other"), PART)
def test_a_missing_or_abbreviated_word_is_neither_the_same_nor_another_name(one: str, other: str) -> None:
    first, second = spell(one), spell(other)
    assert first is not None
    assert second is not None
    assert first.likeness(second) is second.likeness(first) is Likeness.PART


@pytest.mark.parametrize(("letter", "written"), [(c, w) for c, ways in ICAO.items() for w in ways])
def test_every_letter_has_its_passports_spelling(letter: str, written: str) -> None:
    assert is_same_name(f"Bo{letter}na Novak", f"NOVAK BO{written}NA")
    assert is_same_name(f"bo{letter.lower()}na novak", f"NOVAK BO{written}NA")


def test_an_authority_chooses_for_each_letter_where_the_table_leaves_the_choice() -> None:
    # Å is AA or A, and Ø is OE alone: Å written as A beside it is one of the table's spellings.
    assert is_same_name("Åse Øvrebø", "ASE OEVREBOE")
    assert is_same_name("Åse Øvrebø", "AASE OEVREBOE")
    assert not is_same_name("Åse Øvrebø", "AESE OEVREBOE")


@pytest.mark.parametrize(("one", "other"), _VECTORS["mixed"])
def test_each_letter_is_written_in_a_way_of_its_own(one: str, other: str) -> None:
    assert is_same_name(one, other)
    assert is_same_name(other, one)
    assert search_key(one) == search_key(other)


def test_a_name_has_a_bounded_number_of_spellings() -> None:
    most, beyond = spell("ö" * 6), spell("ö" * 7)
    assert most is not None
    assert beyond is not None
    assert len(most.written) == MAX_SPELLINGS
    assert beyond.written == {"o" * 7, "oe" * 7}


@given(NAMES, st.sampled_from([0, -1]))
def test_a_passports_spelling_of_any_name_agrees(name: str, way: int) -> None:
    written = "".join(ICAO.get(letter, ICAO.get(letter.upper(), [letter]))[way] for letter in name)
    assert is_same_name(name, written.upper())
    assert search_key(name) == search_key(written)


@given(st.text(max_size=40), st.text(max_size=40))
def test_comparing_is_symmetric_and_never_fails(one: str, other: str) -> None:
    assert is_same_name(one, other) == is_same_name(other, one)


@given(st.text("kim hae'-,ünéøå김하늘 ", max_size=12), st.text("kim hae'-,ünéøå김하늘 ", max_size=12))
def test_names_that_are_the_same_have_one_search_key(one: str, other: str) -> None:
    if is_same_name(one, other):
        assert search_key(one) == search_key(other)


@given(NAMES)
def test_case_spaces_hyphens_apostrophes_and_the_order_are_not_the_name(name: str) -> None:
    words = name.split()
    turned = " ".join([*words[1:], words[0]])
    for other in (name.upper(), turned, "  ".join(words), name.replace(" ", "-"), f"'{name}ʼ", f"{name},"):
        assert is_same_name(name, other)
        assert search_key(name) == search_key(other)


def test_a_name_without_a_letter_has_no_search_key() -> None:
    assert search_key(" -·' ") is None


def test_very_long_names_are_compared_at_once() -> None:
    one, other = " ".join(["ü"] * 100), " ".join(["ue"] * 100)
    assert is_same_name(one, other)
    assert not is_same_name(one, other + "x")
