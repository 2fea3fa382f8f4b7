"""What every endpoint of the signing API needs: the caller, and the idempotent running of a request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from digital_resume.adapters.database import SessionDep
from issuer.context import Context
from issuer.institutions.api_keys import Caller, authenticate
from issuer.signing_api import idempotency
from issuer.signing_api.idempotency import Answer

_bearer = HTTPBearer(
    scheme_name="apiKey", description="API key of the institution: `vdr_<key id>_<secret>`", auto_error=False
)


async def caller_of(
    request: Request, session: SessionDep, _documented: Annotated[object, Depends(_bearer)] = None
) -> Caller:
    """Return the institution that calls.

    Raises:
        UnauthenticatedError: no API key, or not a good one.
    """
    return await authenticate(session, request.headers.get("authorization"))


CallerDep = Annotated[Caller, Depends(caller_of)]


@dataclass(frozen=True, slots=True)
class Idempotent:
    """A request that is done once, however often it is sent."""

    key: str | None
    operation: str
    body: bytes

    async def run(
        self,
        session: AsyncSession,
        context: Context,
        caller: Caller,
        work: Callable[[], Awaitable[BaseModel]],
        *,
        status: int,
    ) -> Response:
        """Do ``work``, or replay what was answered before.

        Raises:
            IdempotencyKeyError: the key is missing or malformed.
            IdempotencyKeyReusedError: the key was used with another request.
        """
        key = idempotency.parse_key(self.key)
        institution_id = caller.institution.id
        answer = await idempotency.claim(
            session,
            context.cipher,
            institution_id=institution_id,
            key=key,
            operation=self.operation,
            body=self.body,
            now=context.clock.now(),
            lifetime=timedelta(seconds=context.settings.idempotency_seconds),
        )
        if answer is None:
            result = await work()
            answer = Answer(status, result.model_dump_json(by_alias=True).encode())
            await idempotency.keep(
                session, context.cipher, institution_id=institution_id, key=key, answer=answer
            )
        headers = {"Cache-Control": "no-store"}
        if answer.replayed:
            headers["Idempotency-Replayed"] = "true"
        return Response(answer.body, answer.status, headers, media_type="application/json")


async def idempotent_of(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="8 to 128 visible ASCII characters, new for each thing handed over",
            examples=["3f0f3c2e-6f0b-4a55-9a53-0f1f6f1f2d11"],
        ),
    ] = None,
) -> Idempotent:
    """Return the request's idempotency: its key, and what a repetition has in common with it."""
    return Idempotent(idempotency_key, f"{request.method} {request.url.path}", await request.body())


IdempotentDep = Annotated[Idempotent, Depends(idempotent_of)]
