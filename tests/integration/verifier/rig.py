"""A real chain, real databases and real servers around one institution: what the verifier meets outside.

The institution signs, anchors and publishes for real; its server can be switched off, and can be made to
serve an old or a differing status list.
"""

import contextlib
import hashlib
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response

from digital_resume.adapters.chain.deployments import write_deployments
from digital_resume.adapters.chain.submitter import Submitter
from digital_resume.core.anchoring.leaf import status_leaf
from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.core.resume.envelope import build_link, new_share_id, new_share_key, seal_share
from digital_resume.core.status.status_array import Status, StatusArray
from digital_resume.core.status.token_status_list import build_status_list_token
from digital_resume.local.host import free_port
from tests.fakes import HolderWallet, Institution, Issued, World
from tests.fakes.clock import MovableClock
from tests.integration.chain.rig import Chain, open_chain
from tests.integration.preloaded import Preloaded
from tests.integration.serving import serve


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
    turning: threading.Lock = field(default_factory=threading.Lock)
    """Held while a version takes the place of another, here and on the chain."""

    def app(self) -> FastAPI:
        """Return the app."""
        app = FastAPI()

        @app.get("/{path:path}")
        def document(path: str) -> Response:
            with self.turning:
                self.requests.append(path)
                found = self.serving.get(path.removesuffix("/anchor"))
                off = self.off
            if off or found is None:
                return Response(status_code=503)
            if path.endswith("/anchor"):
                return JSONResponse(found.anchor)
            return Response(found.token, media_type="application/statuslist+jwt")

        return app


class Rig:
    """One institution on the chain, its server, and a holder.

    Args:
        chain: of this rig alone: its clock is moved.
        folder: for the deployments file.
        issuer_port: where the institution's server is.

    Attributes:
        clock: the verifier's and the institution's; ``pass_time`` moves it together with the chain's.
    """

    def __init__(self, chain: Chain, folder: Path, issuer_port: int) -> None:
        self.chain = chain
        self.clock = MovableClock()
        self.deployments_file = folder / "deployments.json"
        write_deployments(self.deployments_file, chain.deployments)
        self.server = IssuerServer()
        self.issuer_url = f"http://localhost:{issuer_port}"
        self.world = World(now=self.clock.now())
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
        admin.authorize_anchorer(did, self.chain.anchorer.address)
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
        at = self.clock.now() + timedelta(seconds=1)
        return self.institution.issue(credential_type, claims, holder_jwk=self.wallet.jwk, at=at)

    def chain_time(self) -> datetime:
        """Return the time of a block made now: the chain's clock may be before or behind ours."""
        self.chain.client.request("evm_mine")
        return self.chain.client.head().time

    def pass_time(self, seconds: int) -> None:
        """Move every clock on, the chain's too."""
        self.clock.ahead += timedelta(seconds=seconds)
        self.chain.client.request("evm_increaseTime", [seconds])

    def pass_moment(self, moment: datetime) -> None:
        """Move the clocks past a moment."""
        while min(self.chain_time(), self.clock.now()) <= moment:
            self.pass_time(1)

    def anchor(self, *issued: Issued, by: Submitter | None = None) -> list[Receipt]:
        """Anchor credentials, as the anchorer or as anybody, and keep them with their receipts."""
        tree = MerkleTree([credential.leaf for credential in issued])
        submitter = by or self.chain.anchorer
        mined = self.chain.anchor(tree.root, by=submitter)
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
        with self.server.turning:
            return self._publish(statuses or self.institution.statuses, on_chain)

    def _publish(self, array: StatusArray, on_chain: bool) -> Published:
        uri = self.institution.status_uri
        sequence = self._sequences[uri] = self._sequences.get(uri, 0) + 1
        others = [hashlib.sha256(secrets.token_bytes(8)).digest() for _ in range(3)]
        leaf = status_leaf(uri, len(array), sequence, array.raw)
        tree = MerkleTree([others[0], leaf, *others[1:]])
        mined_hash, number = "0x" + "00" * 32, 0
        if on_chain:
            mined = self.chain.publish(tree.root)
            mined_hash, number = mined.hash, mined.block_number
        now = self.clock.now()
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
                "submitter": self.chain.anchorer.address,
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
        made = (self.clock.now() + timedelta(seconds=1)).replace(microsecond=0)
        return self.wallet.share(challenge=share_id, domain=domain, at=made, **options)


@contextlib.contextmanager
def open_rig(preloaded: Preloaded, folder: Path) -> Iterator[Rig]:
    """Put an institution on a chain of its own, and its server on the loopback.

    Args:
        preloaded: what the chain starts from.
        folder: for the chain and the deployments file.
    """
    port = free_port()
    with preloaded.node(folder / "chain") as node:
        rig = Rig(open_chain(node, preloaded.deployments), folder, port)
        with serve(rig.server.app(), port):
            yield rig


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
