"""Queries on institutions, their signing keys and API keys."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.keys.multikey import Curve
from issuer.institutions.models import ApiKey, Institution, SigningKey


async def by_slug(session: AsyncSession, slug: str) -> Institution | None:
    """Return the institution of a slug."""
    return (await session.scalars(select(Institution).where(Institution.slug == slug))).one_or_none()


async def by_id(session: AsyncSession, institution_id: UUID) -> Institution:
    """Return an institution that is known to exist."""
    return (await session.scalars(select(Institution).where(Institution.id == institution_id))).one()


async def active_key(session: AsyncSession, institution_id: UUID) -> SigningKey:
    """Return the P-256 key that an institution signs with."""
    found = await active_key_of(session, institution_id, "P-256")
    assert found is not None  # an institution is added with one
    return found


async def active_key_of(session: AsyncSession, institution_id: UUID, curve: Curve) -> SigningKey | None:
    """Return the key of a curve that an institution signs with; ``None`` when it has none."""
    query = select(SigningKey).where(
        SigningKey.institution_id == institution_id,
        SigningKey.state == "active",
        SigningKey.curve == curve,
    )
    return (await session.scalars(query)).one_or_none()


async def all_keys(session: AsyncSession, institution_id: UUID) -> list[SigningKey]:
    """Return every key an institution has signed with, oldest first."""
    return list(
        await session.scalars(
            select(SigningKey)
            .where(SigningKey.institution_id == institution_id)
            .order_by(SigningKey.created_at, SigningKey.id)
        )
    )


async def api_key(session: AsyncSession, key_id: str) -> tuple[ApiKey, Institution] | None:
    """Return an API key that is not revoked, with its institution."""
    row = (
        await session.execute(
            select(ApiKey, Institution)
            .join(Institution, Institution.id == ApiKey.institution_id)
            .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])
