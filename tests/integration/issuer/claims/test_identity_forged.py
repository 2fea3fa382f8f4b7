"""A stolen signing key opens nobody's records: what it signs was not issued here and is not anchored."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.credentials.sd_jwt_vc import issue_credential
from digital_resume.local.anvil import EmbeddedAnvil
from issuer.institutions import repository
from tests.integration.issuer.conftest import settings_for
from tests.integration.issuer.rig import Rig, Wallet, open_rig

DEGREE = dict(credential_type("UniversityDegree").example)
IDENTITY = dict(credential_type("IdentityCredential").example)


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


async def forge(rig: Rig, wallet: Wallet) -> str:
    """Sign an identity credential for the thief's key with the agency's stolen key."""
    agency = rig.institutions["mobile-id"].accreditable
    async with rig.context.database.sessions() as session:
        institution = await repository.by_slug(session, "mobile-id")
        assert institution is not None
        key = await repository.active_key(session, institution.id)
    forged = issue_credential(
        credential_type("IdentityCredential"),
        IDENTITY,
        issuer=agency.did,
        signer=rig.context.cipher.signer(key.id, key.encrypted_private_key, agency.did),
        holder_jwk=wallet.key.public_key.jwk(),
        status_uri=f"{agency.url}/status/1",
        status_index=await free_index(rig),
        issued_at=rig.clock.now() - timedelta(seconds=5),
        valid_from=None,
        valid_until=None,
    )
    return forged.token


async def free_index(rig: Rig) -> int:
    """Return an index that nobody has, so that its status is valid."""
    found = await rig.scalar(
        "select min(n) from generate_series(0, 1000) n where not exists "
        "(select from issuer.status_entry e where e.index = n)"
    )
    assert isinstance(found, int)
    return found


async def test_an_identity_that_was_never_issued_here_and_is_not_anchored_is_refused(
    rig: Rig, wallet: Wallet
) -> None:
    await rig.post_record(DEGREE)
    forged = await forge(rig, wallet)
    before = await rig.state()
    answer = await wallet.present_identity(forged)
    assert (answer.status_code, answer.json()["code"]) == (403, "identity_refused"), answer.text
    assert "anchor:not_anchored" in str(answer.json()["context"])
    assert await rig.state() == before
