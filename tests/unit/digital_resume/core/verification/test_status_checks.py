"""Whose status list counts, and until when: closed institutions, ended anchorers, silence on the chain."""

from datetime import timedelta

import pytest

from digital_resume.core.status.status_array import Status
from digital_resume.core.trust.issuers import IssuerStatus
from digital_resume.core.verification.policy import Policy
from tests.unit.digital_resume.core.verification.cast import Cast

GONE = [IssuerStatus.CLOSED, IssuerStatus.MERGED]


@pytest.fixture
def cast() -> Cast:
    return Cast()


def status(cast: Cast, **options: object) -> tuple[str, str]:
    presentation = cast.share(tokens=[cast.degree.token])
    verdict = cast.world.verify(presentation, heartbeat=False, **options)  # type: ignore[arg-type]  # a test's choice
    return verdict.items[0].checks[6].code, verdict.verdict.value


def leave(cast: Cast, standing: IssuerStatus) -> None:
    """Close or merge the university five days ago; its anchorer ends with it and is silent since."""
    ended = cast.world.ago(days=5)
    cast.world.trust.set_status(cast.univ.did, standing, at=ended, successor=cast.lang.did)
    cast.world.trust.end_anchorer(cast.univ.did, cast.univ.anchorer, until=ended)
    cast.world.statuses.heartbeat(cast.world.now)
    cast.world.statuses.change(cast.univ.status_uri, heartbeat=ended - timedelta(minutes=5))


@pytest.mark.parametrize("standing", GONE)
def test_a_verdict_survives_the_institution_and_its_anchorer(cast: Cast, standing: IssuerStatus) -> None:
    leave(cast, standing)
    assert status(cast) == ("in_force", "verified")


def test_what_a_closed_institution_had_revoked_stays_revoked(cast: Cast) -> None:
    cast.univ.set_status(cast.degree, Status.REVOKED, at=cast.world.ago(days=6))
    leave(cast, IssuerStatus.CLOSED)
    assert status(cast) == ("revoked", "not_in_force")


def test_what_a_former_anchorer_publishes_later_does_not_count(cast: Cast) -> None:
    leave(cast, IssuerStatus.CLOSED)
    cast.world.statuses.change(cast.univ.status_uri, published_at=cast.world.ago(days=4))
    assert status(cast) == ("status_not_issuers", "could_not_check")


def test_the_ended_anchorer_of_an_active_institution_does_not_count(cast: Cast) -> None:
    cast.world.trust.end_anchorer(cast.univ.did, cast.univ.anchorer, until=cast.world.ago(days=5))
    cast.world.statuses.heartbeat(cast.world.now)
    assert status(cast) == ("status_not_issuers", "could_not_check")


def test_silence_is_measured_by_the_policy_and_shown(cast: Cast) -> None:
    cast.world.statuses.heartbeat(cast.world.now)
    cast.world.statuses.change(cast.univ.status_uri, heartbeat=cast.world.ago(hours=2))
    assert status(cast) == ("in_force", "verified")
    assert status(cast, policy=Policy(max_heartbeat_age=timedelta(hours=1))) == (
        "status_heartbeat_old",
        "caution",
    )
    presentation = cast.share(tokens=[cast.degree.token])
    shown = cast.world.verify(presentation, heartbeat=False).to_json()["items"][0]["status"]
    assert shown == {"value": "valid", "asOf": "2026-11-23T04:00:00Z"}
