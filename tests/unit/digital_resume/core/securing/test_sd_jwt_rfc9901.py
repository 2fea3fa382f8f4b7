"""The example of RFC 9901 section 5: digests, disclosures, reassembly, key binding."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.errors import ProofError
from digital_resume.core.keys.signing import LocalSigner, PublicKey, public_key_from_jwk
from digital_resume.core.securing.sd_jwt import create_key_binding, peek_sd_jwt, present, verify_sd_jwt

VECTOR: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "vectors" / "sd_jwt" / "rfc9901-section5.json").read_text("utf-8")
)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
FULL = "~".join([VECTOR["jwt"], *VECTOR["disclosures"].values(), ""])


def issuer_key() -> PublicKey:
    return public_key_from_jwk(VECTOR["issuerJwk"])


def verify(token: str, **options: Any) -> Any:
    defaults: dict[str, Any] = {
        "key": issuer_key(),
        "now": NOW,
        "expected_nonce": None,
        "expected_audience": None,
        "require_key_binding": False,
        "typ": VECTOR["typ"],
    }
    return verify_sd_jwt(token, **{**defaults, **options})


@pytest.mark.parametrize("name", VECTOR["digests"])
def test_digest_of_a_disclosure(name: str) -> None:
    disclosure = VECTOR["disclosures"][name]
    assert b64u_encode(hashlib.sha256(disclosure.encode()).digest()) == VECTOR["digests"][name]


def test_all_disclosures_give_all_claims() -> None:
    verified = verify(FULL)
    expected = {**VECTOR["claims"], "cnf": {"jwk": VECTOR["holderJwk"]}}
    assert verified.payload == expected
    assert verified.hidden == 0
    assert ("nationalities", 1) in verified.disclosed
    assert verified.content.signed == VECTOR["jwt"].rpartition(".")[0].encode()
    assert verified.content.signature == b64u_decode(VECTOR["jwt"].rpartition(".")[2])


def test_no_disclosure_gives_only_visible_claims() -> None:
    verified = verify(VECTOR["jwt"] + "~")
    assert set(verified.payload) == {"iss", "iat", "exp", "sub", "nationalities", "cnf"}
    assert verified.payload["nationalities"] == []
    assert verified.hidden == 10


def test_presented_claims_with_key_binding() -> None:
    holder = LocalSigner("P-256", b64u_decode(VECTOR["holderSecret"]))
    chosen = {("family_name",), ("address",), ("nationalities", 0)}
    token = create_key_binding(
        present(FULL, chosen),
        holder,
        nonce="1234567890",
        audience="https://verifier.example.org",
        issued_at=NOW,
    )
    verified = verify(
        token,
        expected_nonce="1234567890",
        expected_audience="https://verifier.example.org",
        require_key_binding=True,
    )
    assert verified.disclosed == chosen
    assert verified.payload["nationalities"] == ["US"]
    assert verified.key_binding is not None
    assert verified.key_binding.key == public_key_from_jwk(VECTOR["holderJwk"])
    assert len(peek_sd_jwt(token).disclosures) == 3


def test_the_default_type_is_not_the_examples() -> None:
    with pytest.raises(ProofError) as caught:
        verify(FULL, typ="dc+sd-jwt")
    assert caught.value.code == "wrong_typ"
