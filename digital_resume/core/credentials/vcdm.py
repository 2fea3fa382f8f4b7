"""Structure of W3C credentials and presentations (Verifiable Credentials Data Model 2.0, sections 4 and 5).

Checked here: contexts, types, ids, issuer, subject, validity, language values, the typed members, related
resources, and the enveloped forms; version 1.1, where a mechanism is used with it, is in ``vcdm_v1``.
Not here: what terms mean (JSON-LD safe mode), whether proofs hold, and whether a credential is in force now.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from digital_resume.core.credentials.status_entry import check_status_entries
from digital_resume.core.credentials.vcdm_resources import ResourceLoader, check_related_resources
from digital_resume.core.credentials.vcdm_v1 import (
    CONTEXT_V1,
    validate_credential_v1,
    validate_presentation_v1,
)
from digital_resume.core.credentials.vcdm_values import (
    check_contexts,
    check_id,
    check_issuer,
    check_language_value,
    check_period,
    check_subjects,
    check_typed,
    check_types,
    is_url,
)
from digital_resume.core.encoding.bounded_json import as_list, check_json_value
from digital_resume.core.errors import SchemaError

CONTEXT_V2: Final = "https://www.w3.org/ns/credentials/v2"
MAX_CREDENTIALS: Final = 64
"""Most credentials in one presentation."""

Version = Literal["1.1", "2.0"]
Envelope = Literal["EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"]

_ENVELOPE = re.compile(r"data:(application/[A-Za-z0-9.+-]{1,60})(;base64)?,([\x21-\x7e]+)", re.ASCII)
# The typed members of sections 4 and 5, and whether an entry must have an id as well. The last two are the
# extension points that section 5.10 reserves.
_TYPED: Final[Mapping[str, bool]] = {
    "credentialStatus": False,
    "credentialSchema": True,
    "refreshService": False,
    "termsOfUse": False,
    "evidence": False,
    "confidenceMethod": False,
    "renderMethod": False,
}


@dataclass(frozen=True, slots=True)
class Enveloped:
    """What an enveloped credential or presentation carries: a secured one as a ``data:`` URL."""

    media_type: str
    content: str


def data_model_version(document: Mapping[str, Any]) -> Version:
    """Tell which version of the data model a document says it follows: by its first context.

    Raises:
        SchemaError: ``context``: neither 1.1's nor 2.0's.
    """
    contexts = as_list(document.get("@context"))
    if contexts and contexts[0] == CONTEXT_V2:
        return "2.0"
    if contexts and contexts[0] == CONTEXT_V1:
        return "1.1"
    raise SchemaError(f"The first @context must be {CONTEXT_V2}.", code="context")


def validate_any_credential(
    credential: Mapping[str, Any], *, resources: ResourceLoader | None = None
) -> Version:
    """Accept a credential of version 2.0 or 1.1 and return which; errors as ``validate_credential``."""
    version = data_model_version(credential)
    if version == "1.1":
        validate_credential_v1(credential)
    else:
        validate_credential(credential, resources=resources)
    return version


def validate_any_presentation(
    presentation: Mapping[str, Any], *, resources: ResourceLoader | None = None
) -> Version:
    """Accept a presentation of version 2.0 or 1.1 and return which; errors as ``validate_presentation``."""
    version = data_model_version(presentation)
    if version == "1.1":
        validate_presentation_v1(presentation)
        _check_credentials(presentation, resources)
    else:
        validate_presentation(presentation, resources=resources)
    return version


def validate_credential(
    credential: Mapping[str, Any], *, resources: ResourceLoader | None = None, parsed: bool = False
) -> None:
    """Accept a document that has the structure of a VCDM 2.0 credential.

    Args:
        credential: the document.
        resources: gives the bytes of related resources that are at hand; their digests are then checked.
        parsed: the document is as ``parse_json`` gave it, so what JSON is and its bounds are settled.

    Raises:
        SchemaError: ``code`` names the rule: ``context``, ``type``, ``id``, ``issuer``,
            ``credential_subject``, ``validity``, ``language_value``, ``typed_member``, ``related_resource``,
            ``related_resource_digest`` or ``status_entry``.
        MalformedError: not JSON, or out of bounds.
    """
    validate_linked_data(credential, resources=resources, parsed=parsed)
    check_issuer(credential.get("issuer"))
    check_period(credential, "validFrom", "validUntil")


def validate_linked_data(
    credential: Mapping[str, Any], *, resources: ResourceLoader | None = None, parsed: bool = False
) -> None:
    """Accept the part of a credential that the VCLD form keeps in ``ld``: all but issuer and validity.

    Arguments and errors as ``validate_credential``.
    """
    if not parsed:
        check_json_value(dict(credential))
    check_contexts(credential, CONTEXT_V2)
    check_types(credential, "VerifiableCredential")
    check_id(credential)
    check_subjects(credential)
    for name in ("name", "description"):
        check_language_value(credential, name)
    for name, needs_id in _TYPED.items():
        if name in credential:
            check_typed(credential, name, needs_id=needs_id)
    check_status_entries(credential)
    check_related_resources(credential, resources)


def validate_presentation(
    presentation: Mapping[str, Any], *, resources: ResourceLoader | None = None
) -> None:
    """Accept a document that has the structure of a VCDM 2.0 presentation, its credentials included.

    Raises:
        SchemaError: as ``validate_credential``; also ``holder`` and ``verifiable_credential``.
        MalformedError: not JSON, or out of bounds.
    """
    check_json_value(dict(presentation))
    check_contexts(presentation, CONTEXT_V2)
    check_types(presentation, "VerifiablePresentation")
    check_id(presentation)
    holder = presentation.get("holder")
    if "holder" in presentation and not is_url(holder.get("id") if isinstance(holder, dict) else holder):
        raise SchemaError("The presentation's holder must be a URL.", code="holder")
    check_typed(presentation, "termsOfUse", needs_id=False)
    check_related_resources(presentation, resources)
    _check_credentials(presentation, resources)


def _check_credentials(presentation: Mapping[str, Any], resources: ResourceLoader | None) -> None:
    if "verifiableCredential" not in presentation:
        return
    member = presentation["verifiableCredential"]
    credentials = member if isinstance(member, list) else [member]
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
            validate_any_credential(credential, resources=resources)


def is_enveloped(document: Mapping[str, Any], kind: Envelope = "EnvelopedVerifiableCredential") -> bool:
    """Tell whether an object says it is an EnvelopedVerifiableCredential (or …Presentation)."""
    return kind in as_list(document.get("type"))


def read_enveloped(
    document: Mapping[str, Any], kind: Envelope = "EnvelopedVerifiableCredential"
) -> Enveloped:
    """Read an enveloped credential or presentation (sections 4.13.1 and 4.13.2).

    Raises:
        SchemaError: ``context``; ``enveloped``: another type, or ``id`` is not a ``data:`` URL with a token.
    """
    check_contexts(document, CONTEXT_V2, array=False)
    identifier = document.get("id")
    match = _ENVELOPE.fullmatch(identifier) if isinstance(identifier, str) else None
    if as_list(document.get("type")) != [kind] or match is None or match[2]:
        raise SchemaError(f"An {kind}'s id must be data:<media type>,<token>.", code="enveloped")
    return Enveloped(match[1].lower(), match[3])


__all__ = [
    "CONTEXT_V1",
    "CONTEXT_V2",
    "MAX_CREDENTIALS",
    "Enveloped",
    "data_model_version",
    "is_enveloped",
    "read_enveloped",
    "validate_any_credential",
    "validate_any_presentation",
    "validate_credential",
    "validate_credential_v1",
    "validate_linked_data",
    "validate_presentation",
    "validate_presentation_v1",
]
