"""Examples of the OpenID4VCI requests for the OpenAPI document, and the errors of their specification."""

from typing import Any, Final

TOKEN: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "pre-authorized_code"],
                    "properties": {
                        "grant_type": {"const": "urn:ietf:params:oauth:grant-type:pre-authorized_code"},
                        "pre-authorized_code": {"type": "string"},
                        "tx_code": {"type": "string"},
                        "authorization_details": {
                            "type": "string",
                            "description": "JSON: asks for a credential_identifier (RFC 9396)",
                        },
                    },
                },
                "example": {
                    "grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code",
                    "pre-authorized_code": "oaKazRN8I0IbtZ0C7JuMn5oaKazRN8I0IbtZ0C7JuMn",
                    "tx_code": "493536",
                },
            }
        },
    }
}

CREDENTIAL: Final[dict[str, Any]] = {
    "security": [{"accessToken": []}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["proofs"],
                    "oneOf": [
                        {"required": ["credential_configuration_id"]},
                        {"required": ["credential_identifier"]},
                    ],
                    "properties": {
                        "credential_configuration_id": {"type": "string"},
                        "credential_identifier": {
                            "type": "string",
                            "description": "where the token response named one",
                        },
                        "proofs": {
                            "type": "object",
                            "required": ["jwt"],
                            "properties": {
                                "jwt": {
                                    "type": "array",
                                    "items": {"type": "string"},
                                    "minItems": 1,
                                    "maxItems": 1,
                                }
                            },
                        },
                    },
                },
                "example": {
                    "credential_configuration_id": "UniversityDegree",
                    "proofs": {"jwt": ["eyJ0eXAiOiJvcGVuaWQ0dmNpLXByb29mK2p3dCIs…"]},
                },
            }
        },
    },
}

NOTIFICATION: Final[dict[str, Any]] = {
    "security": [{"accessToken": []}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["notification_id", "event"],
                    "properties": {
                        "notification_id": {"type": "string"},
                        "event": {
                            "enum": ["credential_accepted", "credential_failure", "credential_deleted"]
                        },
                    },
                },
                "example": {"notification_id": "3fwe98js", "event": "credential_accepted"},
            }
        },
    },
}


def errors(*codes: str, token: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of an endpoint that answers in its specification's JSON.

    Args:
        codes: values of ``error`` at status 400.
        token: whether it takes an access token (RFC 6750 section 3.1).
    """
    described: dict[int | str, dict[str, Any]] = {
        400: _answer("Refused; nothing was done", codes),
        404: _answer("There is no institution of that name", codes[:1]),
        429: _answer("This address asks too often", ("temporarily_unavailable",)),
        "default": _answer("Refused before it was looked at: `code` is the problem's", codes[:1]),
    }
    if token:
        described[401] = _answer(
            "No access token (without a body), or one that is not good", ("invalid_token",)
        )
        described[403] = _answer("The access token is for something else", ("insufficient_scope",))
        described[503] = _answer("The chain or the database is away", ("temporarily_unavailable",))
    return described


def _answer(what: str, codes: tuple[str, ...]) -> dict[str, Any]:
    shown = ", ".join(f"`{code}`" for code in codes)
    return {
        "description": f"{what}: {shown}",
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/ProtocolError"},
                "example": {"error": codes[0], "error_description": what},
            }
        },
    }
