"""An application for accreditation: what was written is read, and nothing else is."""

import json
from pathlib import Path
from typing import Any

import pytest

from digital_resume.adapters.chain.accreditation import Accreditable
from digital_resume.core.errors import LimitError, MalformedError
from issuer.commands.application import MAX_BYTES, encode_application, parse_application

ANCHORER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
INSTITUTION = Accreditable(
    did="did:web:issuer.example:i:sori",
    name_ko="소리대학교(시연용)",
    name_en="Sori University (demo)",
    url="https://issuer.example/i/sori",
    credential_types=("UniversityDegree", "AcademicTranscript"),
    key_digest=bytes(range(32)),
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "sori.json"
    file.write_text(encode_application(INSTITUTION, ANCHORER), "utf-8")
    assert parse_application(file) == (INSTITUTION, ANCHORER)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Something"},
        {"version": 2},
        {"more": "x"},
        {"did": "issuer.example"},
        {"nameKo": ""},
        {"nameEn": 7},
        {"url": None},
        {"credentialTypes": []},
        {"credentialTypes": "UniversityDegree"},
        {"credentialTypes": [["UniversityDegree"]]},
        {"credentialTypes": [f"T{n}" for n in range(65)]},
        {"keyDigest": "0x12"},
        {"keyDigest": "0x" + "g" * 64},
        {"anchorer": ANCHORER.lower()},
        {"anchorer": ANCHORER[:-1] + "e"},
    ],
    ids=str,
)
def test_an_application_that_is_none_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    file = tmp_path / "sori.json"
    document = json.loads(encode_application(INSTITUTION, ANCHORER))
    file.write_text(json.dumps({**document, **change}), "utf-8")
    with pytest.raises(MalformedError):
        parse_application(file)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"{}"])
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "sori.json"
    file.write_bytes(content)
    with pytest.raises(MalformedError):
        parse_application(file)
    with pytest.raises(MalformedError, match="cannot be read"):
        parse_application(tmp_path / "missing.json")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sori.json"
    file.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(LimitError):
        parse_application(file)
