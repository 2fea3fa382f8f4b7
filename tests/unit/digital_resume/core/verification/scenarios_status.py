"""Scenes of the status."""

from digital_resume.core.errors import StatusError
from digital_resume.core.status.status_array import Status
from digital_resume.core.verification.verdict import Verdict
from tests.fakes.institution import fake_address
from tests.unit.digital_resume.core.verification.cast import (
    Cast,
)
from tests.unit.digital_resume.core.verification.scenario_registry import scenario


@scenario("status", "pass", "was_in_force", "verified")
def what_was_revoked_later_was_in_force_on_the_day_asked_for(cast: Cast) -> Verdict:
    cast.univ.set_status(cast.degree, Status.REVOKED, at=cast.world.ago(days=5))
    return cast.world.verify(cast.share(), as_of=cast.world.ago(days=10))


@scenario("status", "unknown", "status_not_kept", "could_not_check")
def a_day_of_which_no_list_was_kept_could_not_be_checked(cast: Cast) -> Verdict:
    cast.world.statuses.history.clear()
    return cast.world.verify(cast.share(), as_of=cast.world.ago(days=10))


@scenario("status", "fail", "revoked", "not_in_force")
def a_revoked_credential_is_not_in_force(cast: Cast) -> Verdict:
    cast.lang.set_status(cast.score, Status.REVOKED, at=cast.world.now)
    return cast.judge()


@scenario("status", "fail", "suspended", "not_in_force")
def a_suspended_credential_is_not_in_force(cast: Cast) -> Verdict:
    cast.lang.set_status(cast.score, Status.SUSPENDED, at=cast.world.now)
    return cast.judge()


@scenario("status", "caution", "superseded", "superseded")
def a_corrected_credential_is_superseded(cast: Cast) -> Verdict:
    cast.lang.set_status(cast.score, Status.SUPERSEDED, at=cast.world.now)
    return cast.judge()


@scenario("status", "caution", "in_force_when_last_read", "caution")
def a_kept_copy_that_the_chain_no_longer_names_is_caution(cast: Cast) -> Verdict:
    cast.world.statuses.change(cast.univ.status_uri, current=False)
    return cast.judge()


@scenario("status", "caution", "status_heartbeat_old", "caution")
def a_list_that_its_active_institution_has_not_confirmed_since_yesterday_is_caution(cast: Cast) -> Verdict:
    presentation = cast.share()
    cast.world.statuses.heartbeat(cast.world.now)
    cast.world.statuses.change(cast.univ.status_uri, heartbeat=cast.world.ago(hours=25))
    return cast.world.verify(presentation, heartbeat=False)


@scenario("status", "unknown", "status_unavailable", "could_not_check")
def without_a_status_list_nothing_is_green(cast: Cast) -> Verdict:
    cast.world.statuses.available = False
    return cast.judge()


@scenario("status", "unknown", "status_too_old", "could_not_check")
def a_status_list_nobody_vouched_for_since_yesterday_is_too_old(cast: Cast) -> Verdict:
    cast.world.statuses.heartbeat(cast.world.ago(hours=25))
    return cast.world.verify(cast.share(), heartbeat=False)


@scenario("status", "unknown", "status_list_outdated", "could_not_check")
def an_older_list_served_as_the_present_one_is_named_as_such(cast: Cast) -> Verdict:
    cast.world.statuses.fail(cast.univ.status_uri, StatusError("older", code="status_list_outdated"))
    return cast.judge()


@scenario("status", "unknown", "status_list_differs", "could_not_check")
def a_list_that_differs_from_the_chains_is_named_as_such(cast: Cast) -> Verdict:
    cast.world.statuses.fail(cast.univ.status_uri, StatusError("differs", code="status_list_differs"))
    return cast.judge()


@scenario("status", "unknown", "status_list_invalid", "could_not_check")
def a_damaged_list_could_not_be_used(cast: Cast) -> Verdict:
    cast.world.statuses.fail(cast.univ.status_uri, StatusError("damaged", code="status_list_malformed"))
    return cast.judge()


@scenario("status", "unknown", "status_not_issuers", "could_not_check")
def a_list_published_by_anybody_else_does_not_count(cast: Cast) -> Verdict:
    cast.world.statuses.change(cast.univ.status_uri, submitter=fake_address("anybody"))
    return cast.judge()


@scenario("status", "unknown", "status_index_out_of_range", "could_not_check")
def a_list_without_the_credentials_place_could_not_be_used(cast: Cast) -> Verdict:
    cast.world.statuses.change(cast.univ.status_uri, size=8)
    return cast.judge()
