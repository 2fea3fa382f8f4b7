"""Institutions behind OpenID4VCI 1.0, in memory, signing for real: what a test of the wallet's page needs.

Keeps one person's records. A receipt is that of a tree of one leaf and comes after some looks; whether a
root stands on a chain is nothing a wallet can check, so there is no chain here.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware.cors import CORSMiddleware

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.credentials.sd_jwt_vc import issue_credential
from digital_resume.core.encoding.bounded_json import parse_json_object
from digital_resume.core.keys.signing import LocalSigner, public_key_from_jwk
from digital_resume.core.securing.jws import parse_compact, verify_compact
from digital_resume.core.securing.sd_jwt import peek_sd_jwt
from digital_resume.core.status.status_array import Status, StatusArray
from digital_resume.core.status.token_status_list import build_status_list_token

GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
HASH = "0x" + "ab" * 32
SUBJECT = ("ld", "credentialSubject")


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record that waits for its owner."""

    slug: str
    credential_type: str
    claims: Mapping[str, Any]
    issued_at: datetime | None = None
    valid_until: datetime | None = None


@dataclass
class Offered:
    """An offer that was made."""

    record: HeldRecord
    tx_code: str | None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class OpenId4VciServer:
    """The institutions of a test.

    Args:
        base: address it is served at.
        names: Korean and English name by slug.
        records: what the institutions hold of the one person.
        looks_until_receipt: how often a receipt is looked for in vain.
    """

    def __init__(
        self,
        base: str,
        names: Mapping[str, tuple[str, str]],
        records: list[HeldRecord],
        *,
        looks_until_receipt: int = 2,
    ) -> None:
        self.base = base
        self.names = names
        self.records = records
        self._types = {
            slug: list(dict.fromkeys(record.credential_type for record in records if record.slug == slug))
            for slug in names
        }
        self.offers: dict[str, Offered] = {}
        self._looks = looks_until_receipt
        self._looked: dict[str, int] = {}
        self._nonces: set[str] = set()
        self._signers = {
            slug: LocalSigner.generate("P-256", f"did:web:{quote(base.split('//')[1], safe='.')}:i:{slug}")
            for slug in names
        }
        self._statuses = {slug: StatusArray.new() for slug in names}
        self._indices: dict[str, list[tuple[str, int]]] = {}
        self._claimed: dict[str, list[HeldRecord]] = {}
        self._delivered: dict[str, dict[str, Any]] = {}
        self.app = self._make_app()

    def set_status(self, type_name: str, status: Status) -> None:
        """Set the status of every credential of a type that was issued so far."""
        for slug, index in self._indices[type_name]:
            self._statuses[slug].set(index, status)

    def issuer(self, slug: str) -> str:
        """Return a credential issuer identifier."""
        return f"{self.base}/i/{slug}"

    def counter_offer(self, record: HeldRecord, tx_code: str | None) -> str:
        """Make an offer as a counter hands it over; returns its ``credential_offer_uri``."""
        code = self._offer(record, tx_code)
        return f"{self.issuer(record.slug)}/offers/{code}"

    def _offer(self, record: HeldRecord, tx_code: str | None) -> str:
        code = secrets.token_urlsafe(16)
        self.offers[code] = Offered(record, tx_code)
        return code

    def _offer_object(self, code: str) -> dict[str, Any]:
        offered = self.offers[code]
        grant: dict[str, Any] = {"pre-authorized_code": code}
        if offered.tx_code:
            grant["tx_code"] = {"length": len(offered.tx_code), "input_mode": "numeric"}
        return {
            "credential_issuer": self.issuer(offered.record.slug),
            "credential_configuration_ids": [offered.record.credential_type],
            "grants": {GRANT: grant},
        }

    def _make_app(self) -> FastAPI:
        app = FastAPI()
        app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
        app.get("/.well-known/openid-credential-issuer/i/{slug}")(self.issuer_metadata)
        app.get("/.well-known/oauth-authorization-server/i/{slug}")(self.server_metadata)
        app.get("/i/{slug}/offers/{code}")(self.read_offer)
        app.post("/i/{slug}/token")(self.token)
        app.post("/i/{slug}/nonce")(self.nonce)
        app.post("/i/{slug}/credential")(self.credential)
        app.post("/i/{slug}/claims/identity")(self.claim_by_identity)
        app.get("/i/{slug}/status/1")(self.status_list)
        app.get("/receipts/{leaf}")(self.receipt)
        return app

    async def issuer_metadata(self, slug: str) -> dict[str, Any]:
        """Return the credential issuer metadata."""
        issuer = self.issuer(slug)
        return {
            "credential_issuer": issuer,
            "credential_endpoint": f"{issuer}/credential",
            "nonce_endpoint": f"{issuer}/nonce",
            "display": _display(*self.names[slug]),
            "urn:vdr:identity_claim": {
                "endpoint": f"{issuer}/claims/identity",
                "dcql_query": {
                    "credentials": [
                        {
                            "id": "identity",
                            "format": "dc+sd-jwt",
                            "meta": {"vct_values": [credential_type("IdentityCredential").vct]},
                            "claims": [{"path": [*SUBJECT, name]} for name in ("name", "birthDate")],
                        }
                    ]
                },
            },
            "credential_configurations_supported": {name: _configuration(name) for name in self._types[slug]},
        }

    async def server_metadata(self, slug: str) -> dict[str, Any]:
        """Return the authorization server metadata."""
        return {"issuer": self.issuer(slug), "token_endpoint": f"{self.issuer(slug)}/token"}

    async def read_offer(self, slug: str, code: str) -> dict[str, Any]:
        """Return an offer by reference."""
        if code not in self.offers or self.offers[code].record.slug != slug:
            raise HTTPException(404)
        return self._offer_object(code)

    async def token(self, slug: str, request: Request) -> JSONResponse:
        """Exchange a code once for a token."""
        form = dict(parse_qsl((await request.body()).decode()))
        offered = self.offers.get(str(form.get("pre-authorized_code")))
        if offered is None or offered.record.slug != slug or offered.tx_code != form.get("tx_code"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        del self.offers[str(form.get("pre-authorized_code"))]
        self.offers[offered.token] = offered
        return JSONResponse({"access_token": offered.token, "token_type": "Bearer", "expires_in": 60})

    async def nonce(self) -> dict[str, str]:
        """Return a fresh nonce."""
        nonce = secrets.token_urlsafe(16)
        self._nonces.add(nonce)
        return {"c_nonce": nonce}

    async def credential(self, slug: str, request: Request) -> JSONResponse:
        """Sign the record for the key that was proven; once, and deliver it again for the same token."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        offered = self.offers.pop(token, None)
        body = await request.json()
        if token in self._delivered:
            return JSONResponse(self._delivered[token])
        if offered is None:
            return JSONResponse({"error": "invalid_token"}, 401)
        proof = body["proofs"]["jwt"][0]
        jwk = parse_compact(proof).header["jwk"]
        verified = verify_compact(proof, key=public_key_from_jwk(jwk), typ="openid4vci-proof+jwt")
        claims = parse_json_object(verified.payload)
        if claims["nonce"] not in self._nonces or claims["aud"] != self.issuer(slug):
            return JSONResponse({"error": "invalid_nonce"}, 400)
        self._nonces.remove(claims["nonce"])
        signer = self._signers[slug]
        status_index = secrets.randbelow(131_072)
        self._indices.setdefault(offered.record.credential_type, []).append((slug, status_index))
        issued = issue_credential(
            credential_type(offered.record.credential_type),
            offered.record.claims,
            issuer=signer.verification_method.split("#")[0],
            signer=signer,
            holder_jwk=jwk,
            status_uri=f"{self.issuer(slug)}/status/1",
            status_index=status_index,
            issued_at=offered.record.issued_at or datetime.now(UTC),
            valid_from=None,
            valid_until=offered.record.valid_until,
        )
        leaf = issued.content.leaf.hex()
        self._looked[leaf] = 0
        self._delivered[token] = {"credentials": [{"credential": issued.token}]}
        return JSONResponse(self._delivered[token])

    async def claim_by_identity(self, slug: str, request: Request) -> dict[str, Any]:
        """Offer what the institution holds, each record once; those that were taken only when asked again."""
        body = await request.json()
        if peek_sd_jwt(body["presentation"]).key_binding is None:
            raise HTTPException(400)
        found = [record for record in self.records if record.slug == slug]
        self.records = [record for record in self.records if record.slug != slug]
        lost = [] if body.get("held") else self._claimed.get(slug, [])
        if body.get("again"):
            for record in lost:
                self.set_status(record.credential_type, Status.SUPERSEDED)
            found, lost = found + lost, []
        self._claimed[slug] = self._claimed.get(slug, []) + [each for each in found if each not in lost]
        return {
            "offers": [self._offer_object(self._offer(record, None)) for record in found],
            "claimableAgain": len(lost),
        }

    async def status_list(self, slug: str) -> Response:
        """Return the Token Status List."""
        now = datetime.now(UTC)
        token = build_status_list_token(
            self._statuses[slug],
            uri=f"{self.issuer(slug)}/status/1",
            signer=self._signers[slug],
            issued_at=now,
            expires_at=now + timedelta(hours=1),
            ttl=60,
        )
        return Response(token, media_type="application/statuslist+jwt")

    async def receipt(self, leaf: str) -> JSONResponse:
        """Return the receipt of a leaf, after a while."""
        if leaf not in self._looked:
            return JSONResponse({"code": "not_found"}, 404)
        self._looked[leaf] += 1
        if self._looked[leaf] <= self._looks:
            return JSONResponse({"state": "pending"}, 202)
        contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
        return JSONResponse(
            {
                "type": "AnchorReceipt",
                "version": 1,
                "leaf": leaf,
                "index": 0,
                "size": 1,
                "path": [],
                "root": leaf,
                "chain": {"id": "eip155:20261", "genesis": HASH, "contract": contract, "codeHash": HASH},
                "submitter": contract,
                "transaction": HASH,
                "block": {"number": 7, "time": int(datetime.now(UTC).timestamp())},
            }
        )


def _display(korean: str, english: str) -> list[dict[str, str]]:
    return [{"name": korean, "locale": "ko-KR"}, {"name": english, "locale": "en-US"}]


def _configuration(name: str) -> dict[str, Any]:
    kind = credential_type(name)
    return {
        "format": "dc+sd-jwt",
        "vct": kind.vct,
        "credential_metadata": {
            "display": _display(kind.title.ko, kind.title.en),
            "claims": [
                {
                    "path": [*SUBJECT, claim.name],
                    "display": _display(claim.label.ko, claim.label.en),
                }
                for claim in kind.claims
            ],
            "urn:vdr:resume": kind.resume.to_json(),
        },
    }
