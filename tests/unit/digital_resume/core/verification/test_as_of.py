"""The verdict as of another day: what held then, with the keys judged by what is known today."""

from datetime import datetime, timedelta

import pytest

from digital_resume.core.status.status_array import Status
from digital_resume.core.trust.issuers import IssuerStatus
from digital_resume.core.verification.verdict import Verdict
from tests.fakes import Issued
from tests.fakes.institution import fake_address
from tests.unit.digital_resume.core.verification.cast import Cast


@pytest.fixture
def cast() -> Cast:
    return Cast()


def codes(verdict: Verdict) -> tuple[str, str, str, str, str]:
    """Return the first item's issuer, anchor, status and validity codes, and the verdict."""
    checks = verdict.items[0].checks
    return checks[4].code, checks[5].code, checks[6].code, checks[7].code, verdict.verdict.value


def asked(cast: Cast, day: datetime, *issued: Issued) -> tuple[str, str, str, str, str]:
    tokens = [credential.token for credential in issued or (cast.degree,)]
    verdict = cast.world.verify(cast.share(tokens=tokens), as_of=day)
    assert verdict.as_of == day
    assert verdict.to_json()["asOf"] is not None
    return codes(verdict)


def test_the_status_is_that_of_the_day(cast: Cast) -> None:
    ago = cast.world.ago
    cast.univ.set_status(cast.degree, Status.SUSPENDED, at=ago(days=20))
    cast.univ.set_status(cast.degree, Status.VALID, at=ago(days=15))
    cast.univ.set_status(cast.degree, Status.REVOKED, at=ago(days=5))
    found = {days: asked(cast, ago(days=days))[2:] for days in (25, 18, 10, 5, 1)}
    assert found == {
        25: ("was_in_force", "valid_now", "verified"),
        18: ("suspended", "valid_now", "not_in_force"),
        10: ("was_in_force", "valid_now", "verified"),
        5: ("revoked", "valid_now", "not_in_force"),
        1: ("revoked", "valid_now", "not_in_force"),
    }


def test_the_present_is_judged_as_before(cast: Cast) -> None:
    verdict = cast.judge()
    assert verdict.as_of is None
    assert verdict.to_json()["asOf"] is None


def test_validity_is_that_of_the_day(cast: Cast) -> None:
    short = cast.hold(
        cast.univ, "UniversityDegree", at=cast.world.ago(days=20), valid_until=cast.world.ago(days=10)
    )
    assert asked(cast, cast.world.ago(days=15), short)[3:] == ("valid_now", "verified")
    assert asked(cast, cast.world.ago(days=9), short)[3:] == ("expired", "caution")
    assert asked(cast, cast.world.ago(days=25), short)[1] == "anchored_later"
    assert asked(cast, cast.world.ago(days=25), short)[3] == "not_yet_valid"


def test_a_compromise_reported_today_counts_for_every_day(cast: Cast) -> None:
    cast.world.trust.report_compromise(cast.univ.did, cast.univ.key_digest, since=cast.world.ago(days=31))
    assert asked(cast, cast.world.ago(days=10))[0] == "key_compromised"
    assert asked(cast, cast.world.ago(days=10))[4] == "not_genuine"


def test_what_was_anchored_before_since_stands_for_every_day_after_it(cast: Cast) -> None:
    cast.world.trust.report_compromise(cast.univ.did, cast.univ.key_digest, since=cast.world.ago(days=20))
    assert asked(cast, cast.world.ago(days=10))[0] == "anchored_before_compromise"
    assert asked(cast, cast.world.ago(days=25))[4] == "verified"


def test_anchored_later_but_before_since_it_is_only_early(cast: Cast) -> None:
    cast.world.trust.report_compromise(cast.univ.did, cast.univ.key_digest, since=cast.world.ago(days=20))
    found = asked(cast, cast.world.ago(days=35))
    assert found[:2] == ("anchored_before_compromise", "anchored_later")
    assert found[4] == "caution"


@pytest.mark.parametrize("ended", ["retired", "compromised"])
def test_an_unanchored_credential_of_an_ended_key_cannot_be_dated_back(cast: Cast, ended: str) -> None:
    old = cast.univ.signer
    digest = cast.univ.key_digest
    if ended == "retired":
        cast.univ.rotate_key(at=cast.world.ago(days=5))
    else:
        cast.world.trust.report_compromise(cast.univ.did, digest, since=cast.world.ago(days=5))
    forged = cast.hold(cast.univ, "UniversityDegree", signer=old, anchored=False)
    found = asked(cast, cast.world.ago(days=10), forged)
    assert found[0] == f"key_{ended}"
    assert found[4] == "not_genuine"


def test_a_thiefs_own_anchoring_counts_on_no_day(cast: Cast) -> None:
    forged = cast.hold(cast.univ, "UniversityDegree", anchored=False)
    cast.wallet.keep([], cast.univ.anchor(forged, at=cast.issued_at, submitter=fake_address("thief")))
    cast.world.trust.report_compromise(cast.univ.did, cast.univ.key_digest, since=cast.world.ago(days=5))
    assert asked(cast, cast.world.ago(days=10), forged)[4] == "not_genuine"


def test_an_institution_that_was_not_accredited_yet_did_not_issue_then(cast: Cast) -> None:
    cast.world.trust.accredit(cast.univ.did, "AcademicTranscript", start=cast.world.ago(days=12))
    late = cast.hold(cast.univ, "AcademicTranscript", at=cast.world.ago(days=10))
    assert asked(cast, cast.world.ago(days=11), late)[:2] == ("accredited", "anchored_later")
    assert asked(cast, cast.world.ago(days=13), late)[:2] == ("not_then", "anchored_later")
    assert asked(cast, cast.world.ago(days=13), late)[4] == "caution"


def test_a_day_before_the_institution_had_its_key_does_not_make_it_a_forgery(cast: Cast) -> None:
    found = asked(cast, cast.world.start - timedelta(days=1))
    assert found[:2] == ("not_then", "anchored_later")
    assert found[4] in ("caution", "could_not_check")


def test_a_later_suspension_or_closure_leaves_the_day_alone(cast: Cast) -> None:
    cast.world.trust.set_status(cast.univ.did, IssuerStatus.CLOSED, at=cast.world.ago(days=5))
    assert asked(cast, cast.world.ago(days=10))[4] == "verified"


def test_a_share_that_has_expired_opens_for_no_day(cast: Cast) -> None:
    presentation = cast.resign(cast.share(), expires=cast.shared_at + timedelta(minutes=30))
    verdict = cast.world.verify(presentation, as_of=cast.world.ago(minutes=45))
    assert verdict.verdict == "sharing_ended"
