"""One scenario for every row of the messages: what happens, and the outcome and verdict that must follow.

Each function sets a scene in a fresh ``Cast`` and returns the verdict; its decorator names the outcome of a
check that must be in it and the verdict of the whole.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from digital_resume.core.credentials.catalog import Catalog
from digital_resume.core.credentials.embedded_vc import issue_embedded
from digital_resume.core.errors import StatusError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.resume.presentation import build_self_declaration
from digital_resume.core.securing.data_integrity import add_proof
from digital_resume.core.securing.ecdsa_sd_2023 import derive_proof
from digital_resume.core.status.status_array import Status
from digital_resume.core.trust.issuers import UNREADABLE, ChainRef, IssuerRecord, IssuerStatus
from digital_resume.core.verification.policy import Policy
from digital_resume.core.verification.verdict import Verdict, sharing_ended
from tests.fakes import HolderWallet
from tests.fakes.institution import Issued, fake_address
from tests.unit.digital_resume.core.verification.cast import (
    PERSON,
    STRANGER,
    Cast,
    alter_disclosure,
    alter_payload,
)

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Scenario:
    """A scene and what must follow."""

    key: Key
    verdict: str
    play: Callable[[Cast], Verdict]


SCENARIOS: list[Scenario] = []


def scenario(check: str, outcome: str, code: str, verdict: str) -> Callable[[Any], Any]:
    """Register a scene under the row of the messages that it must produce."""

    def register(play: Callable[[Cast], Verdict]) -> Callable[[Cast], Verdict]:
        SCENARIOS.append(Scenario((check, outcome, code), verdict, play))
        return play

    return register


# --- everything in order --------------------------------------------------------------------------------


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


# --- the presentation -----------------------------------------------------------------------------------


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


# --- format, proof, holder of an item -------------------------------------------------------------------


@scenario("format", "fail", "unsigned", "not_genuine")
@scenario("same_person", "not_applicable", "not_reached", "not_genuine")
@scenario("issuer", "not_applicable", "not_reached", "not_genuine")
@scenario("schema", "not_applicable", "not_reached", "not_genuine")
def an_unsigned_credential_is_refused(cast: Cast) -> Verdict:
    unsigned = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", "UniversityDegree"],
        "issuer": cast.univ.did,
        "credentialSubject": {"name": "김하늘", "degree": "박사"},
    }
    return cast.world.verify(cast.sign(declarations=[unsigned]))


@scenario("format", "caution", "duplicate_item", "caution")
def the_same_credential_twice_counts_once_whatever_each_shows(cast: Cast) -> Verdict:
    first = cast.wallet.present(cast.degree.token, **cast.binding)
    second = cast.wallet.present(cast.degree.token, hide=("university",), **cast.binding)
    return cast.world.verify(cast.sign([first, second]))


@scenario("format", "unknown", "unsupported_form", "could_not_check")
def a_credential_of_a_form_that_is_not_read_yet_could_not_be_checked(cast: Cast) -> Verdict:
    institution = LocalSigner.generate("P-256")
    other = build_self_declaration("다른 형식", institution, created=cast.shared_at)
    return cast.world.verify(cast.sign(declarations=[other]))


@scenario("proof", "fail", "proof_invalid", "not_genuine")
def one_altered_character_of_the_signed_part_is_not_genuine(cast: Cast) -> Verdict:
    return cast.world.verify(cast.sign([cast.bind(alter_payload(cast.degree.token, "김하늘", "김하눌"))]))


@scenario("proof", "fail", "disclosure_invalid", "not_genuine")
def one_altered_character_of_a_disclosed_claim_is_not_genuine(cast: Cast) -> Verdict:
    return cast.world.verify(
        cast.sign([cast.bind(alter_disclosure(cast.degree.token, "gradeAverage", "4.5/4.5"))])
    )


@scenario("proof", "fail", "key_not_of_signer", "not_genuine")
def a_credential_in_an_institutions_name_under_another_dids_key_is_not_genuine(cast: Cast) -> Verdict:
    token = cast.forge(cast.degree.token, lambda payload: None, LocalSigner.generate("P-256"))
    return cast.world.verify(cast.sign([cast.bind(token)]))


@scenario("holder", "fail", "key_binding_missing", "not_genuine")
def a_stolen_credential_without_key_binding_is_not_genuine(cast: Cast) -> Verdict:
    return cast.world.verify(cast.sign([cast.degree.token]))


@scenario("holder", "fail", "key_binding_invalid", "not_genuine")
def a_stolen_credential_bound_by_the_thiefs_key_is_not_genuine(cast: Cast) -> Verdict:
    victim = HolderWallet()
    stolen = cast.univ.issue("UniversityDegree", holder_jwk=victim.jwk, at=cast.issued_at)
    return cast.world.verify(cast.sign([cast.bind(stolen.token)]))


@scenario("holder", "fail", "bound_to_other_key", "not_genuine")
def a_credential_of_another_wallet_is_not_genuine_even_with_its_own_key_binding(cast: Cast) -> Verdict:
    friend = HolderWallet()
    borrowed = cast.univ.issue("UniversityDegree", holder_jwk=friend.jwk, at=cast.issued_at)
    return cast.world.verify(cast.sign([cast.bind(borrowed.token, signer=friend.signer)]))


@scenario("holder", "fail", "nonce_mismatch", "not_genuine")
def a_key_binding_taken_from_another_share_is_not_genuine(cast: Cast) -> Verdict:
    return cast.world.verify(cast.sign([cast.bind(cast.degree.token, nonce="EBESExQVFhcYGRobHB0eHw")]))


@scenario("holder", "fail", "audience_mismatch", "not_genuine")
def a_key_binding_made_for_another_verifier_is_not_genuine(cast: Cast) -> Verdict:
    return cast.world.verify(cast.sign([cast.bind(cast.degree.token, audience="http://localhost:9999")]))


@scenario("holder", "caution", "clock_differs", "caution")
def a_key_binding_dated_in_the_future_is_a_clock_that_is_off(cast: Cast) -> Verdict:
    ahead = cast.wallet.present(
        cast.degree.token, **cast.binding | {"at": cast.world.now + timedelta(hours=1)}
    )
    return cast.world.verify(cast.sign([ahead]))


# --- same person ----------------------------------------------------------------------------------------


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


# --- issuer ---------------------------------------------------------------------------------------------


@scenario("issuer", "fail", "issuer_unknown", "unknown_issuer")
@scenario("anchor", "not_applicable", "not_reached", "unknown_issuer")
@scenario("status", "not_applicable", "not_reached", "unknown_issuer")
def an_unregistered_institution_is_an_unknown_issuer(cast: Cast) -> Verdict:
    mill = cast.world.institution("diploma-mill", registered=False)
    cast.hold(mill, "UniversityDegree")
    return cast.judge()


@scenario("issuer", "fail", "type_not_accredited", "unknown_issuer")
def a_registered_institution_is_unknown_for_a_type_that_is_not_its_own(cast: Cast) -> Verdict:
    cast.hold(cast.company, "UniversityDegree")
    return cast.judge()


@scenario("issuer", "fail", "issuer_not_active", "unknown_issuer")
def what_an_institution_anchors_while_suspended_does_not_stand(cast: Cast) -> Verdict:
    cast.world.trust.set_status(cast.univ.did, IssuerStatus.SUSPENDED, at=cast.world.ago(days=40))
    return cast.judge()


@scenario("issuer", "fail", "key_not_of_issuer", "not_genuine")
def a_key_that_never_was_the_institutions_is_not_genuine(cast: Cast) -> Verdict:
    cast.hold(cast.univ, "UniversityDegree", signer=LocalSigner.generate("P-256", cast.univ.did))
    return cast.judge()


@scenario("issuer", "unknown", "key_not_final", "could_not_check")
def a_key_whose_registration_is_not_final_yet_is_no_strangers(cast: Cast) -> Verdict:
    fresh = LocalSigner.generate("P-256", cast.univ.did)
    cast.hold(cast.univ, "UniversityDegree", signer=fresh)
    digest = hashlib.sha256(fresh.public_key.multikey.encode()).digest()
    records = cast.world.trust.records
    records[cast.univ.did] = replace(records[cast.univ.did], pending_keys=frozenset({digest}))
    return cast.judge()


@scenario("issuer", "fail", "key_not_yet_valid", "not_genuine")
def what_was_anchored_before_the_key_was_the_institutions_is_not_genuine(cast: Cast) -> Verdict:
    late = LocalSigner.generate("P-256", cast.univ.did)
    cast.hold(cast.univ, "UniversityDegree", signer=late)
    cast.univ.signer = late
    cast.world.trust.add_key(cast.univ.did, cast.univ.key_digest, start=cast.world.ago(days=1))
    return cast.judge()


@scenario("issuer", "fail", "key_retired", "not_genuine")
def what_a_retired_key_signed_and_nobody_anchored_is_not_genuine(cast: Cast) -> Verdict:
    cast.univ.rotate_key(at=cast.world.ago(days=1))
    return cast.judge(receipts=cast.without_receipt(cast.degree))


@scenario("issuer", "fail", "key_compromised", "not_genuine")
def what_a_stolen_key_signed_and_nobody_anchored_is_not_genuine(cast: Cast) -> Verdict:
    cast.world.trust.report_compromise(cast.univ.did, cast.univ.key_digest, since=cast.world.ago(days=1))
    return cast.judge(receipts=cast.without_receipt(cast.degree))


@scenario("issuer", "unknown", "registry_unavailable", "could_not_check")
@scenario("anchor", "unknown", "registry_unavailable", "could_not_check")
@scenario("status", "unknown", "registry_unavailable", "could_not_check")
def without_the_registry_nothing_can_be_said(cast: Cast) -> Verdict:
    cast.world.trust.available = False
    return cast.judge()


@scenario("issuer", "unknown", "registry_entry_unreadable", "could_not_check")
def an_entry_whose_name_is_no_text_is_neither_believed_nor_held_against_anybody(cast: Cast) -> Verdict:
    real = cast.world.trust.issuer

    def unreadable(did: str) -> IssuerRecord | None:
        record = real(did)
        return record and replace(record, name_ko=UNREADABLE).readable() if did == cast.univ.did else record

    cast.world.trust.issuer = unreadable  # type: ignore[method-assign]  # as an earlier contract let it in
    return cast.judge()


@scenario("issuer", "unknown", "anchor_undecided", "could_not_check")
def a_retired_key_is_not_condemned_while_the_chain_cannot_be_read(cast: Cast) -> Verdict:
    cast.univ.rotate_key(at=cast.world.ago(days=1))
    cast.world.anchors.available = False
    return cast.judge()


# --- anchor ---------------------------------------------------------------------------------------------


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


# --- status ---------------------------------------------------------------------------------------------


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


# --- validity and schema --------------------------------------------------------------------------------


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
