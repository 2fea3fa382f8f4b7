"""ecdsa-sd-2023 beyond the vectors: arrays, nothing mandatory, and what cannot be disclosed apart."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.anchoring.leaf import Mechanism, SignedContent
from digital_resume.core.errors import MalformedError, ProofError, ResumeError, SchemaError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.data_integrity import add_proof, verify_proof
from digital_resume.core.securing.ecdsa_sd_2023 import NAME, EcdsaSd2023, derive_proof

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SIGNER = LocalSigner.generate("P-256")
DEGREE = json.loads((Path(__file__).parents[4] / "vectors" / "open-badge-degree.json").read_text("utf-8"))
COURSES: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", {"@vocab": "urn:vdr:terms#"}],
    "type": ["VerifiableCredential"],
    "issuer": SIGNER.verification_method.split("#")[0],
    "credentialSubject": {
        "name": "김하늘",
        "courses": [
            {"title": "형법", "grade": "A", "hours": 3},
            {"title": "민법", "grade": "B", "hours": 3},
            {"title": "상법", "grade": "A", "hours": 2.5},
        ],
        "minors": [{"title": "경제학"}],
    },
}


def base(document: dict[str, Any], *mandatory: str) -> dict[str, Any]:
    suites = {NAME: EcdsaSd2023(mandatory)}
    return add_proof(
        document, SIGNER, cryptosuite=NAME, purpose="assertionMethod", created=NOW, suites=suites
    )


def leaf(document: dict[str, Any]) -> bytes:
    proof = verify_proof(document, purpose="assertionMethod", now=NOW)
    return SignedContent(Mechanism.ECDSA_SD_2023, proof.hash_data, proof.signature).leaf


def test_elements_of_arrays_are_disclosed_one_by_one() -> None:
    signed = base(COURSES, "/issuer", "/credentialSubject/courses/1", "/credentialSubject/minors/0/title")
    first = derive_proof(signed, ["/credentialSubject/courses/2/title"])
    assert first["credentialSubject"] == {
        "courses": [{"title": "민법", "grade": "B", "hours": 3}, {"title": "상법"}],
        "minors": [{"title": "경제학"}],
    }
    second = derive_proof(signed, ["/credentialSubject/name", "/credentialSubject/courses"])
    assert second["credentialSubject"] == COURSES["credentialSubject"]
    assert leaf(first) == leaf(second) == leaf(derive_proof(signed, []))


def test_open_badge_is_disclosed_in_parts() -> None:
    signed = base(DEGREE, "/issuer", "/credentialSubject/achievement/name")
    shown = derive_proof(signed, ["/credentialSubject/achievement/criteria/narrative", "/validUntil"])
    assert set(shown["credentialSubject"]["achievement"]) == {"id", "type", "name", "criteria"}
    assert leaf(shown) == leaf(derive_proof(signed, [""]))


def test_nothing_mandatory_and_nothing_selected() -> None:
    signed = base(COURSES)
    assert leaf(derive_proof(signed, ["/credentialSubject/name"]))
    with pytest.raises(MalformedError) as caught:
        derive_proof(signed, [])
    assert caught.value.code == "pointer"


def test_each_issuance_hides_equal_values_differently() -> None:
    one, two = (derive_proof(base(COURSES), ["/credentialSubject/name"]) for _ in range(2))
    assert one["proof"]["proofValue"] != two["proof"]["proofValue"]
    assert leaf(one) != leaf(two)


def test_statements_of_another_credential_of_the_issuer_are_not_accepted() -> None:
    other = {**COURSES, "credentialSubject": {**COURSES["credentialSubject"], "name": "박정수"}}
    mine = derive_proof(base(COURSES, "/issuer"), ["/credentialSubject/name"])
    theirs = derive_proof(base(other, "/issuer"), ["/credentialSubject/name"])
    with pytest.raises(ProofError):
        verify_proof({**mine, "proof": theirs["proof"]}, purpose="assertionMethod", now=NOW)


@pytest.mark.parametrize(
    "members",
    [
        {"list": {"@list": [1, 2]}},
        {"knows": {"id": "_:other", "title": "x"}},
    ],
)
def test_what_two_sides_could_not_tell_apart_is_refused(members: dict[str, Any]) -> None:
    document = {**COURSES, "credentialSubject": {**COURSES["credentialSubject"], **members}}
    name = next(iter(members))
    with pytest.raises(SchemaError) as caught:
        base(document, f"/credentialSubject/{name}")
    assert caught.value.code == "not_selectable"
    with pytest.raises(SchemaError):
        derive_proof(base(document, "/issuer"), [f"/credentialSubject/{name}"])


@pytest.mark.parametrize("pointer", ["/nowhere", "/credentialSubject/courses/3", "issuer"])
def test_pointer_that_leads_nowhere(pointer: str) -> None:
    with pytest.raises(ResumeError) as caught:
        base(COURSES, pointer)
    assert caught.value.code == "pointer"


def test_several_proofs_need_a_name() -> None:
    signed = base(COURSES)
    several = {**signed, "proof": [signed["proof"], {**signed["proof"], "id": "urn:x:2"}]}
    with pytest.raises(ProofError) as caught:
        derive_proof(several, [""])
    assert caught.value.code == "base_proof_missing"
    assert derive_proof(several, [""], proof_id="urn:x:2")["proof"]["id"] == "urn:x:2"


def test_other_keys_are_refused() -> None:
    for curve in ("Ed25519", "P-384"):
        with pytest.raises(ProofError) as caught:
            add_proof(
                COURSES,
                LocalSigner.generate(curve),
                cryptosuite=NAME,
                purpose="assertionMethod",
                created=NOW,
            )
        assert caught.value.code == "algorithm_not_allowed"
