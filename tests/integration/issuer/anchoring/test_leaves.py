"""Every way of issuing makes its leaf in one place."""

import pytest
from sqlalchemy import select

from digital_resume.core.anchoring.leaf import SignedContent
from digital_resume.core.credentials.catalog import credential_type
from issuer.anchoring.leaves import make_leaf
from issuer.anchoring.models import Leaf
from issuer.credentials import signing
from tests.integration.issuer.rig import Rig, Wallet


async def test_every_way_of_issuing_makes_its_leaf_in_one_place(
    rig: Rig, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def recorded(content: SignedContent) -> bytes:
        made.append(make_leaf(content))
        return made[-1]

    monkeypatch.setattr(signing, "make_leaf", recorded)
    _, offered = await rig.offered()
    await wallet.claim(offered["offer"], offered["txCode"])
    answered = [
        await issued_at_once(rig, wallet, suite) for suite in (None, "ecdsa-jcs-2019", "ecdsa-sd-2023")
    ]
    assert [leaf.hex() for leaf in made[1:]] == answered
    async with rig.context.database.sessions() as session:
        assert set(await session.scalars(select(Leaf.digest))) == set(made)
    assert len(set(made)) == 4


async def issued_at_once(rig: Rig, wallet: Wallet, cryptosuite: str | None) -> str:
    """Sign a credential for a known holder and return its leaf."""
    body = {
        "credentialType": "UniversityDegree",
        "claims": dict(credential_type("UniversityDegree").example),
        "holder": {"did": f"did:key:{wallet.key.public_key.multikey}"},
        "cryptosuite": cryptosuite,
    }
    headers = {**rig.api_key(), "Idempotency-Key": f"leaf-{cryptosuite}"}
    answer = await rig.http.post("/api/v1/credentials", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    leaf: str = answer.json()["leaf"]
    return leaf
