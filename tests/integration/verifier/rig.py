"""A real chain, real databases and real servers around one institution: what the verifier meets outside.

The institution signs, anchors and publishes for real; its server can be switched off, and can be made to
serve an old or a differing status list.
"""

import contextlib
import hashlib
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deploying import deploy
from digital_resume.adapters.chain.deployments import Deployments, parse_deployments, write_deployments
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.chain.submitter import Submitter
from digital_resume.core.anchoring.leaf import status_leaf
from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.core.resume.envelope import build_link, new_share_id, new_share_key, seal_share
from digital_resume.core.status.status_array import Status, StatusArray
from digital_resume.core.status.token_status_list import build_status_list_token
from digital_resume.local.anvil import EmbeddedAnvil
from tests.fakes import HolderWallet, Institution, Issued, World


@contextlib.contextmanager
def serve(app: Any, port: int) -> Iterator[str]:
    """Serve an app on a real socket in a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("the test server did not start")
        time.sleep(0.02)
    try:
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        thread.join(15)


class Chain:
    """The deployed contracts, the registry's admin and one anchorer."""

    def __init__(self, anvil: EmbeddedAnvil, folder: Path) -> None:
        self.anvil = anvil
        admin = anvil.account(0)
        self.deployments: Deployments = parse_deployments(deploy(anvil.url, admin))
        self.file = folder / f"deployments-{secrets.token_hex(4)}.json"
        write_deployments(self.file, self.deployments)
        self.client = ChainClient([anvil.url], self.deployments)
        self.admin = RegistryAdmin(self.client, self.deployments, admin)
        self.submitter = Submitter(self.client, self.deployments, anvil.account(1))

    def stranger(self, index: int) -> Submitter:
        """Return somebody who may send transactions, and anchor for nobody."""
        return Submitter(self.client, self.deployments, self.anvil.account(index))

    def send(self, kind: str, root: bytes, *, by: Submitter | None = None) -> Any:
        """Anchor or publish a root and wait for the receipt."""
        submitter = by or self.submitter
        build = submitter.build_anchor if kind == "anchor" else submitter.build_publish
        signed = build(root, nonce=submitter.pending_nonce(), fees=submitter.suggest_fees())
        submitter.send(signed)
        for _ in range(3_000):
            receipt = submitter.receipt(signed.hash)
            if receipt is not None:
                assert receipt.succeeded
                return receipt
            time.sleep(0.02)
        raise RuntimeError("the transaction was not mined")


@dataclass
class Published:
    """One published version of a status list: what its server serves."""

    token: str
    anchor: dict[str, Any]


@dataclass
class IssuerServer:
    """The server of the institution's status lists; ``serving`` may differ from what the chain names."""

    serving: dict[str, Published] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    off: bool = False

    def app(self) -> FastAPI:
        """Return the app."""
        app = FastAPI()

        @app.get("/{path:path}")
        async def document(path: str) -> Response:
            self.requests.append(path)
            found = self.serving.get(path.removesuffix("/anchor"))
            if self.off or found is None:
                return Response(status_code=503)
            if path.endswith("/anchor"):
                return JSONResponse(found.anchor)
            return Response(found.token, media_type="application/statuslist+jwt")

        return app


