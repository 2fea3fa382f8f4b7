"""What the VC-API's OpenAPI document says of bodies and answers, which its routes read and write themselves.

Requests and errors as the VC-API has them: whatever is wrong with a credential is a 400 with
``problemDetails`` of the specifications' types; unknown things are 404, and a form 415, as problems of ours.
"""

from typing import Any, Final

from digital_resume.web.openapi import FOREIGN
from digital_resume.web.problems import MEDIA_TYPE

_DOCUMENT: Final[dict[str, Any]] = {
    "oneOf": [{"type": "object"}, {"type": "string", "minLength": 1}],
    "description": "the secured document, or a token",
}
_OPTIONS: Final[dict[str, Any]] = {"type": "object", "description": "see docs/vc-api.md"}
_CREDENTIAL_EXAMPLE: Final = {
    "@context": ["https://www.w3.org/ns/credentials/v2", {"@vocab": "urn:vdr:terms#"}],
    "type": ["VerifiableCredential"],
    "issuer": "did:key:z6Mk…",
    "credentialSubject": {"name": "김하늘"},
}

SCHEMAS: Final[dict[str, Any]] = {
    "SpecificationProblem": {
        "type": "object",
        "title": "SpecificationProblem",
        "description": "RFC 9457 problem whose type is a specification's.",
        "required": ["type", "title", "detail", "detail_ko", "code"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "detail": {"type": "string"},
            "detail_ko": {"type": "string"},
            "code": {"type": "string"},
        },
    },
    "Refusal": {
        "title": "Refusal",
        "description": "The first problem, and all of them.",
        "allOf": [{"$ref": "#/components/schemas/SpecificationProblem"}],
        "required": ["status", "problemDetails", "errors"],
        "properties": {
            "status": {"const": 400},
            "verified": {"const": False},
            "problemDetails": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/components/schemas/SpecificationProblem"},
            },
            "errors": {"type": "array", "items": {"type": "string"}},
        },
    },
    "Issuer": {
        "type": "object",
        "title": "Issuer",
        "required": ["id", "name", "cryptosuite", "keyType", "verificationMethod"],
        "properties": {
            name: {"type": "string"}
            for name in ("id", "name", "cryptosuite", "keyType", "verificationMethod")
        },
    },
    "VerificationResult": {
        "type": "object",
        "title": "VerificationResult",
        "required": ["verified", "problemDetails", "errors", "warnings", "verificationMethods"],
        "properties": {
            "verified": {"const": True},
            "problemDetails": {"type": "array", "maxItems": 0},
            "errors": {"type": "array", "maxItems": 0},
            "warnings": {"type": "array"},
            "verificationMethods": {"type": "array", "items": {"type": "string"}},
            "statuses": {"type": "array"},
            "checks": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _problem(description: str, schema: str = "Problem") -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _reference(schema)}}}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _operation(
    status: int,
    answer: dict[str, Any],
    *,
    body: dict[str, Any] | None = None,
    missing: str | None = None,
    refused: bool = True,
) -> dict[str, Any]:
    """Return a route's ``openapi_extra``.

    Args:
        status: of a good answer.
        answer: that answer.
        body: schema of the request's body, where it has one.
        missing: what a 404 means, where there is one.
        refused: whether a 400 of the specifications can be the answer.
    """
    responses: dict[str, Any] = {str(status): answer, "default": _problem("Anything else · 그 밖의 오류")}
    if refused:
        responses["400"] = _problem("Not verified, or a request that is wrong", "Refusal")
    if missing is not None:
        responses["404"] = _problem(missing)
    described: dict[str, Any] = {FOREIGN: True, "responses": responses}
    if body is not None:
        responses["415"] = _problem("`unsupported_media_type`: the body is a form")
        content: dict[str, Any] = {"schema": body}
        if "examples" in body:
            content["example"] = body["examples"][0]
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    return described


def _body(required: dict[str, Any], example: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "examples": [example],
    }


