"""Our SD-JWTs and those of the reference implementation (PyPI ``sd-jwt``) verify each other's."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.keys.signing import LocalSigner, generate_secret_key
from digital_resume.core.securing.sd_jwt import create_key_binding, issue_sd_jwt, present, verify_sd_jwt

NOW = datetime.now(UTC)


def key_pair() -> tuple[LocalSigner, JWK]:
    secret = generate_secret_key("P-256")
    signer = LocalSigner("P-256", secret)
    return signer, JWK(**signer.public_key.jwk(), d=b64u_encode(secret))


def claims(holder: LocalSigner) -> dict[str, Any]:
    return {
        "iss": "https://issuer.example",
        "name": "김하늘",
        "birthDate": "2001-03-14",
        "address": {"city": "서울", "street": "새벽로 1"},
        "nationalities": ["KR", "VN"],
        "cnf": {"jwk": holder.public_key.jwk()},
    }


PATHS = {("birthDate",), ("address",), ("address", "street"), ("nationalities", 0), ("nationalities", 1)}


@pytest.mark.parametrize("decoys", [0, 3])
def test_the_reference_implementation_verifies_ours(decoys: int) -> None:
    issuer, issuer_jwk = key_pair()
    holder, holder_jwk = key_pair()
    token = issue_sd_jwt(claims(holder), PATHS, issuer, decoys=decoys)
    shown = present(token, {("address", "street"), ("nationalities", 1)})
    bound = create_key_binding(shown, holder, nonce="n", audience="aud", issued_at=NOW)
    public = JWK.from_json(issuer_jwk.export_public())
    payload = SDJWTVerifier(bound, lambda *_: public, "aud", "n").get_verified_payload()
    assert payload["address"] == {"city": "서울", "street": "새벽로 1"}
    assert payload["nationalities"] == ["VN"]
    assert "birthDate" not in payload
    assert holder_jwk.export_public()


def test_we_verify_the_reference_implementations() -> None:
    issuer, issuer_jwk = key_pair()
    holder, holder_jwk = key_pair()
    marked = {
        "iss": "https://issuer.example",
        "name": "김하늘",
        SDObj("birthDate"): "2001-03-14",
        SDObj("address"): {"city": "서울", SDObj("street"): "새벽로 1"},
        "nationalities": [SDObj("KR"), SDObj("VN")],
    }
    made = SDJWTIssuer(
        marked,
        issuer_jwk,
        JWK.from_json(holder_jwk.export_public()),
        add_decoy_claims=True,
        extra_header_parameters={"typ": "dc+sd-jwt"},
    )
    wallet = SDJWTHolder(made.sd_jwt_issuance)
    wallet.create_presentation(
        {"birthDate": True, "address": {"street": True}, "nationalities": [False, True]},
        "n",
        "aud",
        holder_jwk,
    )
    verified = verify_sd_jwt(
        wallet.sd_jwt_presentation,
        key=issuer.public_key,
        now=datetime.now(UTC),
        expected_nonce="n",
        expected_audience="aud",
        require_key_binding=True,
    )
    assert verified.payload["address"] == {"city": "서울", "street": "새벽로 1"}
    assert verified.payload["nationalities"] == ["VN"]
    assert verified.payload["birthDate"] == "2001-03-14"
    assert verified.key_binding is not None
    assert json.loads(holder_jwk.export_public())["x"] == verified.key_binding.key.jwk()["x"]
    assert holder.public_key == verified.key_binding.key
