"""Records drawn from the credential types' own schemas, at their bounds too."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from digital_resume.core.credentials.catalog import CredentialType
from digital_resume.core.credentials.rules import find_contradictions, rows_total

_MANY_SCRIPTS = "가힣김하늘AZaz09 .,-'·()/&ÉéØøßŁñçÅÜΑωЖя山田太郎あアﾊ漢𠮷עברيةहिन्दीไทย\u200c\u200d©™️€"
LETTERS = st.sampled_from(_MANY_SCRIPTS)
#: Those that may stand anywhere: with the others among them, hardly any long text is accepted.
UNATTACHED = st.sampled_from([each for each in _MANY_SCRIPTS if unicodedata.category(each)[0] not in "MC"])


def texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Draw texts of a schema: its pattern's, or of many scripts at any length it has."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "date":
        return st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat) | st.dates(
            date(1940, 1, 1), date(2026, 11, 22)
        ).map(date.isoformat)
    most = schema["maxLength"]
    if "pattern" in schema and "\\S" not in schema["pattern"]:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True).map(lambda t: t[:most])
    return st.tuples(st.sampled_from((LETTERS, UNATTACHED)), st.integers(1, most)).flatmap(
        lambda drawn: st.text(drawn[0], min_size=drawn[1], max_size=drawn[1])
    )


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw values of a schema."""
    kind = schema["type"]
    if kind == "string":
        return texts(schema)
    if kind == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if kind == "array":
        return st.lists(values(schema["items"]), min_size=schema["minItems"], max_size=schema["minItems"] + 2)
    return members(schema)


def members(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw objects: what is required, and any of the rest."""
    required = set(schema["required"])
    drawn = {name: values(each) for name, each in schema["properties"].items()}
    return st.fixed_dictionaries(
        {name: each for name, each in drawn.items() if name in required},
        optional={name: each for name, each in drawn.items() if name not in required},
    )


def moments(first: datetime, last: datetime) -> st.SearchStrategy[datetime | None]:
    """Draw a time in whole seconds from the first to the last, or none."""
    seconds = st.integers(0, int((last - first).total_seconds()))
    return st.none() | seconds.map(lambda passed: first + timedelta(seconds=passed))


def without_contradiction(kind: CredentialType, claims: dict[str, Any]) -> dict[str, Any]:
    """Return claims whose sums and scales are right; else hardly any drawn would be accepted."""
    made = dict(claims)
    for rule in kind.rules:
        if rule.kind == "sum" and all(part in claims for part in rule.others):
            made[rule.subject] = sum(claims[part] for part in rule.others)
        elif rule.kind == "covers" and rule.subject in claims:
            made[rule.subject] = max(claims[rule.subject], rows_total(rule, claims))
        elif rule.kind == "scale" and any(find_contradictions((rule,), claims, None)):
            above, below = claims[rule.subject].split("/")
            made[rule.subject] = f"{below.strip()}/{above.strip()}"
    return made


@st.composite
def claims_of(draw: st.DrawFn, kind: CredentialType, fixed: Iterable[str] = ()) -> dict[str, Any]:
    """Draw claims of a type: some, and the rest of its example, so that one odd value covers up no other.

    Args:
        draw: given by Hypothesis.
        kind: the type.
        fixed: claims that are left as in the example.
    """
    properties = kind.schema["properties"]
    names = sorted(properties.keys() - set(fixed))
    chosen = draw(st.sets(st.sampled_from(names), min_size=1, max_size=4))
    drawn = {name: draw(values(properties[name])) for name in sorted(chosen)}
    return without_contradiction(kind, {**kind.example, **drawn})


def longest(kind: CredentialType) -> dict[str, Any]:
    """Return claims of a type that are each as long, as many and as large as its schema allows, in Hangul.

    Dates, and texts whose pattern none of the fillings matches, are those of the example.
    """
    return without_contradiction(kind, {**kind.example, **_largest(dict(kind.schema), dict(kind.example))})


def _largest(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    found = {name: _bound(each, example.get(name)) for name, each in schema["properties"].items()}
    return {name: value for name, value in found.items() if value is not None}


def _bound(schema: dict[str, Any], example: Any) -> Any:
    kind = schema["type"]
    if kind == "integer":
        return schema["maximum"]
    if kind == "array":
        return [_largest(schema["items"], example[0])] * schema["maxItems"]
    if "enum" in schema:
        return max(schema["enum"], key=len)
    if "format" in schema:
        return example
    fillings = (letter * schema["maxLength"] for letter in ("힣", "A", "9"))
    return next((text for text in fillings if re.search(schema.get("pattern", ""), text)), example)
