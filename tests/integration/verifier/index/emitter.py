"""A contract's logs at any value: what a pinned contract would have to be another one to emit.

The contract's code is put aside while a stand-in, at its address, emits what it is told to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.integration.chain.rig import Chain


@dataclass(frozen=True)
class RawLog:
    """A log as it stands in a block."""

    contract: str
    topics: tuple[bytes, ...]
    data: bytes


def _code(topics: int) -> str:
    """Return code that emits its call data: so many topics, then the log's data."""
    head = 32 * topics
    size = f"60{head:02x}3603"  # calldatasize - head
    copy = f"80 60{head:02x} 6000 37"  # calldatacopy(0, head, size)
    push = "".join(f"60{32 * k:02x} 35" for k in reversed(range(topics)))
    return "0x" + f"{size} {copy} {push} {0x80 + topics:02x} 6000 {0xA0 + topics:02x} 00".replace(" ", "")


def emit(chain: Chain, logs: Sequence[RawLog]) -> None:
    """Let the contracts emit logs, a block each."""
    ask, sender = chain.client.request, chain.account(3).address
    ask("anvil_impersonateAccount", [sender])
    for log in logs:
        code = ask("eth_getCode", [log.contract, "latest"])
        ask("anvil_setCode", [log.contract, _code(len(log.topics))])
        data = b"".join(log.topics) + log.data
        sent = ask(
            "eth_sendTransaction",
            [{"from": sender, "to": log.contract, "data": "0x" + data.hex(), "gas": hex(15_000_000)}],
        )
        assert chain.wait(sent).succeeded
        ask("anvil_setCode", [log.contract, code])
