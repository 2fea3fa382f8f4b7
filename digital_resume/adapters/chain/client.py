"""JSON-RPC over several endpoints: explicit timeouts, failover or quorum, no answer from a wrong chain.

Without a quorum the first endpoint that answers is believed; with one, what decides something is asked of
all of them, and only what enough of them say is used (``adapters.chain.quorum``). Anything that keeps an
answer away is a ``SourceUnavailableError``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.endpoint import Endpoint, parse_bytes, parse_int
from digital_resume.adapters.chain.errors import ChainMismatchError, RpcError
from digital_resume.adapters.chain.quorum import Quorum
from digital_resume.core.errors import SourceUnavailableError

__all__ = ["CONNECT_SECONDS", "READ_SECONDS", "BlockHeader", "ChainClient", "parse_bytes", "parse_int"]

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """The facts of a block that are used here."""

    number: int
    hash: str
    time: datetime
    base_fee: int


class ChainClient:
    """Reads from, and sends to, the first endpoint that answers, or as many as have to agree.

    Args:
        urls: RPC URLs in order of preference.
        deployments: what every endpoint is checked against; ``None`` only while deploying.
        quorum: how many have to give the same answer; 1 believes the first that answers.
        connect_seconds: patience for a connection.
        read_seconds: patience for an answer.
    """

    def __init__(
        self,
        urls: Sequence[str],
        deployments: Deployments | None = None,
        *,
        quorum: int = 1,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        if not urls:
            raise ValueError("RPC_URLS names no node. Set at least one URL.")
        self.deployments = deployments
        self._endpoints = [Endpoint(u.strip(), deployments, connect_seconds, read_seconds) for u in urls]
        self._quorum = Quorum(self._endpoints, quorum, connect_seconds + read_seconds) if quorum > 1 else None
        self._preferred = 0

    def request(self, method: str, params: Sequence[Any] = (), *, read_seconds: float | None = None) -> Any:
        """Return the result of a JSON-RPC method from the first endpoint that gives one, or from a quorum.

        Raises:
            RpcError: every endpoint that answered answered with an error, or the call reverted.
            RpcDisagreementError: fewer than the quorum gave the same answer.
            ChainMismatchError: no endpoint serves the pinned chain.
            SourceUnavailableError: no endpoint answered.
        """
        if self._quorum is not None and self._quorum.decides(method, params):
            return self._quorum.request(method, params, read_seconds)
        return self._failing_over(
            lambda endpoint: endpoint.ask(method, params, read_seconds),
            final=lambda error: error.data is not None or method == "eth_sendRawTransaction",
        )

    def of_one_node(
        self, questions: Callable[[Callable[..., Any]], _Answer], *, proven: bool = False
    ) -> _Answer:
        """Return what several questions give that one node has to answer, or a quorum each of them.

        Args:
            questions: is given what asks (method, parameters, seconds); begun anew with the next node where
                one does not answer.
            proven: whether the answers carry their own proof: then one node is enough, whatever the quorum.

        Raises:
            RpcError: every endpoint that answered answered with an error, or a call reverted.
            SourceUnavailableError: no endpoint answered all of them.
        """
        if self._quorum is not None and not proven:
            return questions(
                lambda method, params, wait=None: self.request(method, params, read_seconds=wait)
            )
        return self._failing_over(
            lambda endpoint: questions(endpoint.ask), final=lambda error: error.data is not None
        )

    def _failing_over(
        self, ask: Callable[[Endpoint], _Answer], *, final: Callable[[RpcError], bool]
    ) -> _Answer:
        failures: list[SourceUnavailableError] = []
        count, first = len(self._endpoints), self._preferred
        for position in (*range(first, count), *range(first)):
            try:
                result = ask(self._endpoints[position])
            except RpcError as error:
                if final(error):
                    raise
                failures.append(error)
            except SourceUnavailableError as error:
                failures.append(error)
            else:
                self._preferred = position
                return result
        for kind in (RpcError, ChainMismatchError):
            chosen = next((f for f in failures if isinstance(f, kind)), None)
            if chosen is not None:
                raise chosen
        raise failures[0]

    def verify(self) -> None:
        """Check now that an endpoint, or a quorum, serves the pinned chain and contracts.

        Raises:
            ChainMismatchError: those that answer serve something else.
            SourceUnavailableError: none answers.
        """
        for endpoint in self._endpoints:
            endpoint.verified = False
        self.request("eth_chainId")

    def close(self) -> None:
        """Ask nothing more: whoever waits for a node is told within a moment that there is no answer."""
        for endpoint in self._endpoints:
            endpoint.close()

    def head(self) -> BlockHeader:
        """Return the newest block."""
        header = self.block("latest")
        if header is None:
            raise SourceUnavailableError("The node knows no newest block. Check that it is synchronised.")
        return header

    def block(self, which: int | str) -> BlockHeader | None:
        """Return a block by number, by hash (``0x`` and 64 digits) or by tag; ``None`` when unknown."""
        if isinstance(which, str) and len(which) == 66:
            raw = self.request("eth_getBlockByHash", [which, False])
        else:
            raw = self.request(
                "eth_getBlockByNumber", [hex(which) if isinstance(which, int) else which, False]
            )
        return None if raw is None else _parse_header(raw)

    def call(self, to: str, data: bytes, *, block: int | None = None, sender: str | None = None) -> bytes:
        """Return the result of ``eth_call`` at a block number, at the newest block when not given."""
        transaction = {"to": to, "data": "0x" + data.hex()}
        if sender is not None:
            transaction["from"] = sender
        raw = self.request("eth_call", [transaction, "latest" if block is None else hex(block)])
        return parse_bytes(raw)


def _parse_header(raw: Any) -> BlockHeader:
    try:
        return BlockHeader(
            number=parse_int(raw["number"]),
            hash=str(raw["hash"]).lower(),
            time=datetime.fromtimestamp(parse_int(raw["timestamp"]), UTC),
            base_fee=parse_int(raw.get("baseFeePerGas") or "0x0"),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
        raise SourceUnavailableError("The node's answer is not a block. Check RPC_URLS.") from error
