"""The PyPI peers: sd-jwt and didkit, in an environment of their own. Nothing of the product is imported.

sd-jwt gets the same payloads and tokens as everybody. didkit signs VC 1.1 and loads no foreign context, so it
signs and verifies a credential of about the same size in its own terms: a figure beside the others, no ratio.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import didkit
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from scripts.bench.measuring import serve


class SdJwt:
    """Issue and verify with sd-jwt; keys that were imported once stay imported."""

    def __init__(self, material: dict[str, Any]) -> None:
        self._material = material
        issuer = material["issuer"]
        self._method = issuer["verificationMethod"]
        self._secret = JWK(**issuer["secretJwk"])
        self._issuers = {self._method: JWK(**issuer["publicJwk"])}
        hidden = material["frame"]["ld"]["credentialSubject"]["achievement"]["_sd"]
        self._payloads = [_marked(payload, set(hidden)) for payload in material["payloads"]]

    def issue(self, number: int) -> str:
        """Issue one of the payloads."""
        payload = self._payloads[number % len(self._payloads)]
        header = {"typ": "dc+sd-jwt", "kid": self._method}
        token = SDJWTIssuer(payload, self._secret, sign_alg="ES256", extra_header_parameters=header)
        return str(token.sd_jwt_issuance)

    def verify(self, number: int) -> None:
        """Verify one of the presented tokens, and its dates, which sd-jwt leaves to the caller."""
        presented = self._material["presented"]
        verifier = SDJWTVerifier(
            presented[number % len(presented)],
            self._key,
            self._material["audience"],
            self._material["nonce"],
        )
        payload = verifier.get_verified_payload()
        if not payload["nbf"] <= time.time() <= payload["exp"]:
            raise ValueError("not in force")

    def _key(self, _issuer: str, header: dict[str, Any]) -> JWK:
        return self._issuers[header["kid"]]


def _marked(payload: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    subject = payload["ld"]["credentialSubject"]
    achievement = {
        SDObj(name) if name in hidden else name: value for name, value in subject["achievement"].items()
    }
    return {**payload, "ld": {**payload["ld"], "credentialSubject": {**subject, "achievement": achievement}}}


def didkit_works() -> dict[str, Callable[[int], object]]:
    """Return didkit's works."""
    loop = asyncio.new_event_loop()
    key = didkit.generate_ed25519_key()
    did = didkit.key_to_did("key", key)

    async def name_key() -> str:
        return str(await didkit.key_to_verification_method("key", key))

    method = loop.run_until_complete(name_key())
    options = json.dumps({"proofPurpose": "assertionMethod", "verificationMethod": method})
    terms = {f"term{number}": f"https://vocabulary.example/{number}" for number in range(12)}
    credential = json.dumps(
        {
            "@context": ["https://www.w3.org/2018/credentials/v1", terms],
            "id": "urn:uuid:6f1c0c38-5a6e-4d0f-9a3b-2b7f7b7f3c11",
            "type": ["VerifiableCredential"],
            "issuer": did,
            "issuanceDate": "2026-02-20T00:00:00Z",
            "credentialSubject": {"id": did, **{name: f"{name} " + "x" * 50 for name in terms}},
        }
    )

    async def issue() -> str:
        return str(await didkit.issue_credential(credential, options, key))

    async def verify(text: str) -> None:
        answer = json.loads(await didkit.verify_credential(text, '{"proofPurpose":"assertionMethod"}'))
        if answer["errors"]:
            raise ValueError(answer["errors"])

    secured = loop.run_until_complete(issue())
    return {
        "issue VC 1.1": lambda _number: loop.run_until_complete(issue()),
        "verify VC 1.1": lambda _number: loop.run_until_complete(verify(secured)),
    }


def main() -> None:
    """Serve the measuring loop."""
    material = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    sd_jwt = SdJwt(material["sdJwt"])
    serve({"issue SD-JWT": sd_jwt.issue, "verify SD-JWT": sd_jwt.verify, **didkit_works()}, {})
    # didkit's threads abort an interpreter that ends in the usual way.
    os._exit(0)


if __name__ == "__main__":
    main()
