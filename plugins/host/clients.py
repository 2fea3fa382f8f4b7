"""The clients that the host gives to modules: the issuer's signing API and the verification API over HTTP."""

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import SecretStr

from digital_resume.core.errors import SourceUnavailableError
from digital_resume.modules.api import IssuerRefusedError, Offer, RecordRef

_TIMEOUT = httpx.Timeout(20, connect=5)


class HttpIssuerClient:
    """``digital_resume.modules.api.IssuerClient`` with one module's API key.

    Args:
        client: HTTP client with the issuer's base URL.
        api_key: the module's own key; without one every call is refused before it leaves.
    """

    def __init__(self, client: httpx.AsyncClient, api_key: SecretStr | None) -> None:
        self._client = client
        self._api_key = api_key

    async def create_record(
        self,
        credential_type: str,
        claims: Mapping[str, Any],
        *,
        idempotency_key: str,
        external_id: str | None = None,
    ) -> RecordRef:
        """Hand in a record that waits for its owner."""
        body: dict[str, Any] = {"credentialType": credential_type, "claims": dict(claims)}
        if external_id is not None:
            body["externalId"] = external_id
        answer = await self._call(
            "POST", "/api/v1/records", body, headers={"idempotency-key": idempotency_key}
        )
        return RecordRef(str(answer["recordId"]), str(answer["state"]))

    async def offer_record(self, record_id: str) -> Offer:
        """Make a fresh offer for a waiting record."""
        answer = await self._call("POST", f"/api/v1/records/{_segment(record_id)}/offers", {})
        return Offer(
            offer=answer["offer"],
            offer_link=str(answer["offerLink"]),
            offer_uri=str(answer["offerUri"]),
            tx_code=str(answer["txCode"]),
            expires_at=str(answer["expiresAt"]),
        )

    async def record(self, record_id: str) -> Mapping[str, Any]:
        """Return what the issuer says of a record."""
        return await self._call("GET", f"/api/v1/records/{_segment(record_id)}")

    async def change_status(self, credential_id: str, status: str, *, reason: str | None = None) -> None:
        """Set a credential's status."""
        body = {"status": status, **({"reason": reason} if reason else {})}
        await self._call("POST", f"/api/v1/credentials/{_segment(credential_id)}/status", body)

    async def _call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        if self._api_key is None:
            raise IssuerRefusedError(
                "This module has no API key for the issuer. Set its ISSUER_API_KEY.",
                code="issuer_key_missing",
            )
        authorization = {"authorization": f"Bearer {self._api_key.get_secret_value()}"}
        return await _request(
            self._client, method, path, body, headers={**authorization, **(headers or {})}, what="issuer"
        )


class HttpVerifierClient:
    """``digital_resume.modules.api.VerifierClient``.

    Args:
        client: HTTP client with the verifier's base URL.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def verify(
        self,
        presentation: Mapping[str, Any],
        *,
        challenge: str,
        domain: str | None = None,
        expires: int | None = None,
    ) -> Mapping[str, Any]:
        """Return the verdict on a presentation."""
        body = {
            "presentation": dict(presentation),
            "challenge": challenge,
            "domain": domain,
            "expires": expires,
        }
        return await _request(self._client, "POST", "/api/v1/verifications", body, what="verifier")


def http_client(base_url: str) -> httpx.AsyncClient:
    """Make a client for one of the deployment's own services; proxies of the environment do not count."""
    return httpx.AsyncClient(base_url=base_url, timeout=_TIMEOUT, trust_env=False)


async def _request(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    body: Any = None,
    *,
    what: str,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    unavailable = SourceUnavailableError(f"The {what} cannot be reached. Try again in a moment.")
    try:
        response = await client.request(method, path, json=body, headers=headers)
        answer = response.json()
    except (httpx.HTTPError, ValueError):
        raise unavailable from None
    if response.status_code >= 500 or not isinstance(answer, dict):
        raise unavailable
    if response.is_error:
        code = answer.get("code")
        # The other service's own words; they name places, never values. What the person entered is theirs
        # to correct under its own code; everything else is between this module and the service.
        raise IssuerRefusedError(
            str(answer.get("detail") or f"The {what} refused the request.")[:500],
            code=code if response.status_code == 422 and isinstance(code, str) else None,
            status=response.status_code,
            reason=code,
        )
    return answer


def _segment(identifier: str) -> str:
    if not identifier or not identifier.replace("-", "").replace("_", "").isalnum() or len(identifier) > 128:
        raise IssuerRefusedError("An identifier is not of its form.", code="not_found", status=404)
    return identifier
