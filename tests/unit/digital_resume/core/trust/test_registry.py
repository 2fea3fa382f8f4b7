"""What the registry answers about an institution becomes the domain's record, or nothing."""

import pytest

from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.registry import parse_issuer


def test_answer_for_another_institution_is_refused() -> None:
    raw = (True, "", "", "did:web:other", "", "", "", (), (), (), ())
    with pytest.raises(SourceUnavailableError):
        parse_issuer("did:web:x", raw)


def test_unknown_standing_is_refused() -> None:
    raw = (True, "", "", "did:web:x", "", "", "", ((9, 1, ""),), (), (), ())
    with pytest.raises(SourceUnavailableError):
        parse_issuer("did:web:x", raw)
