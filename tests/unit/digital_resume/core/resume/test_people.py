"""Which credential is the stranger's, and what may be said of it."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.resume.people import Person, compare_people, is_one_person, person_of

HANEUL = Person(("김하늘",), "2001-03-02")
HANEUL_BOTH = Person(("김하늘", "KIM HANEUL"))
HANEUL_LATIN = Person(("Ha-neul Kim",), "2001-03-02")
JEONGSU = Person(("박정수",), "1964-05-05")
JEONGSU_HIDDEN = Person(("박정수",))

NAMES = st.sampled_from(
    ["김하늘", "김한을", "박정수", "KIM HANEUL", "Haneul Kim", "KIM HANEUL JR", "PARK JEONGSU"]
)
PEOPLE = st.builds(
    Person,
    st.lists(NAMES, max_size=3, unique=True).map(tuple),
    st.sampled_from([None, "2001-03-02", "1964-05-05"]),
)


def codes(
    *people: Person, references: tuple[int, ...] = (), voters: tuple[int, ...] | None = None
) -> list[str | None]:
    return [found.difference for found in compare_people(people, references, voters)]


def test_one_person_agrees_through_a_credential_with_both_spellings() -> None:
    assert codes(HANEUL, HANEUL_LATIN, HANEUL_BOTH) == [None, None, None]


def test_a_credential_of_nobody_who_may_say_so_links_no_spellings() -> None:
    latin = Person(("KIM HANEUL",))
    assert codes(HANEUL, latin, HANEUL_BOTH, voters=(0, 1))[:2] == ["name_in_other_script"] * 2
    assert codes(HANEUL, latin, HANEUL_BOTH, references=(0,), voters=(0, 1))[1] == "name_in_other_script"


def test_two_people_with_one_romanisation_stay_two_people() -> None:
    namesake = Person(("김한을", "KIM HANEUL"))
    latin_only = Person(("KIM HANEUL",))
    assert codes(HANEUL_BOTH, latin_only, namesake, references=(0,)) == [None, None, "name_differs"]
    assert codes(namesake, latin_only, HANEUL_BOTH, references=(2,)) == ["name_differs", None, None]


def test_the_identity_credential_decides_even_against_the_majority() -> None:
    assert codes(HANEUL, JEONGSU, JEONGSU, references=(0,)) == [None, "person_differs", "person_differs"]


def test_without_identity_credential_the_odd_one_out_is_the_stranger() -> None:
    assert codes(HANEUL, JEONGSU, HANEUL_BOTH) == [None, "person_differs", None]


def test_another_name_without_another_birth_date_is_no_accusation() -> None:
    assert codes(HANEUL, JEONGSU_HIDDEN, references=(0,)) == [None, "name_differs"]
    changed = Person(("박하늘",), HANEUL.birth_date)
    assert codes(HANEUL, changed, references=(0,)) == [None, "name_differs_born_same_day"]


def test_two_strangers_and_nobody_to_decide_are_both_strangers() -> None:
    assert codes(HANEUL, JEONGSU) == ["person_differs", "person_differs"]
    assert codes(HANEUL_BOTH, JEONGSU) == ["name_differs", "name_differs"]


def test_two_identity_credentials_of_two_people_are_both_strangers() -> None:
    assert codes(HANEUL, JEONGSU, references=(0, 1)) == ["person_differs", "person_differs"]


def test_a_part_of_a_name_is_told_apart_from_another_name() -> None:
    full, short = Person(("SMITH JOHN WILLIAM",), "1990-01-01"), Person(("John Smith",), "1990-01-01")
    assert codes(full, short, references=(0,)) == [None, "name_partly_differs"]
    assert codes(full, Person(short.names, "1990-01-02"), references=(0,)) == [None, "birth_date_differs"]
    both = Person((*full.names, *short.names))
    assert codes(full, short, both, references=(0,)) == [None, None, None]


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
    assert codes(HANEUL, JEONGSU, JEONGSU, voters=(0,)) == [None, "person_differs", "person_differs"]


def test_a_credential_without_a_name_cannot_be_compared() -> None:
    assert codes(HANEUL, Person(())) == [None, "no_name"]


@pytest.mark.parametrize(
    ("others", "compared"),
    [
        ((), (False, False)),
        ((HANEUL_BOTH,), (True, False)),
        ((HANEUL_LATIN, HANEUL_BOTH), (True, True)),
        ((JEONGSU_HIDDEN,), (False, False)),
    ],
)
def test_what_was_compared_is_told(others: tuple[Person, ...], compared: tuple[bool, bool]) -> None:
    found = compare_people((HANEUL, *others), references=(0,))[0]
    assert (found.name_compared, found.birth_date_compared) == compared


@given(st.lists(PEOPLE, min_size=1, max_size=5), st.lists(PEOPLE, max_size=4), st.booleans())
def test_whoever_has_no_vote_changes_nothing(
    institutions: list[Person], others: list[Person], identity: bool
) -> None:
    voters, references = range(len(institutions)), (0,) if identity else None
    alone = compare_people(institutions, references, voters)
    assert compare_people([*institutions, *others], references, voters)[: len(institutions)] == alone


@given(st.lists(PEOPLE, min_size=1, max_size=5))
def test_nobody_is_accused_for_a_name_alone(people: list[Person]) -> None:
    nameless = [Person(person.names) for person in people]
    assert not {"birth_date_differs", "person_differs"} & set(codes(*nameless))


@given(PEOPLE, PEOPLE)
def test_one_person_and_the_comparison_of_two_say_the_same(one: Person, other: Person) -> None:
    agree = all(found.difference is None for found in compare_people([one, other]))
    assert is_one_person(one, other) == is_one_person(other, one) == agree


def test_a_subject_is_read_without_trusting_its_form() -> None:
    subject = {"name": ["김하늘"], "nameRomanised": "KIM HANEUL", "aliases": [1, "하늘"], "birthDate": 5}
    assert person_of(subject) == Person(("KIM HANEUL", "하늘"))
    assert person_of({"name": "x" * 1000, "aliases": "no list"}) == Person(())


@pytest.mark.parametrize("words", [8, 33])
def test_as_many_hostile_names_as_a_resume_holds_are_compared_in_time(words: int) -> None:
    names = [
        " ".join(["üöä"[place % 3] + "abc"[turn % 3]] * words) for place in range(64) for turn in range(5)
    ]
    people = [Person(tuple(f"{name} {place}" for name in names[:5])) for place in range(64)]
    begun = process_time()
    compare_people(people)
    assert process_time() - begun < 3
