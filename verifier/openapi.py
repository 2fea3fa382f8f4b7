"""What the verifier's OpenAPI document says of a verdict; the domain writes it (``Verdict.to_json``)."""

from collections.abc import Mapping
from typing import Any, Final

from digital_resume.core.verification.verdict import CheckName, Outcome, VerdictKind

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_TIME: Final[dict[str, Any]] = {"type": "string", "format": "date-time"}
_BILINGUAL: Final[dict[str, Any]] = {"$ref": "#/components/schemas/Bilingual"}


def _nullable(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(schema), {"type": "null"}]}


def _object(title: str, description: str, /, *optional: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": title,
        "description": description,
        "required": [name for name in properties if name not in optional],
        "properties": properties,
        "additionalProperties": False,
    }


_VERDICT: Final[dict[str, Any]] = {"type": "string", "enum": [kind.value for kind in VerdictKind]}
_CHECKS: Final[dict[str, Any]] = {"type": "array", "items": {"$ref": "#/components/schemas/Check"}}

SCHEMAS: Final[dict[str, Any]] = {
    "Bilingual": _object("Bilingual", "한국어와 영어 · in both languages", ko=_TEXT, en=_TEXT),
    "Check": _object(
        "Check",
        "One check and how it came out; `unknown` is never green.",
        "label",
        check={"type": "string", "enum": [name.value for name in CheckName]},
        outcome={"type": "string", "enum": [outcome.value for outcome in Outcome]},
        code=_TEXT,
        message=_BILINGUAL,
        detail={"type": "object"},
        label=_BILINGUAL,
    ),
    "Claim": _object(
        "Claim",
        "A disclosed claim with the label that people read.",
        "columns",
        path=_TEXT,
        label=_BILINGUAL,
        value={},
        columns={"type": "array", "items": {"type": "object", "required": ["name", "label"]}},
    ),
    "Item": _object(
        "Item",
        "The verdict on one credential.",
        index={"type": "integer", "minimum": 0},
        type=_nullable(_TEXT),
        typeName=_nullable(_BILINGUAL),
        display=_nullable({"type": "object", "description": "how the type stands in a resume"}),
        issuer=_nullable(_object("Issuer", "As the registry names it.", did=_TEXT, name=_BILINGUAL)),
        verdict=_VERDICT,
        title=_BILINGUAL,
        next=_BILINGUAL,
        checks=_CHECKS,
        claims={"type": "array", "items": {"$ref": "#/components/schemas/Claim"}},
        hidden={"type": "integer", "minimum": 0, "description": "claims that the holder keeps back"},
        anchor=_nullable({"type": "object", "description": "time, root, path, transaction and block"}),
        status=_nullable(_object("Status", "And as of when.", value=_TEXT, asOf=_TIME)),
    ),
    "Verdict": _object(
        "Verdict",
        "The verdict on a resume: the worst of its own checks and of its items.",
        verdict=_VERDICT,
        title=_BILINGUAL,
        next={**_BILINGUAL, "description": "what to do"},
        checkedAt=_TIME,
        asOf=_nullable(_TIME),
        madeOn=_nullable(_TIME),
        domain=_nullable(_TEXT),
        holder=_nullable({"type": "object", "required": ["name"], "properties": {"name": _TEXT}}),
        chain=_nullable({"type": "object", "required": ["id", "name", "demonstration"]}),
        presentation={"type": "object", "required": ["checks"], "properties": {"checks": _CHECKS}},
        items={"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
        selfDeclared={"type": "array", "items": {"type": "object", "required": ["statement", "verified"]}},
    ),
    "Health": {
        "type": "object",
        "title": "Health",
        "required": ["status"],
        "properties": {"status": {"enum": ["ok", "degraded", "down"]}},
    },
}


def answers(schema: str, **statuses: str) -> dict[int | str, dict[str, Any]]:
    """Return ``responses`` of one schema; each keyword is ``s`` and a status, with what it means."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {int(status[1:]): {"description": text, "content": content} for status, text in statuses.items()}
