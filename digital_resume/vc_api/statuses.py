"""The check of a credential's status: own lists in this process, foreign ones through the guarded fetcher.

Bitstring Status List 1.0 section 3.2. Fails closed: a status of another type, a list that cannot be had or
that does not verify, is an error and never "in force".
"""

from collections.abc import Mapping
from typing import Any, Final

from digital_resume.core.credentials.status_entry import ENTRY_TYPE, StatusEntry, read_status_entries
from digital_resume.core.encoding.bounded_json import as_list, parse_json_object
from digital_resume.core.errors import ResumeError, SourceUnavailableError, StatusError
from digital_resume.core.status.bitstring_list import read_status
from digital_resume.vc_api.proofs import Asked, Found, controllers, issuer_id, open_credential
from digital_resume.vc_api.service import Service

MAX_LIST_BYTES: Final = 4_194_304
MAX_ENTRIES: Final = 8
ACCEPT: Final = "application/vc, application/vc+jwt, application/json"


def check_statuses(service: Service, found: Found) -> list[dict[str, Any]]:
    """Check every status of a credential whose proof holds.

    Returns:
        What the lists say, an object each.

    Raises:
        StatusError: revoked or suspended, or a status that cannot be relied on.
    """
    members = as_list(found.document.get("credentialStatus"))
    entries = read_status_entries(found.document)
    if len(entries) != len(members):
        raise StatusError(
            f"The credential has a status that is not a {ENTRY_TYPE}, which cannot be checked here.",
            code="status_type_not_supported",
        )
    if len(entries) > MAX_ENTRIES:
        raise StatusError(f"A credential has at most {MAX_ENTRIES} statuses here.", code="status_too_many")
    return [_check(service, found, entry) for entry in entries]


def _check(service: Service, found: Found, entry: StatusEntry) -> dict[str, Any]:
    secured = _list(service, entry)
    try:
        # The list is a credential too; its own status is not looked at, or two lists could name each other.
        opened = open_credential(service, secured, Asked(checks=frozenset({"proof", "validity"})))
    except ResumeError as error:
        raise StatusError(f"The status list does not verify: {error.message}", code=error.code) from error
    signers = controllers(opened.methods)
    allowed = {issuer_id(found.document), *controllers(found.methods)}
    if issuer_id(opened.document) not in signers or not signers & allowed:
        raise StatusError("The status list is not one of the credential's issuer.", code="status_not_issuers")
    value = read_status(entry, opened.document, now=service.now())
    if not value.in_force:
        raise StatusError(
            "The credential is revoked." if value.purpose == "revocation" else "The credential is suspended.",
            code="revoked" if value.purpose == "revocation" else "suspended",
        )
    result: dict[str, Any] = {"statusPurpose": value.purpose, "status": hex(value.value)}
    return result if value.message is None else {**result, "message": value.message}


def _list(service: Service, entry: StatusEntry) -> dict[str, Any] | str:
    own = service.lists.key_of(entry.list_url)
    if own is not None:
        served = service.status_list(own)
        if served is not None:
            return served
    try:
        body = service.fetcher.fetch(entry.list_url, accept=ACCEPT, max_bytes=MAX_LIST_BYTES)
    except SourceUnavailableError as error:
        raise StatusError("The status list cannot be had now.", code="status_unavailable") from error
    text = body.strip()
    if text.startswith(b"ey"):
        return text.decode("ascii", "replace")
    document: Mapping[str, Any] = parse_json_object(text, max_bytes=MAX_LIST_BYTES)
    return dict(document)
