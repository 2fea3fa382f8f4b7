"""The check that several credentials are one person's: check 4 of ``item``, which needs all of them."""

from collections.abc import Sequence
from typing import Final

from digital_resume.core.resume.names import compare_people
from digital_resume.core.verification.item import Examination
from digital_resume.core.verification.verdict import CheckName, Outcome

IDENTITY_TYPE: Final = "IdentityCredential"


def check_same_person(items: Sequence[Examination]) -> None:
    """Compare who the credentials speak of. Only those whose issuer passed decide who the person is."""
    items = [item for item in items if item.held is not None]
    people = [item.person for item in items]
    accredited = [index for index, item in enumerate(items) if item.passed(CheckName.ISSUER)]
    references = [index for index in accredited if _type_of(items[index]) == IDENTITY_TYPE]
    found = compare_people(people, references or None, accredited or None)
    dated = sum(
        difference is None and person.birth_date is not None
        for person, difference in zip(people, found, strict=True)
    )
    for item, person, difference in zip(items, people, found, strict=True):
        if difference == "no_name":
            item.note(CheckName.SAME_PERSON, Outcome.CAUTION, difference)
        elif difference is not None:
            item.note(CheckName.SAME_PERSON, Outcome.FAIL, difference)
        elif len(items) == 1:
            item.note(CheckName.SAME_PERSON, Outcome.NOT_APPLICABLE, "only_item")
        elif person.birth_date is not None and dated > 1:
            item.note(CheckName.SAME_PERSON, Outcome.PASS, "names_agree")
        else:
            # Hidden here, or shown here alone: equal names are all that was compared, and namesakes exist.
            item.note(CheckName.SAME_PERSON, Outcome.PASS, "names_agree_only")


def _type_of(item: Examination) -> str | None:
    return item.held.type_name if item.held else None
