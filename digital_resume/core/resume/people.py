"""Whether several credentials are one person's, by the names and the birth dates on them.

Names of different scripts are linked only where one credential carries both (``nameRomanised``, ``aliases``):
no romanisation is guessed. Where two credentials both have a name that is not Latin, that one decides: 김하늘
and 김한을 are two people, even if both write KIM HANEUL. Only *voters* link names: a credential that anybody
can make for themselves says nothing of who is who.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from digital_resume.core.resume.names import MAX_NAME_CHARS, Likeness, Spelling, spell

MAX_ALIASES: Final = 4


@dataclass(frozen=True, slots=True)
class Person:
    """What one credential says of who its subject is.

    Attributes:
        names: every spelling on it, as written; empty when it names nobody.
        birth_date: ISO date when it is disclosed.
    """

    names: tuple[str, ...]
    birth_date: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing one credential with the others found.

    Attributes:
        difference: ``None`` when it is the same person's; else ``no_name``, ``name_in_other_script`` (nothing
            to compare), ``name_partly_differs``, ``name_differs``, ``name_differs_born_same_day``,
            ``birth_date_differs`` or ``person_differs`` (name and birth date).
        name_compared: whether there was another voter's name that agrees.
        birth_date_compared: whether another voter's birth date agrees, too.
    """

    difference: str | None
    name_compared: bool = False
    birth_date_compared: bool = False


def person_of(subject: Mapping[str, Any]) -> Person:
    """Read names and birth date from a credential's subject; what has not the form of one is left out."""
    aliases = subject.get("aliases")
    spellings = [
        subject.get("name"),
        subject.get("nameRomanised"),
        *(aliases[:MAX_ALIASES] if isinstance(aliases, list) else ()),
    ]
    written = [name for name in spellings if isinstance(name, str) and len(name) <= MAX_NAME_CHARS]
    names = tuple(dict.fromkeys(name for name in written if spell(name) is not None))
    birth_date = subject.get("birthDate")
    return Person(names, birth_date if isinstance(birth_date, str) else None)


def is_one_person(one: Person, other: Person) -> bool:
    """Tell whether two people have a name in common, none that contradicts it, and no two birth dates."""
    dates = {date for date in (one.birth_date, other.birth_date) if date is not None}
    return len(dates) < 2 and _relation(_spellings(one), _spellings(other)) is Likeness.SAME


def compare_people(
    people: Sequence[Person],
    references: Sequence[int] | None = None,
    voters: Sequence[int] | None = None,
) -> list[Comparison]:
    """Find which of several credentials are not the same person's as the rest.

    Args:
        people: one entry a credential.
        references: indices of trusted identity credentials, whose person everybody else must be.
        voters: indices of those that link names and, without references, decide: the largest group of
            agreeing voters stands; when no group is largest nobody does. Everybody when ``None``.
    """
    return _Comparing(people, references, voters).compare()


class _Comparing:
    def __init__(
        self, people: Sequence[Person], references: Sequence[int] | None, voters: Sequence[int] | None
    ) -> None:
        self.people = people
        self.spellings = [_spellings(person) for person in people]
        self._known: dict[tuple[int, int], Likeness | None] = {}
        every = range(len(people)) if voters is None else voters
        self.deciding = set(references or every)
        self.unanimous = bool(references)
        named = [index for index in every if self.spellings[index]]
        groups = self._groups(sorted(named, key=lambda index: index not in self.deciding))
        votes = [_group_of(groups, index) for index in named if index in self.deciding]
        place = _standing(votes, self.unanimous)
        self.voters = named
        #: The voters whose names agree, and who therefore say what the person is called.
        self.standing = groups[place] if isinstance(place, int) else []
        self.birth_date = self._birth_date()

    def compare(self) -> list[Comparison]:
        return [self._compare(index) for index in range(len(self.people))]

    def _compare(self, index: int) -> Comparison:
        if not self.spellings[index]:
            return Comparison("no_name")
        mine = self.people[index].birth_date
        if not self._agrees(index):
            return Comparison(self._difference(index, mine))
        others = [other for other in self.standing if other != index]
        if mine is None:
            return Comparison(None, bool(others))
        known = {self.people[other].birth_date for other in self.standing} - {None}
        if known and mine != self.birth_date:
            return Comparison("birth_date_differs", bool(others))
        compared = any(self.people[other].birth_date == mine for other in others)
        return Comparison(None, bool(others), compared)

    def _agrees(self, index: int) -> bool:
        if index in self.standing or index in self.voters:
            return index in self.standing
        found = {self._likeness(index, other) for other in self.standing}
        return Likeness.SAME in found and Likeness.DIFFERENT not in found

    def _difference(self, index: int, mine: str | None) -> str:
        """Say how a credential whose name does not agree differs from those that stand, or from all."""
        others = self.standing or [other for other in self.voters if other != index]
        dates = {self.people[other].birth_date for other in others} - {None}
        born_same = mine is not None and mine in dates
        born_otherwise = mine is not None and bool(dates) and not born_same
        found = {self._likeness(index, other) for other in others}
        if Likeness.DIFFERENT in found:
            if born_otherwise:
                return "person_differs"
            return "name_differs_born_same_day" if born_same else "name_differs"
        if born_otherwise:
            return "birth_date_differs"
        return "name_partly_differs" if Likeness.PART in found else "name_in_other_script"

    def _birth_date(self) -> str | None:
        dated = [index for index in self.standing if self.people[index].birth_date is not None]
        # An identity credential that hides its birth date leaves the question to the others.
        decided = [index for index in dated if index in self.deciding]
        dates = [self.people[index].birth_date for index in decided or dated]
        date = _standing(dates, self.unanimous and bool(decided))
        return date if isinstance(date, str) else None

    def _groups(self, order: Iterable[int]) -> list[list[int]]:
        """Group voters whose names agree, directly or through one with both spellings.

        Within a group no two names differ; who comes first in ``order`` finds their group first.
        """
        groups: list[list[int]] = []
        for index in order:
            joined = [index]
            apart: list[list[int]] = []
            for group in groups:
                found = {self._likeness(one, other) for one in joined for other in group}
                if Likeness.SAME in found and Likeness.DIFFERENT not in found:
                    joined += group
                else:
                    apart.append(group)
            groups = [*apart, joined]
        return groups

    def _likeness(self, one: int, other: int) -> Likeness | None:
        pair = (min(one, other), max(one, other))
        if pair not in self._known:
            self._known[pair] = _relation(self.spellings[one], self.spellings[other])
        return self._known[pair]


def _spellings(person: Person) -> list[Spelling]:
    return [spelling for name in person.names if (spelling := spell(name)) is not None]


def _relation(one: Sequence[Spelling], other: Sequence[Spelling]) -> Likeness | None:
    """Compare two people's spellings; ``None`` when they share no script."""
    for latin in (False, True):
        ours = [spelling for spelling in one if spelling.latin is latin]
        theirs = [spelling for spelling in other if spelling.latin is latin]
        if ours and theirs:
            found = {a.likeness(b) for a in ours for b in theirs}
            return next(likeness for likeness in Likeness if likeness in found)
    return None


def _group_of(groups: Sequence[Sequence[int]], index: int) -> int:
    return next(place for place, group in enumerate(groups) if index in group)


def _standing(votes: Sequence[Hashable], unanimous: bool) -> Hashable:
    """Return the one value of all votes, or the most frequent; ``None`` when that is undecided."""
    ranked = Counter(votes).most_common(2)
    if not ranked or (len(ranked) == 2 and (unanimous or ranked[0][1] == ranked[1][1])):
        return None
    return ranked[0][0]
