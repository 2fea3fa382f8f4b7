"""Verify a share link as the verify page does: fetch the ciphertext, open it here, ask the verifier.

Which verifier is asked is the caller's choice and never the link's: whoever made the link would else choose
who judges it. The verify page ignores the host of a scanned link for the same reason.
"""

import json
from datetime import UTC, datetime
from typing import Any

import httpx

from core.errors import EnvelopeError, SourceUnavailableError
from core.resume.envelope import open_share, parse_link
from core.securing.encoding import b64u_decode

_MAX_ANSWER = 8_000_000


def verify_link(link: str, verifier_url: str) -> dict[str, Any]:
    """Return the verdict on what a share link leads to.

    Args:
        link: ``{VERIFIER_URL}/v/{id}#{key}``. The key never leaves this process; the host is not asked.
        verifier_url: the verifier that is trusted.

    Raises:
        EnvelopeError: the link or the share is damaged.
        SourceUnavailableError: verifier or wallet server do not answer.
    """
    parts = parse_link(link)
    verifier_url = verifier_url.rstrip("/")
    with httpx.Client(timeout=30, trust_env=False) as client:
        configuration = _json(client, "GET", f"{verifier_url}/config.json")
        share = client.get(f"{configuration['walletUrl']}/api/v1/shares/{parts.share_id}")
        if share.status_code in {404, 410}:
            return _ended(share)
        body = _body(share)
        presentation = open_share(
            b64u_decode(body["ciphertext"], max_bytes=2_000_000),
            key=parts.key,
            share_id=parts.share_id,
            expires=datetime.fromtimestamp(int(body["expires"]), UTC),
            version=body["version"],
        )
        verdict: dict[str, Any] = _json(
            client,
            "POST",
            f"{verifier_url}/api/v1/verifications",
            {
                "presentation": json.loads(presentation),
                "challenge": parts.share_id,
                "domain": None,
                "expires": body["expires"],
            },
        )
        return verdict


def _ended(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code == 404:
        raise EnvelopeError("There is no such share. Check the link, or ask its sender for a new one.")
    return {
        "verdict": "sharing_ended",
        "title": {"ko": "공유 종료", "en": "Sharing ended"},
        "next": {
            "ko": "보낸 분에게 새 링크를 부탁하세요.",
            "en": "Ask the sender for a new link.",
        },
        "items": [],
    }


def _json(client: httpx.Client, method: str, url: str, body: Any = None) -> Any:
    try:
        return _body(client.request(method, url, json=body))
    except httpx.HTTPError:
        raise SourceUnavailableError("The verifier does not answer. Try again in a moment.") from None


def _body(answer: httpx.Response) -> Any:
    if answer.is_error or len(answer.content) > _MAX_ANSWER:
        raise SourceUnavailableError(f"A server answered {answer.status_code}. Try again in a moment.")
    try:
        return answer.json()
    except ValueError:
        raise SourceUnavailableError("A server answered something that is not JSON.") from None
