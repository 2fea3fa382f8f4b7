"""Words of every error for a person: one table, for our HTTP APIs and for the command line.

``error_words.json`` has an entry a code: ``ko``, what happened and what to do in Korean, and where our HTTP
APIs answer with the code, its ``title`` and ``title_ko``; under ``particulars``, sentences that say more than
``ko`` in one case of it, with a place for each value that is filled in. The English sentence is the error's
own message. Modules bring words of their own with their problem kinds.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from digital_resume.core.errors import ResumeError

_FILE: Final = Path(__file__).with_suffix(".json")


class Words(NamedTuple):
    """What is said of a code: Korean, and a title in both languages where HTTP shows it."""

    ko: str
    title: str = ""
    title_ko: str = ""
    particulars: Mapping[str, str] = MappingProxyType({})


@cache
def all_words() -> Mapping[str, Words]:
    """Return the whole table, by code."""
    return {code: Words(**entry) for code, entry in json.loads(_FILE.read_text("utf-8")).items()}


def words_of(code: str) -> Words:
    """Return what is said of a code.

    Raises:
        KeyError: nothing is.
    """
    return all_words()[code]


def particular(code: str, case: str, /, **values: Any) -> str:
    """Return the Korean sentence of one case of a code, with its values filled in.

    Raises:
        KeyError: there is no such case, or a value is missing.
    """
    return words_of(code).particulars[case].format(**values)


def words_for(error: ResumeError) -> Words:
    """Return what is said of an error: of its code, else of the nearest of its families."""
    families = (vars(family).get("code", "") for family in type(error).__mro__)
    table = all_words()
    return next(table[code] for code in (error.code, *families) if code in table)
