"""``authorization_details``: the other way to say which credential a wallet asks for.

OpenID4VCI 1.0 sections 5.1.1, 6.1 and 6.2, RFC 9396. A wallet may name the credential configuration in the
token request; it is then answered with a credential identifier, and asks for the credential by that.
An offer here is for one credential, so every entry must be for that one.
"""

from typing import Any, Final

from digital_resume.core.encoding.bounded_json import parse_json
from digital_resume.core.errors import ResumeError
from issuer.openid4vci.errors import ProtocolError

DETAILS_TYPE: Final = "openid_credential"
_MAX_CHARS: Final = 8_192
_MAX_ENTRIES: Final = 8
_MAX_DEPTH: Final = 8


def parse_details(text: str) -> list[dict[str, Any]]:
    """Return the entries of an ``authorization_details`` parameter.

    Raises:
        ProtocolError: ``invalid_authorization_details``: not JSON, or an entry of another type (RFC 9396
            section 5).
    """
    if len(text) > _MAX_CHARS:
        raise _invalid("authorization_details is too long.")
    try:
        entries = parse_json(text.encode(), max_depth=_MAX_DEPTH)
    except (ResumeError, UnicodeEncodeError):
        raise _invalid("authorization_details is not JSON.") from None
    if not isinstance(entries, list) or not 0 < len(entries) <= _MAX_ENTRIES:
        raise _invalid("authorization_details must be an array of objects, and not an empty one.")
    for entry in entries:
        if not isinstance(entry, dict) or entry.get("type") != DETAILS_TYPE:
            raise _invalid(f"The type of each authorization detail must be {DETAILS_TYPE}.")
        if not isinstance(entry.get("credential_configuration_id"), str):
            raise _invalid("Name the credential by credential_configuration_id.")
    return entries


def check_details(entries: list[dict[str, Any]], *, configuration: str, issuer: str) -> ProtocolError | None:
    """Return what is wrong with entries for an offer of ``configuration``, ``None`` when nothing is.

    Args:
        entries: as ``parse_details`` returned them.
        configuration: the credential configuration that is offered.
        issuer: the credential issuer identifier.
    """
    for entry in entries:
        if entry["credential_configuration_id"] != configuration:
            return _invalid("The offer is for another credential than authorization_details asks for.")
        if entry.get("locations", [issuer]) != [issuer]:
            return _invalid("locations must name the credential issuer identifier of this issuer.")
    return None


def granted_details(configuration: str, identifier: str) -> list[dict[str, Any]]:
    """Build the ``authorization_details`` of a token response."""
    return [
        {
            "type": DETAILS_TYPE,
            "credential_configuration_id": configuration,
            "credential_identifiers": [identifier],
        }
    ]


def _invalid(description: str) -> ProtocolError:
    return ProtocolError("invalid_authorization_details", description)
