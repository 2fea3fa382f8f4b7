"""Opening a share as its recipient does: which claims of which credentials were sent."""

import json
from datetime import UTC, datetime

import httpx

from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.resume.envelope import open_share, parse_link


def disclosed_of(link: str, wallet_url: str) -> dict[str, set[str]]:
    """Return the names of the claims that a share discloses, by type of credential."""
    share = parse_link(link)
    sealed = httpx.get(f"{wallet_url}/api/v1/shares/{share.share_id}").json()
    document = json.loads(
        open_share(
            b64u_decode(sealed["ciphertext"]),
            key=share.key,
            share_id=share.share_id,
            expires=datetime.fromtimestamp(sealed["expires"], UTC),
        )
    )
    told: dict[str, set[str]] = {}
    for credential in document["verifiableCredential"]:
        if not str(credential.get("id", "")).startswith("data:"):
            continue
        parts = credential["id"].split(",", 1)[1].split("~")
        payload = json.loads(b64u_decode(parts[0].split(".")[1]))
        told[payload["ld"]["type"][-1]] = {json.loads(b64u_decode(part))[1] for part in parts[1:-1]}
    return told
