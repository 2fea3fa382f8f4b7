"""Scenes of format, proof and holder of an item."""

from datetime import timedelta

from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.resume.presentation import build_self_declaration
from digital_resume.core.verification.verdict import Verdict
from tests.fakes import HolderWallet
from tests.unit.digital_resume.core.verification.cast import (
    Cast,
    alter_disclosure,
    alter_payload,
)
from tests.unit.digital_resume.core.verification.scenario_registry import scenario


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
