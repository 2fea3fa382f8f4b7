"""The issuer: signing API, OpenID4VCI, claims by identity, receipts, status lists.

``resume serve issuer`` serves it; ``resume worker`` (or ``python -m issuer.worker``)
anchors and publishes. This file only wires.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.responses import JSONResponse, Response

from digital_resume.adapters.chain.roles import check_chain_at_start
from digital_resume.adapters.database.roles import check_own_role
from digital_resume.core.credentials.catalog import Catalog
from digital_resume.core.ports import Clock
from digital_resume.web import ContentSecurityPolicy, harden
from digital_resume.web.openapi import describe
from digital_resume.web.problems import ProblemCatalogue, install_problem_handlers
from digital_resume.web.rate_limits import RateRule, add_rate_limits
from digital_resume.web.request_limits import BodyLimits
from issuer.anchoring.proofs import StorageProofs
from issuer.anchoring.routes import router as receipts
from issuer.claims.routes import router as claims
from issuer.context import Context
from issuer.cross_origin import OpenToWallets
from issuer.institutions.routes import router as institutions
from issuer.openapi import complete
from issuer.openid4vci.errors import ProtocolError
from issuer.openid4vci.routes import router as openid4vci
from issuer.openid4vci.spec_errors import SpecErrors
from issuer.problems import KINDS
from issuer.settings import IssuerSettings
from issuer.signing_api.routes import router as signing_api
from issuer.status.routes import router as status
from issuer.status.serving import StatusForms

log = logging.getLogger(__name__)

MAX_BODY = 65_536
MAX_PUBLIC_BODY = 32_768
#: What anybody may ask for, and what it costs us a row or a signature.
_LIMITED = tuple(
    RateRule(name, route, "public_requests_per_minute")
    for name, route in (
        ("offer", "GET /i/{slug}/offers/{offer_id}"),
        ("nonce", "POST /i/{slug}/nonce"),
        ("token", "POST /i/{slug}/token"),
        ("credential", "POST /i/{slug}/credential"),
        ("notification", "POST /i/{slug}/notification"),
        ("identity", "POST /i/{slug}/claims/identity"),
        ("proof", "GET /receipts/{leaf}/proof"),
    )
)

_DESCRIPTION = """
기관이 서명하고, 체인이 그 시각을 증명하고, 구직자가 지갑으로 받아 가는 곳입니다.

Institutions hand in **records** (or sign at once for a known holder), seekers claim them through
**OpenID4VCI 1.0**, a worker anchors every credential's leaf on the chain and publishes the status root.

Errors of this API are RFC 9457 problem documents with a stable `code`, in Korean and English;
those of the OpenID4VCI endpoints are the spec's own JSON.
"""

_TAGS = [
    {"name": "Signing API", "description": "기관 시스템용 · For institutions, with an API key."},
    {"name": "OpenID4VCI", "description": "지갑용 · For wallets: OpenID4VCI 1.0, pre-authorized code."},
    {"name": "Claims", "description": "본인확인으로 받기 · Claiming by presenting an IdentityCredential."},
    {"name": "Receipts", "description": "앵커 영수증 · Proof that a credential is anchored."},
    {"name": "Status", "description": "상태 목록 · Status lists in their published forms."},
    {"name": "Institution", "description": "기관 문서 · DID documents."},
]


def create_app(
    settings: IssuerSettings | None = None, *, clock: Clock | None = None, catalog: Catalog | None = None
) -> FastAPI:
    """Make the issuer; settings come from the environment unless handed in.

    Args:
        settings: what the environment says.
        clock: the system's when not given.
        catalog: credential types; those of the settings when not given.
    """
    settings = settings or IssuerSettings()
    context = Context.from_settings(settings, clock=clock, catalog=catalog)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if settings.demonstration:
            log.warning("시연용 · This issuer is a demonstration: ENVIRONMENT is not production.")
        await asyncio.to_thread(check_chain_at_start, settings)
        await asyncio.to_thread(check_own_role, settings, settings.database_url.get_secret_value(), "issuer")
        try:
            yield
        finally:
            await context.close()

    app = FastAPI(
        title="Issuer of the verifiable digital resume",
        summary="Institutions sign, the chain anchors, seekers claim.",
        description=_DESCRIPTION,
        version="0.1.0",
        openapi_tags=_TAGS,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = context
    app.state.database = context.database
    app.state.storage_proofs = StorageProofs(context.reader)
    app.state.status_forms = StatusForms(timedelta(seconds=context.settings.status_ttl_seconds / 4))
    catalogue = install_problem_handlers(
        app,
        kinds=KINDS,
        limits=BodyLimits(max_bytes=MAX_PUBLIC_BODY, by_prefix={"/api/": MAX_BODY}, max_depth=16),
    )
    _add_error_handlers(app, catalogue)
    for router in (signing_api, openid4vci, claims, receipts, status, institutions):
        app.include_router(router)
    add_rate_limits(app, "issuer", _LIMITED, settings=settings, catalogue=catalogue)
    # The last added is the outermost: the specifications' errors, headers and openness reach refusals too.
    app.add_middleware(SpecErrors)
    app.add_middleware(OpenToWallets)
    harden(app, url=settings.issuer_url, policy=ContentSecurityPolicy())
    _add_health(app, context)
    describe(app, extend=lambda document: complete(document, context.catalog))
    return app


def _operation_id(route: APIRoute) -> str:
    group = str(route.tags[0]) if route.tags else "other"
    return f"{group.replace(' ', '')}_{route.name}"


def _add_error_handlers(app: FastAPI, catalogue: ProblemCatalogue) -> None:
    async def protocol_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, ProtocolError)
        return error.response()

    async def database_away(request: Request, error: Exception) -> Response:
        log.error("The database does not answer (%s).", type(error).__name__)
        return catalogue.response(
            "database_unavailable",
            "The database does not answer. Nothing was changed; try again in a moment.",
            instance=request.url.path,
        )

    app.add_exception_handler(ProtocolError, protocol_error)
    app.add_exception_handler(OperationalError, database_away)
    app.add_exception_handler(PoolTimeoutError, database_away)


def _add_health(app: FastAPI, context: Context) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def health() -> Response:
        """Tell whether the database answers; 503 when it does not."""
        try:
            await context.database.ping()
        except SQLAlchemyError:
            return JSONResponse({"status": "unavailable"}, status_code=503)
        return JSONResponse({"status": "ok"})
