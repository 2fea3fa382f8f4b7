"""HTTP API of shares, ``/api/v1/shares``.

Only the fetch of a share is open to other origins (``*``: the verifier's page reads it, without cookies or
credentials); depositing, stopping and the openings belong to the wallet's own page. No cookie exists.
"""

import binascii
import re
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, StrictInt
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digital_resume.adapters.database import SessionDep
from digital_resume.core.resume.envelope import BLOCK_BYTES, MAX_BLOB_BYTES
from digital_resume.web.openapi import problems
from wallet import shares
from wallet.errors import ShareError
from wallet.openings import OpeningsCounter

PREFIX: Final = "/api/v1/shares"
#: Room for a block too many, so that a resume that is a little too large is told so in its own words.
MAX_BODY: Final = -(-(MAX_BLOB_BYTES + BLOCK_BYTES) * 4 // 3) + 1_024
_ID_FORM: Final = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]", re.ASCII)
_SECRET_FORM: Final = re.compile(r"Bearer ([A-Za-z0-9_-]{43})", re.ASCII | re.IGNORECASE)

_ENDED: Final = ("share_unknown", "share_stopped", "share_expired")
_SECRET: Final = ("stop_secret_missing", "stop_secret_wrong")

router = APIRouter(prefix=PREFIX, tags=["shares"])


class ShareDeposit(BaseModel):
    """A sealed resume."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "id": "c2hhcmUtaWQtZXhhbXBsZQ",
                "version": 1,
                "expires": 1798000000,
                "ciphertext": "OVwGu0kX2mV1bG9uZ2VyLWluLWZhY3Q",
                "stopKeyHash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            }
        },
    )

    # 16 bytes: the last character carries 2 bits, so only four spellings are canonical.
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{21}[AQgw]$", description="16 random bytes, base64url")]
    version: Annotated[StrictInt, Field(ge=1, le=1)]
    expires: Annotated[StrictInt, Field(ge=0, le=2**34, description="Unix seconds, 1 to 200 days from now")]
    ciphertext: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_-]+$",
            description="base64url of iv ‖ ciphertext ‖ tag, at most 512 KiB",
        ),
    ]
    stop_key_hash: Annotated[
        str,
        Field(
            alias="stopKeyHash", pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the 32-byte stop secret"
        ),
    ]


class ShareStored(BaseModel):
    """Answer to a deposit."""

    id: str
    expires: int


class SealedShare(BaseModel):
    """A share as anybody who has its link fetches it."""

    id: str
    version: int
    expires: int
    ciphertext: str


class Openings(BaseModel):
    """How often a share was fetched, and the last times, oldest first."""

    count: int
    openings: list[str]


_bearer = HTTPBearer(
    scheme_name="stopSecret", description="The share's stop secret: base64url of 32 bytes", auto_error=False
)


def stop_secret(
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
    _documented: Annotated[object, Depends(_bearer)] = None,
) -> bytes:
    """Return the secret from ``Authorization: Bearer <base64url of 32 bytes>``."""
    match = _SECRET_FORM.fullmatch(authorization or "")
    if match is None:
        raise ShareError("The stop secret is missing or has not its form.", code="stop_secret_missing")
    return _decode(match[1], "The stop secret", code="stop_secret_missing")


StopSecret = Annotated[bytes, Depends(stop_secret)]


@router.post(
    "",
    status_code=201,
    openapi_extra=problems(
        "share_id_taken",
        "share_expiry_invalid",
        "share_too_large",
        "share_store_full",
        "share_key_missing",
        "share_ciphertext_invalid",
    ),
)
async def deposit(
    body: ShareDeposit, session: SessionDep, request: Request, response: Response
) -> ShareStored:
    """Store a sealed resume; an identical repeat is accepted."""
    await shares.deposit_share(
        session,
        shares.Deposit(
            id=body.id,
            expires=body.expires,
            ciphertext=_decode(body.ciphertext, "The ciphertext"),
            stop_key_hash=bytes.fromhex(body.stop_key_hash),
        ),
        request.app.state.share_bounds,
        request.app.state.stored_bytes,
        keys=request.app.state.share_keys,
        now=datetime.now(UTC),
    )
    response.headers["location"] = f"{PREFIX}/{body.id}"
    response.headers["cache-control"] = "no-store"
    return ShareStored(id=body.id, expires=body.expires)


@router.get("/{share_id}", openapi_extra=problems(*_ENDED, "share_key_missing"))
async def fetch(share_id: str, session: SessionDep, request: Request, response: Response) -> SealedShare:
    """Fetch a sealed resume; counted as an opening."""
    now = datetime.now(UTC)
    share, ciphertext = await shares.read_share(
        session, _require_id(share_id), request.app.state.share_keys, now
    )
    openings: OpeningsCounter = request.app.state.openings
    if not getattr(request.state, "head", False):  # a HEAD fetches nothing
        openings.add(share.id, now)
    response.headers["cache-control"] = "no-store"
    return SealedShare(
        id=share.id, version=share.version, expires=share.expires, ciphertext=_encode(ciphertext)
    )


@router.delete("/{share_id}", status_code=204, openapi_extra=problems(*_ENDED, *_SECRET))
async def stop(share_id: str, session: SessionDep, secret: StopSecret, request: Request) -> None:
    """Stop a share at once and erase its ciphertext for good."""
    await shares.stop_share(
        session, _require_id(share_id), secret, request.app.state.share_keys, datetime.now(UTC)
    )


@router.get("/{share_id}/openings", openapi_extra=problems("share_unknown", *_SECRET))
async def openings(
    share_id: str, session: SessionDep, secret: StopSecret, request: Request, response: Response
) -> Openings:
    """Tell how often and when a share was opened."""
    counter: OpeningsCounter = request.app.state.openings
    await shares.authorise(session, _require_id(share_id), secret)
    # The caller is the share's owner by now, so writing for him cannot be made a hot path by strangers.
    await counter.flush()
    count, times = await shares.read_openings(session, share_id)
    response.headers["cache-control"] = "no-store"
    return Openings(count=count, openings=[at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in times])


def _require_id(share_id: str) -> str:
    if _ID_FORM.fullmatch(share_id) is None:
        raise ShareError("There is no such share. Check the link.", code="share_unknown")
    return share_id


def _decode(text: str, what: str, *, code: str = "share_ciphertext_invalid") -> bytes:
    try:
        value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise ShareError(f"{what} is not base64url.", code=code) from None
    if _encode(value) != text:
        raise ShareError(f"{what} is not canonical base64url.", code=code)
    return value


def _encode(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode().translate(_URL_SAFE).rstrip("=")


_URL_SAFE: Final = str.maketrans("+/", "-_")


class OpenFetch:
    """ASGI middleware: lets any origin read the fetch of a share, its refusals included, and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, adding the header where it belongs."""
        path = scope.get("path", "")
        rest = path.removeprefix(f"{PREFIX}/")
        if scope["type"] != "http" or scope["method"] != "GET" or rest == path or "/" in rest:
            await self._app(scope, receive, send)
            return

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["access-control-allow-origin"] = "*"
            await send(message)

        await self._app(scope, receive, send_open)
