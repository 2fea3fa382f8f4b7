"""Records: received from an institution, kept encrypted until they are claimed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.credentials.catalog import SEOUL, CredentialType
from digital_resume.core.credentials.claims import normalise_claims, validate_claims
from digital_resume.core.credentials.text import contains_resident_registration_number, text_fault
from digital_resume.core.errors import SchemaError
from digital_resume.error_words import particular
from issuer.audit import note
from issuer.context import Context
from issuer.errors import NotFoundError
from issuer.institutions.api_keys import Caller
from issuer.institutions.models import Institution
from issuer.records import repository
from issuer.records.blind_index import blind_index
from issuer.records.models import Record
from issuer.records.validity import check_validity


def accept_claims(
    context: Context, institution: Institution, type_name: str, claims: Mapping[str, Any]
) -> tuple[CredentialType, dict[str, Any]]:
    """Return type and normalised claims of what an institution hands in.

    Raises:
        UnknownTypeError: no such type.
        SchemaError: the claims break its rules (each fault is named), or the institution may not issue it.
    """
    credential_type = context.catalog.credential_type(type_name)
    if credential_type.name not in institution.credential_types:
        raise SchemaError(
            f"{institution.slug} does not issue {credential_type.name}. It issues: "
            f"{', '.join(institution.credential_types)}. Check the type, or ask the operator to add it.",
            code="type_not_allowed",
            message_ko=particular(
                "type_not_allowed",
                "of_institution",
                title=credential_type.title.ko,
                name=credential_type.name,
                allowed=", ".join(institution.credential_types),
            ),
            allowed=list(institution.credential_types),
        )
    accepted = normalise_claims(claims)
    validate_claims(credential_type, accepted, today=context.clock.now().astimezone(SEOUL).date())
    return credential_type, accepted


def check_reference(external_id: str | None) -> None:
    """Refuse an institution's own reference that is a resident registration number or cannot be read.

    It is kept in the clear, unlike the claims.

    Raises:
        SchemaError: code ``resident_registration_number`` or ``schema_violation``; the value is not repeated.
    """
    if external_id is None:
        return
    if contains_resident_registration_number(external_id):
        raise SchemaError(
            "externalId looks like a resident registration number. These are never accepted: use a reference "
            "of your own that says nothing of the person.",
            code="resident_registration_number",
        )
    if text_fault(external_id):
        raise SchemaError("externalId has invisible or decomposed characters. Send it in Unicode NFC.")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a record says once it was accepted: type, normalised claims, and what its person is found by."""

    kind: CredentialType
    claims: dict[str, Any]
    blind_index: bytes | None
    romanised_index: bytes | None


def accept_record(
    context: Context,
    institution: Institution,
    type_name: str,
    claims: Mapping[str, Any],
    *,
    valid_from: datetime | None,
    valid_until: datetime | None,
    external_id: str | None,
) -> Accepted:
    """Accept what an institution hands in, now or in place of what it handed in before.

    Raises:
        UnknownTypeError, SchemaError: as ``accept_claims``, ``check_validity`` and ``check_reference``.
    """
    kind, accepted = accept_claims(context, institution, type_name, claims)
    check_validity(kind, accepted, now=context.clock.now(), valid_from=valid_from, valid_until=valid_until)
    check_reference(external_id)
    return Accepted(
        kind,
        accepted,
        _index(context, institution, accepted, "name"),
        _index(context, institution, accepted, "nameRomanised"),
    )


async def receive_record(
    session: AsyncSession,
    context: Context,
    caller: Caller,
    *,
    credential_type: str,
    claims: Mapping[str, Any],
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    external_id: str | None = None,
) -> Record:
    """Keep a record, encrypted, until its owner claims it.

    Args:
        session: the request's session; the caller commits.
        context: the running issuer.
        caller: the institution.
        credential_type: name of the type.
        claims: claims of the subject.
        valid_from: begin of the credential's validity; the moment of issuance when ``None``.
        valid_until: end; by the type's rule when ``None``.
        external_id: the institution's own reference.

    Raises:
        UnknownTypeError, SchemaError: as ``accept_record``.
    """
    accepted = accept_record(
        context,
        caller.institution,
        credential_type,
        claims,
        valid_from=valid_from,
        valid_until=valid_until,
        external_id=external_id,
    )
    record_id = uuid4()
    record = Record(
        id=record_id,
        institution_id=caller.institution.id,
        credential_type=accepted.kind.name,
        state="waiting",
        encrypted_claims=context.cipher.seal_claims(record_id, accepted.claims),
        blind_index=accepted.blind_index,
        romanised_index=accepted.romanised_index,
        valid_from=valid_from,
        valid_until=valid_until,
        external_id=external_id,
    )
    session.add(record)
    note(
        session,
        "record.received",
        record_id,
        institution_id=caller.institution.id,
        actor=f"api-key:{caller.key_id}",
        type=accepted.kind.name,
    )
    await session.flush()
    return record


def _index(
    context: Context, institution: Institution, claims: Mapping[str, Any], spelling: str
) -> bytes | None:
    name, birth_date = claims.get(spelling), claims.get("birthDate")
    if not isinstance(name, str) or not isinstance(birth_date, str):
        return None
    key = context.cipher.open_blind_index_key(institution.id, institution.blind_index_key)
    return blind_index(key, name, birth_date)


async def own_record(session: AsyncSession, caller: Caller, record_id: UUID, *, lock: bool = False) -> Record:
    """Return a record of the caller's institution.

    Raises:
        NotFoundError: no such record, or another institution's.
    """
    record = await repository.record_of(session, caller.institution.id, record_id, lock=lock)
    if record is None:
        raise NotFoundError(
            "There is no record of that id among yours. Check the id.",
            message_ko=particular("not_found", "record"),
        )
    return record
