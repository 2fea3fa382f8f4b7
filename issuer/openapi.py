"""What the issuer's OpenAPI document has beyond its routes: the claims of every type, and foreign errors.

The claims come from the type files of the deployment, so that a type that was added by a file is described
too. A body that names a type is one of so many: each with that type's claims and its example, told apart by
``credentialType``.
"""

import copy
from collections.abc import Mapping
from typing import Any, Final

from digital_resume.core.credentials.catalog import Catalog, ClaimDisplay, CredentialType

#: Bodies of the signing API that carry claims of a type that they name.
BODIES: Final = ("RecordRequest", "CredentialRequest")

_PROTOCOL_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "title": "ProtocolError",
    "description": "An error in the JSON of OpenID4VCI and OAuth 2.0; empty where RFC 6750 wants no code.",
    "properties": {
        "error": {"type": "string"},
        "error_description": {"type": "string"},
        "code": {"type": "string", "description": "our own stable code, where the specification's says less"},
    },
}
_ACCESS_TOKEN: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "Access token of the token endpoint, for the one credential of an offer.",
}


def complete(document: dict[str, Any], catalog: Catalog) -> None:
    """Add the types' claims, the access token and the OpenID4VCI errors to an OpenAPI document."""
    components = document["components"]
    components.setdefault("securitySchemes", {})["accessToken"] = _ACCESS_TOKEN
    schemas = components["schemas"]
    schemas["ProtocolError"] = copy.deepcopy(_PROTOCOL_ERROR)
    types = catalog.all_types()
    for kind in types:
        schemas[f"{kind.name}Claims"] = claims_schema(kind)
    # The type of what is amended is that of the record, which the body does not name.
    schemas["RecordAmendment"]["properties"]["claims"] = {
        "anyOf": [{"$ref": f"#/components/schemas/{kind.name}Claims"} for kind in types]
    }
    for body in BODIES:
        _tell_types_apart(schemas, body, types)
    _require_keys(document)


def claims_schema(kind: CredentialType) -> dict[str, Any]:
    """Return the schema of a type's claims as its file has it, with the labels that people read."""
    schema: dict[str, Any] = copy.deepcopy(dict(kind.schema))
    schema.pop("$schema", None)  # that of OpenAPI 3.1 is the same
    schema |= {
        "title": f"{kind.title.ko} · {kind.title.en}",
        "description": f"{kind.description.ko} · {kind.description.en}",
        "examples": [dict(kind.example)],
    }
    _label(schema["properties"], kind.claims)
    return schema


def _label(properties: Mapping[str, dict[str, Any]], claims: tuple[ClaimDisplay, ...]) -> None:
    for claim in claims:
        properties[claim.name]["title"] = f"{claim.label.ko} · {claim.label.en}"
        if claim.columns:
            _label(properties[claim.name]["items"]["properties"], claim.columns)


def _tell_types_apart(schemas: dict[str, Any], body: str, types: tuple[CredentialType, ...]) -> None:
    base = schemas[body]
    mapping = {}
    for kind in types:
        name = f"{body}_{kind.name}"
        schema = copy.deepcopy(base)
        schema["title"] = name
        schema["properties"]["credentialType"] = {"const": kind.name, "title": kind.title.ko}
        schema["properties"]["claims"] = {"$ref": f"#/components/schemas/{kind.name}Claims"}
        example = copy.deepcopy(base["examples"][0])
        schema["examples"] = [{**example, "credentialType": kind.name, "claims": dict(kind.example)}]
        schemas[name] = schema
        mapping[kind.name] = f"#/components/schemas/{name}"
    schemas[body] = {
        "title": body,
        "description": base.get("description", ""),
        "oneOf": [{"$ref": reference} for reference in mapping.values()],
        "discriminator": {"propertyName": "credentialType", "mapping": mapping},
        "examples": base["examples"],
    }


def _require_keys(document: dict[str, Any]) -> None:
    """Say that an ``Idempotency-Key`` must be sent; the route itself only knows that it can be missing."""
    for item in document["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"].lower() == "idempotency-key":
                    parameter["required"] = True
                    parameter["schema"] = {"type": "string", "pattern": "^[\\x21-\\x7e]{8,128}$"}
