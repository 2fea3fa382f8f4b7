"""Names that could mislead are refused before they reach the chain."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.errors import MalformedError
from digital_resume.core.trust.institution_names import check_name, name_skeleton


@pytest.mark.parametrize(
    "name",
    [
        "새벽대학교(시연용)",
        "Saebyeok University (demo)",
        "㈜푸른숲소프트",
        "École Polytechnique",
        "東國大學校",
    ],
)
def test_ordinary_name_is_accepted(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        " 새벽",
        "새벽\n",
        "새\u200b벽",
        "a\u202eb",
        "a\u2066b",
        "\ufeff새벽",
        "새벽".encode().decode("utf-8").join(["\u1112\u1161\u11ab", ""]),  # decomposed jamo
        "Sаebyeok",
        "Οmega",
        "가" * 67,
        "a\ud800b",
    ],
)
def test_misleading_name_is_refused(name: str) -> None:
    with pytest.raises(MalformedError):
        check_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("새벽대학교", "새벽 대학교"),
        ("새벽대학교(시연용)", "새벽대학교 시연용"),
        ("Saebyeok University", "SAEBYEOK-UNIVERSITY"),
        ("Saebyeok", "Ｓａｅｂｙｅｏｋ"),
        ("Nuri", "Nurl"),
        ("Hanbit", "Hanb1t"),
    ],
)
def test_names_that_look_alike_have_the_same_skeleton(one: str, other: str) -> None:
    assert name_skeleton(one) == name_skeleton(other)


def test_different_names_differ() -> None:
    assert name_skeleton("새벽대학교") != name_skeleton("새별대학교")


@given(st.text(max_size=80))
def test_any_text_is_accepted_or_refused_in_our_words(name: str) -> None:
    with contextlib.suppress(MalformedError):
        check_name(name)
