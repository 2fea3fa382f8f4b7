"""Scenes in which everything is in order, or a check does not apply."""

from digital_resume.core.credentials.embedded_vc import issue_embedded
from digital_resume.core.securing.ecdsa_sd_2023 import derive_proof
from digital_resume.core.verification.policy import Policy
from digital_resume.core.verification.verdict import Verdict
from tests.fakes.institution import Issued
from tests.unit.digital_resume.core.verification.cast import (
    PERSON,
    Cast,
)
from tests.unit.digital_resume.core.verification.scenario_registry import scenario


@scenario("format", "pass", "well_formed", "verified")
@scenario("proof", "pass", "signature_valid", "verified")
@scenario("holder", "pass", "bound_to_presenter", "verified")
@scenario("holder", "pass", "made_for_this_share", "verified")
@scenario("issuer", "pass", "accredited", "verified")
@scenario("anchor", "pass", "anchored", "verified")
@scenario("status", "pass", "in_force", "verified")
@scenario("validity", "pass", "valid_now", "verified")
@scenario("schema", "pass", "fits_type", "verified")
def a_genuine_resume_is_verified(cast: Cast) -> Verdict:
    return cast.judge(statements=["시연용 자기소개"])


@scenario("same_person", "pass", "names_agree", "verified")
def names_and_shown_birth_dates_agree(cast: Cast) -> Verdict:
    return cast.judge(hide=())


@scenario("same_person", "pass", "names_agree_only", "verified")
def hidden_birth_dates_are_not_said_to_agree(cast: Cast) -> Verdict:
    return cast.judge(hide=("birthDate",))


@scenario("same_person", "not_applicable", "only_item", "verified")
def a_single_credential_has_nothing_to_be_compared_with(cast: Cast) -> Verdict:
    return cast.judge(tokens=[cast.degree.token])


@scenario("issuer", "pass", "anchored_before_compromise", "verified")
def what_was_anchored_before_the_theft_stands(cast: Cast) -> Verdict:
    cast.world.trust.report_compromise(cast.univ.did, cast.univ.key_digest, since=cast.world.ago(days=2))
    return cast.judge()


@scenario("issuer", "caution", "not_then", "caution")
def before_the_institution_was_accredited_it_did_not_issue(cast: Cast) -> Verdict:
    cast.world.trust.accredit(cast.univ.did, "AcademicTranscript", start=cast.world.ago(days=12))
    late = cast.hold(cast.univ, "AcademicTranscript", at=cast.world.ago(days=10))
    return cast.world.verify(cast.share(tokens=[late.token]), as_of=cast.world.ago(days=13))


@scenario("issuer", "caution", "anchor_covers_part", "caution")
def a_theft_leaves_open_what_a_derived_proof_discloses_singly(cast: Cast) -> Verdict:
    kind = cast.world.catalog.credential_type("UniversityDegree")
    issued = issue_embedded(
        kind,
        {**kind.example, **PERSON},
        cryptosuite="ecdsa-sd-2023",
        issuer=cast.univ.did,
        signer=cast.univ.signer,
        holder=cast.wallet.did,
        status_uri=cast.univ.status_uri,
        status_index=77,
        issued_at=cast.issued_at,
        valid_from=None,
        valid_until=None,
    )
    cast.wallet.keep([], cast.univ.anchor(Issued("", issued.content.leaf, 77), at=cast.issued_at))
    cast.world.trust.report_compromise(cast.univ.did, cast.univ.key_digest, since=cast.world.ago(days=2))
    shown = derive_proof(issued.document, ["/credentialSubject/birthDate"])
    return cast.world.verify(cast.sign(declarations=[shown]))


@scenario("anchor", "not_applicable", "not_anchored_accepted", "verified")
def a_policy_may_accept_what_is_not_anchored_yet(cast: Cast) -> Verdict:
    presentation = cast.share(receipts=[])
    return cast.world.verify(presentation, policy=Policy(accept_unanchored=True))


@scenario("status", "not_applicable", "no_status", "verified")
def a_credential_without_status_cannot_be_withdrawn(cast: Cast) -> Verdict:
    token = cast.forge(cast.degree.token, lambda payload: payload.pop("status"), cast.univ.signer)
    return cast.world.verify(cast.sign([cast.bind(token)]), policy=Policy(accept_unanchored=True))