_ISSUED: Final = _json(
    "The credential",
    {
        "type": "object",
        "required": ["verifiableCredential"],
        "properties": {"verifiableCredential": _DOCUMENT},
    },
)

LIST_ISSUERS: Final = _operation(
    200,
    _json(
        "The issuers",
        {
            "type": "object",
            "required": ["issuers"],
            "properties": {"issuers": {"type": "array", "items": _reference("Issuer")}},
        },
    ),
    refused=False,
)
GET_ISSUER: Final = _operation(
    200, _json("The issuer", _reference("Issuer")), missing="There is no such issuer", refused=False
)
ISSUE: Final = _operation(
    201,
    _ISSUED,
    body=_body(
        {"credential": {"type": "object"}},
        {"credential": _CREDENTIAL_EXAMPLE, "options": {}},
        options=_OPTIONS,
    ),
    missing="There is no such issuer",
)
STATUS: Final = _operation(
    200,
    _json(
        "The status was changed",
        {
            "type": "object",
            "required": ["credentialId", "updated"],
            "properties": {"credentialId": {"type": "string"}, "updated": {"const": True}},
        },
    ),
    body=_body(
        {"credentialId": {"type": "string"}, "credentialStatus": {"type": ["object", "array"]}},
        {
            "credentialId": "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e",
            "credentialStatus": {"statusPurpose": "revocation", "status": "1"},
        },
        status={"type": ["string", "integer", "boolean"]},
    ),
    missing="No credential of that id has such a status here",
)
STATUS_LIST: Final = _operation(
    200,
    {
        "description": "A signed BitstringStatusListCredential",
        "content": {
            kind: {"schema": {"type": "object"}} for kind in ("application/vc", "application/ld+json")
        },
    },
    missing="There is no such status list",
)
DERIVE: Final = _operation(
    201,
    _ISSUED,
    body=_body(
        {"verifiableCredential": {"type": "object"}},
        {"verifiableCredential": _CREDENTIAL_EXAMPLE, "options": {"selectivePointers": []}},
        options=_OPTIONS,
    ),
)
VERIFY: Final = _operation(
    200,
    _json("It holds", _reference("VerificationResult")),
    body=_body(
        {"verifiableCredential": _DOCUMENT},
        {"verifiableCredential": _CREDENTIAL_EXAMPLE, "options": {}},
        options=_OPTIONS,
    ),
)
VERIFY_PRESENTATION: Final = _operation(
    200,
    _json("It holds, and every credential in it", _reference("VerificationResult")),
    body={
        "type": "object",
        "anyOf": [{"required": ["verifiablePresentation"]}, {"required": ["presentation"]}],
        "properties": {
            "verifiablePresentation": _DOCUMENT,
            "presentation": {"type": "object", "description": "one without proof"},
            "options": _OPTIONS,
        },
        "examples": [
            {
                "verifiablePresentation": {
                    "@context": ["https://www.w3.org/ns/credentials/v2"],
                    "type": ["VerifiablePresentation"],
                },
                "options": {"challenge": "…", "domain": "https://employer.example"},
            }
        ],
    },
)
RESOLVE: Final[dict[str, Any]] = {
    FOREIGN: True,
    "responses": {
        "200": {
            "description": "The DID document, or the whole result, by what Accept asks for",
            "content": {
                kind: {"schema": {"type": "object"}}
                for kind in (
                    "application/json",
                    "application/did+ld+json",
                    "application/did+json",
                    "application/did",
                )
            },
        },
        **{
            str(status): _json(meaning, {"type": "object", "required": ["didResolutionMetadata"]})
            for status, meaning in (
                (400, "Not a DID, or its document is not one"),
                (404, "It resolves to nothing"),
                (406, "None of the representations asked for"),
                (501, "A DID method or feature that is not supported"),
            )
        },
        "default": _problem("Anything else · 그 밖의 오류"),
    },
}
