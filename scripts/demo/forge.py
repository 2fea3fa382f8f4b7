"""A forger at work on a wallet of their own: what the demonstration's attacks do to a credential.

An altered claim is the best forgery possible without the institution's key: the disclosure is rewritten and
its digest in the signed part replaced, so that everything fits but the signature. A stranger's credential
fits whole, but for who signed it.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from digital_resume.core.credentials.catalog import credential_type as type_named
from digital_resume.core.credentials.sd_jwt_vc import issue_credential
from digital_resume.core.identifiers.did import did_key_from_public_key
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.sd_jwt import peek_sd_jwt


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


def sign_as_stranger(state: Path, credential_type: str) -> None:
    """Replace a credential by one of the same claims that somebody signed who is no institution.

    Args:
        state: the wallet's state file.
        credential_type: which credential to replace; the newest of its type.
    """
    wallet = json.loads(state.read_text())
    entry = next(e for e in reversed(wallet["entries"]) if e["type"] == credential_type)
    payload = peek_sd_jwt(entry["credential"]).reassemble().payload
    stranger = LocalSigner.generate("P-256")
    issued = issue_credential(
        type_named(credential_type),
        payload["ld"]["credentialSubject"],
        issuer=did_key_from_public_key(stranger.public_key),
        signer=stranger,
        holder_jwk=payload["cnf"]["jwk"],
        status_uri=payload["status"]["status_list"]["uri"],
        status_index=payload["status"]["status_list"]["idx"],
        issued_at=datetime.now(UTC) - timedelta(seconds=1),
        valid_from=None,
        valid_until=None,
    )
    entry |= {
        "id": issued.credential_id,
        "credential": issued.token,
        "leaf": issued.content.leaf.hex(),
        "receipt": None,
    }
    state.write_text(json.dumps(wallet))


def _digest(disclosure: str) -> str:
    return _encode(hashlib.sha256(disclosure.encode()).digest())


def _altered_disclosure(disclosures: list[str], claim: str, value: Any) -> tuple[int, str]:
    for index, disclosure in enumerate(disclosures):
        salt, name, *_ = json.loads(_decode(disclosure))
        if name == claim:
            return index, _encode(json.dumps([salt, name, value], ensure_ascii=False).encode())
    raise ValueError(f"the credential has no claim {claim}")
