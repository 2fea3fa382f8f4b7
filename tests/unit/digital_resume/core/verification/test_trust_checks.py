"""Time in the verdict: the compromise rule, rotation, standing, and that nothing is made true afterwards."""

from datetime import timedelta

import pytest

from digital_resume.core.trust.issuers import IssuerStatus
from tests.fakes import Issued
from tests.fakes.institution import fake_address
from tests.unit.digital_resume.core.verification.cast import Cast

SINCE_DAYS = 10


@pytest.fixture
def cast() -> Cast:
    return Cast()


def outcome(cast: Cast, *issued: Issued) -> tuple[str, str, str]:
    """Judge some credentials; return the first one's issuer code, anchor code and verdict."""
    verdict = cast.judge(tokens=[credential.token for credential in issued])
    issuer, anchor = verdict.items[0].checks[4], verdict.items[0].checks[5]
    return issuer.code, anchor.code, verdict.verdict.value


def steal_key(cast: Cast, days: float = SINCE_DAYS) -> None:
    cast.world.trust.report_compromise(cast.univ.did, cast.univ.key_digest, since=cast.world.ago(days=days))


def test_what_was_anchored_before_since_stands(cast: Cast) -> None:
    steal_key(cast)
    assert outcome(cast, cast.degree) == ("anchored_before_compromise", "anchored", "verified")


@pytest.mark.parametrize("seconds", [0, 1, 86400])
def test_what_was_anchored_at_or_after_since_does_not_stand(cast: Cast, seconds: int) -> None:
    at = cast.world.ago(days=SINCE_DAYS) + timedelta(seconds=seconds)
    forged = cast.hold(cast.univ, "UniversityDegree", {"degree": "박사"}, at=at)
    assert outcome(cast, forged)[2] == "verified"
    steal_key(cast)
    assert outcome(cast, forged) == ("key_compromised", "anchored", "not_genuine")


def test_a_thiefs_own_anchoring_before_since_does_not_count(cast: Cast) -> None:
    forged = cast.hold(cast.univ, "UniversityDegree", anchored=False)
    cast.wallet.keep([], cast.univ.anchor(forged, at=cast.issued_at, submitter=fake_address("thief")))
    assert outcome(cast, forged) == ("accredited", "anchorer_not_authorised", "caution")
    steal_key(cast)
    assert outcome(cast, forged) == ("key_compromised", "anchorer_not_authorised", "not_genuine")


def test_a_receipts_own_time_is_not_believed(cast: Cast) -> None:
    forged = cast.hold(cast.univ, "UniversityDegree", at=cast.world.ago(days=1), anchored=False)
    (receipt,) = cast.univ.anchor(forged, at=cast.world.ago(days=1))
    claimed = receipt.to_json() | {"block": {"number": 1, "time": int(cast.issued_at.timestamp())}}
    steal_key(cast)
    verdict = cast.judge(tokens=[forged.token], receipts=[claimed])
    assert verdict.verdict == "not_genuine"


def test_moving_since_earlier_takes_more_credentials_down(cast: Cast) -> None:
    steal_key(cast)
    assert outcome(cast, cast.degree)[2] == "verified"
    steal_key(cast, days=31)
    assert outcome(cast, cast.degree)[2] == "not_genuine"


def test_without_receipt_a_stolen_keys_credential_is_not_genuine(cast: Cast) -> None:
    steal_key(cast)
    cast.wallet.receipts = cast.without_receipt(cast.degree)
    assert outcome(cast, cast.degree) == ("key_compromised", "not_anchored", "not_genuine")


def test_rotation_without_compromise_is_harmless(cast: Cast) -> None:
    cast.univ.rotate_key(at=cast.world.ago(days=5))
    fresh = cast.hold(cast.univ, "AcademicTranscript", at=cast.world.ago(days=2))
    cast.world.trust.accredit(cast.univ.did, "AcademicTranscript", start=cast.world.ago(days=3))
    assert outcome(cast, cast.degree) == ("accredited", "anchored", "verified")
    assert outcome(cast, fresh) == ("accredited", "anchored", "verified")


def test_a_retired_key_signs_nothing_that_stands(cast: Cast) -> None:
    old = cast.univ.rotate_key(at=cast.world.ago(days=5))
    late = cast.hold(cast.univ, "UniversityDegree", at=cast.world.ago(days=4), signer=old)
    assert outcome(cast, late) == ("key_retired", "anchored", "not_genuine")


@pytest.mark.parametrize("status", [IssuerStatus.SUSPENDED, IssuerStatus.CLOSED, IssuerStatus.MERGED])
def test_a_later_change_of_standing_leaves_earlier_credentials_standing(
    cast: Cast, status: IssuerStatus
) -> None:
    cast.world.trust.set_status(cast.univ.did, status, at=cast.world.ago(days=5), successor=cast.lang.did)
    assert outcome(cast, cast.degree) == ("accredited", "anchored", "verified")
    late = cast.hold(cast.univ, "UniversityDegree", at=cast.world.ago(days=4))
    assert outcome(cast, late) == ("issuer_not_active", "anchored", "unknown_issuer")


def test_an_ended_accreditation_leaves_earlier_credentials_standing(cast: Cast) -> None:
    cast.world.trust.end_accreditation(cast.univ.did, "UniversityDegree", until=cast.world.ago(days=5))
    assert outcome(cast, cast.degree)[2] == "verified"
    late = cast.hold(cast.univ, "UniversityDegree", at=cast.world.ago(days=4))
    assert outcome(cast, late) == ("type_not_accredited", "anchored", "unknown_issuer")


