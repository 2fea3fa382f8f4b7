"""Examples of the OpenID4VCI requests for the OpenAPI document."""

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
                    "required": ["credential_configuration_id", "proofs"],
                    "properties": {
                        "credential_configuration_id": {"type": "string"},
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
