"""Whether two spellings are one name.

Institutions write one name in many ways: 김하늘, 김 하늘, KIM HANEUL, Ha-neul Kim, Nguyễn Thị Lan. Two names
are the same when they have the same letters after NFKC (UAX #15), without case, spaces, hyphens, apostrophes
and punctuation, and, in Latin letters, without diacritics or in the transliteration of a passport (ICAO Doc
9303-3, section 6.A), with the family name first or last. Letters that only look alike never agree: a Cyrillic
а is not a Latin a. No script is transliterated into another.

A name is a part of another when it lacks some of its words (a middle name, a second family name, JR) or
abbreviates them. That is no contradiction, and no agreement either.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import product
from math import prod
from typing import Final

MAX_NAME_CHARS: Final = 200
MAX_WORDS: Final = 8
"""Longer names are compared as a whole only."""

_SEPARATORS: Final = re.compile(r"[\s,]+")
_APOSTROPHES: Final = dict.fromkeys(
    map(ord, "'`´ʹʺʻʼʽʾʿˈˊˋ΄᾽᾿‘’‚‛′‵＇｀\N{LATIN SMALL LETTER SALTILLO}\N{LATIN CAPITAL LETTER SALTILLO}՚׳")
)
"""Marks within a word; Unicode counts some as letters, and takes others apart into a blank and a mark."""

# What a Latin letter becomes: without diacritics, by the table of ICAO Doc 9303-3 (eighth edition,
# 2021), section 6.A, and by it with the other of two spellings where it leaves the choice (Ä, Å, Ö,
# Ü). The table leaves the choice letter by letter: MUELLER ASA is Müller Åsa. NXX and UXX, which
# the table has for Ñ and Ü too, are not read: no name is spelled so outside a machine readable
# zone. What the table lacks (Ə and further letters of African and Turkic alphabets) becomes the
# letter that it is made of.
_LATIN: Final[dict[str, tuple[str, str, str]]] = {
    "ä": ("a", "ae", "a"),
    "ö": ("o", "oe", "o"),
    "ü": ("u", "ue", "u"),
    "å": ("a", "aa", "a"),
    "ø": ("o", "oe", "oe"),
    **{
        letter: (written, written, written)
        for letter, written in {
            "æ": "ae",
            "œ": "oe",
            "ß": "ss",
            "þ": "th",
            "ð": "d",
            "đ": "d",
            "ɖ": "d",
            "ɗ": "d",
            "ə": "e",
            "ǝ": "e",
            "ɛ": "e",
            "ɓ": "b",
            "ƒ": "f",
            "ɣ": "g",
            "ħ": "h",
            "ı": "i",
            "ɨ": "i",
            "ĸ": "q",
            "ƙ": "k",
            "ł": "l",
            "ŋ": "n",
            "ɲ": "n",
            "ɔ": "o",
            "ŧ": "t",
            "ʉ": "u",
            "ʋ": "v",
            "ƴ": "y",
        }.items()
    },
}
_WAYS: Final = 3
MAX_SPELLINGS: Final = 64
"""Of a name with more, those are compared in which every letter is written in the same way."""

_Parts = tuple[tuple[str, str, str], ...]
"""A word's letters, each in every way of writing it."""


