"""The compromise rule on the real contracts, through the verifier and its index of the chain.

A thief has the signing key, an account of his own, and time. What he cannot do is anchor in the name of the
institution whose key he has.
"""

import hashlib
from datetime import datetime, timedelta

import pytest

from digital_resume.core.status.status_array import Status
from digital_resume.core.trust.issuers import IssuerStatus
from tests.fakes import Issued
from tests.fakes.institution import key_digest
from tests.integration.verifier.conftest import Running

pytestmark = pytest.mark.integration


@pytest.fixture
def victim(running: Running) -> Running:
    """Let an institution of its own issue in each test, with a published status list."""
    running.rig.found("victim")
    running.rig.publish()
    return running


def pause(running: Running) -> None:
    """Let the clocks go on: times are whole seconds."""
    running.rig.pass_moment(running.rig.chain_time() + timedelta(seconds=1))


def now_on_chain(running: Running) -> int:
    return int(running.rig.chain_time().timestamp())


def report(running: Running, since: int) -> None:
    rig = running.rig
    rig.chain.admin.report_compromise(rig.institution.did, key_digest(rig.institution.signer), since)


def issue(running: Running) -> Issued:
    """Issue a degree, or let the thief do it: the key is the same."""
    return running.rig.issue("UniversityDegree")


def test_what_the_institution_anchored_before_the_theft_stands_and_what_came_after_does_not(
    victim: Running,
) -> None:
    early = issue(victim)
    victim.rig.anchor(early)
    assert victim.codes(early) == ("accredited", "anchored", "in_force", "verified")
    pause(victim)
    since = now_on_chain(victim)
    late = issue(victim)
    victim.rig.anchor(late)
    assert victim.codes(late)[3] == "verified"
    report(victim, since)
    assert victim.codes(early) == ("anchored_before_compromise", "anchored", "in_force", "verified")
    assert victim.codes(late) == ("key_compromised", "anchored", "not_reached", "not_genuine")


def test_a_thiefs_own_anchoring_does_not_count_however_early(victim: Running) -> None:
    forged = issue(victim)
    victim.rig.anchor(forged, by=victim.rig.chain.stranger(6))
    assert victim.codes(forged) == ("accredited", "anchorer_not_authorised", "in_force", "caution")
    pause(victim)
    report(victim, now_on_chain(victim))
    assert victim.codes(forged) == (
        "key_compromised",
        "anchorer_not_authorised",
        "not_reached",
        "not_genuine",
    )


def test_an_anchorer_that_was_authorised_later_makes_nothing_true(victim: Running) -> None:
    thief = victim.rig.chain.stranger(7)
    forged = issue(victim)
    victim.rig.anchor(forged, by=thief)
    pause(victim)
    victim.rig.chain.admin.authorize_anchorer(victim.rig.institution.did, thief.address)
    assert victim.codes(forged)[1] == "anchorer_not_authorised"


def test_moving_since_earlier_takes_more_down(victim: Running) -> None:
    early = issue(victim)
    victim.rig.anchor(early)
    assert victim.codes(early)[3] == "verified"
    pause(victim)
    report(victim, now_on_chain(victim))
    assert victim.codes(early)[3] == "verified"
    report(victim, now_on_chain(victim) - 3_600)
    assert victim.codes(early)[::3] == ("key_compromised", "not_genuine")


def test_not_anchored_and_signed_by_a_retired_key_is_not_genuine(victim: Running) -> None:
    anchored, loose = issue(victim), issue(victim)
    victim.rig.anchor(anchored)
    victim.rig.wallet.keep([loose.token], [])
    assert victim.codes(loose) == ("accredited", "not_anchored", "in_force", "caution")
    pause(victim)
    institution = victim.rig.institution
    victim.rig.chain.admin.retire_key(institution.did, key_digest(institution.signer))
    pause(victim)
    assert victim.codes(loose)[::3] == ("key_retired", "not_genuine")
    assert victim.codes(anchored) == ("accredited", "anchored", "in_force", "verified")


