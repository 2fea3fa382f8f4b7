"""Measure verification with and without the verifier's index of the chain: ``make bench-index``.

Real PostgreSQL and anvil, the product's own sources and pipeline, one thread, one resume of four credentials
of one institution, anchored and in force. The node is on this machine, so that a question to it costs about a
millisecond; on a real network it costs 20 to 200. What counts there is how many questions a verdict takes.
"""

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deploying import deploy
from digital_resume.adapters.chain.deployments import Deployments, parse_deployments, write_deployments
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.chain.submitter import Submitter, TransactionReceipt
from digital_resume.adapters.clock import SystemClock
from digital_resume.adapters.database.migrate import upgrade
from digital_resume.core.anchoring.leaf import status_leaf
from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.credentials.catalog import default_catalog
from digital_resume.core.credentials.sd_jwt_vc import issue_credential
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.resume.presentation import ChosenCredential, compose_resume
from digital_resume.core.status.status_array import StatusArray
from digital_resume.core.status.token_status_list import build_status_list_token
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.postgres import EmbeddedPostgres
from scripts.compile_contracts import compile_contracts
from verifier.connections import Connections, open_connections, open_index
from verifier.settings import VerifierSettings
from verifier.verification import VerificationService

SECONDS = 5.0
CREDENTIALS = 4
FILLED_BLOCKS = 2_000
SHARE_ID = "AAECAwQFBgcICQoLDA0ODw"
URL = "http://localhost:8001/i/bench"
DID = "did:web:localhost%3A8001:i:bench"
STATUS_URI = f"{URL}/status/1"


class CountingClient(ChainClient):
    """Counts the questions that go to the chain."""

    asked = 0

    def request(self, method: str, params: Sequence[Any] = (), *, read_seconds: float | None = None) -> Any:
        """Ask, and count it."""
        self.asked += 1
        return super().request(method, params, read_seconds=read_seconds)


class Scene:
    """An institution on a chain, its status list, and a resume of its credentials."""

    def __init__(self, node: EmbeddedAnvil, deployments: Deployments) -> None:
        client = ChainClient([node.url], deployments)
        self._deployments, self._client = deployments, client
        self._submitter = Submitter(client, deployments, node.account(1))
        self._signer, self._holder = LocalSigner.generate("P-256", DID), LocalSigner.generate("P-256")
        admin = RegistryAdmin(client, deployments, node.account(0))
        admin.register_issuer(DID, "벤치대학교(시연용)", "Bench University (demo)", URL)
        admin.accredit(DID, "UniversityDegree")
        admin.authorize_anchorer(DID, self._submitter.address)
        multikey = self._signer.public_key.multikey
        admin.add_key(DID, hashlib.sha256(multikey.encode("ascii")).digest())
        self.documents = self._publish()
        time.sleep(2)  # what is issued is dated after the registry's blocks
        self.presentation = self._resume()

    def _send(self, kind: str, root: bytes) -> TransactionReceipt:
        build = self._submitter.build_anchor if kind == "anchor" else self._submitter.build_publish
        signed = build(root, nonce=self._submitter.pending_nonce(), fees=self._submitter.suggest_fees())
        self._submitter.send(signed)
        while (receipt := self._submitter.receipt(signed.hash)) is None:
            time.sleep(0.02)
        return receipt

    def _publish(self) -> dict[str, bytes]:
        array, now = StatusArray.new(), datetime.now(UTC)
        tree = MerkleTree([status_leaf(STATUS_URI, len(array), 1, array.raw)])
        mined, chain = self._send("publish", tree.root), self._deployments.status_chain
        anchor = {
            "uri": STATUS_URI,
            "size": len(array),
            "sequence": 1,
            "digest": hashlib.sha256(array.raw).hexdigest(),
            "index": 0,
            "treeSize": 1,
            "path": [],
            "root": tree.root.hex(),
            "chain": {
                "id": chain.id,
                "genesis": chain.genesis,
                "contract": chain.contract,
                "codeHash": chain.code_hash,
            },
            "submitter": self._submitter.address,
            "transaction": mined.hash,
            "block": {"number": mined.block_number, "time": int(now.timestamp())},
        }
        token = build_status_list_token(
            array,
            uri=STATUS_URI,
            signer=self._signer,
            issued_at=now + timedelta(seconds=1),
            expires_at=now + timedelta(hours=1),
            ttl=300,
        )
        return {STATUS_URI: token.encode(), f"{STATUS_URI}/anchor": dump_json(anchor)}

    def _resume(self) -> dict[str, Any]:
        now = datetime.now(UTC).replace(microsecond=0)
        kind = default_catalog().credential_type("UniversityDegree")
        issued = [
            issue_credential(
                kind,
                dict(kind.example),
                issuer=DID,
                signer=self._signer,
                holder_jwk=self._holder.public_key.jwk(),
                status_uri=STATUS_URI,
                status_index=index,
                issued_at=now,
                valid_from=None,
                valid_until=None,
            )
            for index in range(CREDENTIALS)
        ]
        leaves = [one.content.leaf for one in issued]
        tree = MerkleTree(leaves)
        mined = self._send("anchor", tree.root)
        receipts = [
            Receipt(
                leaf=leaf,
                index=index,
                size=tree.size,
                path=tree.path(index),
                root=tree.root,
                chain=self._deployments.anchor_chain,
                submitter=self._submitter.address,
                transaction=mined.hash,
                block_number=mined.block_number,
                block_time=now,
            )
            for index, leaf in enumerate(leaves)
        ]
        return compose_resume(
            [ChosenCredential(one.token, ()) for one in issued],
            self._holder,
            challenge=SHARE_ID,
            domain="http://localhost:8003",
            created=now,
            expires=now + timedelta(days=1),
            receipts=receipts,
        )


