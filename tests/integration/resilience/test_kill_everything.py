"""``kill -9`` of everything, at any moment: an immediate ``make up`` comes back, nothing lost or doubled.

The moments are drawn from a seed; ``test_soak.py`` draws more of them, for as long as one likes.
"""

import contextlib
import json
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from digital_resume.adapters.chain.client import ChainClient
from plugins.training.settings import DEVELOPMENT_ACCESS_KEY
from tests.integration.resilience.audit import Acknowledged, audit, wait_until_settled
from tests.integration.resilience.product import Product, kill
from tests.integration.resilience.traffic import Traffic, note_claimed, say_nothing, somebody, stack_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

SEED = 20_261_123
#: During the first set-up: stages that are finished, and within how many seconds after that it is killed.
MOMENTS = ((0, 1.0), (1, 0.4), (2, 0.3), (3, 1.2), (4, 1.5), (5, 1.0), (5, 2.5))


@pytest.fixture(scope="module")
def product(server_folder: Path) -> Iterator[Product]:
    """Give a product that was killed at every stage of its first set-up, and then came up."""
    product = Product(server_folder / "product")
    chance = random.Random(SEED)
    try:
        for stage, seconds in MOMENTS:
            product.start()
            product.wait_until((product.data / "postgres").exists, "the database's folder")
            product.wait_for_stage(stage)
            time.sleep(chance.uniform(0, seconds))
            product.kill_everything()
        product.start()
        product.wait_until_open()
        yield product
    finally:
        product.destroy()


@pytest.fixture(scope="module")
def acknowledged() -> Acknowledged:
    """Give the list of what clients were told, over all tests here."""
    return Acknowledged()


@pytest.fixture(scope="module")
def wallets(server_folder: Path) -> Path:
    """Give the folder of the wallets of passers-by."""
    return server_folder / "wallets"


def come_back(product: Product) -> None:
    """Start again at once and return when everything is served."""
    product.start()
    product.wait_until_open()


def test_set_up_that_was_killed_at_every_stage_ends_as_one_that_was_not(
    product: Product, acknowledged: Acknowledged
) -> None:
    audit(product, acknowledged)


def test_what_was_claimed_and_shared_a_moment_ago_is_there(
    product: Product, acknowledged: Acknowledged, wallets: Path
) -> None:
    stack = stack_of(product, wallets)
    wallet = stack.prepare(somebody(), say_nothing)
    stack.wait_for_receipts(wallet)
    kept, ended = (wallet.share(stack.wallet_url, stack.verifier_url) for _ in range(2))
    # From here on nothing is anchored any more.
    kill(product.child("worker"), signal.SIGSTOP)
    late = stack.prepare(somebody(), say_nothing)
    waiting = somebody().records[0]
    record_id = stack.hand_in(waiting, "handed-in-once")
    wallet.stop(ended.share_id)
    product.kill_everything()
    come_back(product)
    note_claimed(wallet, acknowledged)
    note_claimed(late, acknowledged)
    acknowledged.records.append((waiting.institution, record_id))
    acknowledged.open_shares.append(kept.link)
    acknowledged.stopped_shares.append(ended.link)
    audit(product, acknowledged)
    # The answer to an Idempotency-Key outlives the kill too.
    assert stack.hand_in(waiting, "handed-in-once") == record_id


def test_mined_but_not_yet_kept_is_mined_again_and_confirmed_once(
    product: Product, acknowledged: Acknowledged, wallets: Path
) -> None:
    wait_until_settled(product)
    stack = stack_of(product, wallets)
    chain = ChainClient([product.rpc_url])
    chain.request("evm_setAutomine", [False])
    wallet = stack.prepare(somebody(), say_nothing)
    with psycopg.connect(product.database_url, autocommit=True) as connection:
        product.wait_until(lambda: sent_hash(connection) is not None, "the transaction")
        transaction = sent_hash(connection) or ""
    kill(product.child("worker"), signal.SIGSTOP)
    chain.request("evm_mine")
    mined = chain.request("eth_getTransactionReceipt", [transaction])
    assert mined["status"] == "0x1"
    assert transaction not in (product.data / "chain" / "state.json").read_text()
    product.kill_everything()
    come_back(product)
    note_claimed(wallet, acknowledged)
    audit(product, acknowledged)


def sent_hash(connection: psycopg.Connection[Any]) -> str | None:
    """Return the hash of the pending anchoring transaction."""
    row = connection.execute(
        "select '0x' || encode(hash, 'hex') from issuer.chain_transaction "
        "where purpose = 'anchor' and state = 'sent'"
    ).fetchone()
    return row[0] if row else None


def test_answers_that_were_lost_on_their_way_are_given_again(
    product: Product, acknowledged: Acknowledged, wallets: Path
) -> None:
    stack = stack_of(product, wallets)
    people = ((somebody(), "IdentityCredential"), (somebody(), "LanguageTestScore"))
    for person, _ in people:
        stack.prepare(person, say_nothing)
    completion = complete_a_course(product, "the-very-first-course")
    product.kill_everything()
    # Issued, at a counter and by identity, and the wallet was killed before it kept them.
    for person, lost in people:
        with altered(stack.wallet(person.key).state) as state:
            state["entries"] = [entry for entry in state["entries"] if entry["type"] != lost]
            assert len(state["entries"]) == 1
    # Deposited, and the wallet did not note it; prepared, and never deposited.
    with altered(product.data / "demo" / "wallets" / "foreign.json") as state:
        (share,) = state["shares"]
        share["state"] = "prepared"
        never = {"id": "A" * 22, "link": share["link"].replace(share["id"], "A" * 22)}
        state["shares"].insert(0, share | never)
    # Made, and not kept.
    (product.data / "demo" / "api-keys.json").unlink()
    come_back(product)
    stack = stack_of(product, wallets)
    for person, _ in people:
        note_claimed(stack.prepare(person, say_nothing), acknowledged)
    # The module has the new key of its institution, and forgot nothing.
    assert complete_a_course(product, "the-very-first-course") == completion
    assert complete_a_course(product, "another-course") != completion
    audit(product, acknowledged)


def complete_a_course(product: Product, key: str) -> str:
    """Record a course at the training module and return the completion's number."""
    answer = httpx.post(
        f"{product.url('modules')}/training/completions",
        json={
            "name": "김하늘",
            "birthDate": "2001-03-14",
            "course": "클라우드 서버 운영",
            "provider": "온누리직업훈련원(시연용)",
            "period": {"start": "2026-02-02", "end": "2026-06-26"},
            "hours": 560,
            "attendancePercent": 97,
        },
        headers={"authorization": f"Bearer {DEVELOPMENT_ACCESS_KEY}", "idempotency-key": key},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["completionNumber"])


@contextlib.contextmanager
def altered(file: Path) -> Iterator[dict[str, Any]]:
    """Change a wallet's state as a crash would have left it."""
    state = json.loads(file.read_text())
    yield state
    file.write_text(json.dumps(state))


def test_clients_that_ask_again_through_two_kills_get_everything_once(
    product: Product, acknowledged: Acknowledged, wallets: Path
) -> None:
    chance = random.Random(SEED + 1)
    traffic = Traffic(stack_of(product, wallets), acknowledged)
    try:
        for _ in range(2):
            time.sleep(chance.uniform(0.5, 3))
            product.kill_everything()
            come_back(product)
    finally:
        traffic.stop()
    assert traffic.claimed > 0
    audit(product, acknowledged)
