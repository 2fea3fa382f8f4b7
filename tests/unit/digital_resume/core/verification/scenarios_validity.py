"""Scenes of validity and schema."""

from datetime import timedelta
from typing import Any

from digital_resume.core.credentials.catalog import Catalog
from digital_resume.core.verification.policy import Policy
from digital_resume.core.verification.verdict import Verdict
from tests.unit.digital_resume.core.verification.cast import (
    Cast,
)
from tests.unit.digital_resume.core.verification.scenario_registry import scenario


@scenario("validity", "caution", "expired", "caution")
def an_expired_credential_is_caution(cast: Cast) -> Verdict:
    cast.hold(cast.company, "Internship", valid_until=cast.world.ago(days=1))
    return cast.judge()


@scenario("validity", "caution", "not_yet_valid", "caution")
def a_credential_whose_time_has_not_come_is_caution(cast: Cast) -> Verdict:
    def later(payload: dict[str, Any]) -> None:
        payload["nbf"] = int((cast.world.now + timedelta(days=1)).timestamp())

    token = cast.forge(cast.degree.token, later, cast.univ.signer)
    return cast.world.verify(cast.sign([cast.bind(token)]), policy=Policy(accept_unanchored=True))


@scenario("schema", "fail", "schema_violation", "could_not_check")
def contents_that_break_their_types_rules_could_not_be_checked(cast: Cast) -> Verdict:
    def with_resident_number(payload: dict[str, Any]) -> None:
        payload["ld"]["credentialSubject"]["major"] = "010314-4000000"

    token = cast.forge(cast.degree.token, with_resident_number, cast.univ.signer)
    return cast.world.verify(cast.sign([cast.bind(token)]), policy=Policy(accept_unanchored=True))


@scenario("schema", "unknown", "unknown_type", "could_not_check")
def a_type_that_this_verifier_does_not_know_could_not_be_checked(cast: Cast) -> Verdict:
    types = [known for known in cast.world.catalog.all_types() if known.name != "Internship"]
    cast.world.catalog = Catalog(types)
    return cast.judge()
