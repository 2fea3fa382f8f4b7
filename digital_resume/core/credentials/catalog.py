"""The credential types of a deployment: one JSON file a type, a catalogue to find them in.

A file in ``types/`` holds name, ``vct``, JSON Schema of ``credentialSubject``, Korean and English labels in
the order of display, which claims the holder may hide, the rule of validity and an example. Modules add
types of their own by building a larger ``Catalog``; nothing here is mutable.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final
from zoneinfo import ZoneInfo

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError as InvalidSchemaError

from digital_resume.core.encoding.bounded_json import parse_json_object
from digital_resume.core.errors import MalformedError, UnknownTypeError

SEOUL: Final = ZoneInfo("Asia/Seoul")
"""Dates on Korean documents are days in this time zone."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text a person sees, in Korean and English."""

    ko: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """Return ``{"ko", "en"}`` for JSON."""
        return {"ko": self.ko, "en": self.en}


@dataclass(frozen=True, slots=True)
class ClaimDisplay:
    """How one claim is shown.

    Attributes:
        name: the claim.
        label: what it is called.
        order: its place.
        columns: labels of the members of the rows of a table claim.
        multiline: whether its text may have several lines.
    """

    name: str
    label: Label
    order: int
    columns: tuple["ClaimDisplay", ...] = ()
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class ValidityRule:
    """When a credential of a type ends by itself.

    Attributes:
        kind: ``none``, ``after_issue`` or ``after_claim``.
        years: length in years.
        claim: the date claim that the years are counted from (``after_claim``).
    """

    kind: str
    years: int = 0
    claim: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialType:
    """One credential type.

    Attributes:
        name: e.g. ``UniversityDegree``; also the OpenID4VCI configuration id.
        vct: e.g. ``urn:vdr:UniversityDegree:1``.
        title: name for people.
        description: one sentence for people.
        schema: JSON Schema (2020-12) of the claims.
        claims: display of each claim, in order.
        always_visible: claims the holder cannot hide.
        selectively_disclosable: claims the holder can hide; ``name[]`` hides the elements of an array singly.
        validity: rule of validity.
        open_badge: Open Badges 3.0 mapping, or ``None``.
        example: claims that satisfy the schema.
    """

    name: str
    vct: str
    title: Label
    description: Label
    schema: Mapping[str, Any]
    claims: tuple[ClaimDisplay, ...]
    always_visible: tuple[str, ...]
    selectively_disclosable: tuple[str, ...]
    validity: ValidityRule
    open_badge: Mapping[str, Any] | None
    example: Mapping[str, Any]
    validator: Draft202012Validator = field(repr=False, compare=False)

    def claim(self, name: str) -> ClaimDisplay | None:
        """Return the display of a claim, or ``None``."""
        return next((claim for claim in self.claims if claim.name == name), None)

    def disclosable_paths(self, claims: Mapping[str, Any]) -> set[tuple[str | int, ...]]:
        """Return the paths in ``claims`` that become selectively disclosable, by the type's policy."""
        paths: set[tuple[str | int, ...]] = set()
        for entry in self.selectively_disclosable:
            name = entry.removesuffix("[]")
            if name not in claims:
                continue
            if entry.endswith("[]"):
                elements = claims[name]
                paths.update(
                    (name, index) for index in range(len(elements) if isinstance(elements, list) else 0)
                )
            else:
                paths.add((name,))
        return paths

    def valid_until(self, claims: Mapping[str, Any], valid_from: datetime) -> datetime | None:
        """Return when a credential ends by the type's rule, ``None`` when it does not.

        The end is the last moment of a day in Korea, in UTC.

        Raises:
            MalformedError: the claim that the rule counts from is not a date.
        """
        rule = self.validity
        if rule.kind == "none":
            return None
        if rule.kind == "after_issue":
            first = valid_from.astimezone(SEOUL).date()
        else:
            try:
                first = date.fromisoformat(claims[rule.claim or ""])
            except (KeyError, TypeError, ValueError) as error:
                raise MalformedError(f"The claim '{rule.claim}' must be a date.") from error
        try:
            end = _years_later(first, rule.years) + timedelta(days=1)
        except (OverflowError, ValueError) as error:
            raise MalformedError("The validity ends beyond the calendar.") from error
        return (datetime.combine(end, time(), SEOUL) - timedelta(seconds=1)).astimezone(valid_from.tzinfo)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        if day.year + years > date.max.year:
            raise
        return day.replace(year=day.year + years, day=28)


