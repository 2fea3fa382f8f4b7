"""Sealing at national size: time, memory and slope from 10,000 leaves to 10 million, then receipts at random.

The sealing runs in a process of its own (``python -m scripts.bench.chain_sealing LIMIT``), so that its peak
of memory is its own. The leaves are put in by COPY beforehand, which is not counted.
"""

import asyncio
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg

from digital_resume.adapters.database import Database
from digital_resume.core.anchoring.receipt import MAX_RECEIPT_BYTES, parse_receipt
from issuer.anchoring.sealing import seal
from issuer.chain.account import ChainWriter
from issuer.context import Context
from issuer.tick import anchor_tick
from scripts.bench.chain_deployment import Deployment, serve_issuer
from scripts.bench.figures import Figures, percentile

_REPEATS: Final = {10_000: 5, 100_000: 3}
_RECEIPTS: Final = 1_000
_ROUNDS: Final = 3
_COPY_ROWS: Final = 20_000
_ROW: Final = b"\x00\x01\x00\x00\x00 "
"""COPY's binary form: one field, of 32 bytes."""


def bench_sealing(deployment: Deployment, figures: Figures, most: int) -> None:
    """Seal batches up to ``most`` leaves, anchor the last one, ask for receipts out of it."""
    sizes = [size for size in (10_000, 100_000, 1_000_000, 10_000_000) if size < most] + [most]
    times: list[float] = []
    peak = 0
    for size in sizes:
        runs = []
        for _ in range(_REPEATS.get(size, 1)):
            begun = time.perf_counter()
            add_leaves(deployment.database_url, size)
            filled = time.perf_counter() - begun
            answer = _seal_in_a_child(deployment, most)
            assert answer["size"] == size
            runs.append(answer["seconds"])
            peak = max(peak, answer["peak"])
        times.append(statistics.median(runs))
        print(
            f"  {size:>10,} leaves sealed in {times[-1]:>8.3f} s {1e6 * times[-1] / size:>8.2f} µs a leaf,"
            f" peak {answer['peak'] / 2**20:,.0f} MiB (put in by COPY in {filled:.1f} s)",
            flush=True,
        )
    figures.add(f"seal-{most}-leaves", times[-1], "s", 60)
    figures.add("seal-peak-memory", peak / 2**30, "GiB", 2)
    figures.add("seal-slope", slope(sizes, times), f"log t / log n, {sizes[0]:,} to {most:,}", 1.05)
    _anchor(deployment)
    _bench_receipts(deployment, figures, most)


def slope(sizes: list[int], times: list[float]) -> float:
    """Return the exponent of the power law that fits best: 1 is linear."""
    x, y = [math.log(size) for size in sizes], [math.log(seconds) for seconds in times]
    if len(x) < 2:
        return 1.0
    return statistics.linear_regression(x, y).slope


def add_leaves(url: str, count: int) -> None:
    """Put leaves in, ascending: the index on digests then grows at its end, which is faster by far."""
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        cursor.copy("copy issuer.leaf (digest) from stdin (format binary)") as copy,
    ):
        copy.write(b"PGCOPY\n\xff\r\n\x00" + bytes(8))
        for first in range(0, count, _COPY_ROWS):
            rows = min(_COPY_ROWS, count - first)
            rising = [((number << 64) // count).to_bytes(8, "big") for number in range(first, first + rows)]
            copy.write(b"".join(_ROW + prefix + os.urandom(24) for prefix in rising))
        copy.write(b"\xff\xff")


def _seal_in_a_child(deployment: Deployment, limit: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "scripts.bench.chain_sealing", str(limit)]
    done = subprocess.run(command, env=deployment.environment, stdout=subprocess.PIPE, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _anchor(deployment: Deployment) -> None:
    async def tick() -> None:
        context = Context.from_settings(deployment.settings)
        report = await anchor_tick(
            context, await asyncio.to_thread(ChainWriter.from_settings, deployment.settings)
        )
        await context.database.dispose()
        assert report.batches

    asyncio.run(tick())


def _bench_receipts(deployment: Deployment, figures: Figures, size: int) -> None:
    """Ask for receipts at random, in rounds of a thousand others; the middle round counts."""
    rounds, largest = [], 0
    with (
        serve_issuer(deployment) as (url, pid),
        closing(HTTPConnection(urlsplit(url).netloc, timeout=30)) as http,
    ):
        _get(http, "0" * 64)  # opens the chain and the connection
        for _ in range(_ROUNDS):
            times, used = [], processor_time(pid)
            leaves = _some_leaves(deployment.database_url, size)
            for leaf in leaves:
                begun = time.perf_counter()
                answer = _get(http, leaf)
                times.append(1_000 * (time.perf_counter() - begun))
                receipt = parse_receipt(json.loads(answer))
                receipt.verify_path()
                assert (receipt.leaf.hex(), receipt.size) == (leaf, size)
                largest = max(largest, len(answer))
            used = processor_time(pid) - used
            rounds.append(percentile(times, 0.99))
            print(
                f"  {len(leaves):,} random receipts over HTTP, verified: "
                f"median {statistics.median(times):.2f} ms, p99 {rounds[-1]:.2f} ms; "
                f"{1e3 * used / len(leaves):.2f} ms of the issuer's processor time each",
                flush=True,
            )
    figures.add("receipt-p99", statistics.median(rounds), f"ms, of {_RECEIPTS:,} at random in {size:,}", 10)
    figures.add("receipt-size", largest, "bytes", MAX_RECEIPT_BYTES)


def _get(http: HTTPConnection, leaf: str) -> bytes:
    http.request("GET", f"/receipts/{leaf}")
    return http.getresponse().read()


def _some_leaves(url: str, size: int) -> list[str]:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select first_number, last_number from issuer.batch where size = %s", (size,)
        ).fetchone()
        assert row is not None
        numbers = random.SystemRandom().sample(range(row[0], row[1] + 1), min(_RECEIPTS, size))
        query = "select encode(digest, 'hex') from issuer.leaf where number = any(%s) order by random()"
        return [leaf for (leaf,) in connection.execute(query, (numbers,))]


def processor_time(pid: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory() -> int:
    """Return the most bytes that this process ever had resident."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


async def _seal(limit: int) -> None:
    database = Database(os.environ["DATABASE_URL"])
    await database.ping()
    terminal = sys.stderr.isatty()

    def progress(done: int, most: int) -> None:
        if terminal:
            print(f"\r  sealing {done:>12,} / {most:,}", end="", file=sys.stderr, flush=True)

    begun = time.perf_counter()
    batch = await seal(database, limit, progress=progress)
    seconds = time.perf_counter() - begun
    if terminal:
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr)
    assert batch is not None
    async with database.engine.connect() as connection:
        size = (
            await connection.exec_driver_sql("select size from issuer.batch order by id desc limit 1")
        ).scalar()
    await database.dispose()
    print(json.dumps({"seconds": seconds, "peak": peak_memory(), "size": size}))


if __name__ == "__main__":
    asyncio.run(_seal(int(sys.argv[1])))
