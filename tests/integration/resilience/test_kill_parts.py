"""A part is killed while people claim: it comes back, clients are told clearly meanwhile, nothing is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import httpx
import pytest

from digital_resume.adapters.chain.client import ChainClient
from tests.integration.resilience.audit import Acknowledged, audit, verdict_of, wait_until_settled
from tests.integration.resilience.probes import LONGEST, Answer, Probes, summary
from tests.integration.resilience.product import ROOT, Product, kill
from tests.integration.resilience.traffic import Traffic, note_claimed, say_nothing, somebody, stack_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

#: Problems that say: not now, ask again.
LATER = {"503 database_unavailable", "503 source_unavailable", "503 status_not_published"}
GONE = {"ConnectError", "ReadError", "WriteError", "RemoteProtocolError"}
GOOD = {"issuer": {"201"}, "wallet": {"200"}, "verifier": {"verified"}}


@pytest.fixture(scope="module")
def product(server_folder: Path) -> Iterator[Product]:
    """Give a running product."""
    product = Product(server_folder / "parts")
    try:
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
    return server_folder / "wallets-of-parts"


class Life:
    """Everyday life around the product: people who claim, employers who verify, institutions that hand in."""

    def __init__(self, product: Product, wallets: Path, acknowledged: Acknowledged) -> None:
        self._product = product
        link = httpx.get(f"{product.url('landing')}/api/state").json()["people"][0]["link"]
        stack = stack_of(product, wallets)
        self.probes = Probes(product, stack, link, acknowledged)
        self.traffic = Traffic(stack, acknowledged)

    def goes_on(self) -> None:
        """Return when one more person has claimed and every service has given its good answer again."""
        claimed, seen = self.traffic.claimed, len(self.probes.answers)

        def well() -> bool:
            new = {(answer.service, answer.said) for answer in self.probes.answers[seen:]}
            good = all((service, word) in new for service, words in GOOD.items() for word in words)
            return good and self.traffic.claimed > claimed

        self._product.wait_until(well, "everyday life")

    def is_told(self, service: str, word: str) -> None:
        """Return when a service has said something from now on."""
        seen = len(self.probes.answers)

        def said() -> bool:
            return any((each.service, each.said) == (service, word) for each in self.probes.answers[seen:])

        self._product.wait_until(said, f"{service}: {word}")

    def end(self) -> list[Answer]:
        """End it and return what clients were told."""
        try:
            self.traffic.stop()
        finally:
            answers = self.probes.stop()
        print(summary(answers))
        return answers


@pytest.fixture
def life(product: Product, wallets: Path, acknowledged: Acknowledged) -> Iterator[Life]:
    """Give everyday life that has begun."""
    life = Life(product, wallets, acknowledged)
    try:
        life.goes_on()
        yield life
    finally:
        if not life.probes.stopped:
            life.end()


def check_answers(answers: list[Answer], killed: Collection[str] = ()) -> None:
    """Everybody got an answer in time, and only the dead do not answer."""
    for answer in answers:
        assert answer.seconds < LONGEST, answer
        allowed = GOOD[answer.service] | LATER
        if answer.service == "verifier":
            allowed |= {"could_not_check"}
        if answer.service in killed:
            allowed |= GONE
        assert answer.said in allowed, answer


def wait_for_another(product: Product, part: str, before: int) -> None:
    """Return when the supervisor has started a part again."""
    product.wait_until(lambda: product.has_child(part, besides=before), f"another {part}")


def test_parts_that_are_killed_come_back_one_after_the_other_and_nothing_is_lost(
    product: Product, life: Life, acknowledged: Acknowledged
) -> None:
    parts = ("worker", "issuer", "wallet", "verifier", "chain", "database")
    for part in parts:
        before = product.child(part)
        kill(before)
        wait_for_another(product, part, before)
        life.goes_on()
    check_answers(life.end(), parts)
    audit(product, acknowledged)


@pytest.mark.parametrize("part", ["chain", "database"])
def test_a_server_that_stays_away_for_a_while_only_delays(
    part: str, product: Product, life: Life, acknowledged: Acknowledged
) -> None:
    for _ in range(3):  # the supervisor pauses twice as long after each
        before = product.child(part)
        kill(before)
        wait_for_another(product, part, before)
    life.goes_on()
    answers = life.end()
    check_answers(answers)
    # The verifier has an index of the chain, which outlives seconds without it.
    told = {"chain": ("verifier", "verified"), "database": ("issuer", "503 database_unavailable")}
    assert told[part] in {(answer.service, answer.said) for answer in answers}
    audit(product, acknowledged)


def test_a_chain_that_hangs_only_delays(product: Product, life: Life, acknowledged: Acknowledged) -> None:
    chain = product.child("chain")
    kill(chain, signal.SIGSTOP)
    try:
        # The verifier's index answers for three seconds, then each question waits five for the chain.
        life.is_told("verifier", "could_not_check")
    finally:
        kill(chain, signal.SIGCONT)
    life.goes_on()
    answers = life.end()
    check_answers(answers)
    assert "could_not_check" in summary(answers)["verifier"]
    audit(product, acknowledged)


def test_a_second_worker_doubles_nothing(
    product: Product, life: Life, acknowledged: Acknowledged, tmp_path: Path
) -> None:
    environment = Path(f"/proc/{product.child('worker')}/environ").read_bytes().rstrip(b"\0").split(b"\0")
    with (tmp_path / "second.log").open("wb") as log:
        second = subprocess.Popen(
            [sys.executable, "-m", "digital_resume.cli.app", "worker"],
            cwd=ROOT,
            env=dict(os.fsdecode(entry).split("=", 1) for entry in environment),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        life.goes_on()
        life.goes_on()
        # The first goes, in the middle of it, and the second takes over.
        first = product.child("worker")
        kill(first)
        life.goes_on()
        wait_for_another(product, "worker", first)
        assert second.poll() is None
        life.end()
        audit(product, acknowledged)
    finally:
        second.kill()
        second.wait()


def test_a_chain_whose_clock_runs_ahead_goes_on_anchoring(
    product: Product, acknowledged: Acknowledged, wallets: Path
) -> None:
    wait_until_settled(product)
    stack = stack_of(product, wallets)
    chain = ChainClient([product.rpc_url])
    chain.request("evm_increaseTime", [7200])
    chain.request("evm_mine")
    wallet = stack.prepare(somebody(), say_nothing)
    stack.wait_for_receipts(wallet)
    note_claimed(wallet, acknowledged)
    link = wallet.share(stack.wallet_url, stack.verifier_url).link
    acknowledged.open_shares.append(link)
    audit(product, acknowledged)
    # The node comes back with the true time, before that of its newest block.
    before = product.child("chain")
    kill(before)
    wait_for_another(product, "chain", before)
    late = stack.prepare(somebody(), say_nothing)
    stack.wait_for_receipts(late)
    note_claimed(late, acknowledged)
    assert verdict_of(product, link) == "verified"
    audit(product, acknowledged)
