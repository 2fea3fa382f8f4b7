"""N-Quads: terms and quads as text, in the canonical form that RDFC-1.0 signs ("Canonical form of N-Quads").

A quad is four strings in N-Quads syntax. Only a line feed ends a line: what else Python's ``splitlines``
takes for line ends may stand unescaped within a literal.
"""

import re
from typing import Final, NamedTuple

from digital_resume.core.errors import LimitError, MalformedError

MAX_QUADS: Final = 50_000

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

# Characters that no IRI has; unescaped they could end the term. RFC 3987, and Python's \s for jsonld.js's.
IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20<>\"{}|^`\\\x7f]*")
NEEDS_ESCAPE: Final = re.compile(r'[\x00-\x1f"\\\x7f\ufffe\uffff]')
_SHORT: Final = {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "\\": "\\\\",
}


class Quad(NamedTuple):
    """Subject, predicate, object and graph name in N-Quads syntax; the default graph is the empty string."""

    subject: str
    predicate: str
    object: str
    graph: str = ""


def escape(value: str) -> str:
    """Escape a literal's characters as the canonical form wants it, and no others."""
    return NEEDS_ESCAPE.sub(lambda m: _SHORT.get(m[0]) or f"\\u{ord(m[0]):04X}", value)


def literal(value: str, datatype: str = "", language: str = "") -> str:
    """Return a literal's term; ``xsd:string`` is not written."""
    text = f'"{escape(value)}"'
    if language:
        return f"{text}@{language}"
    return f"{text}^^<{datatype}>" if datatype and datatype != XSD + "string" else text


def format_quad(quad: Quad) -> str:
    """Return the quad's line, line end included."""
    subject, predicate, object_, graph = quad
    return f"{subject} {predicate} {object_} {graph} .\n" if graph else f"{subject} {predicate} {object_} .\n"


_TERM: Final = (
    r"(<[^\x00-\x20<>\"{}|^`\\]*>|_:[^\s<>\"]+?"
    r'|"(?:[^"\\\n\r]|\\[tbnrf"\'\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*"'
    r"(?:\^\^<[^\x00-\x20<>\"{}|^`\\]*>|@[A-Za-z]+(?:-[A-Za-z0-9]+)*)?)"
)
_LINE: Final = re.compile(rf"[ \t]*{_TERM}[ \t]*{_TERM}[ \t]*{_TERM}[ \t]*(?:{_TERM}[ \t]*)?\.[ \t]*")
_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(.*)', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_LONG: Final = {short[1]: character for character, short in _SHORT.items()} | {"'": "'"}


def parse_nquads(text: str) -> list[Quad]:
    """Parse N-Quads whose IRIs are unescaped; literals are brought to their canonical escapes.

    Raises:
        LimitError: more than ``MAX_QUADS`` lines.
        MalformedError: a line that is not a quad.
    """
    lines = text.split("\n")
    if len(lines) > MAX_QUADS:
        raise LimitError(f"There are more than {MAX_QUADS} N-Quads.")
    quads = []
    for number, line in enumerate(lines, 1):
        if not line.strip(" \t") or line.lstrip(" \t").startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or match[1].startswith('"') or not match[2].startswith("<"):
            raise MalformedError(f"Line {number} is not an N-Quad.")
        quads.append(Quad(match[1], match[2], _canonical_term(match[3]), match[4] or ""))
    return quads


def _canonical_term(term: str) -> str:
    match = _LITERAL.fullmatch(term)
    if match is None:
        return term
    value = _ESCAPED.sub(_unescape, match[1])
    suffix = match[2]
    if suffix == f"^^<{XSD}string>":
        suffix = ""
    return f'"{escape(value)}"{suffix}'


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "uU" and len(code) > 1:
        point = int(code[1:], 16)
        if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
            raise MalformedError("A literal has an escape that is no character.")
        return chr(point)
    return _LONG[code]
