"""Scenes of the presentation: its form, its signature, its share."""

from datetime import timedelta

from digital_resume.core.securing.data_integrity import add_proof
from digital_resume.core.verification.verdict import Verdict, sharing_ended
from tests.fakes import HolderWallet
from tests.unit.digital_resume.core.verification.cast import (
    Cast,
)
from tests.unit.digital_resume.core.verification.scenario_registry import scenario


@scenario("format", "unknown", "malformed", "could_not_check")
@scenario("proof", "not_applicable", "not_reached", "could_not_check")
@scenario("holder", "not_applicable", "not_reached", "could_not_check")
@scenario("validity", "not_applicable", "not_reached", "could_not_check")
def what_is_no_presentation_could_not_be_checked(cast: Cast) -> Verdict:
    return cast.world.verify(b'{"type":"VerifiablePresentation"}')


@scenario("format", "unknown", "too_large", "could_not_check")
def a_resume_with_too_many_credentials_could_not_be_checked(cast: Cast) -> Verdict:
    presentation = cast.share()
    presentation["verifiableCredential"] *= 20
    return cast.world.verify(presentation)


@scenario("format", "caution", "no_institution_items", "caution")
def a_resume_without_any_institution_is_never_green(cast: Cast) -> Verdict:
    return cast.judge(tokens=[], statements=["저를 믿어 주세요"])


@scenario("proof", "fail", "proof_invalid", "not_genuine")
def an_altered_presentation_is_not_genuine(cast: Cast) -> Verdict:
    presentation = cast.share()
    del presentation["verifiableCredential"][2]
    return cast.world.verify(presentation)


@scenario("proof", "fail", "key_not_of_signer", "not_genuine")
def a_presentation_signed_by_somebody_else_is_not_genuine(cast: Cast) -> Verdict:
    genuine = cast.share()
    proof = genuine.pop("proof")
    forged = add_proof(
        genuine,
        HolderWallet().signer,
        cryptosuite="ecdsa-jcs-2019",
        purpose="authentication",
        created=cast.shared_at,
        expires=cast.shared_at + timedelta(days=30),
        challenge=proof["challenge"],
        domain=proof["domain"],
    )
    return cast.world.verify(forged)


@scenario("holder", "fail", "nonce_mismatch", "not_genuine")
def a_presentation_made_for_another_share_is_not_genuine(cast: Cast) -> Verdict:
    return cast.judge(challenge="EBESExQVFhcYGRobHB0eHw")


@scenario("holder", "fail", "audience_mismatch", "not_genuine")
def a_presentation_made_for_another_verifier_is_not_genuine(cast: Cast) -> Verdict:
    return cast.judge(domain="http://localhost:9999")


@scenario("holder", "fail", "expiry_mismatch", "not_genuine")
def a_share_whose_expiry_was_stretched_is_not_genuine(cast: Cast) -> Verdict:
    return cast.world.verify(cast.share(), expires=cast.shared_at + timedelta(days=200))


@scenario("validity", "fail", "share_expired", "sharing_ended")
def an_expired_share_has_ended_wherever_its_copy_comes_from(cast: Cast) -> Verdict:
    presentation = cast.share(days=2)
    cast.world.now += timedelta(days=3)
    return cast.world.verify(presentation)


@scenario("validity", "fail", "share_stopped", "sharing_ended")
def a_stopped_share_has_ended(cast: Cast) -> Verdict:
    return sharing_ended(now=cast.world.now, reason="share_stopped", chain=cast.world.chain_info)


@scenario("validity", "fail", "share_unknown", "sharing_ended")
def an_unknown_share_has_ended(cast: Cast) -> Verdict:
    return sharing_ended(now=cast.world.now, reason="share_unknown")


@scenario("validity", "caution", "made_in_future", "caution")
def a_presentation_dated_in_the_future_is_a_clock_that_is_fast(cast: Cast) -> Verdict:
    return cast.judge(at=cast.world.now + timedelta(hours=1))
