"""Kills at moments that nobody chose, for as long as one likes: ``SOAK_MINUTES=30 pytest …/test_soak.py``.

People claim all the while. The seed is printed; ``SOAK_SEED`` gives the same moments again.
"""

import json
import os
import random
import secrets
import time
from pathlib import Path

import pytest

from tests.integration.resilience.audit import Acknowledged, audit
from tests.integration.resilience.product import Product, kill
from tests.integration.resilience.traffic import Traffic, stack_of

MINUTES = float(os.environ.get("SOAK_MINUTES", "0"))
PARTS = ("worker", "issuer", "wallet", "verifier", "chain", "database")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(60 * MINUTES + 900),
    pytest.mark.skipif(MINUTES <= 0, reason="set SOAK_MINUTES for a soak"),
]


def test_nothing_is_lost_or_doubled_however_often_it_is_killed(server_folder: Path) -> None:
    seed = int(os.environ.get("SOAK_SEED") or secrets.randbits(32))
    print(f"SOAK_SEED={seed}")
    chance = random.Random(seed)
    product = Product(server_folder / "soak")
    acknowledged = Acknowledged()
    until = time.monotonic() + 60 * MINUTES
    try:
        kill_at_random(product, chance, times=6)
        while time.monotonic() < until:
            traffic = Traffic(stack_of(product, server_folder / "soak-wallets"), acknowledged)
            try:
                kill_parts_at_random(product, chance)
                kill_at_random(product, chance, times=chance.randrange(1, 4))
            finally:
                traffic.stop()
            audit(product, acknowledged)
            print(json.dumps({"starts": product.starts, "credentials": len(acknowledged.leaves)}))
    finally:
        product.destroy()


def kill_at_random(product: Product, chance: random.Random, times: int) -> None:
    """Kill everything at any moment, during a start or later, and let it come back in the end."""
    for _ in range(times):
        if product.starts:
            time.sleep(chance.choice((chance.uniform(0, 3), chance.uniform(0, 15))))
            product.kill_everything()
        product.start()
    product.wait_until_open()


def kill_parts_at_random(product: Product, chance: random.Random) -> None:
    """Kill some parts of the running product, one after the other."""
    for _ in range(chance.randrange(4)):
        time.sleep(chance.uniform(0, 3))
        for pid in product.pids(chance.choice(PARTS)):
            kill(pid)
