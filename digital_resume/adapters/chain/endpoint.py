"""One node of ``RPC_URLS``: its questions and answers, whether it serves the pinned chain, how well it is.

An endpoint is checked against the deployments file (chain id, genesis hash, code hashes) before its first
answer is used, and again after it was unreachable, because another node may answer there now. URLs may hold
access keys: errors name hosts only.

Nothing lasts longer than the patience: a question has one time limit from the first packet to the last byte,
and so has the check of the chain before it. Threads that wait for a node keep no process from ending.
"""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.errors import ChainMismatchError, RpcError
from digital_resume.adapters.chain.transport import NoAnswerError, Transport
from digital_resume.core.errors import SourceUnavailableError

LATE_SECONDS = 0.5
"""Age of an unanswered question at which others are asked rather than this node."""

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Longest answer that is read."""

MAX_STATE_BYTES = 2 * 1024**3
"""Longest state that the embedded chain dumps, which is our own child."""

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)
_THREADS = 32
_LONGEST_REST = 30.0


class Endpoint:
    """One node.

    Args:
        url: where it listens, http or https.
        deployments: what it is checked against; ``None`` only while deploying.
        connect_seconds: patience for a connection.
        read_seconds: patience for an answer.
    """

    def __init__(
        self, url: str, deployments: Deployments | None, connect_seconds: float, read_seconds: float
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("RPC_URLS must hold http or https URLs, separated by commas.")
        self.host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        default = 443 if parts.scheme == "https" else 80
        self.node = (parts.hostname.rstrip("."), parts.port or default)
        self.verified = False
        secrets = (parts.path, parts.query, parts.username, parts.password)
        self._secrets = [
            word for part in secrets for word in re.split(r"[/&=?]", part or "") if len(word) > 3
        ]
        self._deployments = deployments
        try:
            self._transport = Transport(url, connect_seconds, _THREADS)
        except httpx.InvalidURL:
            raise ValueError("RPC_URLS must hold http or https URLs, separated by commas.") from None
        self._timeout = (connect_seconds, read_seconds)
        self._turns = threading.BoundedSemaphore(_THREADS)
        self._lock = threading.Lock()
        self._unanswered: dict[object, float] = {}
        self._failures = 0
        self._rests_until = 0.0

    def ask(self, method: str, params: Sequence[Any], read_seconds: float | None = None) -> Any:
        """Return the result of a method, from the pinned chain.

        Raises:
            RpcError: the node answered with an error, or the call reverted.
            ChainMismatchError: the node serves something else.
            SourceUnavailableError: there is no answer.
        """
        try:
            self._verify(self._patience(None))
            result = self._request(method, params, self._patience(read_seconds))
        except RpcError:
            self._failures = 0
            raise
        except SourceUnavailableError:
            self.verified = False
            self._failures = min(self._failures + 1, 10)
            self._rests_until = time.monotonic() + min(_LONGEST_REST, 2.0**self._failures)
            raise
        self._failures, self._rests_until = 0, 0.0
        return result

    def ask_aside(self, method: str, params: Sequence[Any], read_seconds: float | None) -> "Future[Any]":
        """Ask in a thread of its own, so that a node that hangs keeps nobody else waiting.

        A daemon: the end of the process does not wait for it.
        """
        answer: Future[Any] = Future()
        until = self._patience(read_seconds)
        self._unanswered[answer] = time.monotonic()

        def ask() -> None:
            try:
                with self._in_turn(self._turns, until):
                    answer.set_result(self.ask(method, params, read_seconds))
            except BaseException as error:  # handed on to whoever waits
                answer.set_exception(error)
            finally:
                del self._unanswered[answer]

        threading.Thread(target=ask, name=f"rpc {self.host}", daemon=True).start()
        return answer

    def close(self) -> None:
        """Ask nothing more; whoever waits for an answer is told in a moment that there is none."""
        self._transport.close()

    def _patience(self, read_seconds: float | None) -> float:
        return time.monotonic() + self._timeout[0] + (read_seconds or self._timeout[1])

    @contextmanager
    def _in_turn(self, turn: "threading.Lock | threading.BoundedSemaphore", until: float) -> Iterator[None]:
        """Wait for a turn as long as the patience lasts."""
        if not turn.acquire(timeout=max(0.0, until - time.monotonic())):
            raise SourceUnavailableError(
                f"The chain's node at {self.host} leaves so many questions without an answer that no more "
                "are put to it for now. Check that it runs.",
                host=self.host,
            )
        try:
            yield
        finally:
            turn.release()

    def is_well(self) -> bool:
        """Tell whether it answers in time, as far as is known."""
        now = time.monotonic()
        late = any(now - asked > LATE_SECONDS for asked in list(self._unanswered.values()))
        return not late and now >= self._rests_until

    def _request(self, method: str, params: Sequence[Any], until: float) -> Any:
        question = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        longest = MAX_STATE_BYTES if method == "anvil_dumpState" else MAX_ANSWER_BYTES
        try:
            response = orjson.loads(self._transport.post(question, until, longest))
        except Exception as error:  # whatever keeps the answer away
            why = str(error) if isinstance(error, NoAnswerError) else type(error).__name__
            raise SourceUnavailableError(
                f"The chain's node at {self.host} did not answer {method} ({why}). "
                "Check that it runs and that RPC_URLS is right.",
                host=self.host,
            ) from None  # the cause's text may hold the URL
        failure = response.get("error") if isinstance(response, dict) else None
        if failure is not None:
            raise self._rpc_error(method, failure)
        if not isinstance(response, dict) or "result" not in response:
            raise SourceUnavailableError(f"The node at {self.host} does not speak JSON-RPC.", host=self.host)
        return response["result"]

    def _verify(self, until: float) -> None:
        if self.verified or self._deployments is None:
            return
        with self._in_turn(self._lock, until):
            if not self.verified:
                self._check_chain(self._deployments, until)
                self.verified = True

    def _check_chain(self, deployments: Deployments, until: float) -> None:
        chain_id = parse_int(self._request("eth_chainId", [], until))
        if chain_id != deployments.chain_id:
            raise ChainMismatchError(
                f"The node at {self.host} serves chain {chain_id}, but the deployments file pins chain "
                f"{deployments.chain_id}. Correct RPC_URLS or DEPLOYMENTS_FILE.",
                host=self.host,
            )
        genesis = self._request("eth_getBlockByNumber", ["0x0", False], until)
        found = genesis.get("hash") if isinstance(genesis, dict) else None
        if not isinstance(found, str) or found.lower() != deployments.genesis_hash:
            raise ChainMismatchError(
                f"The node at {self.host} serves another chain with the same id: its genesis hash is not the "
                "one that the deployments file pins. Correct RPC_URLS or DEPLOYMENTS_FILE.",
                host=self.host,
            )
        for name, contract in deployments.contracts.items():
            code = parse_bytes(self._request("eth_getCode", [contract.address, "latest"], until))
            if "0x" + keccak(code).hex() != contract.code_hash:
                state = "there is no contract" if not code else "the code is another than the pinned one"
                raise ChainMismatchError(
                    f"{name} at {contract.address}: {state} (node {self.host}). "
                    "Deploy anew or correct DEPLOYMENTS_FILE.",
                    host=self.host,
                    contract=name,
                )

    def _rpc_error(self, method: str, failure: Any) -> RpcError:
        members = failure if isinstance(failure, dict) else {}
        text = self._told(str(members.get("message", "")))
        code = members.get("code")
        data = members.get("data")
        if isinstance(data, dict):  # some nodes wrap the revert data once more
            data = data.get("data")
        revert: bytes | None = None
        if isinstance(data, str) and data.startswith("0x"):
            try:
                revert = bytes.fromhex(data[2:])
            except ValueError:
                revert = None
        return RpcError(
            f"The chain's node at {self.host} refused {method}: {text or 'no reason given'}.",
            rpc_code=code if isinstance(code, int) else 0,
            rpc_message=text,
            data=revert,
        )

    def _told(self, words: str) -> str:
        """Return a node's words as they may stand in a log: one line, without what our URL keeps secret."""
        text = "".join(letter if letter.isprintable() else " " for letter in words[:500])
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text


def parse_int(raw: Any) -> int:
    """Parse a JSON-RPC quantity.

    Raises:
        SourceUnavailableError: it is none.
    """
    if not isinstance(raw, str) or not _QUANTITY.fullmatch(raw):
        raise SourceUnavailableError("The node's answer is not a number. Check RPC_URLS.")
    return int(raw, 16)


def parse_bytes(raw: Any) -> bytes:
    """Parse JSON-RPC data.

    Raises:
        SourceUnavailableError: it is none.
    """
    try:
        if not raw.startswith("0x"):
            raise ValueError("no 0x")
        return bytes.fromhex(raw[2:])
    except (AttributeError, TypeError, ValueError) as error:
        raise SourceUnavailableError("The node's answer is not data. Check RPC_URLS.") from error
