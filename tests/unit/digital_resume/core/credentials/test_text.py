"""Text rules and resident registration numbers (all numbers here are invented)."""

import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.credentials.text import contains_resident_registration_number, text_fault

# Shared with the wallet's tests/wallet/web/free_text.test.js.
NUMBERS = json.loads((Path(__file__).parents[4] / "vectors/resident-numbers.json").read_text("utf-8"))


@pytest.mark.parametrize("text", NUMBERS["found"])
def test_resident_registration_number_is_found(text: str) -> None:
    assert contains_resident_registration_number(text)


@pytest.mark.parametrize("text", NUMBERS["passes"])
def test_other_numbers_pass(text: str) -> None:
    assert not contains_resident_registration_number(text)


@pytest.mark.parametrize("piece", ["900101 ", "900101뒤 ", "뒤 ", "90.01.01,,,", "......", "9 0 1 "])
def test_a_long_text_is_looked_at_in_time(piece: str) -> None:
    text = (piece * 20_000)[:20_000] + " 0000000000000"
    begun = time.process_time()
    contains_resident_registration_number(text)
    assert time.process_time() - begun < 1.0


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    contains_resident_registration_number(text)
    text_fault(text)


@pytest.mark.parametrize(
    "text",
    ["김하늘", "NGUYEN THI LAN", "Nguyễn Thị Lan", "C++ · 50 % (시연용) “따옴표” 😀", ""],
)
def test_ordinary_text_passes(text: str) -> None:
    assert text_fault(text) is None


@pytest.mark.parametrize(
    "name",
    [
        "علی\u200cرضا",  # Persian
        "ශ්\u200dරී ලාල්",  # Sinhala
        "രമേശന്\u200d",  # Malayalam
        "র\u200d্যাব",  # Bengali
        "ক্\u200cষ",
        "क्\u200dष",  # Devanagari
    ],
)
def test_a_joiner_passes_where_its_script_needs_it(name: str) -> None:
    assert text_fault(name) is None
    assert text_fault(unicodedata.normalize("NFC", name)) is None


@given(
    st.text(st.sampled_from("김한aé1 -"), max_size=8), st.sampled_from("\u200c\u200d"), st.text(max_size=8)
)
def test_no_joiner_passes_behind_letters_that_do_not_join(before: str, joiner: str, after: str) -> None:
    assert text_fault(before + joiner + after) == "forbidden_character"


def test_a_line_feed_passes_only_where_asked_for() -> None:
    assert text_fault("한 줄\n두 줄", multiline=True) is None
    assert text_fault("한 줄\n두 줄") == "forbidden_character"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("\u1100\u1161", "not_nfc"),
        ("e\u0301", "not_nfc"),
        ("a\u202eb", "forbidden_character"),
        ("a\u2066b", "forbidden_character"),
        ("a\u200bb", "forbidden_character"),
        ("a\u00adb", "forbidden_character"),
        ("a\u3164b", "forbidden_character"),
        ("a\x00b", "forbidden_character"),
        ("a\tb", "forbidden_character"),
        ("a\r\nb", "forbidden_character"),
        ("a\u2028b", "forbidden_character"),
        ("a\ue000b", "forbidden_character"),
        ("a\ud800b", "forbidden_character"),
        ("\ufeffa", "forbidden_character"),
        ("김\u200c하늘", "forbidden_character"),
        ("Ahmet\u200d", "forbidden_character"),
        ("\u200cعلی", "forbidden_character"),
        ("علی\u200c", "forbidden_character"),
        ("علی\u200c\u200cرضا", "forbidden_character"),
        ("علی\u200dرضا", "forbidden_character"),
        ("ക\u200d", "forbidden_character"),
        ("র\u200dক", "forbidden_character"),
    ],
)
def test_text_that_hides_something_is_named(text: str, fault: str) -> None:
    assert text_fault(text) == fault
