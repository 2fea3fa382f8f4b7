"""Validation of claims against their credential type, with messages that say what to do.

The type's JSON Schema decides form and bounds; ``text`` decides what text may stand anywhere; the type's
``rules`` decide what claims must not say of each other. A value is never repeated in a message: messages go
to logs. A claim has one fault of a kind, however many keywords of the schema say it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from jsonschema.exceptions import ValidationError

from digital_resume.core.credentials.catalog import CredentialType, Label
from digital_resume.core.credentials.rules import Contradiction, find_contradictions
from digital_resume.core.credentials.text import (
    contains_resident_registration_number,
    number_is_resident_registration_number,
    text_fault,
)
from digital_resume.core.encoding.bounded_json import check_json_value
from digital_resume.core.errors import LimitError, SchemaError

MAX_FAULTS: Final = 20
MAX_TEXT_CHARS: Final = 20_000

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z_]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClaimFault:
    """What is wrong with one claim.

    Attributes:
        path: JSON Pointer to the claim (RFC 6901).
        code: stable word, e.g. ``required``, ``pattern``, ``resident_registration_number``.
        message: what to do, in Korean and English.
    """

    path: str
    code: str
    message: Label


def normalise_claims(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy with every text in NFC and without blanks at either end, as an institution meant it."""
    check_json_value(dict(claims))
    return {key: _normalise(value) for key, value in claims.items()}