def parse_credential_type(document: Mapping[str, Any]) -> CredentialType:
    """Build a credential type from its document (the form of ``types/*.json``).

    Raises:
        MalformedError: a member is missing or wrong, or the lists contradict the schema.
    """
    try:
        schema = document["schema"]
        Draft202012Validator.check_schema(schema)
        rule = document["validity"]
        name = str(document["name"])
        parsed = CredentialType(
            name=name,
            vct=str(document["vct"]),
            title=_label(document["display"]),
            description=_label(document["description"]),
            schema=schema,
            claims=_displays(document["claims"]),
            always_visible=tuple(document["alwaysVisible"]),
            selectively_disclosable=tuple(document["selectivelyDisclosable"]),
            validity=ValidityRule(rule["kind"], int(rule.get("years", 0)), rule.get("claim")),
            open_badge=document.get("openBadge"),
            example=document["example"],
            validator=Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER),
        )
        properties = set(schema["properties"])
        closed = schema["additionalProperties"] is False
    except (KeyError, TypeError, ValueError, InvalidSchemaError) as error:
        raise MalformedError("A credential type's document is incomplete or wrong.") from error
    policy = [*parsed.always_visible, *(n.removesuffix("[]") for n in parsed.selectively_disclosable)]
    displayed = [claim.name for claim in parsed.claims]
    if (
        not closed
        or len(policy) != len(set(policy))
        or set(policy) != properties
        or set(displayed) != properties
    ):
        raise MalformedError(
            f"The credential type {name} must give each claim of its schema a label and exactly one place: "
            "always visible or selectively disclosable."
        )
    if "name" not in parsed.always_visible:
        raise MalformedError(f"The credential type {name} must always show the holder's name.")
    if parsed.validity.kind not in {"none", "after_issue", "after_claim"}:
        raise MalformedError(f"The credential type {name} has an unknown rule of validity.")
    return parsed


def _label(value: Mapping[str, str]) -> Label:
    return Label(str(value["ko"]), str(value["en"]))


def _displays(entries: Iterable[Mapping[str, Any]]) -> tuple[ClaimDisplay, ...]:
    return tuple(
        ClaimDisplay(
            str(entry["name"]),
            _label(entry["label"]),
            order,
            _displays(entry.get("columns", ())),
            entry.get("multiline") is True,
        )
        for order, entry in enumerate(entries)
    )


class Catalog:
    """The credential types a deployment knows; immutable.

    Raises:
        MalformedError: two types share a name or a ``vct``.
    """

    def __init__(self, types: Iterable[CredentialType]) -> None:
        self._types = tuple(types)
        self._by_name = {t.name: t for t in self._types}
        self._by_vct = {t.vct: t for t in self._types}
        if len(self._by_name) != len(self._types) or len(self._by_vct) != len(self._types):
            raise MalformedError("Two credential types share a name or a vct.")

    def all_types(self) -> tuple[CredentialType, ...]:
        """Return every type, in the order they were registered."""
        return self._types

    def credential_type(self, name: str) -> CredentialType:
        """Return a type by its name.

        Raises:
            UnknownTypeError: there is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownTypeError("This credential type is not known here.", name=name[:100]) from None

    def credential_type_by_vct(self, vct: str) -> CredentialType:
        """Return a type by its ``vct``.

        Raises:
            UnknownTypeError: there is none.
        """
        try:
            return self._by_vct[vct]
        except KeyError:
            raise UnknownTypeError("This credential type is not known here.", vct=vct[:200]) from None

    def with_types(self, more: Iterable[CredentialType]) -> "Catalog":
        """Return a catalogue that has further types."""
        return Catalog([*self._types, *more])


@cache
def default_catalog() -> Catalog:
    """Return the catalogue of the types shipped in ``types/``."""
    folder = resources.files("digital_resume.core.credentials") / "types"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".json")), key=lambda f: f.name)
    return Catalog(parse_credential_type(parse_json_object(f.read_bytes())) for f in files)


def credential_type(name: str) -> CredentialType:
    """Return a shipped type by name; errors as ``Catalog.credential_type``."""
    return default_catalog().credential_type(name)


def credential_type_by_vct(vct: str) -> CredentialType:
    """Return a shipped type by ``vct``; errors as ``Catalog.credential_type_by_vct``."""
    return default_catalog().credential_type_by_vct(vct)


def all_types() -> tuple[CredentialType, ...]:
    """Return every shipped type."""
    return default_catalog().all_types()
