"""The credential types of a deployment: one JSON file a type, a catalogue to find them in.

A file in ``types/`` holds name, ``vct``, JSON Schema of ``credentialSubject``, Korean and English labels in
the order of display, which claims the holder may hide and which start hidden, where and with which picture
the credential stands in a resume, the rule of validity, the contradictions it knows and an example. Wallet
and verify page learn all of it from the issuer's metadata and the verdict, so adding a type is adding a
file: here, or in a folder of one's own that ``load_catalog`` reads beside these. Nothing here is mutable.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError as InvalidSchemaError

from digital_resume.core.credentials.rules import Rule, parse_rules
from digital_resume.core.encoding.bounded_json import parse_json_object
from digital_resume.core.errors import MalformedError, ResumeError, UnknownTypeError

SEOUL: Final = ZoneInfo("Asia/Seoul")
"""Dates on Korean documents are days in this time zone."""
TONES: Final = ("grey", "blue", "violet", "amber", "green", "teal", "rose")
"""Names of the colours that the pages have for a picture (``.tile-…`` in ``base.css``)."""
MAX_TYPES: Final = 200
MAX_TYPE_BYTES: Final = 256 * 1024

_SECTION_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,29}", re.ASCII)
# What SVG path data is made of; pages put it in a ``d`` attribute and nowhere else.
_ICON_PATH: Final = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9 .,-]{1,1000}", re.ASCII)
_MAX_LEAD: Final = 4
_MAX_ORDER: Final = 999


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
class Section:
    """A part of a resume, such as education.

    Attributes:
        id: e.g. ``education``; types of one section have the same label and order.
        label: its heading.
        order: its place among the sections.
    """

    id: str
    label: Label
    order: int


@dataclass(frozen=True, slots=True)
class ResumeDisplay:
    """How a credential of a type stands in a resume.

    Attributes:
        section: the part of the resume it belongs to.
        order: its place in the section.
        icon_path: SVG path data on a grid of 24 by 24 units, drawn as a line.
        icon_tone: one of ``TONES``.
        lead: the claims that say most of it, for its first line.
        hidden_by_default: claims that start hidden until the holder shows them.
    """

    section: Section
    order: int
    icon_path: str
    icon_tone: str
    lead: tuple[str, ...]
    hidden_by_default: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it in the form of the type's file, which metadata and verdicts carry too."""
        section = self.section
        return {
            "section": {"id": section.id, "label": section.label.as_dict(), "order": section.order},
            "order": self.order,
            "icon": {"path": self.icon_path, "tone": self.icon_tone},
            "lead": list(self.lead),
            "hiddenByDefault": list(self.hidden_by_default),
        }


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
        resume: how it stands in a resume.
        always_visible: claims the holder cannot hide.
        selectively_disclosable: claims the holder can hide; ``name[]`` hides the elements of an array singly.
        validity: rule of validity.
        open_badge: Open Badges 3.0 mapping, or ``None``.
        rules: contradictions between claims that are refused when an institution hands them in.
        example: claims that satisfy the schema.
    """

    name: str
    vct: str
    title: Label
    description: Label
    schema: Mapping[str, Any]
    claims: tuple[ClaimDisplay, ...]
    resume: ResumeDisplay
    always_visible: tuple[str, ...]
    selectively_disclosable: tuple[str, ...]
    validity: ValidityRule
    open_badge: Mapping[str, Any] | None
    rules: tuple[Rule, ...]
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
            resume=_resume_display(document["resume"]),
            always_visible=tuple(document["alwaysVisible"]),
            selectively_disclosable=tuple(document["selectivelyDisclosable"]),
            validity=ValidityRule(rule["kind"], int(rule.get("years", 0)), rule.get("claim")),
            open_badge=document.get("openBadge"),
            rules=parse_rules(document.get("rules", []), schema),
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
    _check_resume_display(parsed)
    _check_open_badge(parsed)
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


def _resume_display(value: Mapping[str, Any]) -> ResumeDisplay:
    section, icon = value["section"], value["icon"]
    return ResumeDisplay(
        section=Section(str(section["id"]), _label(section["label"]), int(section["order"])),
        order=int(value["order"]),
        icon_path=str(icon["path"]),
        icon_tone=str(icon["tone"]),
        lead=tuple(map(str, value["lead"])),
        hidden_by_default=tuple(map(str, value["hiddenByDefault"])),
    )


def _check_resume_display(parsed: CredentialType) -> None:
    """Refuse a display that pages cannot show or that contradicts the type's claims.

    Raises:
        MalformedError: see the message.
    """
    shown, lead, hidden = parsed.resume, parsed.resume.lead, parsed.resume.hidden_by_default
    label = shown.section.label
    if not _SECTION_ID.fullmatch(shown.section.id) or not all(0 < len(t) <= 40 for t in (label.ko, label.en)):
        raise MalformedError(
            f"The section of the credential type {parsed.name} needs an id and short labels."
        )
    if not all(0 <= order <= _MAX_ORDER for order in (shown.order, shown.section.order)):
        raise MalformedError(f"An order of the credential type {parsed.name} is not from 0 to {_MAX_ORDER}.")
    if not _ICON_PATH.fullmatch(shown.icon_path) or shown.icon_tone not in TONES:
        raise MalformedError(
            f"The icon of the credential type {parsed.name} must be SVG path data and one of these tones: "
            f"{', '.join(TONES)}."
        )
    can_hide = {name.removesuffix("[]") for name in parsed.selectively_disclosable}
    if len(hidden) != len(set(hidden)) or not can_hide.issuperset(hidden):
        raise MalformedError(
            f"Only claims of the credential type {parsed.name} that can be hidden may start hidden."
        )
    known = {claim.name for claim in parsed.claims}.difference(hidden)
    if not 0 < len(lead) <= _MAX_LEAD or len(lead) != len(set(lead)) or not known.issuperset(lead):
        raise MalformedError(
            f"The lead of the credential type {parsed.name} must be one to {_MAX_LEAD} of its claims that do "
            "not start hidden."
        )


def _check_open_badge(parsed: CredentialType) -> None:
    """Refuse an ``openBadge`` mapping that no badge can be made of.

    Raises:
        MalformedError: see the message.
    """
    mapping = parsed.open_badge
    if mapping is None:
        return
    names = {claim.name for claim in parsed.claims}
    mapping = mapping if isinstance(mapping, Mapping) else {}
    by_claim, results = mapping.get("byClaim", {}), mapping.get("results", [])
    fits = (
        isinstance(mapping.get("achievementType"), str)
        and isinstance(by_claim, Mapping)
        and names.issuperset(by_claim)
        and all(isinstance(values, Mapping) for values in by_claim.values())
        and all(isinstance(kind, str) for values in by_claim.values() for kind in values.values())
        and isinstance(results, list)
        and all(isinstance(name, str) and name in names for name in results)
    )
    if not fits:
        raise MalformedError(
            f"The openBadge mapping of the credential type {parsed.name} needs an achievementType, and may "
            "name others by the values of a claim (byClaim) and claims that are scores (results)."
        )


class Catalog:
    """The credential types a deployment knows; immutable.

    Raises:
        MalformedError: two types share a name or a ``vct``, or say different things of one section.
    """

    def __init__(self, types: Iterable[CredentialType]) -> None:
        self._types = tuple(types)
        self._by_name = {t.name: t for t in self._types}
        self._by_vct = {t.vct: t for t in self._types}
        if len(self._by_name) != len(self._types) or len(self._by_vct) != len(self._types):
            raise MalformedError("Two credential types share a name or a vct.")
        sections = {t.resume.section for t in self._types}
        if len(sections) != len({section.id for section in sections}):
            raise MalformedError("Two credential types give one section of a resume other labels or places.")

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
            known = list(self._by_name)
            raise UnknownTypeError(
                f"This credential type is not known here. Known are: {', '.join(known)}.",
                message_ko=f"모르는 증명서 종류입니다. 다음 중 하나여야 합니다: {', '.join(known)}.",
                name=name[:100],
                allowed=known,
            ) from None

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


def load_catalog(folder: Path | None) -> Catalog:
    """Return the shipped types and those of a folder of one's own.

    Args:
        folder: holds files of the form of ``types/*.json``, each named as its type; one that has the name of
            a shipped type stands in for it. ``None`` for the shipped types alone.

    Raises:
        MalformedError: the folder cannot be read, or a file is not a credential type; the message names it.
    """
    if folder is None:
        return default_catalog()
    try:
        files = sorted(folder.glob("*.json"))
        if len(files) > MAX_TYPES or not folder.is_dir():
            raise MalformedError(f"{folder} is not a folder of at most {MAX_TYPES} credential types.")
        own = {file.stem: _read_type(file) for file in files}
    except OSError as error:
        raise MalformedError(f"The credential types in {folder} cannot be read.") from error
    shipped = (known for known in default_catalog().all_types() if known.name not in own)
    return Catalog([*shipped, *own.values()])


def _read_type(file: Path) -> CredentialType:
    if file.stat().st_size > MAX_TYPE_BYTES:
        raise MalformedError(f"{file} is larger than a credential type can be.")
    try:
        parsed = parse_credential_type(parse_json_object(file.read_bytes()))
    except ResumeError as error:
        raise MalformedError(f"{file}: {error.message}") from error
    if parsed.name != file.stem:
        raise MalformedError(
            f"{file} holds the credential type {parsed.name[:100]}; name the file as the type."
        )
    return parsed


def credential_type(name: str) -> CredentialType:
    """Return a shipped type by name; errors as ``Catalog.credential_type``."""
    return default_catalog().credential_type(name)


def credential_type_by_vct(vct: str) -> CredentialType:
    """Return a shipped type by ``vct``; errors as ``Catalog.credential_type_by_vct``."""
    return default_catalog().credential_type_by_vct(vct)


def all_types() -> tuple[CredentialType, ...]:
    """Return every shipped type."""
    return default_catalog().all_types()
