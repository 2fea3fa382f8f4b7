"""A university's status list: credentials in it, changes of it, and how it is served."""

import httpx

from digital_resume.core.anchoring.merkle import root_from_path
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.identifiers.did import verification_key
from digital_resume.core.securing.data_integrity import verify_proof
from digital_resume.core.securing.sd_jwt import peek_sd_jwt
from digital_resume.core.status.bitstring import read_bitstring_credential
from digital_resume.core.status.status_array import Status, StatusArray
from digital_resume.core.status.token_status_list import verify_status_list_token
from tests.integration.issuer.rig import Rig, Wallet

LIST = "/i/univ/status/1"


async def issue(rig: Rig, key: str = "issue-one") -> tuple[str, int]:
    """Sign one credential; return its id and status index."""
    holder = {"did": f"did:key:{Wallet(rig).key.public_key.multikey}"}
    body = {
        "credentialType": "UniversityDegree",
        "claims": dict(credential_type("UniversityDegree").example),
        "holder": holder,
    }
    headers = {**rig.api_key(), "Idempotency-Key": key}
    answer = (await rig.http.post("/api/v1/credentials", json=body, headers=headers)).json()
    status = peek_sd_jwt(answer["credential"]).payload["status"]["status_list"]
    assert status["uri"] == "http://localhost:8001" + LIST
    return answer["credentialId"], status["idx"]


async def set_status(rig: Rig, credential: str, status: str) -> httpx.Response:
    """Change a credential's status."""
    path = f"/api/v1/credentials/{credential}/status"
    return await rig.http.post(path, json={"status": status, "reason": "시험"}, headers=rig.api_key())


async def served(rig: Rig) -> StatusArray:
    """Fetch the list and check all of its forms against one another and the chain."""
    token = await rig.http.get(LIST)
    assert token.headers["content-type"] == "application/statuslist+jwt"
    key = verification_key(rig.institutions["univ"].verification_method)
    uri = "http://localhost:8001" + LIST
    now = rig.clock.now()
    statuses = verify_status_list_token(token.text, key=key, uri=uri, now=now).statuses
    anchor = (await rig.http.get(f"{LIST}/anchor")).json()
    assert anchor["digest"] == statuses.digest.hex()
    assert anchor["uri"] == uri
    root = root_from_path(
        statuses.leaf(uri, anchor["sequence"]),
        anchor["index"],
        anchor["treeSize"],
        [b64u_decode(node) for node in anchor["path"]],
    )
    assert root.hex() == anchor["root"]
    head = rig.chain.reader.status_registry.latest(anchor["submitter"])
    assert head is not None
    assert head.root == root
    for purpose, marked in (
        ("revocation", {Status.REVOKED, Status.SUPERSEDED}),
        ("suspension", {Status.SUSPENDED}),
    ):
        document = (await rig.http.get(f"{LIST}/bitstring/{purpose}")).json()
        verify_proof(document, purpose="assertionMethod", now=now)
        bits = read_bitstring_credential(document, purpose=purpose, now=now)
        for index in range(0, len(statuses), 997):
            assert bits.get(index) == (statuses.get(index) in marked)
    return statuses
