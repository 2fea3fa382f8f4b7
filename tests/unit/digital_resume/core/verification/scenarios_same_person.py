"""Scenes of whether all items speak of one person."""

from typing import Any

from digital_resume.core.verification.policy import Policy
from digital_resume.core.verification.verdict import Verdict
from tests.unit.digital_resume.core.verification.cast import (
    STRANGER,
    Cast,
)
from tests.unit.digital_resume.core.verification.scenario_registry import scenario


@scenario("same_person", "fail", "person_differs", "not_genuine")
def somebody_elses_credential_bound_to_the_same_wallet_is_not_genuine(cast: Cast) -> Verdict:
    cast.hold(cast.univ, "UniversityDegree", STRANGER)
    return cast.judge(hide=())


@scenario("same_person", "caution", "name_differs", "caution")
def another_name_alone_is_a_caution(cast: Cast) -> Verdict:
    cast.hold(cast.univ, "UniversityDegree", STRANGER)
    return cast.judge()


@scenario("same_person", "caution", "name_differs_born_same_day", "caution")
def a_changed_name_is_a_caution(cast: Cast) -> Verdict:
    cast.hold(cast.univ, "UniversityDegree", {"name": "김하나"})
    return cast.judge(hide=())


@scenario("same_person", "caution", "name_partly_differs", "caution")
def a_missing_middle_name_is_a_caution(cast: Cast) -> Verdict:
    wallet = cast.wallet.tokens
    wallet.clear()
    cast.hold(cast.mobile_id, "IdentityCredential", {"name": "SMITH JOHN WILLIAM"})
    cast.hold(cast.univ, "UniversityDegree", {"name": "John Smith"})
    return cast.judge()


@scenario("same_person", "caution", "name_in_other_script", "caution")
def a_name_in_another_script_cannot_be_compared(cast: Cast) -> Verdict:
    degree = cast.hold(cast.univ, "UniversityDegree", {"name": "KIM HANEUL"})
    return cast.judge(tokens=[cast.score.token, degree.token])


@scenario("same_person", "not_applicable", "no_other_agrees", "caution")
def who_agrees_with_nobody_is_not_said_to_agree(cast: Cast) -> Verdict:
    other = cast.hold(cast.univ, "UniversityDegree", STRANGER)
    return cast.judge(tokens=[cast.identity.token, other.token])


@scenario("same_person", "not_applicable", "nobody_to_compare", "unknown_issuer")
def without_a_registered_institution_no_names_are_compared(cast: Cast) -> Verdict:
    mill = cast.world.institution("diploma-mill", registered=False)
    held = [cast.hold(mill, kind).token for kind in ("UniversityDegree", "LanguageTestScore")]
    return cast.judge(tokens=held)


@scenario("same_person", "fail", "birth_date_differs", "not_genuine")
def a_namesakes_credential_bound_to_the_same_wallet_is_not_genuine(cast: Cast) -> Verdict:
    cast.hold(cast.univ, "UniversityDegree", {"birthDate": "1999-09-09"})
    return cast.judge(hide=())


@scenario("same_person", "caution", "no_name", "caution")
def a_credential_that_names_nobody_cannot_be_compared(cast: Cast) -> Verdict:
    def without_letters(payload: dict[str, Any]) -> None:
        payload["ld"]["credentialSubject"]["name"] = "-"

    token = cast.forge(cast.degree.token, without_letters, cast.univ.signer)
    return cast.world.verify(cast.sign([cast.bind(token)]), policy=Policy(accept_unanchored=True))
