"""The DID document names the keys that the chain knows."""

import hashlib
from datetime import timedelta

from tests.integration.issuer.rig import Rig


async def test_the_did_document_names_the_signing_key(rig: Rig) -> None:
    await rig.accredit("univ")
    document = (await rig.http.get("/i/univ/did.json")).json()
    assert document["id"] == "did:web:localhost%3A8001:i:univ"
    assert document["assertionMethod"] == [rig.institutions["univ"].verification_method]
    multikey = document["verificationMethod"][0]["publicKeyMultibase"]
    record = rig.chain.reader.trust_directory.issuer(document["id"])
    assert record is not None
    assert record.key(hashlib.sha256(multikey.encode()).digest()) is not None
    assert record.accredited_at("UniversityDegree", rig.clock.now() + timedelta(seconds=2))
