"""JSON-LD safe mode for what the service issues and verifies, and the bytes of the contexts it knows.

Undefined terms and types, redefined protected terms and unknown contexts are errors, whichever mechanism
secures the document (VCDM 2.0 sections 4.5 and 5.2.1; Data Integrity section 2.4.2).
"""

from collections.abc import Mapping
from typing import Any

from core.errors import ResumeError
from core.securing.linked_data.canonicalizer import default_canonicalizer
from core.securing.linked_data.contexts import default_loader


def check_linked_data(document: Mapping[str, Any]) -> None:
    """Refuse a document that JSON-LD would lose a part of; its proofs are the cryptosuites' to check.

    Raises:
        SchemaError: an undefined term or type, a redefined term, an unknown context.
        MalformedError: not a JSON-LD document, or out of bounds.
    """
    default_canonicalizer().canonicalize({name: value for name, value in document.items() if name != "proof"})


def context_bytes(url: str) -> bytes | None:
    """Return the bytes of a context that is at hand, for the digests of related resources."""
    loader = default_loader()
    try:
        return loader.text(url) if url in loader else None
    except ResumeError:
        return None
