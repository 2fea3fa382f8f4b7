"""The W3C vectors of eddsa-jcs-2022 and ecdsa-jcs-2019, with every intermediate value."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.encoding.jcs import canonicalize
from digital_resume.core.errors import ProofError
from digital_resume.core.keys.multikey import decode_secret_multikey, multibase_decode, multibase_encode
from digital_resume.core.keys.signing import LocalSigner, public_key_from_multikey
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES, JcsCryptosuite
from digital_resume.core.securing.data_integrity import add_proof, verify_proof

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
FOLDER = Path(__file__).parents[4] / "vectors" / "data_integrity"
VECTORS = [json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))]

pytestmark = pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['cryptosuite']}-{v['curve']}")


def signer_of(vector: dict[str, Any]) -> LocalSigner:
    return LocalSigner(*decode_secret_multikey(vector["secretKeyMultibase"]))


def test_secret_key_gives_the_public_key(vector: dict[str, Any]) -> None:
    assert signer_of(vector).public_key.multikey == vector["publicKeyMultibase"]
    assert public_key_from_multikey(vector["publicKeyMultibase"]).curve == vector["curve"]


def test_canonical_forms_and_hashes(vector: dict[str, Any]) -> None:
    digest = hashlib.sha384 if vector["curve"] == "P-384" else hashlib.sha256
    document = canonicalize(vector["unsigned"])
    options = canonicalize(vector["proofConfig"])
    assert document.decode() == vector["canonicalDocument"]
    assert options.decode() == vector["canonicalProofConfig"]
    assert digest(document).hexdigest() == vector["documentHash"]
    assert digest(options).hexdigest() == vector["proofHash"]


def test_hash_data_is_proof_hash_then_document_hash(vector: dict[str, Any]) -> None:
    suite = CRYPTOSUITES[vector["cryptosuite"]]
    assert isinstance(suite, JcsCryptosuite)
    options = suite.prepare_options(vector["unsigned"], dict(vector["proofConfig"]))
    assert options == vector["proofConfig"]
    data = suite.hash_data(vector["unsigned"], options, signer_of(vector).algorithm)
    assert data.hex() == vector["combinedHash"]


def test_signature_and_proof_value(vector: dict[str, Any]) -> None:
    signer = signer_of(vector)
    signature = bytes.fromhex(vector["signatureHex"])
    signer.public_key.verify(signature, bytes.fromhex(vector["combinedHash"]))
    assert multibase_encode(signature) == vector["proofValue"]
    assert multibase_decode(vector["proofValue"]) == signature
    # Ed25519 and RFC 6979 nonces are deterministic, so the published signature itself is reproduced.
    assert signer.sign(bytes.fromhex(vector["combinedHash"])) == signature


def test_signed_document_is_reproduced(vector: dict[str, Any]) -> None:
    signed = add_proof(
        vector["unsigned"],
        signer_of(vector),
        cryptosuite=vector["cryptosuite"],
        purpose="assertionMethod",
        created=parse_datetime(vector["proofConfig"]["created"], "created"),
    )
    assert signed == vector["signed"]


def test_signed_document_verifies_and_gives_what_the_leaf_needs(vector: dict[str, Any]) -> None:
    verified = verify_proof(vector["signed"], purpose="assertionMethod", now=NOW)
    assert verified.hash_data.hex() == vector["combinedHash"]
    assert verified.signature.hex() == vector["signatureHex"]
    assert verified.controller == f"did:key:{vector['publicKeyMultibase']}"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Alumni credential"},
        {"credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "Another School"}},
        {"issuer": "https://vc.example/issuers/5679"},
        {"@context": ["https://www.w3.org/ns/credentials/v2"]},
        {"extra": None},
    ],
    ids=["name", "subject", "issuer", "context", "added-member"],
)
def test_altered_document_fails(vector: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(ProofError):
        verify_proof({**vector["signed"], **change}, purpose="assertionMethod", now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"created": "2023-02-24T23:36:39Z"},
        {"challenge": "abc"},
        {"@context": ["https://www.w3.org/ns/credentials/v2"]},
        {"proofValue": "z" + "1" * 64},
        {"proofValue": "m" + "A" * 86},
    ],
    ids=["created", "challenge", "context", "zero-signature", "other-multibase"],
)
def test_altered_proof_fails(vector: dict[str, Any], change: dict[str, Any]) -> None:
    proof = {**vector["signed"]["proof"], **change}
    with pytest.raises(ProofError):
        verify_proof({**vector["signed"], "proof": proof}, purpose="assertionMethod", now=NOW)
