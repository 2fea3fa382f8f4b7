"""Nothing is signed that the chain speaks against: the reason is said, and the record goes on waiting."""

import asyncio
import time
from datetime import timedelta

import httpx
import pytest

from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.trust.issuers import IssuerStatus, key_digest
from issuer.onboarding.rotation import rotate_key
from tests.integration.issuer.answers import assert_problem, assert_protocol_error, granted
from tests.integration.issuer.rig import Rig, Wallet

REASONS = (
    "institution_suspended",
    "institution_closed",
    "type_not_accredited",
    "signing_key_compromised",
    "signing_key_retired",
)


HOLDER = f"did:key:{LocalSigner.generate().public_key.multikey}"


@pytest.fixture
async def univ(own: Rig) -> Rig:
    """Open an issuer with a university on a chain of its own, which is asked before every signature."""
    await own.add_institutions("univ")
    await asyncio.to_thread(own.chain.make_final, 0)
    count_for(own, 0.0)
    return own


def count_for(rig: Rig, seconds: float, keep: float = 900.0) -> None:
    """Set how long an answer of the chain counts, and forget those that were given."""
    rig.context.settings.standing_seconds = seconds
    rig.context.settings.standing_keep_seconds = keep
    rig.context._standings = None


def admin(rig: Rig) -> RegistryAdmin:
    """Return the accrediting authority."""
    reader = rig.chain.reader
    return RegistryAdmin(reader.client, reader.deployments, rig.node.account(0), wait_seconds=60)


async def take_away(rig: Rig, reason: str) -> None:
    """Change on the chain what a refusal of that reason says."""
    asked = rig.institutions["univ"].accreditable
    authority, did = admin(rig), asked.did
    now = int(time.time())
    works = {
        "institution_suspended": lambda: authority.set_status(did, IssuerStatus.SUSPENDED),
        "institution_closed": lambda: authority.set_status(did, IssuerStatus.CLOSED),
        "type_not_accredited": lambda: authority.end_accreditation(did, "UniversityDegree"),
        "signing_key_compromised": lambda: authority.report_compromise(did, asked.key_digest, now - 60),
        "signing_key_retired": lambda: authority.retire_key(did, asked.key_digest),
    }
    await asyncio.to_thread(works[reason])


async def issued(rig: Rig, key: str) -> httpx.Response:
    """Ask for a credential of a known holder."""
    body = {
        "credentialType": "UniversityDegree",
        "claims": dict(credential_type("UniversityDegree").example),
        "holder": {"did": HOLDER},
    }
    headers = {**rig.api_key(), "Idempotency-Key": f"standing-{key}"}
    return await rig.http.post("/api/v1/credentials", json=body, headers=headers)


@pytest.mark.parametrize("reason", REASONS)
async def test_nothing_is_signed_that_would_not_be_genuine(univ: Rig, reason: str) -> None:
    wallet = Wallet(univ)
    token = await granted(univ, wallet)
    await take_away(univ, reason)
    before = await univ.state()

    refused = await issued(univ, "after")
    assert_problem(refused, 409, reason)
    assert "Nothing was signed" in refused.json()["detail"]
    denied = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert_protocol_error(denied, 400, "credential_request_denied")
    assert denied.json()["code"] == reason

    assert await univ.state() == before, "the record waits, the token is good, no key of a request is used up"
    assert await univ.scalar("select count(*) from issuer.record where encrypted_claims is not null") == 1


async def test_after_a_suspension_the_same_token_gets_the_credential(univ: Rig) -> None:
    wallet = Wallet(univ)
    token = await granted(univ, wallet)
    await take_away(univ, "institution_suspended")
    assert (await wallet.credential(token, wallet.proof(await wallet.nonce()))).status_code == 400
    did = univ.institutions["univ"].accreditable.did
    await asyncio.to_thread(admin(univ).set_status, did, IssuerStatus.ACTIVE)
    assert (await wallet.credential(token, wallet.proof(await wallet.nonce()))).status_code == 200
    assert (await issued(univ, "again")).status_code == 201


async def test_an_answer_that_was_given_is_replayed_whatever_the_chain_says_now(univ: Rig) -> None:
    first = await issued(univ, "replayed")
    await take_away(univ, "institution_suspended")
    again = await issued(univ, "replayed")
    assert (again.status_code, again.content) == (201, first.content)


async def test_an_institution_that_is_not_accredited_signs_nothing(rig: Rig) -> None:
    await rig.add_institutions("mobile-id", accredited=False)
    body = {
        "credentialType": "IdentityCredential",
        "claims": dict(credential_type("IdentityCredential").example),
        "holder": {"jwk": Wallet(rig).key.public_key.jwk()},
    }
    headers = {**rig.api_key("mobile-id"), "Idempotency-Key": "not-accredited"}
    refused = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
    assert_problem(refused, 409, "institution_not_registered")


async def test_a_key_in_place_of_a_compromised_one_signs_at_once(univ: Rig) -> None:
    await take_away(univ, "signing_key_compromised")
    count_for(univ, 600.0)
    assert_problem(await issued(univ, "compromised"), 409, "signing_key_compromised")
    await univ.tick()
    reader = univ.chain.reader
    rotated = await rotate_key(
        univ.context, "univ", admin(univ), reader.trust_directory, grace=timedelta(hours=13)
    )
    answer = await issued(univ, "rotated")
    assert answer.status_code == 201, answer.text
    record = reader.trust_directory.issuer(univ.institutions["univ"].accreditable.did)
    assert record is not None
    entry = record.key(key_digest(rotated.new.partition("#")[2]))
    assert entry is not None
    assert entry.compromised_since is None


async def test_while_the_chain_is_away_the_last_answer_counts_and_not_for_ever(univ: Rig) -> None:
    wallet = Wallet(univ)
    token = await granted(univ, wallet)
    assert (await issued(univ, "read")).status_code == 201
    univ.node.stop()
    assert (await issued(univ, "kept")).status_code == 201
    count_for(univ, 0.0, keep=0.0)
    before = await univ.state()
    refused = await issued(univ, "too-old")
    assert_problem(refused, 503, "standing_unknown")
    assert refused.headers["retry-after"]
    waits = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert_protocol_error(waits, 503, "temporarily_unavailable")
    assert waits.json()["code"] == "standing_unknown"
    assert waits.headers["retry-after"]
    assert await univ.state() == before
    univ.node.start()
    count_for(univ, 0.0)
    assert (await wallet.credential(token, wallet.proof(await wallet.nonce()))).status_code == 200
