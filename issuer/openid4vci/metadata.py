"""Metadata documents: credential issuer, authorization server, SD-JWT VC type.

OpenID4VCI 1.0 sections 12.2 and 12.3 and appendix A.3 (``dc+sd-jwt``), RFC 8414, and the type metadata of
SD-JWT VC section 6. Claim paths lead into ``ld.credentialSubject``, where the VCLD form has the claims.
"""

from typing import Any

from digital_resume.core.credentials.catalog import ClaimDisplay, CredentialType, Label, ResumeDisplay
from digital_resume.core.credentials.sd_jwt_type_metadata import RESUME_MEMBER, build_type_metadata
from digital_resume.core.verification.same_person import IDENTITY_TYPE
from issuer.context import Context
from issuer.institutions.models import Institution
from issuer.openid4vci.authorization_details import DETAILS_TYPE
from issuer.openid4vci.errors import DPOP_ALGORITHMS
from issuer.openid4vci.offers import PRE_AUTHORIZED_GRANT
from issuer.openid4vci.proofs import BINDING_METHODS, PROOF_ALGORITHMS, PROOF_TYPE

SUBJECT = ("ld", "credentialSubject")
FORMAT = "dc+sd-jwt"
IDENTITY_CLAIM = "urn:vdr:identity_claim"
"""The member of ours that says how a person claims by presenting an identity credential."""

__all__ = [
    "FORMAT",
    "PROOF_TYPE",
    "build_issuer_metadata",
    "build_logo",
    "build_server_metadata",
    "build_type_document",
]


def build_issuer_metadata(context: Context, institution: Institution) -> dict[str, Any]:
    """Build the credential issuer metadata of an institution."""
    issuer = context.credential_issuer(institution.slug)
    return {
        "credential_issuer": issuer,
        "credential_endpoint": f"{issuer}/credential",
        "nonce_endpoint": f"{issuer}/nonce",
        "notification_endpoint": f"{issuer}/notification",
        "display": _names(Label(institution.name_ko, institution.name_en)),
        IDENTITY_CLAIM: _identity_claim(context, issuer),
        "credential_configurations_supported": {
            name: _configuration(context, context.catalog.credential_type(name))
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
        "authorization_details_types_supported": [DETAILS_TYPE],
        "dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS),
        # RFC 8414 wants the member; this server has no authorization endpoint (section 12.3).
        "response_types_supported": [],
    }


def build_type_document(credential_type: CredentialType) -> dict[str, Any]:
    """Build what is served of a credential type: its SD-JWT VC type metadata, JSON Schema and example."""
    return {
        **build_type_metadata(credential_type, prefix=SUBJECT),
        "schema": dict(credential_type.schema),
        "example": dict(credential_type.example),
    }


def _configuration(context: Context, credential_type: CredentialType) -> dict[str, Any]:
    required = set(credential_type.schema.get("required", ()))
    # By address: wallets made of @openid4vc/openid4vci refuse data URLs of SVG images, and all metadata with
    # them.
    logo = f"{context.settings.issuer_url}/types/{credential_type.name}/logo.svg"
    return {
        "format": FORMAT,
        "vct": credential_type.vct,
        "scope": credential_type.name,
        "cryptographic_binding_methods_supported": list(BINDING_METHODS),
        "credential_signing_alg_values_supported": ["ES256"],
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": list(PROOF_ALGORITHMS)}},
        "credential_metadata": {
            "display": [
                {
                    **name,
                    "description": getattr(credential_type.description, name["locale"][:2]),
                    "logo": {"uri": logo, "alt_text": name["name"]},
                }
                for name in _names(credential_type.title)
            ],
            "claims": [
                description
                for claim in credential_type.claims
                for description in _claims(claim, mandatory=claim.name in required)
            ],
            # Ours: what the wallet of this product shows and hides at first; other wallets pass it over.
            RESUME_MEMBER: credential_type.resume.to_json(),
        },
    }


def _claims(claim: ClaimDisplay, *, mandatory: bool) -> list[dict[str, Any]]:
    """Describe a claim, and below it the columns of a table claim (``null``: every row)."""
    path = [*SUBJECT, claim.name]
    return [
        {"path": path, "mandatory": mandatory, "display": _names(claim.label)},
        *({"path": [*path, None, column.name], "display": _names(column.label)} for column in claim.columns),
    ]


def build_logo(display: ResumeDisplay) -> str:
    """Build a type's picture as an image that every wallet can show (``display.logo``, section 12.2.4)."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#1e2124" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{display.icon_path}"/></svg>'
    )


def _identity_claim(context: Context, issuer: str) -> dict[str, Any]:
    """Say where and by which credential a person may claim what the institution holds of them.

    The query is DCQL (OpenID4VP 1.0, section 6), so that a wallet knows no type by name. What it asks for is
    what records are found by.
    """
    kind = context.catalog.credential_type(IDENTITY_TYPE)
    return {
        "endpoint": f"{issuer}/claims/identity",
        "dcql_query": {
            "credentials": [
                {
                    "id": "identity",
                    "format": FORMAT,
                    "meta": {"vct_values": [kind.vct]},
                    "claims": [{"path": [*SUBJECT, name]} for name in ("name", "birthDate")],
                }
            ]
        },
    }


def _names(label: Label) -> list[dict[str, str]]:
    return [{"name": label.ko, "locale": "ko-KR"}, {"name": label.en, "locale": "en-US"}]
