"""What an institution asks the accrediting authority to enter, as a file between the two.

The issuer writes it (``resume institution application``), the authority reads it (``resume accredit
FILE.json``) and needs nothing of the issuer. Everything in it becomes public on the chain. It is not signed:
that it comes from the institution, and that key and account are the institution's, the authority makes sure
of by its own means.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from eth_utils.address import is_checksum_address

from digital_resume.adapters.chain.accreditation import Accreditable
from digital_resume.core.encoding.bounded_json import parse_json_object
from digital_resume.core.errors import LimitError, MalformedError

MAX_BYTES: Final = 64 * 1024
MAX_TYPES: Final = 64
_KIND: Final = "AccreditationApplication"
_TEXTS: Final = ("did", "nameKo", "nameEn", "url", "keyDigest", "anchorer")
_MEMBERS: Final = frozenset({"type", "version", "credentialTypes", *_TEXTS})
_DIGEST: Final = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


def encode_application(institution: Accreditable, anchorer: str) -> str:
    """Return the application's JSON text.

    Args:
        institution: what is to be on the chain.
        anchorer: address (EIP-55) that is to anchor and publish status for it.
    """
    document = {
        "type": _KIND,
        "version": 1,
        "did": institution.did,
        "nameKo": institution.name_ko,
        "nameEn": institution.name_en,
        "url": institution.url,
        "credentialTypes": list(institution.credential_types),
        "keyDigest": "0x" + institution.key_digest.hex(),
        "anchorer": anchorer,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def parse_application(path: Path) -> tuple[Accreditable, str]:
    """Read an application; returns what is to be on the chain, and the anchorer.

    Raises:
        LimitError: the file is too large.
        MalformedError: it cannot be read, or is no application.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise MalformedError(f"{path} cannot be read ({error.strerror}).") from error
    if len(content) > MAX_BYTES:
        raise LimitError(f"{path} is larger than an application may be ({MAX_BYTES} bytes).")
    document = parse_json_object(content)
    _check(document)
    institution = Accreditable(
        did=document["did"],
        name_ko=document["nameKo"],
        name_en=document["nameEn"],
        url=document["url"],
        credential_types=tuple(dict.fromkeys(document["credentialTypes"])),
        key_digest=bytes.fromhex(document["keyDigest"][2:]),
    )
    return institution, document["anchorer"]


def _check(document: dict[str, Any]) -> None:
    if set(document) != _MEMBERS or document["type"] != _KIND or document["version"] != 1:
        raise MalformedError(
            "This is no application for accreditation that this version knows. Ask the institution for the "
            "output of: resume institution application."
        )
    types = document["credentialTypes"]
    texts = [document[name] for name in _TEXTS] + (types if isinstance(types, list) else [None])
    if not all(isinstance(text, str) and text for text in texts) or not 1 <= len(types) <= MAX_TYPES:
        raise MalformedError("A value of the application is missing or no text.")
    if not document["did"].startswith("did:"):
        raise MalformedError("The application's DID is none.")
    if not _DIGEST.fullmatch(document["keyDigest"]):
        raise MalformedError("The application's keyDigest is not 0x and 64 lower-case hexadecimal digits.")
    if not is_checksum_address(document["anchorer"]):
        raise MalformedError("The application's anchorer is no address with its checksum (EIP-55).")