def test_rotation_without_compromise_is_harmless(victim: Running) -> None:
    rig, institution = victim.rig, victim.rig.institution
    before = issue(victim)
    rig.anchor(before)
    pause(victim)
    old = institution.signer
    institution.signer = type(old).generate("P-256", institution.did)
    rig.chain.admin.add_key(institution.did, key_digest(institution.signer))
    rig.chain.admin.retire_key(institution.did, key_digest(old))
    pause(victim)
    after = issue(victim)
    rig.anchor(after)
    rig.publish()
    assert victim.codes(before) == ("accredited", "anchored", "in_force", "verified")
    assert victim.codes(after) == ("accredited", "anchored", "in_force", "verified")


@pytest.mark.parametrize("standing", [IssuerStatus.SUSPENDED, IssuerStatus.CLOSED, IssuerStatus.MERGED])
def test_suspension_closure_and_merger_leave_standing_what_was_anchored_before(
    victim: Running, standing: IssuerStatus
) -> None:
    rig, did = victim.rig, victim.rig.institution.did
    early = issue(victim)
    rig.anchor(early)
    pause(victim)
    successor = ""
    if standing is IssuerStatus.MERGED:
        kept, wallet = rig.institution, rig.wallet
        successor = rig.found("heir").did
        rig.institution, rig.wallet = kept, wallet
    rig.chain.admin.set_status(did, standing, successor)
    pause(victim)
    late = issue(victim)
    rig.anchor(late)
    assert victim.codes(early) == ("accredited", "anchored", "in_force", "verified")
    assert victim.codes(late)[::3] == ("issuer_not_active", "unknown_issuer")


def test_a_strangers_key_is_not_the_institutions(victim: Running) -> None:
    rig, institution = victim.rig, victim.rig.institution
    own = institution.signer
    institution.signer = type(own).generate("P-256", institution.did)
    try:
        forged = issue(victim)
    finally:
        institution.signer = own
    rig.anchor(forged)
    assert victim.codes(forged)[::3] == ("key_not_of_issuer", "not_genuine")


# --- status lists, through the whole verifier ------------------------------------------------------------


def test_a_list_that_differs_from_the_chains_is_named_as_such(victim: Running) -> None:
    issued = issue(victim)
    victim.rig.anchor(issued)
    victim.rig.institution.statuses.set(7, Status.SUSPENDED)
    victim.rig.publish(on_chain=False)
    assert victim.codes(issued)[2:] == ("status_list_differs", "could_not_check")


def test_an_older_list_that_is_served_as_current_is_named_as_such(victim: Running) -> None:
    issued = issue(victim)
    victim.rig.anchor(issued)
    old = victim.rig.publish()
    assert victim.codes(issued)[2] == "in_force"
    victim.rig.revoke(issued)
    assert victim.codes(issued)[2:] == ("revoked", "not_in_force")
    victim.rig.publish()
    victim.rig.serving_now(old)
    assert victim.codes(issued)[2:] == ("status_list_outdated", "could_not_check")


def test_a_revocation_is_seen_when_its_root_is_on_the_chain(victim: Running) -> None:
    issued = issue(victim)
    victim.rig.anchor(issued)
    assert victim.codes(issued)[3] == "verified"
    victim.rig.revoke(issued)
    assert victim.codes(issued)[2:] == ("revoked", "not_in_force")


def test_the_verdict_says_how_fresh_it_is(victim: Running) -> None:
    issued = issue(victim)
    victim.rig.anchor(issued)
    head = victim.rig.chain.client.head()
    read = victim.judge(issued)["chain"]["read"]
    assert read["from"] == "index"
    assert read["block"] >= head.number
    assert read["behindSeconds"] <= 5
    assert datetime.fromisoformat(read["blockTime"]) >= head.time - timedelta(seconds=1)
    assert hashlib.sha256(str(victim.settings.rpc_urls).encode()).hexdigest() not in str(read)
