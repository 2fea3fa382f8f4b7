"""The small value rules that the VCDM's members share: URLs, types, dates, language objects, typed members.

Verifiable Credentials Data Model 2.0, sections 4.3 to 4.11, 5 and 11.1. Used by ``vcdm`` (2.0) and
``vcdm_v1`` (1.1); every function raises ``SchemaError`` whose ``code`` names the rule.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.errors import MalformedError, SchemaError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
# What most URLs, DIDs and URNs look like: nothing is left to find out about these.
_USUAL_URL = re.compile(
    r"(?:https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:/[A-Za-z0-9._~!$&'()*+,;=:@/?#%-]*)?"
    r"|(?:did|urn):[A-Za-z0-9._~!$&'()*+,;=:@/?#%-]+)",
    re.ASCII,
)
_SPACE = re.compile(r"\s")
_MAX_URL_CHARS: Final = 8_192
_MAX_DATA_URL_CHARS: Final = 1_048_576
"""Open Badges 3.0, Evidence.id: "or the evidence encoded as a Data URI"; VCDM 2.0 gives a URL no length."""
_MAX_ENTRIES: Final = 1_024


def is_url(value: object) -> bool:
    """Tell whether a value is one absolute URL (WHATWG's leniency on schemes other than http is kept)."""
    if not isinstance(value, str):
        return False
    if len(value) > (_MAX_DATA_URL_CHARS if value[:5].lower() == "data:" else _MAX_URL_CHARS):
        return False
    if _USUAL_URL.fullmatch(value):
        return True
    if not _URL.fullmatch(value):
        return False
    if not value[:5].lower().startswith("http"):
        return True
    try:
        parts = urlsplit(value)
        return parts.scheme not in {"http", "https"} or bool(parts.hostname)
    except ValueError:
        return False


def check_contexts(document: Mapping[str, Any], base: str, *, array: bool = True) -> None:
    """Check ``@context``: an ordered set that begins with ``base``, then URLs and objects (section 4.3)."""
    found = document.get("@context")
    if array and not isinstance(found, list):
        raise SchemaError(f"The @context must be an array that begins with {base}.", code="context")
    contexts = as_list(found)
    if not contexts or contexts[0] != base:
        raise SchemaError(f"The first @context must be {base}.", code="context")
    for entry in contexts[1:]:
        if not isinstance(entry, dict) and not is_url(entry):
            raise SchemaError("Each @context must be a URL or an object.", code="context")


def check_types(document: Mapping[str, Any], required: str) -> None:
    """Check ``type``: terms or absolute URLs, ``required`` among them, mapped to URLs (section 4.5)."""
    types = as_list(document.get("type"))
    if not _are_types(types) or required not in types:
        raise SchemaError(f"The type must be strings, {required} among them.", code="type")
    for context in as_list(document.get("@context")):
        if isinstance(context, dict):
            for name in types:
                _check_mapping(context, str(name))


def _are_types(types: object) -> bool:
    """Tell whether they are terms or URLs; what a term means is JSON-LD's question (safe mode)."""
    if not isinstance(types, list) or not types:
        return False
    for entry in types:
        if not isinstance(entry, str) or not entry or len(entry) > _MAX_URL_CHARS:
            return False
        # An identifier has no space; a URL has to be looked through.
        if not entry.isidentifier() and _SPACE.search(entry):
            return False
    return True


def _check_mapping(context: Mapping[str, Any], name: str) -> None:
    mapped = context.get(name)
    if isinstance(mapped, dict):
        mapped = mapped.get("@id")
    # A compact IRI or a term of another context is resolved by JSON-LD; a text with spaces is no URL
    # anywhere.
    if mapped is not None and (not isinstance(mapped, str) or re.search(r"[\s<>\"{}|\\^`]", mapped)):
        raise SchemaError("A type is mapped to something that is not a URL.", code="type")


def check_id(document: Mapping[str, Any], name: str = "id") -> None:
    """Check an identifier when it is there: one URL (section 4.4)."""
    if name in document and not is_url(document[name]):
        raise SchemaError("An id must be one URL.", code="id")


def check_issuer(issuer: object, *, language_values: bool = True) -> None:
    """Check ``issuer``: a URL, or an object with a URL as id (section 4.7)."""
    if isinstance(issuer, dict):
        if language_values:
            for name in ("name", "description"):
                check_language_value(issuer, name)
        issuer = issuer.get("id")
    if not is_url(issuer):
        raise SchemaError("The issuer must be a URL, or an object with a URL as id.", code="issuer")


def check_subjects(document: Mapping[str, Any]) -> None:
    """Check ``credentialSubject``: one object or several, each with a claim (section 4.8)."""
    subjects = as_list(document.get("credentialSubject"))
    for subject in subjects or [None]:
        if not isinstance(subject, dict) or not subject:
            raise SchemaError(
                "The credential needs a credentialSubject with at least one claim.", code="credential_subject"
            )
    for subject in subjects:
        if isinstance(subject, dict):
            check_id(subject)


def check_period(credential: Mapping[str, Any], begin: str, end: str) -> None:
    """Check two date members: strict ``dateTimeStamp``, the first not after the second (section 4.9)."""
    first, last = read_date(credential, begin), read_date(credential, end)
    if first is not None and last is not None and first > last:
        raise SchemaError(f"The credential's {end} is before its {begin}.", code="validity")


def read_date(credential: Mapping[str, Any], name: str) -> datetime | None:
    """Read a date member; ``None`` when it is not there.

    Those of version 1.1 may leave the time zone out (VCDM 1.1 section 4.6, xsd:dateTime); then it is UTC.
    """
    if name not in credential:
        return None
    zone = name not in ("issuanceDate", "expirationDate")
    try:
        return parse_datetime(credential[name], f"The credential's {name}", zone_required=zone)
    except MalformedError as error:
        raise SchemaError(error.message, code="validity") from error


def check_language_value(document: Mapping[str, Any], name: str) -> None:
    """Check ``name`` and ``description``: a string or language objects (sections 4.6 and 11.1)."""
    if name not in document:
        return
    if isinstance(document[name], str):
        return
    values = as_list(document[name])
    if values and all(_is_language_object(v) for v in values):
        return
    raise SchemaError(
        f"'{name}' must be a string or objects with @value, @language and @direction.", code="language_value"
    )


_LANGUAGE_MEMBERS: Final[Mapping[str, Callable[[object], bool]]] = {
    "@value": lambda v: isinstance(v, str),
    "@language": lambda v: (
        isinstance(v, str) and bool(re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", v, re.ASCII))
    ),
    "@direction": lambda v: v in ("ltr", "rtl"),
}


def _is_language_object(value: object) -> bool:
    return (
        isinstance(value, dict)
        and "@value" in value
        and all(
            member in _LANGUAGE_MEMBERS and _LANGUAGE_MEMBERS[member](inner)
            for member, inner in value.items()
        )
    )


def check_typed(document: Mapping[str, Any], name: str, *, needs_id: bool) -> None:
    """Check a member whose values are objects with a ``type``, and with an ``id`` where one is needed."""
    if name not in document:
        return
    entries = as_list(document[name])
    if not 0 < len(entries) <= _MAX_ENTRIES:
        raise SchemaError(f"'{name}' must be one object or several.", code="typed_member")
    for entry in entries:
        if not isinstance(entry, dict) or not _are_types(as_list(entry.get("type"))):
            raise SchemaError(f"Each {name} must be an object with a type.", code="typed_member")
        if needs_id and "id" not in entry:
            raise SchemaError(f"Each {name} must have an id.", code="typed_member")
        check_id(entry)
