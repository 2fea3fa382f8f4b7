"""Text rules and resident registration numbers (all numbers here are invented)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.credentials.text import contains_resident_registration_number, text_fault

REFUSED = [
    "800101-1234567",
    "8001011234567",
    "800101 1234567",
    "800101 - 1234567",
    "800101–1234567",
    "800101−1234567",
    "800101.1234567",
    "８００１０１－１２３４５６７",
    "800101-1234567입니다",
    "주민번호(800101-1234567)",
    "A8001011234567B",
    "8 0 0 1 0 1 1 2 3 4 5 6 7",
    "8-0-0-1-0-1-1-2-3-4-5-6-7",
    "٨٠٠١٠١-١٢٣٤٥٦٧",
    "800101\u200b-1234567",
    "800101\n1234567",
    "800101\t1234567",
    "000229-3234567",
    "040229-4234567",
    "991231-5234567",
    "010101-8234567",
    "①③ 800101-1234567",
]
ALLOWED = [
    "",
    "12345678901A",
    "23201040123A",
    "1900123456",
    "NL-2026-0517-004211",
    "새벽2024(학)0417",
    "801301-1234567",
    "800132-1234567",
    "800230-1234567",
    "010229-3234567",
    "800101-9234567",
    "800101-0234567",
    "80010112345678",
    "180010112345678",
    "2026-01-01 ~ 2026-12-31",
    "02-1234-5678",
    "010-1234-5678",
    "1234-5678-9012-3456",
    "20240216 20200302",
    "800101-123456",
    "2025010112345",
]


@pytest.mark.parametrize("text", REFUSED)
def test_resident_registration_number_is_found(text: str) -> None:
    assert contains_resident_registration_number(text)


@pytest.mark.parametrize("text", ALLOWED)
def test_other_numbers_pass(text: str) -> None:
    assert not contains_resident_registration_number(text)


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
