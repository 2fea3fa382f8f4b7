"""Values as RDF: languages, directions, numbers, and what says nothing."""

from typing import Any

import pytest

from digital_resume.core.errors import (
    MalformedError,
)
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer

V2 = "https://www.w3.org/ns/credentials/v2"


def credential(**members: Any) -> dict[str, Any]:
    return {
        "@context": [V2, {"Degree": "urn:t:Degree", "major": "urn:t:major"}],
        "type": ["VerifiableCredential", "Degree"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:subject", "major": "법학"},
        **members,
    }


def test_null_and_empty_values_say_nothing() -> None:
    plain = default_canonicalizer().canonicalize(credential())
    assert default_canonicalizer().canonicalize(credential(name=None, evidence=[])) == plain


def test_values_that_plans_leave_to_the_general_way() -> None:
    document = credential(
        name=[
            {"@value": "법학사", "@language": "ko"},
            {"@value": "שם", "@language": "he", "@direction": "rtl"},
        ],
        credentialSubject={"id": "did:example:subject", "major": [1.5, 5.0, 1e21, -0.0, True, 7]},
    )
    text = default_canonicalizer().canonicalize(document).decode()
    for wanted in (
        '"법학사"@ko',
        '"שם"^^<https://www.w3.org/ns/i18n#he_rtl>',
        '"1.5E0"^^<http://www.w3.org/2001/XMLSchema#double>',
        '"5"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"1.0E21"^^<http://www.w3.org/2001/XMLSchema#double>',
        '"0"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>',
    ):
        assert wanted in text
    with pytest.raises(MalformedError):
        default_canonicalizer().canonicalize(credential(credentialSubject={"major": 2**53 + 1}))


def test_lone_surrogate_is_refused() -> None:
    with pytest.raises(MalformedError):
        default_canonicalizer().canonicalize(credential(name="\ud800"))


@pytest.mark.parametrize("text", ["45", "4_5", "٤٥", "４５", " 45\n", "45.0", "4.5E1"])
def test_a_string_typed_as_a_double_stays_as_it_is_written(text: str) -> None:
    double = "http://www.w3.org/2001/XMLSchema#double"
    document = credential(credentialSubject={"major": {"@value": text, "@type": double}})
    written = text.replace("\n", "\\n")
    assert f'"{written}"^^<{double}>' in default_canonicalizer().canonicalize(document).decode()


def test_an_integer_that_is_a_double_is_written_in_full() -> None:
    document = credential(credentialSubject={"major": [10**20, 2**68]})
    text = default_canonicalizer().canonicalize(document).decode()
    for wanted in ("100000000000000000000", str(2**68)):
        assert f'"{wanted}"^^<http://www.w3.org/2001/XMLSchema#integer>' in text
