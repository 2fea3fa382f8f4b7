"""Measure anchoring: ``make bench-chain``. Real PostgreSQL, real anvil, the product's own code.

Three parts, each also by itself (``--parts gas,batch,sealing``):

- *gas*: what one root costs, and so one credential in batches of three sizes, beside what other products do;
- *batch*: 40,000 credentials signed, anchored, and their receipts made;
- *sealing*: 10 million leaves in one batch (``--leaves N`` for fewer), and receipts out of it.

Ends with one line a figure.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable

from scripts.bench.chain_batch import bench_batch
from scripts.bench.chain_deployment import Deployment, open_deployment
from scripts.bench.chain_gas import bench_gas
from scripts.bench.chain_sealing import bench_sealing
from scripts.bench.figures import Figures

PARTS = ("gas", "batch", "sealing")


def main() -> int:
    """Measure; exit 0 either way, because a busy machine is no defect."""
    parser = argparse.ArgumentParser(
        description="Anchoring: gas, a batch of 40,000, sealing at national size."
    )
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--leaves", type=int, default=10_000_000)
    options = parser.parse_args()
    parts = options.parts.split(",")
    if not set(parts) <= set(PARTS):
        parser.error(f"there are the parts {', '.join(PARTS)}")
    works: dict[str, Callable[[Deployment, Figures], None]] = {
        "gas": bench_gas,
        "batch": bench_batch,
        "sealing": lambda deployment, figures: bench_sealing(deployment, figures, options.leaves),
    }
    figures = Figures()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}, Python {sys.version.split()[0]}")
    for part in parts:
        begun = time.perf_counter()
        print(f"\n{part}", flush=True)
        with open_deployment() as deployment:
            works[part](deployment, figures)
        print(f"  {part}: {time.perf_counter() - begun:.0f} s in all")
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")
    figures.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
