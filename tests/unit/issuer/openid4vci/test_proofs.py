"""Key proofs: hostile input only ever raises the protocol's error."""

from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.core.identifiers.did import did_jwk_from_public_key, did_key_from_public_key
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


def prove(header: dict[str, Any] | None = None, *, key: LocalSigner = KEY, **claims: Any) -> str:
    """Make a proof; ``None`` leaves a member or a claim out."""
    payload = {"aud": AUDIENCE, "iat": int(NOW.timestamp()), "nonce": "n" * 22, **claims}
    head = {"typ": "openid4vci-proof+jwt", "jwk": key.public_key.jwk(), **(header or {})}
    return sign_compact(
        {name: value for name, value in head.items() if value is not None},
        {name: value for name, value in payload.items() if value is not None},
        key,
    )


def kids(key: LocalSigner) -> dict[str, str]:
    """Return every way in which wallets name a key by its DID."""
    jwk = did_jwk_from_public_key(key.public_key)
    verbose = (
        f"did:jwk:{b64u_encode(dump_json({'use': 'sig', **key.public_key.jwk(), 'alg': key.algorithm}))}"
    )
    did = did_key_from_public_key(key.public_key)
    return {
        "did:jwk": f"{jwk}#0",
        "did:jwk with alg and use": f"{verbose}#0",
        "did:jwk without fragment": jwk,
        "did:key": f"{did}#{key.public_key.multikey}",
        "did:key without fragment": did,
    }


@pytest.mark.parametrize("seconds", [0, 360, -360, 86_400 * 400])
def test_a_good_proof_names_its_key_and_nonce_whatever_its_clock_says(seconds: int) -> None:
    proof = verify_key_proof(prove(iat=int(NOW.timestamp()) + seconds), audience=AUDIENCE)
    assert proof.key == KEY.public_key
    assert proof.nonce == "n" * 22


@pytest.mark.parametrize("curve", ["P-256", "Ed25519"])
@pytest.mark.parametrize("way", [None, *kids(KEY)])
def test_a_key_is_named_by_jwk_or_by_a_did_that_carries_it(
    curve: Literal["P-256", "Ed25519"], way: str | None
) -> None:
    key = LocalSigner.generate(curve)
    header = {} if way is None else {"jwk": None, "kid": kids(key)[way]}
    assert verify_key_proof(prove(header, key=key), audience=AUDIENCE).key == key.public_key


@pytest.mark.parametrize(
    "header",
    [
        {"kid": kids(KEY)["did:jwk"]},
        {"jwk": None, "kid": kids(KEY)["did:jwk"], "x5c": []},
        {"jwk": None, "kid": kids(KEY)["did:jwk"], "key_attestation": "e30.e30.e30"},
        {"jwk": None, "kid": kids(LocalSigner.generate())["did:jwk"]},
        {"jwk": None, "kid": kids(KEY)["did:jwk without fragment"] + "#1"},
        {
            "jwk": None,
            "kid": kids(KEY)["did:key without fragment"] + "#" + LocalSigner.generate().public_key.multikey,
        },
        {"jwk": None, "kid": f"did:web:holder.example#{KEY.public_key.multikey}"},
        {"jwk": None, "kid": "key-1"},
        {"jwk": None, "kid": "did:jwk:" + b64u_encode(dump_json({**KEY.public_key.jwk(), "d": "AA"})) + "#0"},
        {"jwk": None, "kid": ["did:jwk"]},
        {"jwk": None, "kid": "did:jwk:" + "A" * 8_000},
    ],
)
def test_a_key_that_is_named_twice_or_wrongly_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        verify_key_proof(prove(header), audience=AUDIENCE)
    assert refused.value.error == "invalid_proof"


def test_a_p384_key_is_refused() -> None:
    with pytest.raises(ProtocolError) as refused:
        verify_key_proof(prove(key=LocalSigner.generate("P-384")), audience=AUDIENCE)
    assert refused.value.error == "invalid_proof"


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
        assert parse_proofs({"proofs": proofs}) == proofs["jwt"][0]
        return
    with pytest.raises(ProtocolError) as refused:
        parse_proofs({"proofs": proofs})
    assert refused.value.error == "invalid_proof"


def test_the_proof_of_older_drafts_is_read() -> None:
    assert parse_proofs({"proof": {"proof_type": "jwt", "jwt": "a.b.c"}}) == "a.b.c"


@pytest.mark.parametrize(
    "body",
    [
        {"proof": {"jwt": "a.b.c"}},
        {"proof": {"proof_type": "ldp_vp", "ldp_vp": {}}},
        {"proof": {"proof_type": "jwt", "jwt": ["a.b.c"]}},
        {"proof": {"proof_type": "jwt", "jwt": "a" * 8_193}},
        {"proof": {"proof_type": "jwt", "jwt": "a.b.c"}, "proofs": {"jwt": ["a.b.c"]}},
        {"proof": "a.b.c", "proofs": {"jwt": ["a.b.c"]}},
    ],
)
def test_a_proof_of_another_form_or_beside_proofs_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_proofs(body)
    assert refused.value.error == "invalid_proof"


@given(st.text(max_size=300))
def test_descriptions_hold_only_what_the_specs_allow(text: str) -> None:
    description = ProtocolError("invalid_proof", text).description
    assert all(c in "\x20\x21" or "\x23" <= c <= "\x5b" or "\x5d" <= c <= "\x7e" for c in description)
