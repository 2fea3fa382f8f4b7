"""The institution's did:web document: its signing keys, present and past.

did:web method and Controlled Identifiers 1.0. Verification of a credential does not need it: the key
travels in ``kid`` and the chain says whether it may sign. It is for verifiers of other ecosystems. Retired
keys stay listed, because what they signed still has to be verified, but not for signing.
"""

from collections.abc import Sequence
from typing import Any

from digital_resume.core.identifiers.did import verification_key
from issuer.institutions.models import SigningKey


def build_did_document(did: str, credential_issuer: str, keys: Sequence[SigningKey]) -> dict[str, Any]:
    """Build the DID document of an institution."""
    methods = []
    for key in keys:
        method: dict[str, Any] = {
            "id": key.verification_method,
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": verification_key(key.verification_method).multikey,
        }
        if key.retired_at is not None:
            method["expires"] = key.retired_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        methods.append(method)
    active = [key.verification_method for key in keys if key.state == "active"]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "alsoKnownAs": [credential_issuer],
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
        "authentication": active,
    }
