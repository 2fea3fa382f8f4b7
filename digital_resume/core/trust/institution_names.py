"""Rules for institutions' names that are too dear to check on the chain.

A name is what a person trusts at a glance. So it is in Unicode normal form C, has nothing invisible in it,
uses the letters of Korean, Latin or Chinese characters only (no Cyrillic ``а`` for a Latin ``a``), and does
not look like the name of another institution.
"""

import unicodedata

from digital_resume.core.errors import MalformedError

MAX_NAME_BYTES = 200
_SCRIPTS = ("HANGUL", "LATIN", "CJK UNIFIED", "CJK COMPATIBILITY")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def check_name(name: str) -> None:
    """Refuse a name that could mislead its reader.

    Raises:
        MalformedError: empty, too long, not NFC, or with a character that is not accepted.
    """
    if not name.strip() or name != name.strip() or len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        raise MalformedError(
            f"An institution's name has 1 to {MAX_NAME_BYTES} bytes and no space around it. Correct it.",
            code="issuer_name_invalid",
        )
    if unicodedata.normalize("NFC", name) != name:
        raise MalformedError(
            "The institution's name is not in Unicode normal form C. Normalise it and try again.",
            code="issuer_name_invalid",
        )
    for position, character in enumerate(name):
        category = unicodedata.category(character)
        letter = category.startswith(("L", "M"))
        if category in _REFUSED_CATEGORIES or (
            letter and not unicodedata.name(character, "").startswith(_SCRIPTS)
        ):
            raise MalformedError(
                f"Character {position + 1} of the institution's name (U+{ord(character):04X}) is not "
                "accepted: names use Korean, Latin or Chinese letters and nothing invisible.",
                code="issuer_name_invalid",
            )


def name_skeleton(name: str) -> str:
    """Return the form in which two names that look alike are equal: width, case, spaces and marks dropped."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(c for c in folded if unicodedata.category(c)[0] in "LN")
    return kept.translate(str.maketrans("01i", "oll"))
