"""What every form of a credential settles before it is written: whose key signs, its id, when it is valid."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from digital_resume.core.credentials.catalog import CredentialType
from digital_resume.core.credentials.claims import validate_claims
from digital_resume.core.errors import MalformedError
from digital_resume.core.identifiers.did import parse_did, parse_did_url
from digital_resume.core.ports import Signer

_URN_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Terms:
    """What was settled.

    Attributes:
        identifier: the credential's id.
        begin: begin of validity.
        end: end of validity, given or by the type's rule; ``None`` when there is none.
    """

    identifier: str
    begin: datetime
    end: datetime | None

    def require_order(self) -> None:
        """Check that the end comes after the begin.

        Raises:
            MalformedError: it does not.
        """
        if self.end is not None and self.end <= self.begin:
            raise MalformedError("The credential's validity ends before it begins.")


def settle(
    credential_type: CredentialType,
    claims: Mapping[str, Any],
    *,
    issuer: str,
    signer: Signer,
    issued_at: datetime,
    valid_from: datetime | None,
    valid_until: datetime | None,
    credential_id: str | None,
) -> Terms:
    """Check what a credential is to be made of, and settle its id and its validity.

    Args:
        credential_type: schema and rule of validity.
        claims: claims of the subject; validated.
        issuer: the issuer's DID; the signer's key must be one of its.
        signer: the issuer's key.
        issued_at: moment of signing.
        valid_from: begin of validity; ``issued_at`` when ``None``.
        valid_until: end of validity; by the type's rule when ``None``.
        credential_id: ``urn:uuid:`` of version 4; made when ``None``.

    Raises:
        SchemaError: the claims break the type's rules.
        MalformedError: the key is another issuer's, or the id is none.
        IdentifierError: ``issuer`` is no DID.
    """
    parse_did(issuer)
    if parse_did_url(signer.verification_method).did != issuer:
        raise MalformedError("The signing key belongs to another issuer.", code="wrong_signer")
    validate_claims(credential_type, claims)
    identifier = credential_id or new_credential_id()
    check_credential_id(identifier)
    begin = valid_from or issued_at
    return Terms(identifier, begin, valid_until or credential_type.valid_until(claims, begin))


def new_credential_id() -> str:
    """Make a credential id with 122 random bits: ``urn:uuid:…``."""
    return f"urn:uuid:{uuid4()}"


def check_credential_id(identifier: str) -> None:
    """Accept an id with random bits: ``urn:uuid:`` of version 4; raises ``MalformedError``."""
    if not _URN_UUID.fullmatch(identifier):
        raise MalformedError("A credential's id must be urn:uuid: with a random (version 4) UUID.")
