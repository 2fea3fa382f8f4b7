"""The institution in a path, ``/i/{slug}/…``, as a dependency."""

from typing import Annotated

from fastapi import Depends, Path

from digital_resume.adapters.database import SessionDep
from digital_resume.error_words import particular
from issuer.errors import NotFoundError
from issuer.institutions import repository
from issuer.institutions.models import Institution

Slug = Annotated[str, Path(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$", examples=["univ"])]


async def institution_of(slug: Slug, session: SessionDep) -> Institution:
    """Return the institution of a path.

    Raises:
        NotFoundError: there is none.
    """
    found = await repository.by_slug(session, slug)
    if found is None:
        raise NotFoundError(
            "There is no institution of that name here. Check the address.",
            message_ko=particular("not_found", "institution"),
        )
    return found


InstitutionDep = Annotated[Institution, Depends(institution_of)]
