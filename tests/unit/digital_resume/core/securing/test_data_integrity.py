"""Proof members, sets and chains: what must be refused and why."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digital_resume.core.errors import MalformedError, ProofError, ResumeError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.data_integrity import VerifiedProof, add_proof, verify_proof, verify_proofs

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOLDER = LocalSigner("P-256", b"\x02" * 32)
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", {"vdr": "urn:vdr:terms#"}],
    "type": ["VerifiablePresentation"],
    "holder": HOLDER.verification_method.split("#")[0],
    "이름": "김하늘",
    "score": 4.12,
}


def secured(
    document: dict[str, Any] = DOCUMENT, signer: LocalSigner = HOLDER, **options: Any
) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "cryptosuite": "ecdsa-jcs-2019",
        "purpose": "authentication",
        "created": NOW,
        "expires": NOW + timedelta(days=30),
        "challenge": "share-1",
        "domain": "https://verifier.example",
    }
    return add_proof(document, signer, **{**defaults, **options})


def verify(document: dict[str, Any], **options: Any) -> VerifiedProof:
    defaults: dict[str, Any] = {"purpose": "authentication", "now": NOW}
    return verify_proof(document, **{**defaults, **options})


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(ResumeError) as caught:
        call()
    return caught.value.code


def test_round_trip_tells_every_member() -> None:
    proof = verify(secured(), challenge="share-1", domain="https://verifier.example")
    assert proof.controller == DOCUMENT["holder"]
    assert proof.key == HOLDER.public_key
    assert (proof.challenge, proof.domains) == ("share-1", ("https://verifier.example",))
    assert proof.expires == NOW + timedelta(days=30)
    assert len(proof.hash_data) == len(proof.signature) == 64


def test_adding_a_proof_leaves_the_document_alone() -> None:
    before = dict(DOCUMENT)
    assert secured()["proof"]["@context"] == DOCUMENT["@context"]
    assert before == DOCUMENT


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"challenge": "share-2"}, "challenge_mismatch"),
        ({"domain": "https://other.example"}, "domain_mismatch"),
        ({"purpose": "assertionMethod"}, "purpose_mismatch"),
        ({"now": NOW + timedelta(days=30)}, "proof_expired"),
        ({"now": NOW - timedelta(minutes=6)}, "proof_not_yet_valid"),
        ({"suites": {}}, "cryptosuite_not_supported"),
    ],
)
def test_expectations_that_do_not_hold(options: dict[str, Any], code: str) -> None:
    assert code_of(lambda: verify(secured(), **options)) == code


def test_a_challenge_is_demanded_when_expected() -> None:
    document = secured(challenge=None, domain=None)
    assert code_of(lambda: verify(document, challenge="share-1")) == "challenge_mismatch"
    assert code_of(lambda: verify(document, domain="https://verifier.example")) == "domain_mismatch"


def test_one_of_several_domains_is_enough() -> None:
    assert verify(secured(domain=["https://a.example", "https://b.example"]), domain="https://b.example")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Ed25519Signature2020"},
        {"cryptosuite": "bbs-2023"},
        {"cryptosuite": "eddsa-jcs-2022"},
        {"cryptosuite": ["ecdsa-jcs-2019"]},
        {"created": "2026-11-23"},
        {"created": "2026-11-23T06:00:00"},
        {"expires": None},
        {"proofValue": ""},
        {"proofValue": None},
        {"verificationMethod": "did:key:zabc"},
        {"verificationMethod": {"id": "did:key:zabc"}},
        {"challenge": ["share-1"]},
        {"domain": [1]},
        {"previousProof": "urn:x"},
        {"previousProof": []},
        {"added": 1},
    ],
)
def test_altered_proof_members_are_refused(change: dict[str, Any]) -> None:
    document = secured()
    with pytest.raises(ResumeError):
        verify({**document, "proof": {**document["proof"], **change}})


def test_contexts_added_behind_the_signed_ones_are_not_in_the_verified_document() -> None:
    document = secured()
    longer = {**document, "@context": [*document["@context"], "https://evil.example"]}
    assert verify(longer).document == DOCUMENT
    shuffled = {**document, "@context": ["https://evil.example", *document["@context"]]}
    assert code_of(lambda: verify(shuffled)) == "proof_invalid"


def test_expiry_cannot_be_taken_out() -> None:
    document = secured()
    del document["proof"]["expires"]
    assert code_of(lambda: verify(document)) == "proof_invalid"


@pytest.mark.parametrize("proof", [None, [], "x", [1]])
def test_no_proof_is_refused(proof: Any) -> None:
    with pytest.raises(ResumeError):
        verify({**DOCUMENT, "proof": proof})


def test_another_key_in_the_fragment_is_refused() -> None:
    document = secured()
    other = LocalSigner("P-256", b"\x05" * 32).public_key.multikey
    document["proof"]["verificationMethod"] = f"{DOCUMENT['holder']}#{other}"
    assert code_of(lambda: verify(document)) == "invalidDidUrl"


def test_resolver_decides_about_the_key() -> None:
    def refuse(method: str, purpose: str) -> Any:
        raise ProofError("not allowed", code="key_not_allowed")

    assert code_of(lambda: verify(secured(), resolve_key=refuse)) == "key_not_allowed"


def test_wrong_key_for_the_suite_is_refused() -> None:
    with pytest.raises(ProofError):
        secured(signer=LocalSigner.generate("Ed25519"))


@pytest.mark.parametrize(
    "options", [{"purpose": "love"}, {"expires": NOW}, {"created": NOW.replace(tzinfo=None), "expires": None}]
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        secured(**options)


# --- sets and chains ------------------------------------------------------------------------------------

ED = LocalSigner("Ed25519", b"\x04" * 32)


def test_every_proof_of_a_set_is_verified() -> None:
    both = secured(secured(), ED, cryptosuite="eddsa-jcs-2022")
    proofs = verify_proofs(both, purpose="authentication", now=NOW)
    assert [p.cryptosuite for p in proofs] == ["ecdsa-jcs-2019", "eddsa-jcs-2022"]
    assert code_of(lambda: verify(both)) == "proof_not_single"


def test_one_bad_proof_spoils_a_set() -> None:
    both = secured(secured(), ED, cryptosuite="eddsa-jcs-2022")
    both["proof"][0]["proofValue"] = both["proof"][1]["proofValue"]
    with pytest.raises(ProofError):
        verify_proofs(both, purpose="authentication", now=NOW)


def chain() -> dict[str, Any]:
    first = secured(proof_id="urn:uuid:1")
    return secured(first, ED, cryptosuite="eddsa-jcs-2022", previous_proof="urn:uuid:1")


def test_a_chain_holds() -> None:
    assert len(verify_proofs(chain(), purpose="authentication", now=NOW)) == 2


def test_a_chain_breaks_when_its_first_proof_is_replaced() -> None:
    document = chain()
    again = secured(proof_id="urn:uuid:1", created=NOW - timedelta(seconds=1))
    document["proof"][0] = again["proof"]
    with pytest.raises(ProofError):
        verify_proofs(document, purpose="authentication", now=NOW)


def test_a_chain_breaks_when_its_first_proof_is_missing() -> None:
    document = chain()
    document["proof"] = document["proof"][1]
    assert code_of(lambda: verify(document)) == "previous_proof_missing"
