"""The W3C vectors of the RDFC suites, with every intermediate value, and of proof sets and chains."""

import copy
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.errors import ProofError, ResumeError
from digital_resume.core.keys.multikey import decode_secret_multikey, multibase_decode
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES, LEGACY_CRYPTOSUITES
from digital_resume.core.securing.data_integrity import add_proof, verify_proof, verify_proofs
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer
from digital_resume.core.securing.rdfc_suites import RdfcCryptosuite

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
FOLDER = Path(__file__).parents[4] / "vectors"
VECTORS = {
    file.stem: json.loads(file.read_text("utf-8")) for file in sorted((FOLDER / "rdfc").glob("*.json"))
}
CHAIN = json.loads((FOLDER / "rdfc_sets" / "proof-set-chain.json").read_text("utf-8"))
SUITES = {**CRYPTOSUITES, **LEGACY_CRYPTOSUITES}

each = pytest.mark.parametrize("vector", VECTORS.values(), ids=list(VECTORS))


def signer_of(keys: dict[str, str]) -> LocalSigner:
    return LocalSigner(*decode_secret_multikey(keys["secretKeyMultibase"]))


@each
def test_canonical_forms_and_hashes(vector: dict[str, Any]) -> None:
    name = "sha384" if vector["curve"] == "P-384" else "sha256"
    canonicalizer = default_canonicalizer()
    for source, text, digest in (
        ("unsigned", "canonicalDocument", "documentHash"),
        ("proofConfig", "canonicalProofConfig", "proofHash"),
    ):
        canonical = canonicalizer.canonicalize(vector[source], hash_name=name)
        assert canonical.decode() == vector[text]
        assert hashlib.new(name, canonical).hexdigest() == vector[digest]
        general = canonicalizer.canonicalize_generally(vector[source], hash_name=name)
        assert "".join(general.lines) == vector[text]


@each
def test_hash_data_and_signature(vector: dict[str, Any]) -> None:
    suite = SUITES[vector["cryptosuite"]]
    assert isinstance(suite, RdfcCryptosuite)
    signer = signer_of(vector)
    options = {name: value for name, value in vector["proofConfig"].items() if name != "@context"}
    data = suite.hash_data(vector["unsigned"], options, signer.algorithm)
    assert data.hex() == vector["combinedHash"]
    signature = bytes.fromhex(vector["signatureHex"])
    signer.public_key.verify(signature, data)
    assert multibase_decode(vector["proofValue"]) == signature
    if vector["curve"] == "Ed25519":
        assert signer.sign(data) == signature


@each
def test_published_document_verifies_and_an_altered_one_does_not(vector: dict[str, Any]) -> None:
    proof = verify_proof(vector["signed"], purpose="assertionMethod", now=NOW, suites=SUITES)
    assert proof.hash_data.hex() == vector["combinedHash"]
    altered = copy.deepcopy(vector["signed"])
    altered["name"] = "Another name"
    with pytest.raises(ProofError):
        verify_proof(altered, purpose="assertionMethod", now=NOW, suites=SUITES)
    altered = copy.deepcopy(vector["signed"])
    altered["proof"]["created"] = "2023-02-24T23:36:39Z"
    with pytest.raises(ProofError):
        verify_proof(altered, purpose="assertionMethod", now=NOW, suites=SUITES)


@each
def test_issuing_the_vector_again(vector: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {
        "cryptosuite": vector["cryptosuite"],
        "purpose": "assertionMethod",
        "created": parse_datetime(vector["proofConfig"]["created"], "created"),
        "suites": SUITES,
    }
    if vector["cryptosuite"] not in CRYPTOSUITES:
        with pytest.raises(ProofError):
            add_proof(vector["unsigned"], signer_of(vector), **arguments)
        return
    signed = add_proof(vector["unsigned"], signer_of(vector), **arguments)
    if vector["curve"] == "Ed25519":
        assert signed == vector["signed"]
    verify_proof(signed, purpose="assertionMethod", now=NOW)


def test_older_suite_is_not_accepted_unasked() -> None:
    with pytest.raises(ProofError) as caught:
        verify_proof(VECTORS["ed25519-signature-2020"]["signed"], purpose="assertionMethod", now=NOW)
    assert caught.value.code == "cryptosuite_not_supported"


@pytest.mark.parametrize(
    "name", ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"]
)
def test_proof_sets_and_chains(name: str) -> None:
    document = CHAIN[name]
    proofs = verify_proofs(document, purpose="assertionMethod", now=NOW)
    assert len(proofs) == len(document["proof"]) if isinstance(document["proof"], list) else 1


@pytest.mark.parametrize("name", ["signedProofChain1", "signedProofChain2"])
def test_chain_breaks_when_an_earlier_proof_is_altered(name: str) -> None:
    document = copy.deepcopy(CHAIN[name])
    document["proof"][0]["created"] = "2023-02-25T00:00:00Z"
    with pytest.raises(ResumeError):
        verify_proofs(document, purpose="assertionMethod", now=NOW)


def test_chain_is_made_again_proof_by_proof() -> None:
    document = CHAIN["unsigned"]
    keys = CHAIN["multiKeyPairs"]
    for number, wanted in enumerate(CHAIN["signedProofChain2"]["proof"], 1):
        document = add_proof(
            document,
            signer_of(keys[f"keyPair{number}"]),
            cryptosuite="eddsa-rdfc-2022",
            purpose="assertionMethod",
            created=parse_datetime(wanted["created"], "created"),
            proof_id=wanted.get("id"),
            previous_proof=wanted.get("previousProof"),
        )
    assert document == CHAIN["signedProofChain2"]
