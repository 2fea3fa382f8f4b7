"""JSON-LD safe mode for what the service issues and verifies, and the bytes of the contexts it knows.

Undefined terms and types, redefined protected terms and unknown contexts are errors, whichever mechanism
secures the document (VCDM 2.0 sections 4.5 and 5.2.1; Data Integrity section 2.4.2).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.errors import ResumeError, SchemaError
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer

_VOCABULARY: Final = "https://www.w3.org/2018/credentials#"
_READ_MEMBERS: Final = (
    "issuer",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
    "credentialStatus",
    "credentialSubject",
)
"""What is read from the JSON once the statements were verified."""


def check_linked_data(document: Mapping[str, Any]) -> None:
    """Refuse a document that JSON-LD would lose a part of, or that says when it ends where nobody reads it.

    Its proofs are the cryptosuites' to check.

    Raises:
        SchemaError: an undefined term or type, a redefined term, an unknown context; ``respelled_member``:
            validity, status or issuer under another name, which suites that sign statements allow a holder.
        MalformedError: not a JSON-LD document, or out of bounds.
    """
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    statements = default_canonicalizer().canonicalize(unsecured).decode().split("\n")
    own = f"<{document['id']}> " if isinstance(document.get("id"), str) else "_:"
    said = Counter(line.split(" ", 2)[1] for line in statements if line.startswith(own))
    for name in _READ_MEMBERS:
        if said[f"<{_VOCABULARY}{name}>"] > len([each for each in as_list(document.get(name)) if each]):
            # Without an id the document's own statements are not told from those of credentials in it.
            if own == "_:" and said[f"<{_VOCABULARY}{name}>"] <= _count(unsecured, name):
                continue
            raise SchemaError(
                f"The document says '{name}' under another name. Write it as the data model does.",
                code="respelled_member",
                term=name,
            )


def without_foreign_claims(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a token's document without the JWT claims beside it that its contexts do not define.

    VC-JOSE-COSE, "With JOSE": "All claims that are not understood MUST be ignored". They are covered by the
    signature and say nothing of the credential.

    Raises:
        SchemaError: as ``check_linked_data``, of the contexts.
    """
    defined = default_canonicalizer().defined_terms(document)
    return {name: value for name, value in document.items() if name.startswith("@") or name in defined}


def _count(value: object, name: str) -> int:
    """Return how many values members of a name have, anywhere in a document."""
    if isinstance(value, list):
        return sum(_count(each, name) for each in value)
    if not isinstance(value, dict):
        return 0
    own = len([each for each in as_list(value.get(name)) if each])
    return own + sum(_count(each, name) for each in value.values())


def context_bytes(url: str) -> bytes | None:
    """Return the bytes of a context that is at hand, for the digests of related resources."""
    loader = default_canonicalizer().loader
    try:
        return loader.text(url) if url in loader else None
    except ResumeError:
        return None
