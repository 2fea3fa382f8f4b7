"""Claiming by identity: the right person with the right key gets offers, nobody else does."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.local.anvil import EmbeddedAnvil
from tests.integration.issuer.conftest import settings_for
from tests.integration.issuer.rig import Rig, Wallet, open_rig

DEGREE = dict(credential_type("UniversityDegree").example)
IDENTITY = dict(credential_type("IdentityCredential").example)
UNNAMED = {name: value for name, value in IDENTITY.items() if name != "nameRomanised"}


@pytest.fixture
async def rig(
    anvil: EmbeddedAnvil, issuer_database: str, deployments: Path, tmp_path: Path
) -> AsyncIterator[Rig]:
    """Open an issuer with an accredited identity agency and a university, lists published."""
    rig = await open_rig(settings_for(anvil, issuer_database, deployments, tmp_path), anvil)
    await rig.add_institutions("univ")
    await rig.add_institutions("mobile-id")
    await rig.tick()
    yield rig
    await rig.http.aclose()
    await rig.context.database.dispose()


async def identify(rig: Rig, wallet: Wallet, **claims: str) -> str:
    """Give a wallet an identity credential."""
    answer = await rig.http.post(
        "/api/v1/credentials",
        json={
            "credentialType": "IdentityCredential",
            "claims": {**(IDENTITY if "name" not in claims else UNNAMED), **claims},
            "holder": {"jwk": wallet.key.public_key.jwk()},
        },
        headers={**rig.api_key("mobile-id"), "Idempotency-Key": f"identity-{id(wallet)}"},
    )
    assert answer.status_code == 201, answer.text
    credential: str = answer.json()["credential"]
    return credential


async def test_an_identity_opens_what_waits_for_its_person(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet)
    await rig.post_record(DEGREE)
    await rig.post_record({**DEGREE, "name": "박정수"})
    answer = await wallet.present_identity(identity)
    assert answer.status_code == 200, answer.text
    offers = answer.json()["offers"]
    assert len(offers) == 1
    assert "tx_code" not in str(offers)
    issued = await wallet.claim(offers[0])
    assert issued["credentials"]


async def test_the_offer_is_bound_to_the_key_that_presented(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet)
    await rig.post_record(DEGREE)
    offer = (await wallet.present_identity(identity)).json()["offers"][0]
    thief = Wallet(rig)
    token = (await thief.token(offer)).json()["access_token"]
    refused = await thief.credential(token, thief.proof(await thief.nonce()))
    assert refused.json()["error"] == "invalid_proof"
    assert await rig.scalar("select count(*) from issuer.credential where record_id is not null") == 0
    granted = await wallet.credential(token, wallet.proof(await wallet.nonce()))
    assert granted.status_code == 200


async def test_an_anchored_identity_is_accepted_too(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet)
    await rig.tick()
    await rig.post_record(DEGREE)
    assert len((await wallet.present_identity(identity)).json()["offers"]) == 1


async def test_names_match_whatever_their_spacing_and_case(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet, name="Nguyen Thi Lan", birthDate="1998-07-01")
    await rig.post_record({**DEGREE, "name": "NGUYEN  THI LAN", "birthDate": "1998-07-01"})
    assert len((await wallet.present_identity(identity)).json()["offers"]) == 1


SPELLINGS = [
    ({"name": "김 하늘"}, {"name": "김하늘"}),
    ({"name": "김하늘"}, {"name": "김 하늘"}),
    ({"name": "NGUYEN THI LAN"}, {"name": "Nguyễn Thị Lan"}),
    ({"name": "Nguyễn Thị Lan"}, {"name": "NGUYEN THI LAN"}),
    ({"name": "KIM HA-NEUL"}, {"name": "KIM HANEUL"}),
    ({"name": "O’Brien Sean"}, {"name": "O'Brien Sean"}),
    ({"name": "KIM, HANEUL"}, {"name": "Haneul Kim"}),
    ({"name": "MAIER GUENTHER"}, {"name": "Günther Maier"}),
    ({"name": "علی‌رضا"}, {"name": "علیرضا"}),
    ({"name": "김하늘", "nameRomanised": "KIM HANEUL"}, {"name": "KIM HANEUL"}),
    ({"name": "NGUYEN THI LAN"}, {"name": "응우옌티란", "nameRomanised": "NGUYEN THI LAN"}),
]


@pytest.mark.parametrize(("identity", "record"), SPELLINGS)
async def test_whoever_the_verifier_calls_the_same_person_finds_the_record(
    rig: Rig, wallet: Wallet, identity: dict[str, str], record: dict[str, str]
) -> None:
    """Eight of ten spellings that a verifier accepts found nothing."""
    unnamed = {name: value for name, value in DEGREE.items() if name != "nameRomanised"}
    await rig.post_record({**unnamed, **record})
    offers = (await wallet.present_identity(await identify(rig, wallet, **identity))).json()["offers"]
    assert len(offers) == 1


@pytest.mark.parametrize(
    ("identity", "record"),
    [
        ({"name": "김하늘"}, {"name": "하늘김"}),
        (
            {"name": "김하늘", "nameRomanised": "KIM HANEUL"},
            {"name": "김한을", "nameRomanised": "KIM HANEUL"},
        ),
        ({"name": "MUELLER ANNA"}, {"name": "MULLER ANNA"}),
        ({"name": "SMITH JOHN WILLIAM"}, {"name": "John Smith"}),
    ],
)
async def test_whoever_shares_letters_only_finds_nothing(
    rig: Rig, wallet: Wallet, identity: dict[str, str], record: dict[str, str]
) -> None:
    unnamed = {name: value for name, value in DEGREE.items() if name != "nameRomanised"}
    await rig.post_record({**unnamed, **record})
    shown = await wallet.present_identity(await identify(rig, wallet, **identity))
    assert shown.json() == {"offers": [], "claimableAgain": 0}


async def test_a_namesake_of_another_birth_date_gets_nothing(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet, birthDate="1999-09-09")
    await rig.post_record(DEGREE)
    assert (await wallet.present_identity(identity)).json() == {"offers": [], "claimableAgain": 0}


async def test_presenting_again_replaces_the_offers(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet)
    await rig.post_record(DEGREE)
    old = (await wallet.present_identity(identity)).json()["offers"][0]
    new = (await wallet.present_identity(identity)).json()["offers"][0]
    assert (await wallet.token(old)).json()["error"] == "invalid_grant"
    assert (await wallet.token(new)).status_code == 200


async def refused(rig: Rig, wallet: Wallet, identity: str, **options: object) -> dict[str, object]:
    """Present an identity that must be refused; return the problem. Nothing may have changed."""
    before = await rig.state()
    answer = await wallet.present_identity(identity, **options)  # type: ignore[arg-type]  # one test's options
    assert answer.status_code in (400, 403), answer.text
    assert await rig.state() == before
    body: dict[str, object] = answer.json()
    return body


async def test_a_hidden_birth_date_is_refused(rig: Rig, wallet: Wallet) -> None:
    problem = await refused(rig, wallet, await identify(rig, wallet), hide=True)
    assert problem["code"] == "identity_refused"


async def test_a_used_nonce_is_refused(rig: Rig, wallet: Wallet) -> None:
    identity, nonce = await identify(rig, wallet), await wallet.nonce()
    assert (await wallet.present_identity(identity, nonce=nonce)).status_code == 200
    assert (await refused(rig, wallet, identity, nonce=nonce))["code"] == "nonce_invalid"


async def test_an_old_nonce_is_refused(rig: Rig, wallet: Wallet) -> None:
    identity, nonce = await identify(rig, wallet), await wallet.nonce()
    rig.clock.ahead = timedelta(seconds=rig.settings.nonce_seconds + 1)
    assert (await refused(rig, wallet, identity, nonce=nonce))["code"] == "nonce_invalid"


async def test_a_presentation_to_another_institution_is_refused(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet)
    wallet.issuer = lambda _slug: "http://localhost:8001/i/other"  # type: ignore[method-assign]
    assert (await refused(rig, wallet, identity))["code"] == "identity_refused"


async def test_somebody_elses_identity_is_refused(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, Wallet(rig))
    assert (await refused(rig, wallet, identity))["code"] == "identity_refused"


async def test_a_revoked_identity_is_refused(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet)
    credential = await rig.scalar("select id from issuer.credential")
    await rig.http.post(
        f"/api/v1/credentials/{credential}/status",
        json={"status": "revoked"},
        headers=rig.api_key("mobile-id"),
    )
    await rig.tick()
    problem = await refused(rig, wallet, identity)
    assert "status:revoked" in str(problem["context"])


async def test_another_type_of_credential_is_no_identity(rig: Rig, wallet: Wallet) -> None:
    await rig.accredit("univ")
    answer = await rig.http.post(
        "/api/v1/credentials",
        json={
            "credentialType": "UniversityDegree",
            "claims": DEGREE,
            "holder": {"jwk": wallet.key.public_key.jwk()},
        },
        headers={**rig.api_key(), "Idempotency-Key": "degree-as-identity"},
    )
    assert (await refused(rig, wallet, answer.json()["credential"]))["code"] == "identity_refused"


async def test_an_agency_that_lost_its_accreditation_is_refused(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet)
    reader = rig.chain.reader
    admin = RegistryAdmin(reader.client, reader.deployments, rig.node.account(0), wait_seconds=60)
    admin.end_accreditation(rig.institutions["mobile-id"].accreditable.did, "IdentityCredential")
    problem = await refused(rig, wallet, identity)
    admin.accredit(rig.institutions["mobile-id"].accreditable.did, "IdentityCredential")
    assert "issuer:type_not_accredited" in str(problem["context"])


async def test_while_the_chain_cannot_be_read_nobody_is_identified(rig: Rig, wallet: Wallet) -> None:
    identity = await identify(rig, wallet)
    await rig.post_record(DEGREE)
    before = await rig.state()
    rig.settings.rpc_urls = ("http://127.0.0.1:9",)
    rig.context._reader = None
    answer = await wallet.present_identity(identity)
    assert (answer.status_code, answer.json()["code"]) == (503, "source_unavailable")
    assert await rig.state() == before


@pytest.mark.parametrize("presentation", ["", "x", "a.b.c~", "a~b~c", "é" * 10])
async def test_garbage_is_refused(rig: Rig, presentation: str) -> None:
    before = await rig.state()
    answer = await rig.http.post("/i/univ/claims/identity", json={"presentation": presentation})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert await rig.state() == before