class Rig:
    """One institution on the chain, its server, and a holder.

    Args:
        anvil: the node.
        folder: for the deployments file.
        issuer_port: where the institution's server is.
    """

    def __init__(self, anvil: EmbeddedAnvil, folder: Path, issuer_port: int) -> None:
        self.chain = Chain(anvil, folder)
        self.server = IssuerServer()
        self.issuer_url = f"http://localhost:{issuer_port}"
        self.world = World(now=datetime.now(UTC))
        slug = f"univ{secrets.token_hex(3)}"
        self.institution: Institution = self.world.institution(
            slug, registered=False, issuer_url=self.issuer_url
        )
        self._register(self.institution, "새벽대학교(시연용)", "Saebyeok University (demo)")
        self.wallet = HolderWallet()
        self._sequences: dict[str, int] = {}

    def _register(self, institution: Institution, name_ko: str, name_en: str) -> None:
        admin, did = self.chain.admin, institution.did
        admin.register_issuer(did, name_ko, name_en, institution.url)
        admin.accredit(did, "UniversityDegree")
        admin.accredit(did, "IdentityCredential")
        admin.authorize_anchorer(did, self.chain.submitter.address)
        admin.add_key(did, hashlib.sha256(institution.signer.public_key.multikey.encode()).digest())

    def found(self, name: str) -> Institution:
        """Make another institution on the same chain the one that issues from now on."""
        slug = f"{name}{secrets.token_hex(3)}"
        self.institution = self.world.institution(slug, registered=False, issuer_url=self.issuer_url)
        # A name of its own, as look-alikes are not registered.
        self._register(self.institution, f"시연대학교 {slug}", f"Demo University {slug}")
        self.wallet = HolderWallet()
        return self.institution

    def issue(self, credential_type: str, **claims: Any) -> Issued:
        """Issue a credential bound to the wallet, dated after the registry's newest block."""
        return self.institution.issue(
            credential_type, claims, holder_jwk=self.wallet.jwk, at=datetime.now(UTC) + timedelta(seconds=1)
        )

    def chain_time(self) -> datetime:
        """Return the time of a block made now: the chain's clock may be before or behind ours."""
        self.chain.client.request("evm_mine")
        return self.chain.client.head().time

    def wait_until(self, moment: datetime) -> None:
        """Wait until the chain's clock, and ours, are past a moment."""
        until = time.monotonic() + 60
        while self.chain_time() <= moment or datetime.now(UTC) <= moment:
            assert time.monotonic() < until, "the chain's clock does not go on"
            time.sleep(0.3)

    def anchor(self, *issued: Issued, by: Submitter | None = None) -> list[Receipt]:
        """Anchor credentials, as the anchorer or as anybody, and keep them with their receipts."""
        tree = MerkleTree([credential.leaf for credential in issued])
        submitter = by or self.chain.submitter
        mined = self.chain.send("anchor", tree.root, by=submitter)
        block = self.chain.client.block(mined.block_number)
        assert block is not None
        receipts = [
            Receipt(
                leaf=credential.leaf,
                index=index,
                size=tree.size,
                path=tree.path(index),
                root=tree.root,
                chain=self.chain.deployments.anchor_chain,
                submitter=submitter.address,
                transaction=mined.hash,
                block_number=mined.block_number,
                block_time=block.time,
            )
            for index, credential in enumerate(issued)
        ]
        self.wallet.keep([credential.token for credential in issued], receipts)
        return receipts

    def publish(self, statuses: StatusArray | None = None, *, on_chain: bool = True) -> Published:
        """Publish the institution's list in its next version and serve it."""
        array = statuses or self.institution.statuses
        uri = self.institution.status_uri
        sequence = self._sequences[uri] = self._sequences.get(uri, 0) + 1
        others = [hashlib.sha256(secrets.token_bytes(8)).digest() for _ in range(3)]
        leaf = status_leaf(uri, len(array), sequence, array.raw)
        tree = MerkleTree([others[0], leaf, *others[1:]])
        mined_hash, number = "0x" + "00" * 32, 0
        if on_chain:
            mined = self.chain.send("publish", tree.root)
            mined_hash, number = mined.hash, mined.block_number
        now = datetime.now(UTC)
        chain = self.chain.deployments.status_chain
        published = Published(
            token=build_status_list_token(
                array,
                uri=uri,
                signer=self.institution.signer,
                issued_at=now + timedelta(seconds=1),
                expires_at=now + timedelta(hours=12),
                ttl=300,
            ),
            anchor={
                "uri": uri,
                "size": len(array),
                "sequence": sequence,
                "digest": hashlib.sha256(array.raw).hexdigest(),
                "index": 1,
                "treeSize": tree.size,
                "path": [urlsafe_b64encode(node).rstrip(b"=").decode() for node in tree.path(1)],
                "root": tree.root.hex(),
                "chain": {
                    "id": chain.id,
                    "genesis": chain.genesis,
                    "contract": chain.contract,
                    "codeHash": chain.code_hash,
                },
                "submitter": self.chain.submitter.address,
                "transaction": mined_hash,
                "block": {"number": number, "time": int(now.timestamp())},
            },
        )
        self.serving_now(published)
        return published

    def serving_now(self, published: Published) -> None:
        """Serve this version."""
        self.server.serving[self.institution.status_uri.removeprefix(f"{self.issuer_url}/")] = published

    def revoke(self, issued: Issued) -> None:
        """Revoke a credential and publish."""
        self.institution.statuses.set(issued.status_index, Status.REVOKED)
        self.publish()

    def resume(self, share_id: str, domain: str, **options: Any) -> dict[str, Any]:
        """Compose the holder's resume for a share; it lives 30 days."""
        made = (datetime.now(UTC) + timedelta(seconds=1)).replace(microsecond=0)
        return self.wallet.share(challenge=share_id, domain=domain, at=made, **options)


def put_share(rig: Rig, *, wallet_url: str, verifier_url: str, **options: Any) -> tuple[str, str, bytes]:
    """Seal a resume, store it with the real wallet server; return link, share id and stop secret."""
    share_id, key, secret = new_share_id(), new_share_key(), secrets.token_bytes(32)
    presentation = rig.resume(share_id, verifier_url, **options)
    expires = datetime.fromisoformat(presentation["proof"]["expires"])
    blob = seal_share(dump_json(presentation), key=key, share_id=share_id, expires=expires)
    httpx.post(
        f"{wallet_url}/api/v1/shares",
        json={
            "id": share_id,
            "version": 1,
            "expires": int(expires.timestamp()),
            "ciphertext": urlsafe_b64encode(blob).rstrip(b"=").decode(),
            "stopKeyHash": hashlib.sha256(secret).hexdigest(),
        },
        timeout=10,
    ).raise_for_status()
    return build_link(verifier_url, share_id, key), share_id, secret
