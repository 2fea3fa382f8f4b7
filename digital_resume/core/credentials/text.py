"""What text may stand in a claim: readable as it looks, and never a resident registration number.

Unicode NFC (UAX #15); no control, bidirectional, invisible or private-use characters, so that what an
employer reads is what an institution signed. A joiner is no exception to that where its script needs it to be
read: between Persian letters, after a virama (RFC 5892, appendices A.1 and A.2), between RA and virama. A
resident registration number (주민등록번호) is six digits of birth date and seven more; it is refused however
it is spelt, because the law allows nobody here to keep it.
"""

import re
import unicodedata
from calendar import isleap
from typing import Final

import idna

# Letters by category, invisible by design (Hangul fillers).
_INVISIBLE: Final = frozenset("\u115f\u1160\u3164\uffa0")
_JOINERS: Final = frozenset("\u200c\u200d")
# RA, joiner, virama (র‍্য): The Unicode Standard, sections 12.2 and 12.8, of Bengali, Assamese and Kannada.
_AFTER_RA: Final = frozenset({"\u09b0\u200d\u09cd", "\u09f0\u200d\u09cd", "\u0cb0\u200d\u0ccd"})
_AROUND: Final = 32
_FORBIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

_SEPARATOR = r"[\s\-.,_/·:~\u2010-\u2015\u2212]"
_TOGETHER = re.compile(rf"(?<![0-9])([0-9]{{6}}){_SEPARATOR}{{0,3}}([0-9]{{7}})(?![0-9])")
_SPACED = re.compile(rf"(?<![0-9])([0-9](?:{_SEPARATOR}{{1,3}}[0-9]){{12}})(?![0-9])")
# Disguises: a date with marks between its parts, then marks and words such as 앞 or 뒷자리 before the seven
# digits. Amounts and counted things (원, 호) are something else, and so is what a currency stands before.
_MARK = r"(?:[^\w₩$€¥£]|_)"
_WORD = (
    r"(?:앞|뒤|뒷|자리|주민(?:등록)?(?:번호)?|생년월일|생일|생|이고|이며|그리고|은|는"
    r"|front|back|first|last|digits)"
)
_IN_DATE = r"[\s.,\-_/·:년월\u2010-\u2015\u2212]{1,3}"
_DISGUISED = re.compile(
    rf"(?<![0-9])((?:[0-9]{{6}}|[0-9]{{2}}{_IN_DATE}[0-9]{{2}}{_IN_DATE}[0-9]{{2}}))"
    rf"일?{_MARK}{{0,6}}(?:{_WORD}{_MARK}{{0,6}}){{0,8}}"
    r"([0-9]{7})(?![0-9])(?!\s*(?:원|만|천|호|명|건|개|점|won|krw))",
    re.IGNORECASE,
)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def text_fault(text: str, *, multiline: bool = False) -> str | None:
    """Name what is wrong with a text: ``not_nfc``, ``forbidden_character``, or ``None`` when nothing is.

    Args:
        text: the text.
        multiline: whether a line feed is allowed; no other control character ever is.
    """
    if text.isascii() and text.isprintable():
        return None
    for place, character in enumerate(text):
        if character in _JOINERS and _joins(text, place):
            continue
        if character in _INVISIBLE or (
            not (multiline and character == "\n") and unicodedata.category(character) in _FORBIDDEN_CATEGORIES
        ):
            return "forbidden_character"
    return None if unicodedata.is_normalized("NFC", text) else "not_nfc"


def _joins(text: str, place: int) -> bool:
    """Tell whether a joiner stands where its script needs it to be read."""
    if place > 0 and text[place - 1 : place + 2] in _AFTER_RA:
        return True
    begin = max(0, place - _AROUND)
    try:
        return idna.core.valid_contextj(text[begin : place + _AROUND], place - begin)
    except ValueError:
        return False  # a neighbour that Unicode has not assigned


def contains_resident_registration_number(text: str) -> bool:
    """Tell whether a resident registration number stands anywhere in ``text``.

    Digits of any script and width count, with or without spaces, dots or hyphens between them, and with a few
    marks or words (앞, 뒷자리) between date and rest. Counted is only what begins with a possible birth date
    and goes on with 1–8 (sex and century), so that certificate and document numbers pass. The wallet's
    ``protocol/free_text.js`` has the same rule; ``tests/vectors/resident-numbers.json`` holds both to it.
    """
    if sum(character.isdecimal() for character in text) < 13:
        return False
    plain = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in unicodedata.normalize("NFKC", text)
        if unicodedata.category(character) != "Cf"
    )
    candidates = [match[1] + match[2] for match in _TOGETHER.finditer(plain)]
    candidates += [re.sub(r"[^0-9]", "", match[1]) for match in _SPACED.finditer(plain)]
    candidates += [re.sub(r"[^0-9]", "", match[1] + match[2]) for match in _DISGUISED.finditer(plain)]
    return any(_looks_like_number(candidate) for candidate in candidates)


def number_is_resident_registration_number(number: int) -> bool:
    """Tell whether an integer is such a number written without hyphen."""
    return 10**11 <= number < 10**13 and _looks_like_number(f"{number:013d}")


def _looks_like_number(digits: str) -> bool:
    if digits[6] not in "12345678":
        return False
    century = 1900 if digits[6] in "1256" else 2000
    year, month, day = century + int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        return False
    return (month, day) != (2, 29) or isleap(year)
