"""A forger at work on a wallet of their own: what the demonstration's attacks do to a credential.

The forgery is the best one possible without the institution's key: the disclosure is rewritten and
its digest in the signed part replaced, so that everything fits but the signature.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Any


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def alter_claim(state: Path, credential_type: str, claim: str, value: Any) -> None:
    """Rewrite one claim of a credential that a Node wallet's state file holds.

    Args:
        state: the wallet's state file.
        credential_type: which credential to alter.
        claim: name of one of its claims, visible or selectively disclosable.
        value: what it shall say instead.
    """
    wallet = json.loads(state.read_text())
    entry = next(e for e in wallet["entries"] if e["type"] == credential_type)
    header, payload, rest = entry["credential"].split(".", 2)
    signature, *disclosures = rest.rstrip("~").split("~")
    body = json.loads(_decode(payload))
    if claim in body["ld"]["credentialSubject"]:
        body["ld"]["credentialSubject"][claim] = value
        text = json.dumps(body, ensure_ascii=False)
    else:
        index, altered = _altered_disclosure(disclosures, claim, value)
        text = _decode(payload).decode().replace(_digest(disclosures[index]), _digest(altered))
        disclosures[index] = altered
    entry["credential"] = "~".join([f"{header}.{_encode(text.encode())}.{signature}", *disclosures, ""])
    state.write_text(json.dumps(wallet))


def _digest(disclosure: str) -> str:
    return _encode(hashlib.sha256(disclosure.encode()).digest())


def _altered_disclosure(disclosures: list[str], claim: str, value: Any) -> tuple[int, str]:
    for index, disclosure in enumerate(disclosures):
        salt, name, *_ = json.loads(_decode(disclosure))
        if name == claim:
            return index, _encode(json.dumps([salt, name, value], ensure_ascii=False).encode())
    raise ValueError(f"the credential has no claim {claim}")