class Likeness(Enum):
    """How two names relate."""

    SAME = "same"
    PART = "part"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name ready to be compared.

    Attributes:
        latin: whether all its letters are Latin.
        words: its words without diacritics.
        written: its letters as they stand, once for each way of transliterating every one of them, at most
            ``MAX_SPELLINGS``.
        orders: the same, with the family name first or last.
    """

    latin: bool
    words: tuple[str, ...]
    written: frozenset[str]
    orders: frozenset[str]

    def likeness(self, other: "Spelling") -> Likeness:
        """Compare two spellings."""
        if self.written & other.orders or self.orders & other.written:
            return Likeness.SAME
        if self.latin is other.latin and (
            _is_part(self.words, other.words) or _is_part(other.words, self.words)
        ):
            return Likeness.PART
        return Likeness.DIFFERENT


def spell(name: str) -> Spelling | None:
    """Prepare a name to be compared; ``None`` when it has no letter."""
    plain = name.translate(_APOSTROPHES)
    # Folding can bring marks back: ŉ becomes ʼn.
    folded = unicodedata.normalize("NFKC", plain).casefold().translate(_APOSTROPHES)
    words = [parts for word in _SEPARATORS.split(folded) if (parts := _parts(word))]
    if not words:
        return None
    plain_words = tuple("".join(part[0] for part in parts) for parts in words)
    latin = all(_is_latin(letter) for word in plain_words for letter in word)
    orders = [words]
    if latin and len(words) > 1:
        # In Latin letters the family name stands first or last.
        orders += [words[1:] + words[:1], words[-1:] + words[:-1]]
    written, *turned = (_spellings([part for parts in order for part in parts]) for order in orders)
    return Spelling(latin, plain_words, written, written.union(*turned))


def _spellings(parts: list[tuple[str, str, str]]) -> frozenset[str]:
    choices = [tuple(dict.fromkeys(part)) for part in parts]
    if prod(map(len, choices)) <= MAX_SPELLINGS:
        return frozenset(map("".join, product(*choices)))
    return frozenset("".join(part[way] for part in parts) for way in range(_WAYS))


def is_same_name(one: str, other: str) -> bool:
    """Tell whether two spellings are the same name (rules in the module's docstring)."""
    first, second = spell(one), spell(other)
    return first is not None and second is not None and first.likeness(second) is Likeness.SAME


def search_key(name: str) -> str | None:
    """Return what every spelling of a name has in common; ``None`` when it has no letter.

    Two names that are the same have the same key; the reverse is not so. An index over keys finds whatever
    ``is_same_name`` may accept, which then decides.
    """
    spelling = spell(name)
    if spelling is None:
        return None
    # Orders and spaces move letters; transliterations differ by a and e only (Å: A, AA; Ö: O, OE).
    return "".join(sorted(letter for letter in "".join(spelling.words) if letter not in "ae"))


def _parts(word: str) -> _Parts | None:
    """Return a word's letters in each way of transliterating them; ``None`` when it has none."""
    # Letters, marks and digits make a name; hyphens, dots and invisible characters do not.
    kept = "".join(letter for letter in word if unicodedata.category(letter)[0] in "LMN")
    if kept.isascii():
        return ((kept, kept, kept),) if kept else None
    if not all(_is_latin(letter) for letter in kept if unicodedata.category(letter)[0] == "L"):
        return ((kept, kept, kept),)
    # Unicode may put a letter's marks in another order: Ü with a tone is Ü first.
    parts = tuple(_letter_ways(letter) for letter in unicodedata.normalize("NFC", kept))
    return parts if any(part[0] for part in parts) else None


@lru_cache(maxsize=2_048)
def _letter_ways(letter: str) -> tuple[str, str, str]:
    base = letter
    while base not in _LATIN:
        taken_apart = unicodedata.decomposition(base)
        if not taken_apart or taken_apart.startswith("<"):
            base = "" if unicodedata.category(base) == "Mn" else base
            return base, base, base
        base = chr(int(taken_apart.split()[0], 16))
    return _LATIN[base]


@lru_cache(maxsize=2_048)
def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith(("LATIN", "COMBINING"))


def _is_part(few: tuple[str, ...], many: tuple[str, ...]) -> bool:
    """Tell whether every word of a name of two words or more is another's, or the initial of one."""
    if not 2 <= len(few) <= len(many) <= MAX_WORDS or set(few).isdisjoint(many):
        return False
    left = list(many)
    initials = []
    for word in few:
        if word in left:
            left.remove(word)
        else:
            initials.append(word)
    for initial in initials:
        found = next((word for word in left if len(initial) == 1 and word.startswith(initial)), None)
        if found is None:
            return False
        left.remove(found)
    return True