def _normalise(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip(" ")
    if isinstance(value, dict):
        return {key: _normalise(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_normalise(inner) for inner in value]
    return value


def check_claims(
    credential_type: CredentialType,
    claims: Mapping[str, Any],
    *,
    contradictions: bool = True,
    today: date | None = None,
) -> tuple[ClaimFault, ...]:
    """Return everything that is wrong with ``claims``, at most ``MAX_FAULTS`` faults; empty when nothing is.

    Args:
        credential_type: the type.
        claims: of the subject.
        contradictions: whether the type's rules count. Not for what was signed already: it has been accepted.
        today: in Korea, for dates that are not to come; ``None`` where the claims were accepted earlier.

    Raises:
        LimitError: too deep or too many values to look at.
        MalformedError: not JSON.
    """
    check_json_value(dict(claims), max_depth=8, max_values=5_000)
    faults = [
        *islice(_text_faults(credential_type, claims), MAX_FAULTS),
        *islice(_schema_faults(credential_type, claims), MAX_FAULTS),
    ]
    if contradictions:
        found = find_contradictions(credential_type.rules, claims, today)
        faults.extend(_contradiction_fault(credential_type, each) for each in islice(found, MAX_FAULTS))
    return _without_repetition(faults)[:MAX_FAULTS]


def _without_repetition(faults: list[ClaimFault]) -> tuple[ClaimFault, ...]:
    """Return each fault once; of a claim with a list of allowed values, that list alone."""
    choices = {fault.path for fault in faults if fault.code == "enum"}
    bounds = {"minLength", "maxLength", "pattern"}
    kept = [fault for fault in faults if fault.path not in choices or fault.code not in bounds]
    return tuple({(fault.path, fault.code, fault.message): fault for fault in kept}.values())


def validate_claims(
    credential_type: CredentialType, claims: Mapping[str, Any], *, today: date | None = None
) -> None:
    """Accept claims that satisfy their type; ``today`` as for ``check_claims``.

    Raises:
        SchemaError: ``context["errors"]`` lists ``{"path", "code", "message": {"ko", "en"}}``; the code is
            ``resident_registration_number`` when one stands anywhere, else ``schema_violation``.
        MalformedError: not JSON, or out of bounds.
    """
    faults = check_claims(credential_type, claims, today=today)
    if not faults:
        return
    number = next((f for f in faults if f.code == "resident_registration_number"), None)
    first, more = (number or faults[0]).message, len(faults) - 1
    title = credential_type.title
    raise SchemaError(
        f"The claims do not fit {credential_type.name} ({title.en}): {first.en}"
        + (f" {more} more faults are listed in 'errors'." if more else ""),
        code=number.code if number else None,
        message_ko=f"{title.ko}({credential_type.name})의 내용이 맞지 않습니다. {first.ko}"
        + (f" 그 밖에 {more}건이 errors에 있습니다." if more else ""),
        type=credential_type.name,
        errors=[{"path": f.path, "code": f.code, "message": f.message.as_dict()} for f in faults],
    )


def find_resident_registration_number(value: Any, pointer: str = "") -> str | None:
    """Return the JSON Pointer of the first resident registration number in any JSON value, or ``None``."""
    for path, leaf in _leaves(value, pointer):
        if _is_number(leaf):
            return path
    return None


def _is_number(leaf: object) -> bool:
    if isinstance(leaf, str):
        return contains_resident_registration_number(leaf)
    if isinstance(leaf, float):
        return leaf.is_integer() and number_is_resident_registration_number(int(leaf))
    return isinstance(leaf, int) and number_is_resident_registration_number(leaf)


def _leaves(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            path = f"{pointer}/{_escape(key)}"
            yield path, key
            yield from _leaves(inner, path)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{pointer}/{index}")
    else:
        yield pointer, value


def _escape(key: object) -> str:
    return str(key)[:100].replace("~", "~0").replace("/", "~1")


def _text_faults(credential_type: CredentialType, claims: Mapping[str, Any]) -> Iterator[ClaimFault]:
    for path, leaf in _leaves(claims, ""):
        if isinstance(leaf, str) and len(leaf) > MAX_TEXT_CHARS:
            raise LimitError(f"A claim is longer than {MAX_TEXT_CHARS} characters.")
        if _is_number(leaf):
            # The pointer would repeat a number that stands in a member's name.
            shown = path if not contains_resident_registration_number(path) else ""
            yield _fault(credential_type, shown, "resident_registration_number")
        elif isinstance(leaf, str):
            display = credential_type.claim(path.removeprefix("/"))
            fault = text_fault(leaf, multiline=display is not None and display.multiline)
            if fault:
                yield _fault(credential_type, path, fault)


def _schema_faults(credential_type: CredentialType, claims: Mapping[str, Any]) -> Iterator[ClaimFault]:
    for error in credential_type.validator.iter_errors(dict(claims)):
        pointer = "".join(f"/{_escape(part)}" for part in error.absolute_path)
        if error.validator == "required":
            instance = error.instance if isinstance(error.instance, dict) else {}
            for name in error.validator_value:
                if name not in instance:
                    yield _fault(credential_type, f"{pointer}/{_escape(name)}", "required")
        elif error.validator == "additionalProperties" and isinstance(error.instance, dict):
            known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
            for name in error.instance.keys() - known.keys():
                # A name that is not a plain word may be data in the wrong place: it is not repeated.
                shown = f"{pointer}/{name}" if _WORD.fullmatch(name) else pointer
                yield _fault(credential_type, shown, "additionalProperties")
        else:
            yield _fault(credential_type, pointer, *_rule(error))


def _rule(error: ValidationError) -> tuple[str, Label]:
    """Return a schema error's code and the bound a person needs to correct it."""
    rule, value = str(error.validator), error.validator_value
    if not isinstance(error.schema, Mapping):
        return rule, _NO_BOUND
    if rule in {"maxLength", "minLength", "maximum", "minimum", "maxItems", "minItems"}:
        return rule, Label(str(value), str(value))
    if rule == "type":
        return rule, Label(_KINDS_KO.get(str(value), str(value)), str(value))
    if rule == "enum":
        choices = ", ".join(str(choice) for choice in error.schema["enum"])
        return rule, Label(choices, choices)
    if rule == "pattern" and error.schema.get("format") == "date":
        return "format", _NO_BOUND
    return rule, _NO_BOUND


def _contradiction_fault(credential_type: CredentialType, found: Contradiction) -> ClaimFault:
    labels = [_claim_label(credential_type, path) for path in found.others]
    bound = Label(" + ".join(label.ko for label in labels), " + ".join(label.en for label in labels))
    return _fault(credential_type, found.path, _CONTRADICTIONS[found.rule.kind], bound)


def _claim_label(credential_type: CredentialType, pointer: str) -> Label:
    name, _, rest = pointer.removeprefix("/").partition("/")
    display = credential_type.claim(name)
    if display is None:
        return Label(name or "알 수 없는", name or "an unknown claim")
    column = next((c for c in display.columns if c.name == rest.rpartition("/")[2]), None)
    if column is None:
        return display.label
    return Label(f"{display.label.ko} › {column.label.ko}", f"{display.label.en} › {column.label.en}")


_KINDS_KO: Final[Mapping[str, str]] = {
    "string": "글자",
    "integer": "정수",
    "number": "숫자",
    "array": "목록",
    "object": "항목 묶음",
    "boolean": "true 또는 false",
}
_NO_BOUND: Final = Label("", "")
_CONTRADICTIONS: Final[Mapping[str, str]] = {
    "order": "date_order",
    "past": "date_in_future",
    "sum": "sum_differs",
    "scale": "above_scale",
    "covers": "below_rows",
}
_MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    "required": (
        "'{ko}' 항목이 없습니다. 값을 넣어 주십시오.",
        "'{en}' is missing. Add a value.",
    ),
    "additionalProperties": (
        "'{ko}' 항목은 이 증명서 종류에 없습니다. 항목 이름을 확인하거나 빼 주십시오.",
        "'{en}' is not a claim of this credential type. Check its name or remove it.",
    ),
    "type": (
        "'{ko}' 항목의 값 종류가 다릅니다. {bound} 값을 넣어 주십시오.",
        "'{en}' has a value of the wrong kind. Give a value of type {bound}.",
    ),
    "format": (
        "'{ko}' 항목은 실제로 있는 날짜를 2026-11-23처럼 적어야 합니다.",
        "'{en}' must be an existing date such as 2026-11-23.",
    ),
    "pattern": (
        "'{ko}' 항목의 형식이 맞지 않습니다. 증명서에 적힌 대로 다시 입력해 주십시오.",
        "'{en}' does not have the right form. Enter it as printed on the certificate.",
    ),
    "enum": (
        "'{ko}' 항목은 다음 중 하나여야 합니다: {bound}.",
        "'{en}' must be one of: {bound}.",
    ),
    "maxLength": (
        "'{ko}' 항목이 너무 깁니다. {bound}자 이하로 줄여 주십시오.",
        "'{en}' is too long. Use at most {bound} characters.",
    ),
    "minLength": (
        "'{ko}' 항목이 너무 짧습니다. {bound}자 이상 적어 주십시오.",
        "'{en}' is too short. Use at least {bound} characters.",
    ),
    "maximum": ("'{ko}' 항목은 {bound} 이하여야 합니다.", "'{en}' must be at most {bound}."),
    "minimum": ("'{ko}' 항목은 {bound} 이상이어야 합니다.", "'{en}' must be at least {bound}."),
    "maxItems": ("'{ko}' 항목은 {bound}줄까지 넣을 수 있습니다.", "'{en}' may have at most {bound} rows."),
    "minItems": ("'{ko}' 항목에는 {bound}줄 이상이 필요합니다.", "'{en}' needs at least {bound} rows."),
    "date_order": (
        "'{ko}' 날짜가 '{bound}' 날짜보다 앞섭니다. 두 날짜를 확인해 주십시오.",
        "'{en}' is earlier than '{bound}'. Check both dates.",
    ),
    "date_in_future": (
        "'{ko}' 날짜가 아직 오지 않은 날입니다. 날짜를 확인해 주십시오.",
        "'{en}' is a day to come. Check the date.",
    ),
    "sum_differs": (
        "'{ko}' 값이 {bound}의 합과 다릅니다. 값을 확인해 주십시오.",
        "'{en}' is not the sum of {bound}. Check the numbers.",
    ),
    "above_scale": (
        "'{ko}' 값이 만점보다 큽니다. 빗금 앞뒤의 두 수를 확인해 주십시오.",
        "'{en}' is above its own scale. Check the numbers before and after the slash.",
    ),
    "below_rows": (
        "'{ko}' 값이 '{bound}' 값을 더한 것보다 작습니다. 값을 확인해 주십시오.",
        "'{en}' is less than '{bound}' add up to. Check the numbers.",
    ),
    "not_nfc": (
        "'{ko}' 항목의 글자가 분해된 형태(NFD)입니다. NFC로 바꿔 다시 보내 주십시오.",
        "'{en}' has decomposed characters. Convert the text to Unicode NFC and send it again.",
    ),
    "forbidden_character": (
        "'{ko}' 항목에 보이지 않는 글자나 제어 문자가 있습니다. 지우고 다시 입력해 주십시오.",
        "'{en}' has invisible or control characters. Remove them and enter it again.",
    ),
    "resident_registration_number": (
        "'{ko}' 항목에 주민등록번호로 보이는 숫자가 있습니다. "
        "주민등록번호는 받지 않으니 지우고 다시 보내 주십시오.",
        "'{en}' has what looks like a resident registration number. These are never accepted: "
        "remove it and send the claims again.",
    ),
}
_OTHER: Final = (
    "'{ko}' 항목이 규칙에 맞지 않습니다. 값을 확인해 주십시오.",
    "'{en}' breaks a rule of this credential type. Check the value.",
)


def _fault(
    credential_type: CredentialType, pointer: str, code: str, bound: Label | None = None
) -> ClaimFault:
    label = _claim_label(credential_type, pointer)
    ko, en = _MESSAGES.get(code, _OTHER)
    shown = bound or _NO_BOUND
    return ClaimFault(
        pointer,
        code,
        Label(
            ko.format(ko=label.ko, en=label.en, bound=shown.ko),
            en.format(ko=label.ko, en=label.en, bound=shown.en),
        ),
    )
