"""Metadata documents: credential issuer, authorization server, SD-JWT VC type.

OpenID4VCI 1.0 sections 12.2 and 12.3 and appendix A.3 (``dc+sd-jwt``), RFC 8414, and the type metadata of
SD-JWT VC section 6. Claim paths lead into ``ld.credentialSubject``, where the VCLD form has the claims.
"""

from typing import Any

from digital_resume.core.credentials.catalog import ClaimDisplay, CredentialType, Label
from issuer.context import Context
from issuer.institutions.models import Institution
from issuer.openid4vci.proofs import PROOF_TYPE
from issuer.records.offers import PRE_AUTHORIZED_GRANT

SUBJECT = ("ld", "credentialSubject")
FORMAT = "dc+sd-jwt"

__all__ = ["FORMAT", "PROOF_TYPE", "build_issuer_metadata", "build_server_metadata", "build_type_metadata"]


def build_issuer_metadata(context: Context, institution: Institution) -> dict[str, Any]:
    """Build the credential issuer metadata of an institution."""
    issuer = context.credential_issuer(institution.slug)
    return {
        "credential_issuer": issuer,
        "credential_endpoint": f"{issuer}/credential",
        "nonce_endpoint": f"{issuer}/nonce",
        "notification_endpoint": f"{issuer}/notification",
        "display": _names(Label(institution.name_ko, institution.name_en)),
        "credential_configurations_supported": {
            name: _configuration(context.catalog.credential_type(name))
            for name in institution.credential_types
        },
    }


def build_server_metadata(context: Context, institution: Institution) -> dict[str, Any]:
    """Build the authorization server metadata; it supports the pre-authorized code grant only."""
    issuer = context.credential_issuer(institution.slug)
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/token",
        "grant_types_supported": [PRE_AUTHORIZED_GRANT],
        "token_endpoint_auth_methods_supported": ["none"],
        "pre-authorized_grant_anonymous_access_supported": True,
        # RFC 8414 wants the member; this server has no authorization endpoint (section 12.3).
        "response_types_supported": [],
    }


def build_type_metadata(credential_type: CredentialType) -> dict[str, Any]:
    """Build the SD-JWT VC type metadata of a credential type."""
    hideable = {name.removesuffix("[]") for name in credential_type.selectively_disclosable}
    return {
        "vct": credential_type.vct,
        "name": credential_type.title.en,
        "description": credential_type.description.en,
        "display": [
            {
                "locale": locale,
                "name": getattr(credential_type.title, language),
                "description": getattr(credential_type.description, language),
            }
            for locale, language in (("ko-KR", "ko"), ("en-US", "en"))
        ],
        "claims": [
            {
                "path": [*SUBJECT, claim.name],
                "display": [
                    {"locale": "ko-KR", "label": claim.label.ko},
                    {"locale": "en-US", "label": claim.label.en},
                ],
                "sd": "always" if claim.name in hideable else "never",
            }
            for claim in credential_type.claims
        ],
        "schema": dict(credential_type.schema),
        "example": dict(credential_type.example),
    }


def _configuration(credential_type: CredentialType) -> dict[str, Any]:
    required = set(credential_type.schema.get("required", ()))
    return {
        "format": FORMAT,
        "vct": credential_type.vct,
        "scope": credential_type.name,
        "cryptographic_binding_methods_supported": ["jwk"],
        "credential_signing_alg_values_supported": ["ES256"],
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
        "credential_metadata": {
            "display": [
                {**name, "description": getattr(credential_type.description, name["locale"][:2])}
                for name in _names(credential_type.title)
            ],
            "claims": [
                description
                for claim in credential_type.claims
                for description in _claims(claim, mandatory=claim.name in required)
            ],
        },
    }


def _claims(claim: ClaimDisplay, *, mandatory: bool) -> list[dict[str, Any]]:
    """Describe a claim, and below it the columns of a table claim (``null``: every row)."""
    path = [*SUBJECT, claim.name]
    return [
        {"path": path, "mandatory": mandatory, "display": _names(claim.label)},
        *({"path": [*path, None, column.name], "display": _names(column.label)} for column in claim.columns),
    ]


def _names(label: Label) -> list[dict[str, str]]:
    return [{"name": label.ko, "locale": "ko-KR"}, {"name": label.en, "locale": "en-US"}]
