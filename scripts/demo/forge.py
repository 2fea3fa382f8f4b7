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
        claim: name of a selectively disclosable claim.
        value: what it shall say instead.
    """
    wallet = json.loads(state.read_text())
    entry = next(e for e in wallet["entries"] if e["type"] == credential_type)
    header, payload, rest = entry["credential"].split(".", 2)
    signature, *disclosures = rest.rstrip("~").split("~")
    for index, disclosure in enumerate(disclosures):
        salt, name, *_ = json.loads(_decode(disclosure))
        if name == claim:
            altered = _encode(json.dumps([salt, name, value], ensure_ascii=False).encode())
            before = _encode(hashlib.sha256(disclosure.encode()).digest())
            after = _encode(hashlib.sha256(altered.encode()).digest())
            body = _decode(payload).decode().replace(before, after)
            disclosures[index] = altered
            entry["credential"] = (
                "~".join([f"{header}.{_encode(body.encode())}.{signature}", *disclosures]) + "~"
            )
            state.write_text(json.dumps(wallet))
            return
    raise ValueError(f"{credential_type} discloses no claim {claim}")
