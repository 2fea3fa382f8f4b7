"""People who claim and share while things are killed, as patient clients do: they ask again."""

import json
import secrets
import threading
from pathlib import Path

from scripts.demo.cast import CastPerson, CastRecord
from scripts.demo.seeker import Seeker
from scripts.demo.stack import Stack
from tests.integration.resilience.audit import Acknowledged
from tests.integration.resilience.product import Product


def stack_of(product: Product, folder: Path) -> Stack:
    """Return the running product as its clients see it; their wallets are kept in ``folder``."""
    return Stack(
        issuer_url=product.url("issuer"),
        wallet_url=product.url("wallet"),
        verifier_url=product.url("verifier"),
        api_keys=json.loads((product.data / "demo" / "api-keys.json").read_text()),
        wallets=folder,
        switches=_NoSwitches(),
    )


class _NoSwitches:
    def switch(self, part: str, on: bool) -> None:
        raise AssertionError("nothing is switched here")


def somebody() -> CastPerson:
    """Return a person with an identity credential and a score, whom nobody else is."""
    birth_date = (
        f"19{50 + secrets.randbelow(50)}-{1 + secrets.randbelow(12):02}-{1 + secrets.randbelow(28):02}"
    )
    name = "".join(chr(0xAC00 + secrets.randbelow(11_172)) for _ in range(4))
    identity = {"name": name, "birthDate": birth_date, "nationality": "KOR"}
    score = {
        "name": name,
        "birthDate": birth_date,
        "test": "누리영어능력시험(시연용)",
        "listening": 300,
        "reading": 300,
        "total": 600,
        "testDate": "2026-08-23",
        "issueNumber": f"NELT-2608-{secrets.randbelow(10**6):06}",
    }
    return CastPerson(
        key=f"somebody-{secrets.token_hex(6)}",
        name=name,
        role_ko="지나가는 사람",
        role_en="Somebody",
        statement="",
        records=(
            CastRecord("mobile-id", "IdentityCredential", identity, counter=True),
            CastRecord("nuri", "LanguageTestScore", score, counter=False),
        ),
    )


def note_claimed(wallet: Seeker, acknowledged: Acknowledged) -> None:
    """Note every credential that a wallet holds as acknowledged."""
    acknowledged.leaves |= {entry["leaf"] for entry in json.loads(wallet.state.read_text())["entries"]}


class Traffic:
    """People who come one after the other in a thread of their own, until ``stop``."""

    def __init__(self, stack: Stack, acknowledged: Acknowledged) -> None:
        self.claimed = 0
        self._stack = stack
        self._acknowledged = acknowledged
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="traffic")
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                wallet = self._stack.prepare(somebody(), say_nothing)
                note_claimed(wallet, self._acknowledged)
                self.claimed += 1
                self._stopping.wait(0.3)
        except BaseException as error:
            self._failure = error

    def stop(self) -> None:
        """Let the last one finish; raise what went wrong."""
        self._stopping.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure


def say_nothing(korean: str, english: str) -> None:
    """Take what the demonstration tells."""
    del korean, english
