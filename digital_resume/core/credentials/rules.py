"""Contradictions that a credential type knows: rules over several claims, declared in the type's file.

JSON Schema says what one claim may be; what claims must not say of each other stands beside it as ``rules``:

- ``{"rule": "order", "first": "startDate", "then": "endDate"}``: a date is not before another.
- ``{"rule": "sum", "of": ["listening", "reading"], "is": "total"}``: numbers add up.
- ``{"rule": "past", "claim": "testDate"}``: a date is not to come.

``in`` names a table claim whose every row the rule is for. A rule counts only where every claim of it is
given. They are for what an institution hands in: what was signed before keeps its verdict.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from digital_resume.core.errors import MalformedError

MAX_RULES: Final = 60

_MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "order": frozenset({"rule", "in", "first", "then"}),
    "sum": frozenset({"rule", "in", "of", "is"}),
    "past": frozenset({"rule", "in", "claim"}),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        kind: ``order``, ``sum`` or ``past``.
        subject: the claim that is wrong when the rule is broken.
        others: what it is held against: the earlier date, the numbers that are added; none for ``past``.
        table: the table claim whose rows it is for, or ``None``.
    """

    kind: Literal["order", "sum", "past"]
    subject: str
    others: tuple[str, ...]
    table: str | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A broken rule: which claim is wrong (JSON Pointer), and pointers of what it is held against."""

    rule: Rule
    path: str
    others: tuple[str, ...]


def parse_rules(entries: object, schema: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Return the rules of a type's file.

    Args:
        entries: the file's ``rules``.
        schema: JSON Schema of the claims; a rule may name only what it has, of the right kind.

    Raises:
        MalformedError: see the message.
    """
    if not isinstance(entries, list) or len(entries) > MAX_RULES:
        raise MalformedError(f"The rules of a credential type are a list of at most {MAX_RULES}.")
    rules = tuple(map(_parse, entries))
    for rule in rules:
        _check_names(rule, schema)
    return rules


def _parse(entry: object) -> Rule:
    if not isinstance(entry, dict) or not set(entry) <= _MEMBERS.get(str(entry.get("rule")), frozenset()):
        raise MalformedError(
            f"A rule of a credential type is one of these, with its own members: {', '.join(_MEMBERS)}."
        )
    table = entry.get("in")
    try:
        if entry["rule"] == "order":
            return Rule("order", entry["then"], (entry["first"],), table)
        if entry["rule"] == "sum":
            return Rule("sum", entry["is"], tuple(entry["of"]), table)
        return Rule("past", entry["claim"], (), table)
    except (KeyError, TypeError):
        raise MalformedError(f"A rule '{entry['rule']}' of a credential type lacks a member.") from None


def _check_names(rule: Rule, schema: Mapping[str, Any]) -> None:
    properties = schema["properties"]
    if rule.table is not None:
        properties = properties.get(rule.table, {}).get("items", {}).get("properties", {})
    for name in (rule.subject, *rule.others):
        claim = properties.get(name) if isinstance(name, str) else None
        fits = claim is not None and (
            claim.get("type") in {"integer", "number"}
            if rule.kind == "sum"
            else claim.get("format") == "date"
        )
        if not fits:
            raise MalformedError(
                f"A rule '{rule.kind}' of a credential type names {str(name)[:80]!r}, which is not a claim "
                "of the schema that it can be for."
            )


def find_contradictions(
    rules: tuple[Rule, ...], claims: Mapping[str, Any], today: date | None
) -> Iterator[Contradiction]:
    """Yield the rules that claims break.

    Args:
        rules: the type's.
        claims: of the subject; what does not fit the schema is passed over, as it is refused anyway.
        today: in Korea; ``None`` where it does not matter, and no date is to come.
    """
    for rule in rules:
        for prefix, row in _rows(rule, claims):
            if _is_broken(rule, row, today):
                yield Contradiction(
                    rule, f"{prefix}/{rule.subject}", tuple(f"{prefix}/{name}" for name in rule.others)
                )


def _rows(rule: Rule, claims: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if rule.table is None:
        yield "", claims
        return
    table = claims.get(rule.table)
    for number, row in enumerate(table if isinstance(table, list) else ()):
        if isinstance(row, Mapping):
            yield f"/{rule.table}/{number}", row


def _is_broken(rule: Rule, row: Mapping[str, Any], today: date | None) -> bool:
    subject, others = row.get(rule.subject), [row.get(name) for name in rule.others]
    if rule.kind == "sum":
        return all(_is_number(value) for value in (subject, *others)) and sum(others) != subject  # type: ignore[arg-type]  # numbers
    day = _date(subject)
    if day is None:
        return False
    if rule.kind == "past":
        return today is not None and day > today
    earlier = _date(others[0])
    return earlier is not None and earlier > day


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None