def test_a_later_accreditation_makes_nothing_true_that_was_anchored_before(cast: Cast) -> None:
    early = cast.hold(cast.univ, "AcademicTranscript")
    cast.world.trust.accredit(cast.univ.did, "AcademicTranscript", start=cast.world.ago(days=3))
    assert outcome(cast, early) == ("type_not_accredited", "anchored", "unknown_issuer")


def test_a_later_anchorer_makes_nothing_true_that_it_anchored_before(cast: Cast) -> None:
    other = fake_address("other")
    early = cast.hold(cast.univ, "UniversityDegree", anchored=False)
    cast.wallet.keep([], cast.univ.anchor(early, at=cast.issued_at, submitter=other))
    cast.world.trust.authorize_anchorer(cast.univ.did, other, start=cast.world.ago(days=3))
    assert outcome(cast, early) == ("accredited", "anchorer_not_authorised", "caution")


def test_an_ended_anchorer_leaves_standing_what_it_anchored(cast: Cast) -> None:
    cast.world.trust.authorize_anchorer(cast.univ.did, fake_address("new"), start=cast.world.start)
    cast.world.trust.end_anchorer(cast.univ.did, cast.univ.anchorer, until=cast.world.ago(days=5))
    cast.world.statuses.change(cast.univ.status_uri, submitter=fake_address("new"))
    assert outcome(cast, cast.degree) == ("accredited", "anchored", "verified")


def test_a_repeated_anchor_counts_from_the_first_authorised_time(cast: Cast) -> None:
    cast.wallet.keep([], cast.univ.anchor(cast.degree, at=cast.world.ago(days=1)))
    cast.wallet.keep([], cast.univ.anchor(cast.degree, cast.score, at=cast.world.ago(hours=12)))
    steal_key(cast)
    assert outcome(cast, cast.degree) == ("anchored_before_compromise", "anchored", "verified")


def test_an_unreadable_chain_never_condemns_and_never_clears(cast: Cast) -> None:
    steal_key(cast)
    cast.world.anchors.available = False
    assert outcome(cast, cast.degree) == ("anchor_undecided", "chain_unavailable", "could_not_check")


def test_what_the_thief_writes_into_a_receipt_leaves_no_doubt(cast: Cast) -> None:
    forged = cast.hold(cast.univ, "UniversityDegree", anchored=False)
    (receipt,) = cast.univ.anchor(forged, at=cast.world.now, submitter=fake_address("thief"))
    document = receipt.to_json()
    invented = [
        document | {"chain": document["chain"] | {"id": "eip155:1"}},
        document | {"version": 2},
        document | {"submitter": fake_address("nobody")},  # "just anchored": not on the chain, and new
    ]
    steal_key(cast)
    for claimed in invented:
        verdict = cast.judge(tokens=[forged.token], receipts=[claimed])
        assert verdict.items[0].checks[4].code == "key_compromised"
        assert verdict.verdict == "not_genuine"


def test_an_invented_chain_does_not_soften_a_retired_key(cast: Cast) -> None:
    (document,) = [cast.receipt(cast.degree).to_json()]
    old = cast.univ.rotate_key(at=cast.world.ago(days=5))
    late = cast.hold(cast.univ, "UniversityDegree", at=cast.world.ago(days=4), signer=old, anchored=False)
    claimed = document | {"leaf": late.leaf.hex(), "version": 2}
    verdict = cast.judge(tokens=[late.token], receipts=[claimed])
    assert verdict.items[0].checks[4].code == "key_retired"
    assert verdict.verdict == "not_genuine"


def test_an_anchor_too_new_to_be_seen_decides_nothing_while_it_could_be_before_the_theft(cast: Cast) -> None:
    fresh = cast.hold(cast.univ, "UniversityDegree", at=cast.world.ago(minutes=3))
    cast.world.anchors.roots.pop((cast.univ.anchorer.lower(), cast.receipt(fresh).root))
    steal_key(cast, days=1 / 1440)
    verdict = cast.judge(tokens=[fresh.token], at=cast.world.ago(minutes=1))
    assert verdict.items[0].checks[4].code == "anchor_undecided"
    assert verdict.verdict == "could_not_check"


def test_a_second_receipt_on_an_unpinned_chain_condemns_nothing_while_the_chain_is_unreadable(
    cast: Cast,
) -> None:
    steal_key(cast)
    receipt = cast.receipt(cast.degree).to_json()
    other = receipt | {"chain": receipt["chain"] | {"id": "eip155:1"}}
    cast.world.anchors.available = False
    verdict = cast.judge(tokens=[cast.degree.token], receipts=[other, receipt])
    assert verdict.items[0].checks[4].code == "anchor_undecided"
    assert verdict.verdict == "could_not_check"


def test_no_status_list_is_fetched_in_the_name_of_an_ended_key(cast: Cast) -> None:
    steal_key(cast)
    cast.world.anchors.available = False
    asked: list[str] = []
    answer = cast.world.statuses.status_list
    cast.world.statuses.status_list = lambda uri, issuer: asked.append(uri) or answer(uri, issuer)  # type: ignore[method-assign, func-returns-value]  # watched
    verdict = cast.judge(tokens=[cast.degree.token])
    assert verdict.items[0].checks[4].code == "anchor_undecided"
    assert verdict.items[0].checks[6].code == "not_reached"
    assert asked == []
