"""The same-person rules: which spellings are one name, and which credential is the stranger's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.resume.names import Person, compare_people, is_same_name, person_of

HANEUL = Person(("김하늘",), "2001-03-02")
HANEUL_BOTH = Person(("김하늘", "KIM HANEUL"))
HANEUL_LATIN = Person(("Ha-neul Kim",), "2001-03-02")
JEONGSU = Person(("박정수",), "1964-05-05")


def codes(
    *people: Person, references: tuple[int, ...] = (), voters: tuple[int, ...] = ()
) -> list[str | None]:
    return compare_people(people, references, voters)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("김하늘", "김 하늘"),
        ("김하늘", "김하늘"),
        ("김하늘", "김\u200b하늘"),
        ("KIM HANEUL", "kim ha-neul"),
        ("KIM HA NEUL", "Haneul Kim"),
        ("KIM, HANEUL", "Haneul Kim"),
        ("ＫＩＭ　ＨＡＮＥＵＬ", "Kim Haneul"),
        ("Nguyễn Thị Lan", "NGUYEN THI LAN"),
        ("NGUYEN THI LAN", "Thi Lan Nguyen"),
        ("NGUYEN THI LAN", "LAN NGUYEN THI"),
        ("Đỗ Văn An", "DO VAN AN"),
        ("O'Brien Sean", "SEAN OBRIEN"),
    ],
)
def test_spellings_of_one_name_agree(one: str, other: str) -> None:
    assert is_same_name(one, other)
    assert is_same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("김하늘", "김하는"),
        ("김하늘", "하늘김"),
        ("김하늘", "KIM HANEUL"),
        ("KIM HANEUL", "KIM HANA"),
        ("NGUYEN THI LAN", "NGUYEN LAN THI"),
        ("KIM HANEUL", "KIМ HANEUL"),
        ("", ""),
        ("-", "·"),
    ],
)
def test_other_names_do_not_agree(one: str, other: str) -> None:
    assert not is_same_name(one, other)


@given(st.text(max_size=40), st.text(max_size=40))
def test_comparing_is_symmetric_and_never_fails(one: str, other: str) -> None:
    assert is_same_name(one, other) == is_same_name(other, one)


def test_one_person_agrees_through_a_credential_with_both_spellings() -> None:
    assert codes(HANEUL, HANEUL_LATIN, HANEUL_BOTH) == [None, None, None]


def test_two_people_with_one_romanisation_stay_two_people() -> None:
    namesake = Person(("김한을", "KIM HANEUL"))
    latin_only = Person(("KIM HANEUL",))
    assert codes(HANEUL_BOTH, latin_only, namesake, references=(0,)) == [None, None, "name_differs"]
    assert codes(namesake, latin_only, HANEUL_BOTH, references=(2,)) == ["name_differs", None, None]


def test_the_identity_credential_decides_even_against_the_majority() -> None:
    assert codes(HANEUL, JEONGSU, JEONGSU, references=(0,)) == [None, "name_differs", "name_differs"]


def test_without_identity_credential_the_odd_one_out_is_the_stranger() -> None:
    assert codes(HANEUL, JEONGSU, HANEUL_BOTH) == [None, "name_differs", None]


def test_two_strangers_and_nobody_to_decide_both_fail() -> None:
    assert codes(HANEUL, JEONGSU) == ["name_differs", "name_differs"]


def test_two_identity_credentials_of_two_people_fail_both() -> None:
    assert codes(HANEUL, JEONGSU, references=(0, 1)) == ["name_differs", "name_differs"]


def test_a_namesake_born_another_day_is_a_stranger() -> None:
    namesake = Person(("김하늘",), "1999-09-09")
    assert codes(HANEUL, namesake, references=(0,)) == [None, "birth_date_differs"]
    assert codes(HANEUL, namesake) == ["birth_date_differs", "birth_date_differs"]
    assert codes(HANEUL_BOTH, HANEUL, namesake, HANEUL_LATIN) == [None, None, "birth_date_differs", None]


def test_a_hidden_birth_date_disagrees_with_nobody() -> None:
    assert codes(HANEUL, HANEUL_BOTH, references=(1,)) == [None, None]


def test_a_hidden_birth_date_on_the_identity_credential_leaves_the_others_to_agree() -> None:
    namesake = Person(("김하늘",), "1999-09-09")
    everybody = (HANEUL_BOTH, HANEUL, HANEUL_LATIN, namesake)
    assert codes(*everybody, references=(0,)) == [None, None, None, "birth_date_differs"]


def test_credentials_of_unknown_issuers_have_no_vote() -> None:
    assert codes(HANEUL, JEONGSU, JEONGSU, voters=(0,)) == [None, "name_differs", "name_differs"]


def test_a_credential_without_a_name_cannot_be_compared() -> None:
    assert codes(HANEUL, Person(())) == [None, "no_name"]


def test_a_subject_is_read_without_trusting_its_form() -> None:
    subject = {"name": ["김하늘"], "nameRomanised": "KIM HANEUL", "aliases": [1, "하늘"], "birthDate": 5}
    assert person_of(subject) == Person(("KIM HANEUL", "하늘"))
    assert person_of({"name": "x" * 1000, "aliases": "no list"}) == Person(())
