"""Structure of W3C credentials and presentations (Verifiable Credentials Data Model 2.0, section 4).

Checked here: contexts, types, ids, issuer, subject, validity, language values, the typed members, and the
enveloped forms. Not here: what terms mean (JSON-LD), ``relatedResource`` digests, whether proofs hold, and
whether a credential is in force now.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.errors import MalformedError, SchemaError
from core.securing.dates import parse_datetime
from core.securing.encoding import as_list, check_json_value

CONTEXT_V2: Final = "https://www.w3.org/ns/credentials/v2"
MAX_CREDENTIALS: Final = 64
"""Most credentials in one presentation."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
_ENVELOPE = re.compile(r"data:(application/[A-Za-z0-9.+-]{1,60})(;base64)?,([\x21-\x7e]+)", re.ASCII)
_MAX_URL_CHARS: Final = 8_192


@dataclass(frozen=True, slots=True)
class Enveloped:
    """What an EnvelopedVerifiableCredential carries: a secured credential as a ``data:`` URL."""

    media_type: str
    content: str


def validate_credential(credential: Mapping[str, Any]) -> None:
    """Accept a document that has the structure of a VCDM 2.0 credential.

    Raises:
        SchemaError: ``code`` names the rule: ``context``, ``type``, ``id``, ``issuer``,
            ``credential_subject``, ``validity``, ``language_value`` or ``typed_member``.
        MalformedError: not JSON, or out of bounds.
    """
    validate_linked_data(credential)
    _check_issuer(credential.get("issuer"))
    begin, end = (_date(credential, name) for name in ("validFrom", "validUntil"))
    if begin is not None and end is not None and begin > end:
        raise SchemaError("The credential's validUntil is before its validFrom.", code="validity")


def validate_linked_data(credential: Mapping[str, Any]) -> None:
    """Accept the part of a credential that the VCLD form keeps in ``ld``: all but issuer and validity.

    Errors as ``validate_credential``.
    """
    check_json_value(dict(credential))
    _check_context(credential)
    _check_types(credential, "VerifiableCredential")
    _check_id(credential, "id")
    subjects = as_list(credential.get("credentialSubject"))
    if not subjects or not all(isinstance(s, dict) and s for s in subjects):
        raise SchemaError(
            "The credential needs a credentialSubject with at least one claim.", code="credential_subject"
        )
    for subject in subjects:
        if isinstance(subject, dict):
            _check_id(subject, "id")
    for name in ("name", "description"):
        _check_language_value(credential, name)
    for name, needs_id in _TYPED.items():
        _check_typed(credential, name, needs_id=needs_id)


def validate_presentation(presentation: Mapping[str, Any]) -> None:
    """Accept a document that has the structure of a VCDM 2.0 presentation, its credentials included.

    Raises:
        SchemaError: as ``validate_credential``; also ``holder`` and ``verifiable_credential``.
        MalformedError: not JSON, or out of bounds.
    """
    check_json_value(dict(presentation))
    _check_context(presentation)
    _check_types(presentation, "VerifiablePresentation")
    _check_id(presentation, "id")
    holder = presentation.get("holder")
    if "holder" in presentation and not _is_url(holder.get("id") if isinstance(holder, dict) else holder):
        raise SchemaError("The presentation's holder must be a URL.", code="holder")
    _check_typed(presentation, "termsOfUse", needs_id=False)
    credentials = as_list(presentation.get("verifiableCredential"))
    if len(credentials) > MAX_CREDENTIALS:
        raise SchemaError(
            f"A presentation holds at most {MAX_CREDENTIALS} credentials.", code="verifiable_credential"
        )
    for credential in credentials:
        if not isinstance(credential, dict):
            raise SchemaError(
                "Each credential of a presentation must be an object; put a token into an "
                "EnvelopedVerifiableCredential.",
                code="verifiable_credential",
            )
        if is_enveloped(credential):
            read_enveloped(credential)
        else:
            validate_credential(credential)


def is_enveloped(credential: Mapping[str, Any]) -> bool:
    """Tell whether an object says it is an EnvelopedVerifiableCredential."""
    return "EnvelopedVerifiableCredential" in as_list(credential.get("type"))


def read_enveloped(credential: Mapping[str, Any]) -> Enveloped:
    """Read an EnvelopedVerifiableCredential (section 4.13.1).

    Raises:
        SchemaError: ``enveloped``: no context, another type, or ``id`` is not a ``data:`` URL with a token.
    """
    _check_context(credential)
    identifier = credential.get("id")
    match = _ENVELOPE.fullmatch(identifier) if isinstance(identifier, str) else None
    if not is_enveloped(credential) or match is None or match[2]:
        raise SchemaError(
            "An EnvelopedVerifiableCredential's id must be data:<media type>,<token>.", code="enveloped"
        )
    return Enveloped(match[1].lower(), match[3])


# The typed members of section 4, and whether an entry must have an id as well.
_TYPED: Final[Mapping[str, bool]] = {
    "credentialStatus": False,
    "credentialSchema": True,
    "refreshService": False,
    "termsOfUse": False,
    "evidence": False,
}


def _check_context(document: Mapping[str, Any]) -> None:
    contexts = as_list(document.get("@context"))
    if not contexts or contexts[0] != CONTEXT_V2:
        raise SchemaError(f"The first @context must be {CONTEXT_V2}.", code="context")
    if not all(isinstance(entry, dict) or _is_url(entry) for entry in contexts):
        raise SchemaError("Each @context must be a URL or an object.", code="context")


def _check_types(document: Mapping[str, Any], required: str) -> None:
    types = as_list(document.get("type"))
    if required not in types or not all(isinstance(entry, str) and entry for entry in types):
        raise SchemaError(f"The type must be strings, {required} among them.", code="type")


def _check_id(document: Mapping[str, Any], name: str) -> None:
    if name in document and not _is_url(document[name]):
        raise SchemaError("An id must be one URL.", code="id")


def _check_issuer(issuer: object) -> None:
    if isinstance(issuer, dict):
        for name in ("name", "description"):
            _check_language_value(issuer, name)
        issuer = issuer.get("id")
    if not _is_url(issuer):
        raise SchemaError("The issuer must be a URL, or an object with a URL as id.", code="issuer")


def _date(credential: Mapping[str, Any], name: str) -> datetime | None:
    if name not in credential:
        return None
    try:
        return parse_datetime(credential[name], f"The credential's {name}")
    except MalformedError as error:
        raise SchemaError(error.message, code="validity") from error


def _check_language_value(document: Mapping[str, Any], name: str) -> None:
    """Check ``name`` and ``description``: a string or language objects (section 11.1)."""
    if name not in document:
        return
    values = as_list(document[name])
    if isinstance(document[name], str) or (values and all(_is_language_object(v) for v in values)):
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


def _check_typed(document: Mapping[str, Any], name: str, *, needs_id: bool) -> None:
    if name not in document:
        return
    entries = as_list(document[name])
    for entry in entries:
        types = as_list(entry.get("type")) if isinstance(entry, dict) else ()
        if not isinstance(entry, dict) or not types or not all(isinstance(t, str) and t for t in types):
            raise SchemaError(f"Each {name} must be an object with a type.", code="typed_member")
        if needs_id and "id" not in entry:
            raise SchemaError(f"Each {name} must have an id.", code="typed_member")
        _check_id(entry, "id")


def _is_url(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_URL_CHARS and bool(_URL.fullmatch(value))
