"""Values of the data model."""

import pytest

from digital_resume.core.credentials.vcdm_values import is_url


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("https://a.example/b#c?d", True),
        ("http://localhost", True),
        ("http://[::1]:80/x", True),
        ("https://", False),
        ("https:///path", False),
        ("https://a.example/b c", False),
        ("https://a.example/\n", False),
        ("https://a.example/<", False),
        ("did:key:zDn", True),
        ("name", False),
    ],
)
def test_a_url_is_a_url(text: str, answer: bool) -> None:
    assert is_url(text) is answer
