"""Measure the worker's tick under load: ``make bench-tick``. Issuer and worker are processes, all is real.

While credentials are signed at a steady rate, credentials that were signed before are revoked over HTTP. Two
things are held: that a tick costs at most two transactions however much is issued (one root over all
leaves, one over all status lists), and that a revocation is served as the chain names it within two ticks.

Parts by credentials signed a second: 0, 10, 100, as many as go, and as many as three clients of the signing
API get that wait for each answer. Ends with one line a figure.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from digital_resume.adapters.database.queues import apply_schema
from scripts.bench.chain_deployment import Deployment, open_deployment, serve_issuer
from scripts.bench.figures import Figures, percentile
from scripts.bench.tick_load import Institution, Revocations, Signing, open_institution
from scripts.compile_contracts import ROOT

TICK_SECONDS: Final = 3.0
RATES: Final = ("0", "10", "100", "most", "clients")
#: The status list, decoys and all, is published first; then the measuring begins.
_FIRST_TICKS: Final = 3
_REVOCATIONS_A_SECOND: Final = 4.0
#: One root over all leaves, one over all status lists.
_MOST_TRANSACTIONS: Final = 2.0
_FULL: Final = 0.8
"""Of the credentials that come in a tick, so many are at least in one transaction: ticks are not in step."""

_TRANSACTIONS: Final = "select count(*) from issuer.chain_transaction where state = 'mined'"
_ANCHORED: Final = "select coalesce(sum(size), 0), count(*) from issuer.batch where state = 'confirmed'"


def bench_rate(
    deployment: Deployment, institution: Institution, rate: str, figures: Figures, ticks: int
) -> None:
    """Sign and revoke for some ticks; print what a transaction held and how late revocations were seen."""
    seconds = ticks * TICK_SECONDS
    revocations = Revocations(institution, _REVOCATIONS_A_SECOND, seconds)
    wanted = None if rate == "most" else rate if rate == "clients" else float(rate)
    _wait_until_anchored(deployment)  # those that will be revoked
    before = _counts(deployment)
    with Signing(deployment, institution, wanted) as signing, revocations:
        begun = time.perf_counter()
        time.sleep(seconds)
    signed, reached = signing.count, signing.count / (time.perf_counter() - begun)
    delays = revocations.wait()
    _wait_until_anchored(deployment)
    elapsed = time.perf_counter() - begun
    after = _counts(deployment)
    leaves, batches, transactions = (after[i] - before[i] for i in range(3))
    print(
        f"  {signed:,} signed ({reached:,.1f}/s), {leaves:,} anchored in {batches} transactions; "
        f"{len(delays)} revocations seen after {percentile(delays, 0.5):.2f} s (median), {max(delays):.2f} s "
        f"(longest); {transactions} transactions in {elapsed:.0f} s",
        flush=True,
    )
    name = f"tick-{rate}"
    figures.add(f"{name}-revocation-p99", percentile(delays, 0.99), "s", 2 * TICK_SECONDS)
    per_tick = transactions / (elapsed / TICK_SECONDS + 1)  # and the one that was under way
    figures.add(f"{name}-transactions-a-tick", per_tick, "transactions", _MOST_TRANSACTIONS)
    if batches:
        least = round(_FULL * reached * TICK_SECONDS, 1)
        figures.add(f"{name}-credentials-a-transaction", leaves / batches, "credentials", least, ">=")


def _counts(deployment: Deployment) -> tuple[int, int, int]:
    """Return anchored leaves, confirmed batches and mined transactions so far."""
    with psycopg.connect(deployment.database_url) as connection:
        leaves, batches = connection.execute(_ANCHORED).fetchone() or (0, 0)
        (transactions,) = connection.execute(_TRANSACTIONS).fetchone() or (0,)
    return int(leaves), batches, transactions


def _wait_until_anchored(deployment: Deployment) -> None:
    waiting = "select (select count(*) from issuer.leaf) - coalesce(sum(size), 0) from issuer.batch"
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with psycopg.connect(deployment.database_url) as connection:
            open_batches = connection.execute(
                "select count(*) from issuer.batch where state <> 'confirmed'"
            ).fetchone()
            if connection.execute(waiting).fetchone() == (0,) and open_batches == (0,):
                return
        time.sleep(0.05)
    raise RuntimeError("What was signed was not anchored in two minutes.")


@contextmanager
def run_worker(deployment: Deployment, url: str) -> Iterator[None]:
    """Run the issuer's worker as a process of its own."""
    environment = {**deployment.environment, "ISSUER_URL": url, "ANCHOR_TICK_SECONDS": str(TICK_SECONDS)}
    with Path(deployment.environment["DATA_DIR"], "worker.log").open("wb") as log:
        command = [sys.executable, "-m", "issuer.worker"]
        child = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield
        finally:
            child.terminate()
            child.wait(30)


def main() -> int:
    """Measure; exit 0 either way, because a busy machine is no defect."""
    parser = argparse.ArgumentParser(description="The worker's tick under load.")
    parser.add_argument("--rates", default=",".join(RATES), help=f"of {', '.join(RATES)}")
    parser.add_argument("--ticks", type=int, default=10, help="ticks that each rate is held")
    options = parser.parse_args()
    rates = options.rates.split(",")
    if not set(rates) <= set(RATES) or options.ticks < 2:
        parser.error(f"there are the rates {', '.join(RATES)}, and two ticks at least")
    figures = Figures()
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}, "
        f"a tick every {TICK_SECONDS:g} s"
    )
    with open_deployment() as deployment:
        apply_schema(deployment.database_url)
        with serve_issuer(deployment) as (url, _), run_worker(deployment, url):
            institution = open_institution(deployment, url)
            time.sleep(_FIRST_TICKS * TICK_SECONDS)
            for rate in rates:
                print(f"\n{rate}", flush=True)
                bench_rate(deployment, institution, rate, figures, options.ticks)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")
    figures.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
