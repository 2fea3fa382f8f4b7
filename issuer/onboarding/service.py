"""Adding an institution, and what the accrediting authority is then asked to put on the chain for it."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.adapters.chain.accreditation import Accreditable
from digital_resume.core.errors import SchemaError
from digital_resume.core.identifiers.did import did_web_from_url
from digital_resume.core.trust.issuers import key_digest
from issuer.audit import note
from issuer.context import Context
from issuer.errors import ConflictError
from issuer.institutions import api_keys, repository
from issuer.institutions.models import Institution, SigningKey
from issuer.institutions.signing_keys import make_signing_key
from issuer.status.lists import create_list

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewInstitution:
    """An institution that was just added; its API key is shown this once."""

    slug: str
    api_key: str
    verification_method: str
    accreditable: Accreditable


async def add_institution(
    session: AsyncSession,
    context: Context,
    *,
    slug: str,
    name_ko: str,
    name_en: str,
    credential_types: Sequence[str],
    scopes: Sequence[str] = api_keys.ALL_SCOPES,
    label: str = "first key",
) -> NewInstitution:
    """Add a tenant with its signing key, first status list and first API key.

    Args:
        session: the caller commits it.
        context: the running issuer.
        slug: its name in addresses; lower-case letters, digits and hyphens.
        name_ko: name in Korean.
        name_en: name in English.
        credential_types: names of the types it issues.
        scopes: scopes of the API key.
        label: what the API key is called in lists.

    Raises:
        SchemaError: the slug is not one, or there is no type of a name.
        ConflictError: the slug is taken.
    """
    if not _SLUG.fullmatch(slug):
        raise SchemaError(
            "A slug has 1 to 40 lower-case letters, digits and hyphens, and no hyphen at its ends."
        )
    types = [context.catalog.credential_type(name).name for name in dict.fromkeys(credential_types)]
    if await repository.by_slug(session, slug) is not None:
        raise ConflictError("An institution of that slug exists. Choose another.", code="slug_taken")
    url = context.credential_issuer(slug)
    did = did_web_from_url(url)
    institution_id = uuid4()
    institution = Institution(
        id=institution_id,
        slug=slug,
        did=did,
        name_ko=name_ko,
        name_en=name_en,
        credential_types=types,
        blind_index_key=context.cipher.seal_blind_index_key(institution_id, secrets.token_bytes(32)),
    )
    session.add(institution)
    await session.flush()
    key = make_signing_key(context, institution, "active")
    session.add(key)
    await session.flush()
    await create_list(session, context, institution, 1)
    api_key = await api_keys.create(session, institution_id, scopes, label)
    note(session, "institution.added", slug, institution_id=institution_id, actor="operator")
    return NewInstitution(
        slug=slug,
        api_key=api_key,
        verification_method=key.verification_method,
        accreditable=_accreditable(context, institution, key),
    )


async def accreditable_of(session: AsyncSession, context: Context, slug: str) -> Accreditable | None:
    """Return what the chain must hold of an institution; ``None`` when there is no such slug."""
    institution = await repository.by_slug(session, slug)
    if institution is None:
        return None
    key = await repository.active_key(session, institution.id)
    return _accreditable(context, institution, key)


def _accreditable(context: Context, institution: Institution, key: SigningKey) -> Accreditable:
    return Accreditable(
        did=institution.did,
        name_ko=institution.name_ko,
        name_en=institution.name_en,
        url=context.credential_issuer(institution.slug),
        credential_types=tuple(institution.credential_types),
        key_digest=key_digest(key.verification_method.partition("#")[2]),
    )
