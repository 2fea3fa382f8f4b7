"""The check that several credentials are one person's: check 4 of ``item``, which needs all of them.

Only what accredited institutions issued, and what still stands, says who the person is and which spellings
are one name. Another name is a caution, never an accusation: names change, and institutions write them in
many ways. Another birth date makes it another person's.
"""

from collections.abc import Sequence
from typing import Final

from digital_resume.core.resume.people import Comparison, compare_people
from digital_resume.core.verification.item import Examination
from digital_resume.core.verification.verdict import CheckName, Outcome

IDENTITY_TYPE: Final = "IdentityCredential"

_FAILING: Final = frozenset({"birth_date_differs", "person_differs"})


def check_same_person(items: Sequence[Examination]) -> None:
    """Compare who the credentials speak of, and note it on each."""
    items = [item for item in items if item.held is not None]
    voters = _voters(items)
    if not voters:
        for item in items:
            item.note(CheckName.SAME_PERSON, Outcome.NOT_APPLICABLE, "nobody_to_compare")
        return
    references = [index for index in voters if _type_of(items[index]) == IDENTITY_TYPE]
    found = compare_people([item.person for item in items], references or None, voters)
    for item, comparison in zip(items, found, strict=True):
        item.note(CheckName.SAME_PERSON, *_result(comparison, alone=len(items) == 1))


def _voters(items: Sequence[Examination]) -> list[int]:
    """Return whose credentials say who is who: accredited issuers'; without any, those that may be."""
    for accept in (_stands, _may_stand):
        voters = [index for index, item in enumerate(items) if accept(item)]
        if voters:
            return voters
    return []


def _stands(item: Examination) -> bool:
    return item.passed(CheckName.ISSUER) and _may_stand(item)


def _may_stand(item: Examination) -> bool:
    """Tell whether nothing failed: what was revoked, or never was an institution's, says nothing."""
    return all(result.outcome is not Outcome.FAIL for result in item.results.values())


def _result(comparison: Comparison, *, alone: bool) -> tuple[Outcome, str]:
    difference = comparison.difference
    if difference is not None:
        return (Outcome.FAIL if difference in _FAILING else Outcome.CAUTION), difference
    if not comparison.name_compared:
        return Outcome.NOT_APPLICABLE, "only_item" if alone else "no_other_agrees"
    # Namesakes exist: equal names alone are shown as what they are.
    return Outcome.PASS, "names_agree" if comparison.birth_date_compared else "names_agree_only"


def _type_of(item: Examination) -> str | None:
    return item.held.type_name if item.held else None
