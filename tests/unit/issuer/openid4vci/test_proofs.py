"""Key proofs: hostile input only ever raises the protocol's error."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.jws import sign_compact
from issuer.openid4vci.errors import ProtocolError
from issuer.openid4vci.proofs import parse_proofs, verify_key_proof

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
AUDIENCE = "http://localhost:8001/i/univ"
KEY = LocalSigner.generate()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def prove(header: dict[str, Any] | None = None, **claims: Any) -> str:
    """Make a proof; ``None`` leaves a claim out."""
    payload = {"aud": AUDIENCE, "iat": int(NOW.timestamp()), "nonce": "n" * 22, **claims}
    head = {"typ": "openid4vci-proof+jwt", "jwk": KEY.public_key.jwk(), **(header or {})}
    return sign_compact(
        {name: value for name, value in head.items() if value is not None},
        {name: value for name, value in payload.items() if value is not None},
        KEY,
    )


@pytest.mark.parametrize("seconds", [0, 360, -360, 86_400 * 400])
def test_a_good_proof_names_its_key_and_nonce_whatever_its_clock_says(seconds: int) -> None:
    proof = verify_key_proof(prove(iat=int(NOW.timestamp()) + seconds), audience=AUDIENCE)
    assert proof.key == KEY.public_key
    assert proof.nonce == "n" * 22


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "kb+jwt"}, {}),
        ({"typ": None}, {}),
        ({"jwk": None}, {}),
        ({"kid": "did:key:x#x"}, {}),
        ({"x5c": []}, {}),
        ({"crit": ["x"]}, {}),
        ({"jwk": {"kty": "EC"}}, {}),
        ({"jwk": LocalSigner.generate("Ed25519").public_key.jwk()}, {}),
        ({"jwk": LocalSigner.generate().public_key.jwk()}, {}),
        ({}, {"aud": [AUDIENCE]}),
        ({}, {"aud": AUDIENCE + "/"}),
        ({}, {"iat": "now"}),
        ({}, {"iat": None}),
        ({}, {"nonce": 7}),
        ({}, {"nonce": ""}),
        ({}, {"nonce": "x" * 129}),
    ],
)
def test_a_proof_with_one_fault_is_invalid(header: dict[str, Any], claims: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        verify_key_proof(prove(header, **claims), audience=AUDIENCE)
    assert refused.value.error == "invalid_proof"


@given(st.text(max_size=200))
def test_any_text_is_at_worst_an_invalid_proof(text: str) -> None:
    with pytest.raises(ProtocolError):
        verify_key_proof(text, audience=AUDIENCE)


@given(json_values, json_values)
def test_any_header_and_payload_is_at_worst_an_invalid_proof(header: Any, payload: Any) -> None:
    token = ".".join(b64u_encode(part) for part in (dump_json(header), dump_json(payload), b"\0" * 64))
    with pytest.raises(ProtocolError):
        verify_key_proof(token, audience=AUDIENCE)


@given(json_values)
def test_any_proofs_member_is_read_or_refused(proofs: Any) -> None:
    good = isinstance(proofs, dict) and list(proofs) == ["jwt"] and isinstance(proofs["jwt"], list)
    if good and len(proofs["jwt"]) == 1 and isinstance(proofs["jwt"][0], str):
        assert parse_proofs(proofs) == proofs["jwt"][0]
        return
    with pytest.raises(ProtocolError) as refused:
        parse_proofs(proofs)
    assert refused.value.error == "invalid_proof"


@given(st.text(max_size=300))
def test_descriptions_hold_only_what_the_specs_allow(text: str) -> None:
    description = ProtocolError("invalid_proof", text).description
    assert all(c in "\x20\x21" or "\x23" <= c <= "\x5b" or "\x5d" <= c <= "\x7e" for c in description)
