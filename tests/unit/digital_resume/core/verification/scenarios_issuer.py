"""Scenes of the issuer at the decisive time."""

import hashlib
from dataclasses import replace

from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.trust.issuers import UNREADABLE, IssuerRecord, IssuerStatus
from digital_resume.core.verification.verdict import Verdict
from tests.unit.digital_resume.core.verification.cast import (
    Cast,
)
from tests.unit.digital_resume.core.verification.scenario_registry import scenario


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
