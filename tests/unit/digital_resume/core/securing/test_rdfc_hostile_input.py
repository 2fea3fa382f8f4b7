"""Hostile documents and proof values only ever raise core errors, in every linked-data suite."""

import contextlib
import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.cbor import decode_cbor
from digital_resume.core.errors import ProofError, ResumeError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing import ecdsa_sd_2023 as sd
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES, LEGACY_CRYPTOSUITES
from digital_resume.core.securing.data_integrity import add_proof, verify_proofs
from tests.unit.digital_resume.core.securing.linked_data.documents import documents

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SUITES = {**CRYPTOSUITES, **LEGACY_CRYPTOSUITES}
VECTOR = json.loads((Path(__file__).parents[4] / "vectors" / "sd" / "employ.json").read_text("utf-8"))
SIGNERS = {
    "eddsa-rdfc-2022": LocalSigner.generate("Ed25519"),
    "ecdsa-rdfc-2019": LocalSigner.generate("P-384"),
    "ecdsa-sd-2023": LocalSigner.generate("P-256"),
}

relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(relaxed, max_examples=150)
@given(documents, st.sampled_from(list(SIGNERS)))
def test_what_can_be_signed_verifies_and_the_rest_is_refused(document: dict[str, Any], name: str) -> None:
    try:
        signed = add_proof(document, SIGNERS[name], cryptosuite=name, purpose="assertionMethod", created=NOW)
        if name == "ecdsa-sd-2023":
            signed = sd.derive_proof(signed, [""])
    except ResumeError:
        return
    assert verify_proofs(signed, purpose="assertionMethod", now=NOW)


@settings(relaxed, max_examples=150)
@given(
    st.sampled_from(list(VECTOR["derivedRevealDocument"])),
    json_values,
    st.sampled_from(["@context", "type", "cryptosuite", "created", "proofValue", "previousProof", "id", "x"]),
    json_values,
)
def test_altered_document_and_proof_raise_core_errors(
    member: str, value: Any, option: str, other: Any
) -> None:
    document = copy.deepcopy(VECTOR["derivedRevealDocument"])
    document["proof"][option] = other
    for candidate in (document, {**document, member: value}):
        with contextlib.suppress(ResumeError):
            verify_proofs(candidate, purpose="assertionMethod", now=NOW, suites=SUITES)


_cbor_values = st.recursive(
    st.one_of(
        st.integers(), st.binary(max_size=70), st.text(max_size=4), st.booleans(), st.none(), st.floats()
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.one_of(st.integers(), st.text(max_size=3)), inner, max_size=3),
    ),
    max_leaves=12,
)


@settings(relaxed, max_examples=300)
@given(st.one_of(st.binary(max_size=80), _cbor_values.map(cbor2.dumps)), st.booleans())
def test_any_proof_value_is_read_or_refused(content: bytes, derived: bool) -> None:
    header = b"\xd9\x5d\x01" if derived else b"\xd9\x5d\x00"
    parse = sd.parse_derived if derived else sd.parse_base
    with pytest.raises(ProofError):
        parse("u" + b64u_encode(header + content))


def test_two_objects_under_one_label_are_refused() -> None:
    parsed = decode_cbor(_content(VECTOR["derivedRevealDocument"]["proof"]["proofValue"]))
    labels = parsed[3]
    parsed[3] = dict.fromkeys(labels, labels[0])
    with pytest.raises(ProofError):
        sd.parse_derived(sd.encode_proof_value(b"\xd9\x5d\x01", parsed))


def _content(proof_value: str) -> bytes:
    return b64u_decode(proof_value[1:])[3:]


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts[2].append(parts[2][0]),
        lambda parts: parts[2].pop(),
        lambda parts: parts[2].reverse(),
        lambda parts: parts[3].pop(0),
        lambda parts: parts[3].update({99: bytes(32)}),
        lambda parts: parts[4].pop(),
        lambda parts: parts[4].append(9_999),
        lambda parts: parts[4].append(parts[4][0]),
        lambda parts: parts.__setitem__(0, bytes(64)),
        lambda parts: parts.__setitem__(1, bytes(35)),
        lambda parts: parts.__setitem__(1, b"\xed\x01" + bytes(33)),
        lambda parts: parts.append(0),
    ],
)
def test_altered_parts_of_a_derived_proof_do_not_verify(change: Any) -> None:
    document = copy.deepcopy(VECTOR["derivedRevealDocument"])
    parts = decode_cbor(_content(document["proof"]["proofValue"]))
    change(parts)
    document["proof"]["proofValue"] = sd.encode_proof_value(b"\xd9\x5d\x01", parts)
    with pytest.raises(ProofError):
        verify_proofs(document, purpose="assertionMethod", now=NOW)
