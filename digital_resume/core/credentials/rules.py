"""Contradictions that a credential type knows: rules over several claims, declared in the type's file.

JSON Schema says what one claim may be; what claims must not say of each other stands beside it as ``rules``:

- ``{"rule": "order", "first": "startDate", "then": "endDate"}``: a date is not before another.
- ``{"rule": "sum", "of": ["listening", "reading"], "is": "total"}``: numbers add up.
- ``{"rule": "past", "claim": "testDate"}``: a date is not to come; with ``"when": {"result": ["수료"]}`` only
  where another claim has one of these values.
- ``{"rule": "scale", "claim": "gradeAverage"}``: in ``4.12/4.5`` the first number is at most the second.
- ``{"rule": "covers", "is": "totalCredits", "of": "credits", "in": "courses"}``: a number is not less than
  what a table's rows add up to. The table may list fewer rows than the number counts; ``once`` names the
  column of which each value counts once (a course taken again), ``unless`` values of a column whose rows do
  not count (a course that was failed).

Elsewhere ``in`` names a table claim whose every row the rule is for. A rule counts only where every claim of
it is given. They are for what an institution hands in: what was signed before keeps its verdict.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, TypeGuard

from digital_resume.core.errors import MalformedError

MAX_RULES: Final = 60

_MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "order": frozenset({"rule", "in", "first", "then"}),
    "sum": frozenset({"rule", "in", "of", "is"}),
    "past": frozenset({"rule", "in", "claim", "when"}),
    "scale": frozenset({"rule", "in", "claim"}),
    "covers": frozenset({"rule", "in", "of", "is", "once", "unless"}),
}
_OF_A_SCALE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?/ ?([0-9]{1,9}(?:\.[0-9]{1,9})?)", re.ASCII)
_Values = tuple[str, frozenset[str]]
"""A claim or column, and values of it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        kind: as in the type's file.
        subject: the claim that is wrong when the rule is broken.
        others: what it is held against: the earlier date, the numbers that are added, the column; none for
            ``past`` and ``scale``.
        table: the table claim whose rows it is for, or are added up, or ``None``.
        once: the column of which each value counts once.
        when: values of another claim that the rule is for; ``None`` for any.
        unless: values of a column whose rows do not count.
    """

    kind: Literal["order", "sum", "past", "scale", "covers"]
    subject: str
    others: tuple[str, ...]
    table: str | None
    once: str | None = None
    when: _Values | None = None
    unless: _Values | None = None


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
        if entry["rule"] == "scale":
            return Rule("scale", entry["claim"], (), table)
        if entry["rule"] == "covers":
            unless = _values(entry.get("unless"))
            return Rule("covers", entry["is"], (entry["of"],), entry["in"], entry.get("once"), unless=unless)
        return Rule("past", entry["claim"], (), table, when=_values(entry.get("when")))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise MalformedError(
            f"A rule '{entry['rule']}' of a credential type lacks a member, or has one of another form."
        ) from None


def _values(entry: Any) -> _Values | None:
    """Read ``{"result": ["수료"]}``."""
    if entry is None:
        return None
    ((name, values),) = entry.items()
    if not isinstance(values, list):
        raise TypeError
    return name, frozenset(values)


def _check_names(rule: Rule, schema: Mapping[str, Any]) -> None:
    properties = columns = schema["properties"]
    if rule.table is not None:
        table = properties.get(rule.table, {}) if isinstance(rule.table, str) else {}
        columns = table.get("items", {}).get("properties", {})
    if rule.kind != "covers":
        properties = columns
    named: list[tuple[str, Mapping[str, Any], str]] = [(rule.subject, properties, rule.kind)]
    named += [(name, columns, rule.kind) for name in rule.others]
    named += [(rule.once, columns, "any")] if rule.once is not None else []
    named += [(each[0], columns, "any") for each in (rule.when, rule.unless) if each is not None]
    for name, known, kind in named:
        claim = known.get(name) if isinstance(name, str) else None  # of a file: anything
        if claim is None or not _fits(kind, claim):
            raise MalformedError(
                f"A rule '{rule.kind}' of a credential type names {str(name)[:80]!r}, which is not a claim "
                "of the schema that it can be for."
            )


def _fits(kind: str, claim: Mapping[str, Any]) -> bool:
    if kind in {"sum", "covers"}:
        return claim.get("type") in {"integer", "number"}
    if kind == "scale":
        return claim.get("type") == "string"
    return kind == "any" or claim.get("format") == "date"


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
        if rule.kind == "covers":
            least = rows_total(rule, claims)
            subject = claims.get(rule.subject)
            if _is_number(subject) and subject < least:
                yield Contradiction(rule, f"/{rule.subject}", (f"/{rule.table}/{rule.others[0]}",))
            continue
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


def rows_total(rule: Rule, claims: Mapping[str, Any]) -> float:
    """Return what the rows of a ``covers`` rule's table add up to."""
    counted: dict[object, float] = {}
    for prefix, row in _rows(rule, claims):
        number = row.get(rule.others[0])
        if not _is_number(number) or (rule.unless is not None and _has(row, rule.unless)):
            continue
        key = row.get(rule.once) if rule.once is not None else None
        key = key if isinstance(key, str) else prefix
        counted[key] = max(number, counted.get(key, 0))
    return sum(counted.values())


def _has(row: Mapping[str, Any], values: _Values) -> bool:
    value = row.get(values[0])
    return isinstance(value, str) and value.strip().upper() in values[1]


def _is_broken(rule: Rule, row: Mapping[str, Any], today: date | None) -> bool:
    subject, others = row.get(rule.subject), [row.get(name) for name in rule.others]
    if rule.when is not None and not _has(row, rule.when):
        return False
    if rule.kind == "scale":
        found = _OF_A_SCALE.fullmatch(subject) if isinstance(subject, str) else None
        return found is not None and Decimal(found[1]) > Decimal(found[2])
    if rule.kind == "sum":
        return all(_is_number(value) for value in (subject, *others)) and sum(others) != subject  # type: ignore[arg-type]  # numbers
    day = _date(subject)
    if day is None:
        return False
    if rule.kind == "past":
        return today is not None and day > today
    earlier = _date(others[0])
    return earlier is not None and earlier > day


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None
