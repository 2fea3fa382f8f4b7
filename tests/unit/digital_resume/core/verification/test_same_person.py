"""Whose credentials they are: who may say which names are one person's, and what is said of what differs."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_resume.core.status.status_array import Status
from digital_resume.core.verification.verdict import CheckName, ItemVerdict, Outcome, Verdict
from tests.unit.digital_resume.core.verification.cast import STRANGER, Cast

NAMES = st.sampled_from(["김하늘", "박정수", "KIM HANEUL", "PARK JEONGSU", "하늘", "Haneul Kim"])
ROMANISED = st.sampled_from(["KIM HANEUL", "PARK JEONGSU", "Haneul Kim", "LEE SEOJUN"])


@pytest.fixture
def cast() -> Cast:
    return Cast()


def same_person(item: ItemVerdict) -> str:
    return item.check(CheckName.SAME_PERSON).code


def of_two(cast: Cast, first: dict[str, Any], second: dict[str, Any], **options: Any) -> Verdict:
    """Judge an identity credential and a degree."""
    cast.wallet.tokens.clear()
    cast.hold(cast.mobile_id, "IdentityCredential", first)
    cast.hold(cast.univ, "UniversityDegree", second)
    return cast.judge(**options)


@pytest.mark.parametrize(
    ("identity", "degree"),
    [
        ("MAIER GUENTHER", "Günther Maier"),
        ("BECKER JOERG", "Jörg Becker"),
        ("SOERENSEN SOEREN", "Søren Sørensen"),
        ("AASE LARSEN", "Åse Larsen"),
        ("THOR GUDMUNDUR", "Guðmundur Þór"),
        ("Guðmundur Þór", "Þór Guðmundur"),
        ("Əliyev Rəşad", "Rəşad Əliyev"),
        ("OKTAM GAYRATOV", "Oʻktam Gʻayratov"),
        ("Марʼяна", "Мар'яна"),
    ],
)
def test_a_passports_spelling_is_the_same_person(cast: Cast, identity: str, degree: str) -> None:
    verdict = of_two(cast, {"name": identity}, {"name": degree}, hide=())
    assert [same_person(item) for item in verdict.items] == ["names_agree"] * 2
    assert verdict.verdict == "verified"


def test_an_unaccredited_bridge_joins_nobody(cast: Cast) -> None:
    """A self-made credential with both names made two people's items verified."""
    other = cast.hold(cast.univ, "UniversityDegree", STRANGER | {"name": "PARK JEONGSU"})
    mill = cast.world.institution("mill", registered=False)
    bridge = cast.hold(mill, "EmploymentRecord", {"name": "김하늘", "nameRomanised": "PARK JEONGSU"})
    tokens = [cast.score.token, other.token, bridge.token]
    for hide in ((), ("birthDate",)):
        verdict = cast.judge(tokens=tokens, hide=hide)
        alone = cast.judge(tokens=tokens[:2], hide=hide)
        assert [item.verdict for item in verdict.items[:2]] == [item.verdict for item in alone.items]
        assert "verified" not in [item.verdict for item in verdict.items]


def test_an_accredited_institution_connects_two_spellings(cast: Cast) -> None:
    cast.wallet.tokens.clear()
    cast.hold(cast.lang, "LanguageTestScore", {"name": "KIM HANEUL"})
    cast.hold(cast.univ, "UniversityDegree", {"name": "김하늘"})
    assert {same_person(item) for item in cast.judge().items} == {"name_in_other_script"}
    cast.hold(cast.mobile_id, "IdentityCredential", {"name": "김하늘", "nameRomanised": "KIM HANEUL"})
    assert {same_person(item) for item in cast.judge().items} == {"names_agree_only"}


def test_what_was_revoked_connects_nobody(cast: Cast) -> None:
    cast.wallet.tokens.clear()
    cast.hold(cast.lang, "LanguageTestScore", {"name": "KIM HANEUL"})
    cast.hold(cast.univ, "UniversityDegree", {"name": "김하늘"})
    bridge = cast.hold(cast.company, "Internship", {"name": "김하늘", "nameRomanised": "KIM HANEUL"})
    assert cast.judge().verdict == "verified"
    cast.company.set_status(bridge, Status.REVOKED, at=cast.world.ago(days=1))
    assert {same_person(item) for item in cast.judge().items[:2]} == {"name_in_other_script"}


@pytest.mark.parametrize("hide", [(), ("birthDate",)])
def test_birth_dates_agree_only_where_institutions_showed_two(cast: Cast, hide: tuple[str, ...]) -> None:
    mill = cast.world.institution("mill", registered=False)
    fake = cast.hold(mill, "UniversityDegree")
    verdict = cast.judge(tokens=[cast.identity.token, fake.token], hide=hide)
    assert same_person(verdict.items[0]) == "no_other_agrees"


def test_where_birth_dates_were_not_compared_the_check_says_so(cast: Cast) -> None:
    hidden = cast.judge(hide=("birthDate",)).to_json()["items"][0]["checks"][3]
    shown = cast.judge(hide=()).to_json()["items"][0]["checks"][3]
    assert (hidden["code"], hidden["label"]) == ("names_agree_only", {"ko": "이름 같음", "en": "Same name"})
    assert (shown["code"], "label" in shown) == ("names_agree", False)


@pytest.mark.parametrize(
    ("degree", "hide", "code"),
    [
        ({"name": "김하나"}, ("birthDate",), "name_differs"),
        ({"name": "김하나"}, (), "name_differs_born_same_day"),
        ({"name": "Ким Ханыль"}, ("birthDate",), "name_differs"),
    ],
)
def test_another_name_is_met_with_its_own_word_and_no_accusation(
    cast: Cast, degree: dict[str, Any], hide: tuple[str, ...], code: str
) -> None:
    verdict = of_two(cast, {"name": "김하늘"}, degree, hide=hide)
    assert same_person(verdict.items[1]) == code
    told = verdict.to_json()
    assert (told["verdict"], told["title"]["ko"]) == ("caution", "이름이 다름")
    assert told["items"][1]["title"]["ko"] == "이름이 다름"
    assert told["next"] == told["items"][1]["next"] != {"ko": "", "en": ""}


def test_two_reasons_have_the_verdicts_own_word(cast: Cast) -> None:
    cast.wallet.tokens.clear()
    cast.hold(cast.mobile_id, "IdentityCredential")
    cast.hold(cast.univ, "UniversityDegree", {"name": "김하나"})
    cast.hold(cast.lang, "LanguageTestScore", anchored=False)
    told = cast.judge().to_json()
    assert (told["verdict"], told["title"]["ko"]) == ("caution", "주의")
    assert told["items"][1]["title"]["ko"] == "이름이 다름"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.tuples(NAMES, ROMANISED), min_size=1, max_size=4))
def test_nothing_that_anybody_makes_changes_what_institutions_items_say(
    names: list[tuple[str, str]],
) -> None:
    cast = Cast()
    other = cast.hold(cast.univ, "UniversityDegree", STRANGER | {"name": "PARK JEONGSU"})
    tokens = [cast.score.token, other.token]
    before = [same_person(item) for item in cast.judge(tokens=tokens).items]
    mill = cast.world.institution("mill", registered=False)
    for name, romanised in names:
        made = cast.hold(mill, "EmploymentRecord", {"name": name, "nameRomanised": romanised})
        tokens.append(made.token)
    after = cast.judge(tokens=tokens).items[: len(before)]
    assert [same_person(item) for item in after] == before
    assert all(item.check(CheckName.ISSUER).outcome is Outcome.PASS for item in after)
