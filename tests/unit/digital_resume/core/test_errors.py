"""The domain's errors: a code for programs, a message for people, and context that is safe to show."""

from collections.abc import Iterator

import pytest

from digital_resume.core import errors
from digital_resume.core.errors import LimitError, MalformedError, ResumeError, SourceUnavailableError


def families(base: type[ResumeError] = ResumeError) -> Iterator[type[ResumeError]]:
    """Yield every error that the module declares, the root first."""
    yield base
    for child in base.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from families(child)


FAMILIES = list(families())


def test_every_family_has_a_code_of_its_own() -> None:
    codes = [family.code for family in FAMILIES]
    assert len(set(codes)) == len(codes) > 10


@pytest.mark.parametrize("family", FAMILIES)
def test_an_error_has_its_familys_code_unless_it_names_another(family: type[ResumeError]) -> None:
    assert family("What happened.").code == family.code
    named = family("What happened.", code="more_precise", number=7)
    assert (named.code, named.message, str(named)) == ("more_precise", "What happened.", "What happened.")
    assert named.context == {"number": 7}
    assert isinstance(named, ResumeError)


def test_what_is_too_large_is_malformed_and_what_is_away_is_not() -> None:
    assert issubclass(LimitError, MalformedError)
    assert not issubclass(SourceUnavailableError, MalformedError)
