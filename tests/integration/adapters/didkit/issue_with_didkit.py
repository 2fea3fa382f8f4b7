"""Issue VC 1.1 credentials with didkit and print them as JSON: a program, because didkit aborts on exit."""

import asyncio
import base64
import json
import os
import sys
from typing import Any

import didkit
from cryptography.hazmat.primitives.asymmetric import ec

_DATES = {"issuanceDate": "2020-02-20T00:00:00Z", "expirationDate": "2050-01-01T00:00:00Z"}


def _ec_key(curve: ec.EllipticCurve, name: str) -> str:
    numbers = ec.generate_private_key(curve).private_numbers()
    values = {"x": numbers.public_numbers.x, "y": numbers.public_numbers.y, "d": numbers.private_value}
    encoded = {
        k: base64.urlsafe_b64encode(v.to_bytes(32, "big")).rstrip(b"=").decode() for k, v in values.items()
    }
    return json.dumps({"kty": "EC", "crv": name, **encoded})


async def _issue(key: str, method: str, kind: str | None, **members: Any) -> str:
    did = didkit.key_to_did(method, key)
    verification_method = await didkit.key_to_verification_method(method, key)
    options = {"proofPurpose": "assertionMethod", "verificationMethod": verification_method}
    credential = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "id": "urn:uuid:6f1c0c38-5a6e-4d0f-9a3b-2b7f7b7f3c11",
        "type": ["VerifiableCredential"],
        "issuer": did,
        "credentialSubject": {"id": "did:example:holder"},
        **_DATES,
        **members,
    }
    return str(
        await didkit.issue_credential(
            json.dumps(credential), json.dumps({**options, **({"type": kind} if kind else {})}), key
        )
    )


async def _main() -> dict[str, str]:
    ed25519 = didkit.generate_ed25519_key()
    p256 = _ec_key(ec.SECP256R1(), "P-256")
    ethereum = _ec_key(ec.SECP256K1(), "secp256k1")
    return {
        "Ed25519Signature2018": await _issue(ed25519, "key", None),
        "Ed25519Signature2020": await _issue(ed25519, "key", "Ed25519Signature2020"),
        "JsonWebSignature2020": await _issue(ed25519, "key", "JsonWebSignature2020"),
        "JsonWebSignature2020 P-256": await _issue(p256, "key", "JsonWebSignature2020"),
        "JsonWebSignature2020 did:jwk": await _issue(p256, "jwk", "JsonWebSignature2020"),
        "Eip712Signature2021": await _issue(ethereum, "pkh:eip155:1", "Eip712Signature2021"),
        "EthereumEip712Signature2021": await _issue(ethereum, "pkh:eip155:1", "EthereumEip712Signature2021"),
        "expired": await _issue(ed25519, "key", None, expirationDate="2021-01-01T00:00:00Z"),
        "not yet valid": await _issue(ed25519, "key", None, issuanceDate="2049-01-01T00:00:00Z"),
        "another key": await _issue(didkit.generate_ed25519_key(), "key", None),
    }


print(json.dumps(asyncio.run(_main())))
sys.stdout.flush()
os._exit(0)
