"""The W3C vectors of ecdsa-sd-2023, with every intermediate value."""

import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.anchoring.leaf import Mechanism, SignedContent
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.errors import ProofError
from digital_resume.core.keys.multikey import base58_decode, decode_secret_multikey
from digital_resume.core.keys.signing import LocalSigner, public_key_from_multikey
from digital_resume.core.securing import ecdsa_sd_2023 as sd
from digital_resume.core.securing.data_integrity import add_proof, verify_proof
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer
from digital_resume.core.securing.linked_data.selective import group_statements, parse_pointer, select

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
FOLDER = Path(__file__).parents[4] / "vectors" / "sd"
VECTORS = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))}

pytestmark = pytest.mark.parametrize("vector", VECTORS.values(), ids=list(VECTORS))


def hmac_key(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex(vector["keys"]["hmacKeyString"])


def labels_of(vector: dict[str, Any]) -> Any:
    key = hmac_key(vector)
    return lambda labels: {
        node: "u" + b64u_encode(hmac.digest(key, label.encode(), "sha256")) for node, label in labels.items()
    }


def signer_of(keys: dict[str, str]) -> LocalSigner:
    return LocalSigner(*decode_secret_multikey(keys["secretKeyMultibase"]))


def suite_of(vector: dict[str, Any]) -> sd.EcdsaSd2023:
    secret = decode_secret_multikey(vector["keys"]["proofKeyPair"]["secretKeyMultibase"]).raw
    return sd.EcdsaSd2023(vector["mandatoryPointers"], hmac_key=hmac_key(vector), proof_secret=secret)


def base_document(vector: dict[str, Any]) -> dict[str, Any]:
    return vector["addSignedSDBase"]


def test_canonical_document_before_and_after_labels_are_made_random(vector: dict[str, Any]) -> None:
    lines = default_canonicalizer().canonicalize_generally(vector["unsigned"]).lines
    assert lines == vector["addBaseDocCanon"]
    grouped = group_statements(vector["unsigned"], {}, labels_of(vector), default_canonicalizer())
    assert grouped.lines == vector["addBaseDocHMACCanon"]


def test_pointers_lead_to_their_values(vector: dict[str, Any]) -> None:
    for entry in vector["addPointerValues"]:
        value = vector["unsigned"]
        for token in parse_pointer(entry["pointer"]):
            value = value[token]
        assert value == entry["value"]


def test_groups(vector: dict[str, Any]) -> None:
    pointers = {
        "mandatory": vector["mandatoryPointers"],
        "selective": vector["selectivePointers"],
        "combined": vector["mandatoryPointers"] + vector["selectivePointers"],
    }
    grouped = group_statements(vector["unsigned"], pointers, labels_of(vector), default_canonicalizer())
    wanted = vector["derivedGroupIndexes"]
    for name in pointers:
        assert list(grouped.groups[name].matching) == wanted[f"{name}Indexes"]
    mandatory = dict(vector["addBaseTransform"]["mandatory"]["value"])
    assert dict(grouped.groups["mandatory"].matching) == mandatory
    others = dict(vector["addBaseTransform"]["nonMandatory"]["value"])
    assert {i: line for i, line in enumerate(grouped.lines) if i not in mandatory} == others
    published = vector["derivedAllGroupData"]["groups"]
    for name in published:
        assert dict(grouped.groups[name].matching) == dict(published[name]["matching"]["value"])


def test_hashes_of_the_base_proof(vector: dict[str, Any]) -> None:
    canonical = default_canonicalizer().canonicalize(vector["addProofConfig"])
    assert canonical.decode() == vector["addProofConfigCanon"]
    assert hashlib.sha256(canonical).hexdigest() == vector["addHashData"]["proofHash"]
    mandatory = (line for _, line in vector["addBaseTransform"]["mandatory"]["value"])
    assert sd.hash_statements(mandatory).hex() == vector["addHashData"]["mandatoryHash"]


def test_base_proof_is_made_as_published(vector: dict[str, Any]) -> None:
    wanted = base_document(vector)
    made = add_proof(
        vector["unsigned"],
        signer_of(vector["keys"]["baseKeyPair"]),
        cryptosuite=sd.NAME,
        purpose="assertionMethod",
        created=parse_datetime(wanted["proof"]["created"], "created"),
        suites={sd.NAME: suite_of(vector)},
    )
    assert made == wanted
    raw = vector["addRawBaseSignatureInfo"]
    parsed = sd.parse_base(made["proof"]["proofValue"])
    assert parsed.base_signature.hex() == raw["baseSignature"]
    assert [signature.hex() for signature in parsed.signatures] == raw["signatures"]
    assert parsed.public_key == base58_decode(raw["publicKey"][1:])


def test_base_proof_is_read_as_published(vector: dict[str, Any]) -> None:
    parsed = sd.parse_base(base_document(vector)["proof"]["proofValue"])
    wanted = vector["derivedRecoveredBaseData"]
    assert parsed.hmac_key.hex() == wanted["hmacKey"]
    assert list(parsed.mandatory_pointers) == wanted["mandatoryPointers"]
    assert [signature.hex() for signature in parsed.signatures] == wanted["signatures"]


def test_selection(vector: dict[str, Any]) -> None:
    combined = vector["mandatoryPointers"] + vector["selectivePointers"]
    assert select(vector["unsigned"], combined) == vector["derivedUnsignedReveal"]


def test_derived_proof_is_as_published(vector: dict[str, Any]) -> None:
    derived = sd.derive_proof(base_document(vector), vector["selectivePointers"])
    assert derived == vector["derivedRevealDocument"]
    parsed = sd.parse_derived(derived["proof"]["proofValue"])
    assert list(parsed.mandatory_indexes) == vector["derivedAdjMandatoryIndexes"]["adjMandatoryIndexes"]
    wanted = vector["derivedAdjSignatures"]["filteredSignatures"]
    assert [signature.hex() for signature in parsed.signatures] == wanted
    disclosed = vector["derivedDisclosureData"]
    assert [(f"c14n{n}", label) for n, label in parsed.labels.items()] == [
        tuple(entry) for entry in disclosed["labelMap"]["value"]
    ]


def test_derived_document_verifies_and_an_altered_one_does_not(vector: dict[str, Any]) -> None:
    document = vector["derivedRevealDocument"]
    proof = verify_proof(document, purpose="assertionMethod", now=NOW)
    wanted = vector["verifyCreateVerifyData"]
    public_key = base58_decode(wanted["publicKey"][1:])
    signed = bytes.fromhex(wanted["proofHash"]) + public_key + bytes.fromhex(wanted["mandatoryHash"])
    assert proof.hash_data == signed
    assert proof.signature.hex() == wanted["baseSignature"]
    for change in (
        lambda d: d["credentialSubject"].update(birthCountry="Bahama"),
        lambda d: d.update(issuer={**d["issuer"], "id": "did:example:other"}),
        lambda d: d.pop("validUntil"),
        lambda d: d.update(name="added"),
        lambda d: d["proof"].update(created="2023-08-15T23:36:39Z"),
    ):
        altered = copy.deepcopy(document)
        change(altered)
        with pytest.raises(ProofError):
            verify_proof(altered, purpose="assertionMethod", now=NOW)


def test_base_proof_is_for_its_holder_only(vector: dict[str, Any]) -> None:
    document = base_document(vector)
    with pytest.raises(ProofError) as caught:
        verify_proof(document, purpose="assertionMethod", now=NOW)
    assert caught.value.code == "not_a_derived_proof"
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    key = public_key_from_multikey(vector["keys"]["baseKeyPair"]["publicKeyMultibase"])
    value = document["proof"]["proofValue"]
    suite = sd.EcdsaSd2023()
    material = suite.verify_base(unsecured, options, value, key)
    assert material.hash_data.hex().startswith(vector["addHashData"]["proofHash"])
    with pytest.raises(ProofError):
        suite.verify_base({**unsecured, "name": "another"}, options, value, key)


def test_every_disclosure_has_the_leaf_of_the_base_proof(vector: dict[str, Any]) -> None:
    document = base_document(vector)
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    key = public_key_from_multikey(vector["keys"]["baseKeyPair"]["publicKeyMultibase"])
    base = sd.EcdsaSd2023().verify_base(unsecured, options, document["proof"]["proofValue"], key)
    leaf = SignedContent(Mechanism.ECDSA_SD_2023, base.hash_data, base.signature).leaf
    for pointers in ([], vector["selectivePointers"], ["/credentialSubject"], ["/name"], [""]):
        derived = sd.derive_proof(document, pointers)
        proof = verify_proof(derived, purpose="assertionMethod", now=NOW)
        assert SignedContent(Mechanism.ECDSA_SD_2023, proof.hash_data, proof.signature).leaf == leaf
