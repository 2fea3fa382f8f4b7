"""One node of ``RPC_URLS``: its questions and answers, whether it serves the pinned chain, how well it is.

An endpoint is checked against the deployments file (chain id, genesis hash, code hashes) before its first
answer is used, and again after it was unreachable, because another node may answer there now. URLs may hold
access keys: errors name hosts only.

Against slowloris nodes a question has one deadline from the first packet to the last byte, and so has the
check of the chain before it. Threads that wait for a node keep no process from ending.
"""

import contextlib
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.errors import ChainMismatchError, RpcError
from digital_resume.adapters.deadline_http import NoAnswerError, Transport
from digital_resume.core.encoding.hexadecimal import parse_data, parse_quantity
from digital_resume.core.errors import MalformedError, SourceUnavailableError

LATE_SECONDS = 0.5
"""Age of an unanswered question at which others are asked rather than this node."""

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Longest answer that is read."""

MAX_STATE_BYTES = 2 * 1024**3
"""Longest state that the embedded chain dumps, which is our own child."""

_CONNECTIONS = 32
_LONGEST_REST = 30.0


class Endpoint:
    """One node.

    Args:
        url: where it listens, http or https.
        deployments: what it is checked against; ``None`` only while deploying.
        connect_seconds: time limit for a connection.
        read_seconds: time limit for an answer.
    """

    def __init__(
        self, url: str, deployments: Deployments | None, connect_seconds: float, read_seconds: float
    ) -> None:
        try:
            parts, self._transport = urlsplit(url), Transport(url, connect_seconds, _CONNECTIONS)
        except (ValueError, httpx.InvalidURL):
            raise ValueError("RPC_URLS must hold http or https URLs, separated by commas.") from None
        name = parts.hostname or ""
        self.host = f"{name}:{parts.port}" if parts.port else name
        self.node = (name.rstrip("."), parts.port or (443 if parts.scheme == "https" else 80))
        self.verified = False
        secrets = (parts.path, parts.query, parts.username, parts.password)
        self._secrets = [
            word for part in secrets for word in re.split(r"[/&=?]", part or "") if len(word) > 3
        ]
        self._deployments = deployments
        self._timeout = (connect_seconds, read_seconds)
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
            if not self.verified and self._deployments is not None:
                self._check_chain(self._deployments, self._time_limit(None))
                self.verified = True
            result = self._request(method, params, self._time_limit(read_seconds))
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
        self._unanswered[answer] = time.monotonic()

        def ask() -> None:
            try:
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

    def _time_limit(self, read_seconds: float | None) -> float:
        return time.monotonic() + self._timeout[0] + (read_seconds or self._timeout[1])

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

    def _check_chain(self, deployments: Deployments, until: float) -> None:
        def mismatch(what: str, advice: str = "Correct RPC_URLS or DEPLOYMENTS_FILE.") -> ChainMismatchError:
            return ChainMismatchError(f"{what}. {advice}", host=self.host)

        chain_id = parse_int(self._request("eth_chainId", [], until))
        if chain_id != deployments.chain_id:
            raise mismatch(
                f"The node at {self.host} serves chain {chain_id}, but the deployments file pins chain "
                f"{deployments.chain_id}"
            )
        genesis = self._request("eth_getBlockByNumber", ["0x0", False], until)
        found = genesis.get("hash") if isinstance(genesis, dict) else None
        if not isinstance(found, str) or found.lower() != deployments.genesis_hash:
            raise mismatch(
                f"The node at {self.host} serves another chain with the same id: its genesis hash is not the "
                "one that the deployments file pins"
            )
        for name, contract in deployments.contracts.items():
            code = parse_bytes(self._request("eth_getCode", [contract.address, "latest"], until))
            if "0x" + keccak(code).hex() != contract.code_hash:
                state = "there is no contract" if not code else "the code is another than the pinned one"
                raise mismatch(
                    f"{name} at {contract.address}: {state} (node {self.host})",
                    "Deploy it or correct DEPLOYMENTS_FILE.",
                )

    def _rpc_error(self, method: str, failure: Any) -> RpcError:
        members = failure if isinstance(failure, dict) else {}
        words, code, data = (
            self._told(str(members.get("message", ""))),
            members.get("code"),
            members.get("data"),
        )
        if isinstance(data, dict):  # some nodes wrap the revert data once more
            data = data.get("data")
        revert: bytes | None = None
        with contextlib.suppress(MalformedError):
            revert = parse_data(data)
        return RpcError(
            f"The chain's node at {self.host} refused {method}: {words or 'no reason given'}.",
            rpc_code=code if isinstance(code, int) else 0,
            rpc_message=words,
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
    try:
        return parse_quantity(raw)
    except MalformedError:
        raise SourceUnavailableError("The node's answer is not a number. Check RPC_URLS.") from None


def parse_bytes(raw: Any) -> bytes:
    """Parse JSON-RPC data.

    Raises:
        SourceUnavailableError: it is none.
    """
    try:
        return parse_data(raw)
    except MalformedError:
        raise SourceUnavailableError("The node's answer is not data. Check RPC_URLS.") from None