class _Documents:
    """The institution's server, without the network between."""

    def __init__(self, documents: dict[str, bytes]) -> None:
        self._documents = documents

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        """Return a document."""
        del accept, max_bytes
        return self._documents[url]


def bench_verification(settings: VerifierSettings, scene: Scene, deployments: Deployments) -> float:
    """Verify for some seconds; print and return how many a second."""
    client = CountingClient(settings.rpc_urls, deployments)
    with _opened(settings, client, scene) as connections:
        service = VerificationService(connections, settings)
        verdict = service.verify_now(scene.presentation, SHARE_ID)
        assert [item.verdict for item in verdict.items] == ["verified"] * CREDENTIALS, verdict.to_json()
        client.asked, count, begun = 0, 0, time.perf_counter()
        while time.perf_counter() - begun < SECONDS:
            service.verify_now(scene.presentation, SHARE_ID)
            count += 1
        rate = count / (time.perf_counter() - begun)
        name = f"resume of {CREDENTIALS}, index {settings.index}"
        print(
            f"{name:<36}{rate:>10,.1f} verifications/s{client.asked / count:>10.2f} RPC calls each",
            flush=True,
        )
        service.close()
    return rate


@contextmanager
def _opened(settings: VerifierSettings, client: ChainClient, scene: Scene) -> Iterator[Connections]:
    documents = _Documents(scene.documents)
    connections = open_connections(settings, SystemClock(), client=client, fetcher=documents)
    try:
        if connections.index is not None and connections.readings is not None:
            # A follower of its own, so that its questions are not counted.
            following = open_connections(settings, SystemClock())
            assert following.index is not None
            following.index.start()
            while connections.readings.as_of().source != "index":
                time.sleep(0.1)
            yield connections
            following.close()
        else:
            yield connections
    finally:
        connections.close()


def bench_back_fill(settings: VerifierSettings, deployments: Deployments) -> None:
    """Make the index of a longer chain; print blocks a second."""
    client = CountingClient(settings.rpc_urls, deployments)
    client.request("anvil_mine", [hex(FILLED_BLOCKS)], read_seconds=300.0)
    connections = open_connections(settings, SystemClock(), client=client)
    assert connections.index is not None
    assert connections.readings is not None
    index = open_index(settings, connections.store.engine, deployments)
    with index.engine.connect() as connection:
        index.forget(connection)
    client.asked, begun = 0, time.perf_counter()
    connections.index.start()
    while (position := connections.readings.position()) is None or not position.ready:
        time.sleep(0.02)
    seconds = time.perf_counter() - begun
    print(
        f"{'back-fill of ' + format(position.block, ',') + ' blocks':<36}{position.block / seconds:>10,.0f} "
        f"blocks/s       {client.asked:>10,} RPC calls in {seconds:.1f} s",
        flush=True,
    )
    connections.close()


def main() -> int:
    """Measure."""
    compile_contracts()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory(prefix="vdr-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder / "postgres") as server, EmbeddedAnvil(folder / "chain") as node:
            upgrade(server.url, "verifier")
            deployments = parse_deployments(deploy(node.url, node.account(0)))
            file = folder / "deployments.json"
            write_deployments(file, deployments)
            common = {"database_url": server.url, "rpc_urls": node.url, "deployments_file": file}
            off = VerifierSettings.model_validate({**common, "index": "off"})
            on = VerifierSettings.model_validate({**common, "index": "on", "index_poll_seconds": 0.5})
            scene = Scene(node, deployments)
            without = bench_verification(off, scene, deployments)
            with_index = bench_verification(on, scene, deployments)
            print(f"{'with the index':<36}{with_index / without:>10.1f} times as many")
            bench_back_fill(on, deployments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
