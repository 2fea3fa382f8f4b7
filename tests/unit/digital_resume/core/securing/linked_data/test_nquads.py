"""Statements as lines."""

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from digital_resume.core.errors import MalformedError
from digital_resume.core.securing.linked_data.nquads import format_quad, parse_nquads
from tests.unit.digital_resume.core.securing.linked_data.documents import has_surrogate, oxigraph

relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(relaxed, max_examples=200)
@given(st.text(max_size=12))
def test_literals_are_escaped_as_pyoxigraph_does(text: str) -> None:
    assume(not has_surrogate(text))
    term = str(ox.Literal(text))
    quads = parse_nquads(f"<urn:s> <urn:p> {term} .\n")
    assert [format_quad(quad) for quad in quads] == oxigraph([f"<urn:s> <urn:p> {term} .\n"], "sha256")


@pytest.mark.parametrize(
    "line",
    [
        "<urn:s> <urn:p> .",
        '"s" <urn:p> <urn:o> .',
        "<urn:s> _:p <urn:o> .",
        "<urn:s> <urn:p> <urn:o>",
        "<urn:s> <urn:p> <a b> .",
        '<urn:s> <urn:p> "\\ud800" .',
        '<urn:s> <urn:p> "\\U00110000" .',
        '<urn:s> <urn:p> "\\x" .',
    ],
)
def test_lines_that_are_no_quads(line: str) -> None:
    with pytest.raises(MalformedError):
        parse_nquads(line)
