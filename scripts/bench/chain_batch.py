"""The batch that took OpenCerts half a day: 40,000 credentials signed, anchored, and a receipt for each.

The issuer's own bulk path signs SD-JWT credentials on two processes,
each with its status entry, its row and its leaf in PostgreSQL; one tick seals and anchors them on anvil; then
every receipt is made, checked and written to a file. All of it counts, but the starting of the processes.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg

from digital_resume.core.anchoring.receipt import MAX_RECEIPT_BYTES
from digital_resume.core.credentials.catalog import credential_type
from digital_resume.core.encoding.bounded_json import dump_json
from digital_resume.core.keys.signing import LocalSigner
from issuer.anchoring.batches import newest_confirmed
from issuer.anchoring.receipts import receipts_of_batch
from issuer.chain.account import ChainWriter
from issuer.context import Context
from issuer.credentials.signing import Order, sign_credentials, standing_of
from issuer.institutions import repository
from issuer.settings import IssuerSettings
from issuer.tick import anchor_tick
from scripts.bench.chain_deployment import SLUG, TYPE, Deployment, open_university
from scripts.bench.figures import Figures

CREDENTIALS: Final = 40_000
_PROCESSES: Final = 2
_TOGETHER: Final = 500


def bench_batch(deployment: Deployment, figures: Figures) -> None:
    """Sign, anchor, make receipts; one clock."""
    open_university(deployment)
    children = [_child(deployment, CREDENTIALS // _PROCESSES) for _ in range(_PROCESSES)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
    begun = time.perf_counter()
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.flush()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert all(child.wait() == 0 for child in children)
    signing = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = signing.ru_utime + signing.ru_stime - used.ru_utime - used.ru_stime
    signed = time.perf_counter()
    with psycopg.connect(deployment.database_url) as connection:
        assert connection.execute("select count(*) from issuer.credential").fetchone() == (CREDENTIALS,)
    path = Path(deployment.environment["DATA_DIR"]) / "receipts.jsonl"
    anchored = asyncio.run(_anchor_and_receipts(deployment.settings, path))
    done = time.perf_counter()
    lines = path.read_bytes().splitlines()
    assert len(lines) == len(set(lines)) == CREDENTIALS
    assert max(map(len, lines)) <= MAX_RECEIPT_BYTES
    print(
        f"  {CREDENTIALS:,} credentials: signed in {signed - begun:.1f} s on {_PROCESSES} processes, "
        f"anchored in {anchored - signed:.1f} s, {len(lines):,} receipts made and checked in "
        f"{done - anchored:.1f} s"
    )
    print(
        f"  the two signing processes took {cpu:.1f} s of processor time, their start included: "
        f"{1e3 * cpu / CREDENTIALS:.2f} ms a credential"
    )
    figures.add(f"batch-{CREDENTIALS}-sign-anchor-receipts", done - begun, "s", 60)


def _child(deployment: Deployment, share: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "scripts.bench.chain_batch", str(share)]
    return subprocess.Popen(
        command, env=deployment.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


async def _anchor_and_receipts(settings: IssuerSettings, path: Path) -> float:
    """Run one tick and write every receipt; return the moment between the two."""
    context = Context.from_settings(settings)
    chain = await asyncio.to_thread(ChainWriter.from_settings, settings)
    report = await anchor_tick(context, chain)
    assert report.batches == 1
    anchored = time.perf_counter()
    trusted = chain.reader.deployments.anchor_chain
    async with context.database.sessions() as session:
        batch = await newest_confirmed(session)
        assert batch is not None
        with path.open("wb") as file:  # nothing else runs on this loop
            async for receipt in receipts_of_batch(session, trusted, batch.id):
                receipt.verify_path()
                file.write(dump_json(receipt.to_json()) + b"\n")
    await context.database.dispose()
    return anchored


def _orders(count: int) -> Iterator[list[Order]]:
    kind = credential_type(TYPE)
    holders = [LocalSigner.generate().public_key for _ in range(100)]
    example: dict[str, Any] = json.loads(json.dumps(dict(kind.example)))
    for first in range(0, count, _TOGETHER):
        yield [
            Order(kind, {**example, "name": f"시연 {number}"}, holders[number % len(holders)])
            for number in range(first, min(first + _TOGETHER, count))
        ]


async def _sign(share: int) -> None:
    context = Context.from_settings(IssuerSettings())
    await context.database.ping()
    orders = list(_orders(share))
    async with context.database.sessions() as session:
        institution = await repository.by_slug(session, SLUG)
        assert institution is not None
        standing = await standing_of(session, context, institution, TYPE)
    print("ready", flush=True)
    sys.stdin.readline()  # nothing else runs on this loop
    for together in orders:
        async with context.database.sessions.begin() as session:
            institution = await repository.by_slug(session, SLUG)
            assert institution is not None
            await sign_credentials(session, context, institution, standing, together)
    await context.close()


if __name__ == "__main__":
    asyncio.run(_sign(int(sys.argv[1])))
