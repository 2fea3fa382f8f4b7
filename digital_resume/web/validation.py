"""What is wrong with a request, in words: each place once, what may stand there, never what stood there.

Pydantic's faults become sentences in Korean and English. Bounds and allowed values come from our own models;
the input, and names of members that are not plain words, may be a person's data and are never repeated.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MAX_FAULTS: Final = 20

_WORD: Final = re.compile(r"[A-Za-z_$@][A-Za-z0-9_:.-]{0,39}", re.ASCII)
_QUOTED: Final = re.compile(r"'([^']{1,80})'")
_MASK: Final = "…"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place.

    Attributes:
        path: ``body/validFrom``; a name that may be data is masked.
        code: pydantic's word.
        ko: what to do, in Korean.
        en: the same in English.
        allowed: the values that may stand there, where there is a list of them.
    """

    path: str
    code: str
    ko: str
    en: str
    allowed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as a member of ``errors``."""
        shown: dict[str, Any] = {
            "path": self.path,
            "code": self.code,
            "message": {"ko": self.ko, "en": self.en},
        }
        if self.allowed:
            shown["allowed"] = list(self.allowed)
        return shown


#: Korean and English of pydantic's faults; names in braces are of its context.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("값이 없습니다", "is missing"),
    "extra_forbidden": ("이 요청에 없는 항목입니다", "is not a member of this request"),
    "string_type": ("글자여야 합니다", "must be a string"),
    "string_too_short": ("{min_length}자 이상이어야 합니다", "must have at least {min_length} characters"),
    "string_too_long": ("{max_length}자 이하여야 합니다", "must have at most {max_length} characters"),
    "string_pattern_mismatch": ("형식이 {pattern}에 맞아야 합니다", "must match {pattern}"),
    "int_type": ("정수여야 합니다", "must be an integer"),
    "int_parsing": ("정수여야 합니다", "must be an integer"),
    "int_from_float": ("정수여야 합니다", "must be an integer"),
    "int_parsing_size": ("너무 큰 수입니다", "is too large a number"),
    "bool_type": ("true 또는 false여야 합니다", "must be true or false"),
    "bool_parsing": ("true 또는 false여야 합니다", "must be true or false"),
    "greater_than_equal": ("{ge} 이상이어야 합니다", "must be at least {ge}"),
    "greater_than": ("{gt}보다 커야 합니다", "must be greater than {gt}"),
    "less_than_equal": ("{le} 이하여야 합니다", "must be at most {le}"),
    "less_than": ("{lt}보다 작아야 합니다", "must be less than {lt}"),
    "literal_error": ("다음 중 하나여야 합니다: {allowed}", "must be one of: {allowed}"),
    "enum": ("다음 중 하나여야 합니다: {allowed}", "must be one of: {allowed}"),
    "dict_type": ("JSON 객체여야 합니다", "must be a JSON object"),
    "model_type": ("JSON 객체여야 합니다", "must be a JSON object"),
    "model_attributes_type": ("JSON 객체여야 합니다", "must be a JSON object"),
    "list_type": ("목록이어야 합니다", "must be an array"),
    "too_long": ("{max_length}개까지 넣을 수 있습니다", "may have at most {max_length} entries"),
    "too_short": ("{min_length}개 이상이어야 합니다", "needs at least {min_length} entries"),
    "uuid_type": ("UUID여야 합니다", "must be a UUID"),
    "uuid_parsing": ("UUID여야 합니다", "must be a UUID"),
    "date_type": ("2026-11-23 같은 날짜여야 합니다", "must be a date such as 2026-11-23"),
    "date_parsing": ("2026-11-23 같은 날짜여야 합니다", "must be a date such as 2026-11-23"),
    "date_from_datetime_parsing": (
        "2026-11-23 같은, 실제로 있는 날짜여야 합니다",
        "must be an existing date such as 2026-11-23",
    ),
    "date_from_datetime_inexact": (
        "시각 없이 2026-11-23 같은 날짜여야 합니다",
        "must be a date without time, such as 2026-11-23",
    ),
}
_VALUE_ERROR: Final = ("형식이 맞지 않습니다", "does not have the right form")
_TIME: Final = (
    "시간대를 붙인 2026-11-23T09:00:00+09:00 같은, 실제로 있는 시각이어야 합니다",
    "must be an existing date and time with its offset, such as 2026-11-23T09:00:00+09:00",
)


def read_faults(errors: Iterable[Mapping[str, Any]]) -> tuple[Fault, ...]:
    """Return the faults of a request that pydantic found, each once and at most ``MAX_FAULTS``.

    Args:
        errors: as ``RequestValidationError.errors()`` has them.
    """
    found: dict[tuple[str, str], Fault] = {}
    for error in errors:
        fault = _fault(error)
        found.setdefault((fault.path, fault.en), fault)
        if len(found) == MAX_FAULTS:
            break
    return tuple(found.values())


def sentences(faults: Sequence[Fault]) -> tuple[str, str]:
    """Return what faults say together, in Korean and English."""
    ko = "; ".join(f"{fault.path} — {fault.ko}" for fault in faults)
    en = "; ".join(f"{fault.path} {fault.en}" for fault in faults)
    return f"요청을 고쳐서 다시 보내 주세요. {ko}.", f"Correct the request and send it again: {en}."


def _fault(error: Mapping[str, Any]) -> Fault:
    code, context = str(error["type"]), error.get("ctx") or {}
    allowed = tuple(_QUOTED.findall(str(context.get("expected", ""))))
    words = _WORDS.get(code, _VALUE_ERROR)
    # Our reader of times says what it wants as a ValueError, whose text names no value.
    if code == "value_error" and "date and time" in str(context.get("error", "")):
        words = _TIME
    known = {name: context.get(name, "?") for name in ("min_length", "max_length", "pattern")}
    known |= {name: context.get(name, "?") for name in ("ge", "gt", "le", "lt")}
    known["allowed"] = ", ".join(allowed)
    return Fault(_path(error["loc"]), code, words[0].format_map(known), words[1].format_map(known), allowed)


def _path(places: Sequence[object]) -> str:
    parts = (
        str(part) if isinstance(part, int) or _WORD.fullmatch(str(part)) else _MASK for part in places[:8]
    )
    return "/".join(parts)
