"""Errors of the OpenID4VCI endpoints as their specs want them.

OpenID4VCI 1.0 sections 6.3 (token, RFC 6749 section 5.2), 8.3.1 (credential; authorization errors of
RFC 6750 section 3, RFC 9449 section 7.1) and 11.3 (notification). ``error_description`` is ASCII without
quote and backslash.
"""

import re
from http import HTTPStatus
from typing import Final

from starlette.responses import JSONResponse, Response

DPOP_ALGORITHMS: Final = ("ES256", "ES384", "EdDSA")
"""Those that a DPoP proof may be signed with."""

_DPOP_CHALLENGE: Final = f'DPoP algs="{" ".join(DPOP_ALGORITHMS)}"'
_OF_PROOFS: Final = frozenset({"invalid_dpop_proof", "use_dpop_nonce"})


class ProtocolError(Exception):
    """An error that an OpenID4VCI endpoint answers in its spec's JSON.

    Args:
        error: the spec's code.
        description: what happened and what to do, in ASCII.
        status: HTTP status.
        reason: our own stable code, where the spec's says less; it goes along as ``code``.
        dpop_nonce: nonce for the next DPoP proof.
        bound: the access token is bound to a key, so that the challenge is DPoP's.
    """

    def __init__(
        self,
        error: str,
        description: str,
        *,
        status: int = 400,
        reason: str | None = None,
        dpop_nonce: str | None = None,
        bound: bool = False,
    ) -> None:
        super().__init__(error)
        self.dpop_nonce = dpop_nonce
        self.bound = bound or error in _OF_PROOFS
        self.reason = reason
        self.error = error
        self.description = re.sub(r"[^\x20\x21\x23-\x5b\x5d-\x7e]", "", description)
        self.status = status

    def response(self) -> Response:
        """Render the error."""
        headers = {"Cache-Control": "no-store"}
        if self.status in (401, 403):
            headers["WWW-Authenticate"] = self._challenge()
        if self.dpop_nonce is not None:
            headers["DPoP-Nonce"] = self.dpop_nonce
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = "10"
        body = {"error": self.error, "error_description": self.description}
        if self.reason is not None:
            body["code"] = self.reason
        if self.error == "missing_token":
            # RFC 6750 section 3.1: without any authentication there is no error code to give.
            body = {}
        return JSONResponse(body, status_code=self.status, headers=headers)

    def _challenge(self) -> str:
        if self.error == "missing_token":
            return f"Bearer, {_DPOP_CHALLENGE}"
        scheme = f"{_DPOP_CHALLENGE}, " if self.bound else "Bearer "
        return f'{scheme}error="{self.error}", error_description="{self.description}"'


def invalid_token(description: str) -> ProtocolError:
    """Return the error of an access token that is not (or no longer) good."""
    return ProtocolError("invalid_token", description, status=401)
