"""Scenes of the anchor."""

from dataclasses import replace

from digital_resume.core.trust.issuers import ChainRef
from digital_resume.core.verification.verdict import Verdict
from tests.fakes.institution import fake_address
from tests.unit.digital_resume.core.verification.cast import (
    Cast,
)
from tests.unit.digital_resume.core.verification.scenario_registry import scenario


@scenario("anchor", "caution", "not_anchored", "caution")
def a_live_keys_credential_without_anchor_is_caution(cast: Cast) -> Verdict:
    return cast.judge(receipts=cast.without_receipt(cast.degree))


@scenario("anchor", "caution", "anchored_later", "caution")
def what_was_anchored_after_the_day_asked_for_was_not_anchored_then(cast: Cast) -> Verdict:
    late = cast.hold(cast.univ, "UniversityDegree", anchored=False)
    cast.wallet.keep([], cast.univ.anchor(late, at=cast.world.ago(days=5)))
    return cast.world.verify(cast.share(), as_of=cast.world.ago(days=10))


@scenario("anchor", "caution", "anchorer_not_authorised", "caution")
def anybody_elses_anchoring_does_not_count(cast: Cast) -> Verdict:
    foreign = cast.univ.anchor(cast.degree, at=cast.issued_at, submitter=fake_address("anybody"))
    return cast.judge(receipts=[*cast.without_receipt(cast.degree), *foreign])


@scenario("anchor", "fail", "receipt_invalid", "not_genuine")
def a_receipt_of_another_credential_relabelled_is_not_genuine(cast: Cast) -> Verdict:
    swapped = cast.receipt(cast.score).to_json() | {"leaf": cast.degree.leaf.hex()}
    return cast.judge(receipts=[*cast.without_receipt(cast.degree), swapped])


@scenario("anchor", "fail", "not_on_chain", "not_genuine")
def a_receipt_for_a_root_that_was_never_anchored_is_not_genuine(cast: Cast) -> Verdict:
    cast.world.anchors.roots.pop((cast.univ.anchorer.lower(), cast.receipt(cast.degree).root))
    return cast.judge()


@scenario("anchor", "unknown", "chain_behind", "could_not_check")
def a_very_new_anchor_that_this_verifier_has_not_seen_yet_is_no_forgery(cast: Cast) -> Verdict:
    fresh = cast.hold(cast.univ, "UniversityDegree", at=cast.world.ago(minutes=2))
    cast.world.anchors.roots.pop((cast.univ.anchorer.lower(), cast.receipt(fresh).root))
    return cast.judge(tokens=[fresh.token], at=cast.world.ago(minutes=1))


@scenario("anchor", "unknown", "unknown_chain", "could_not_check")
def a_receipt_of_a_chain_that_is_not_pinned_could_not_be_checked(cast: Cast) -> Verdict:
    other = ChainRef("eip155:1", "0x" + "00" * 32, cast.world.chain.contract, cast.world.chain.code_hash)
    receipts = [replace(receipt, chain=other) for receipt in cast.wallet.receipts]
    return cast.judge(receipts=receipts)


@scenario("anchor", "unknown", "receipt_version_unsupported", "could_not_check")
def a_receipt_of_a_later_version_could_not_be_checked(cast: Cast) -> Verdict:
    return cast.judge(receipts=[receipt.to_json() | {"version": 2} for receipt in cast.wallet.receipts])


@scenario("anchor", "unknown", "chain_unavailable", "could_not_check")
def without_the_chain_an_anchor_could_not_be_checked(cast: Cast) -> Verdict:
    cast.world.anchors.available = False
    return cast.judge()
