"""A consensus layer for one execution node: what a proposer says over the engine API, and nothing else.

Engine API as of Cancun (execution-apis, ``engine/cancun.md``): ``forkchoiceUpdatedV3`` with attributes begins
a block, ``getPayloadV3`` takes it, ``newPayloadV3`` has it executed, and ``forkchoiceUpdatedV3`` makes it the
head. There are no validators, no randomness and no peers: whatever the node built is what comes next.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

_ZERO = "0x" + "0" * 64
#: Blocks below the head that are called final.
_FINAL_DEPTH = 8
_LIMIT_SECONDS = 30.0


class ConsensusError(AssertionError):
    """The node did not do what a proposer may expect of it."""


class Consensus:
    """Proposes blocks to one node, on demand or one after another.

    Args:
        rpc_url: the node's JSON-RPC.
        engine_url: its engine API, without authentication.
    """

    def __init__(self, rpc_url: str, engine_url: str) -> None:
        self._rpc_url = rpc_url
        self._engine_url = engine_url
        self._http = httpx.Client(timeout=_LIMIT_SECONDS, trust_env=False)
        self._proposing = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def propose(self, *, hurry: bool = False) -> dict[str, Any]:
        """Add one block with what waits in the node's pool and return its execution payload.

        Args:
            hurry: give it the second after its parent's instead of the clock's, once that has passed.
        """
        with self._proposing:
            payload = self._build(hurry)
            self._adopt(payload)
        return payload

    def build(self) -> dict[str, Any]:
        """Return a block on the head that is not proposed: ``adopt`` can bring it up later, a rival then."""
        with self._proposing:
            return self._build(hurry=True)

    def adopt(self, payload: dict[str, Any]) -> None:
        """Have a built block executed and make it the head, whatever was built beside it."""
        with self._proposing:
            self._adopt(payload)

    @contextmanager
    def running(self, *, hurry: bool = False) -> Iterator[None]:
        """Propose block after block in a thread: a second apart, or in a hurry while the chain is behind.

        Raises:
            ConsensusError: a proposal failed meanwhile.
        """
        ended = threading.Event()
        failures: list[Exception] = []

        def work() -> None:
            try:
                while not ended.wait(0.05 if hurry else 1.0):
                    self.propose(hurry=hurry)
            except Exception as error:
                failures.append(error)

        thread = threading.Thread(target=work, name="consensus")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(_LIMIT_SECONDS)
        if failures:
            raise ConsensusError("No more blocks were proposed.") from failures[0]

    def _build(self, hurry: bool) -> dict[str, Any]:
        parent = self._rpc("eth_getBlockByNumber", "latest", False)
        moment = _after(int(parent["timestamp"], 16), hurry)
        begun = self._choose(str(parent["hash"]), int(parent["number"], 16), _attributes(moment))
        return dict(self._engine("engine_getPayloadV3", begun["payloadId"])["executionPayload"])

    def _adopt(self, payload: dict[str, Any]) -> None:
        said = self._engine("engine_newPayloadV3", payload, [], _ZERO)
        if said["status"] != "VALID":
            raise ConsensusError(f"The node's own block is {said}")
        self._choose(str(payload["blockHash"]), int(payload["blockNumber"], 16))

    def _choose(self, head: str, number: int, attributes: dict[str, Any] | None = None) -> dict[str, Any]:
        final = self._rpc("eth_getBlockByNumber", hex(max(0, number - _FINAL_DEPTH)), False)["hash"]
        state = {"headBlockHash": head, "safeBlockHash": final, "finalizedBlockHash": final}
        answer = self._engine("engine_forkchoiceUpdatedV3", state, attributes)
        if answer["payloadStatus"]["status"] != "VALID":
            raise ConsensusError(f"The node does not follow the fork choice: {answer}")
        return dict(answer)

    def _rpc(self, method: str, *parameters: Any) -> Any:
        return self._ask(self._rpc_url, method, parameters)

    def _engine(self, method: str, *parameters: Any) -> Any:
        return self._ask(self._engine_url, method, parameters)

    def _ask(self, url: str, method: str, parameters: tuple[Any, ...]) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        answer = self._http.post(url, json=body).json()
        if answer.get("result") is None:
            raise ConsensusError(f"{method}: {answer}")
        return answer["result"]


def _after(parent: int, hurry: bool) -> int:
    """Return the time of the next block; wait where the clock has not come that far."""
    while int(time.time()) <= parent:
        time.sleep(0.05)
    return parent + 1 if hurry else int(time.time())


def _attributes(moment: int) -> dict[str, Any]:
    return {
        "timestamp": hex(moment),
        "prevRandao": _ZERO,
        # another each time, or a node gives a block on the same parent that it has built already
        "suggestedFeeRecipient": "0x" + secrets.token_hex(20),
        "withdrawals": [],
        "parentBeaconBlockRoot": _ZERO,
    }
