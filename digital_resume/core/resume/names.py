"""Whether the names on several credentials can be one person's.

Institutions write one name in many ways: 김하늘, 김 하늘, KIM HANEUL, Ha-neul Kim, Nguyễn Thị Lan.
Two names agree when they are the same letters after NFKC (NFC with full-width forms folded), without case,
spaces, hyphens and punctuation, and, in Latin letters, without diacritics and with the family name first or
last. Letters that only look alike never agree: a Cyrillic а is not a Latin a. Hangul and Latin spellings are
linked only where one credential carries both (``nameRomanised``, ``aliases``): no romanisation is guessed.
Where two credentials both have a name that is not Latin, that one decides: 김하늘 and 김한을 are two people,
even if both write KIM HANEUL.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MAX_NAME_CHARS: Final = 200
MAX_ALIASES: Final = 8

_SEPARATORS: Final = re.compile(r"[\s,]+")
_LATIN_LETTERS: Final = str.maketrans(
    {"đ": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i"}
)


@dataclass(frozen=True, slots=True)
class Person:
    """What one credential says of who its subject is.

    Attributes:
        names: every spelling on it, as written; empty when it names nobody.
        birth_date: ISO date when it is disclosed.
    """

    names: tuple[str, ...]
    birth_date: str | None = None


def person_of(subject: Mapping[str, Any]) -> Person:
    """Read names and birth date from a credential's subject; what has not the form of one is left out."""
    aliases = subject.get("aliases")
    spellings = [
        subject.get("name"),
        subject.get("nameRomanised"),
        *(aliases[:MAX_ALIASES] if isinstance(aliases, list) else ()),
    ]
    written = [name for name in spellings if isinstance(name, str) and len(name) <= MAX_NAME_CHARS]
    names = tuple(dict.fromkeys(name for name in written if name_tokens(name)))
    birth_date = subject.get("birthDate")
    return Person(names, birth_date if isinstance(birth_date, str) else None)


def name_tokens(name: str) -> tuple[str, ...]:
    """Return a name's parts as they are compared: folded letters, no punctuation, no diacritics in Latin."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    parts = (_fold_part(part) for part in _SEPARATORS.split(folded))
    return tuple(part for part in parts if part)


def _fold_part(part: str) -> str:
    if any(unicodedata.name(letter, "").startswith("LATIN") for letter in part):
        part = "".join(
            letter for letter in unicodedata.normalize("NFD", part) if unicodedata.category(letter) != "Mn"
        ).translate(_LATIN_LETTERS)
    # Letters, marks and digits make a name; hyphens, apostrophes, dots and invisible characters do not.
    return "".join(letter for letter in part if unicodedata.category(letter)[0] in "LMN")


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two spellings are the same name (rules in the module's docstring)."""
    return _spelling(one).agrees(_spelling(other))


@dataclass(frozen=True, slots=True)
class _Spelling:
    """A name ready to be compared: its letters as written, and in every order they may stand in."""

    letters: str
    orders: frozenset[str]

    @property
    def latin(self) -> bool:
        return self.letters.isascii()

    def agrees(self, other: "_Spelling") -> bool:
        return bool(self.letters) and (other.letters in self.orders or self.letters in other.orders)


def _spelling(name: str) -> _Spelling:
    tokens = name_tokens(name)
    letters = "".join(tokens)
    orders = {letters}
    if len(tokens) > 1 and letters.isascii():
        # In Latin letters the family name stands first or last.
        orders |= {"".join((*tokens[1:], tokens[0])), "".join((tokens[-1], *tokens[:-1]))}
    return _Spelling(letters, frozenset(orders))


def _compare(one: Sequence[_Spelling], other: Sequence[_Spelling]) -> bool | None:
    """Tell whether two people's spellings agree; ``None`` when they share no script to compare."""
    for latin in (False, True):
        ours = [spelling for spelling in one if spelling.latin is latin]
        theirs = [spelling for spelling in other if spelling.latin is latin]
        if ours and theirs:
            return any(a.agrees(b) for a in ours for b in theirs)
    return None


def compare_people(
    people: Sequence[Person],
    references: Sequence[int] | None = None,
    voters: Sequence[int] | None = None,
) -> list[str | None]:
    """Find which of several credentials are not the same person's as the rest.

    Args:
        people: one entry a credential.
        references: indices of trusted identity credentials, whose person everybody else must be.
        voters: without references, indices of those that decide; everybody when ``None``. The largest group
            of agreeing voters stands; when no group is largest nobody does.

    Returns:
        For each credential ``name_differs``, ``birth_date_differs`` or ``no_name``, ``None`` when it agrees.
    """
    deciding = set(references or voters or range(len(people)))
    found: list[str | None] = [None if person.names else "no_name" for person in people]
    named = [index for index, person in enumerate(people) if person.names]
    groups = _name_groups(people, sorted(named, key=lambda index: index not in deciding))
    standing = _standing([groups[index] for index in named if index in deciding], bool(references))
    for index in named:
        if groups[index] != standing:
            found[index] = "name_differs"

    dated = [index for index in named if found[index] is None and people[index].birth_date is not None]
    # An identity credential that hides its birth date leaves the question to the others.
    dates = [people[index].birth_date for index in dated if index in deciding]
    unanimous = bool(references and dates)
    date = _standing(dates or [people[index].birth_date for index in dated], unanimous)
    for index in dated:
        if people[index].birth_date != date:
            found[index] = "birth_date_differs"
    return found


def _name_groups(people: Sequence[Person], order: Sequence[int]) -> dict[int, int]:
    """Group credentials whose names agree, directly or through one with both spellings.

    Within a group no two names differ; who comes first in ``order`` finds their group first.
    """
    spellings = {index: [_spelling(name) for name in people[index].names] for index in order}
    groups: list[list[int]] = []
    for index in order:
        joined = [index]
        apart: list[list[int]] = []
        for group in groups:
            relations = [_compare(spellings[one], spellings[other]) for one in joined for other in group]
            if True in relations and False not in relations:
                joined += group
            else:
                apart.append(group)
        groups = [*apart, joined]
    return {index: min(group) for group in groups for index in group}


def _standing(votes: Sequence[Hashable], unanimous: bool) -> Hashable:
    """Return the one value of all votes, or the most frequent; ``None`` when that is undecided."""
    ranked = Counter(votes).most_common(2)
    if not ranked or (len(ranked) == 2 and (unanimous or ranked[0][1] == ranked[1][1])):
        return None
    return ranked[0][0]
