"""web3's way to the nodes of ``RPC_URLS``: failover or a quorum, and no answer from a wrong chain.

Without a quorum the first endpoint that answers is believed; with one, what decides something is asked of
all of them, and only what enough of them say is used (``digital_resume.adapters.chain.quorum``). Anything
that keeps an answer away is a ``SourceUnavailableError``, raised here, so that it passes through web3 as it
is: web3 sees results only and follows nothing else that a node says. It fetches no URL that a revert names
(EIP-3668), looks up no ENS name, and sends nothing twice.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.endpoint import Endpoint, parse_bytes, parse_int
from digital_resume.adapters.chain.errors import ChainMismatchError, RpcError
from digital_resume.adapters.chain.evm import JSONBaseProvider, RPCEndpoint, RPCResponse
from digital_resume.adapters.chain.quorum import Quorum
from digital_resume.core.errors import SourceUnavailableError

CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 5.0
LONGER_SECONDS: Final = {"eth_getLogs": 30.0, "eth_getBlockReceipts": 30.0, "anvil_dumpState": 60.0}
"""Time limit for what takes a node longer."""

_QUANTITIES: Final = frozenset(
    {
        *("eth_blockNumber", "eth_chainId", "eth_estimateGas", "eth_gasPrice", "eth_getBalance"),
        *("eth_getTransactionCount", "eth_maxPriorityFeePerGas"),
    }
)
_DATA: Final = frozenset({"eth_call", "eth_getCode", "eth_sendRawTransaction"})
_Answer = TypeVar("_Answer")


class ChainProvider(JSONBaseProvider):
    """Asks the first endpoint that answers, or as many as have to agree.

    Args:
        urls: RPC URLs in order of preference.
        deployments: what every endpoint is checked against; ``None`` only while deploying.
        quorum: how many have to give the same answer; 1 believes the first that answers.
        connect_seconds: time limit for a connection.
        read_seconds: time limit for an answer.
    """

    global_ccip_read_enabled = False

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
        super().__init__(cache_allowed_requests=False)
        self.deployments = deployments
        self._endpoints = [Endpoint(u.strip(), deployments, connect_seconds, read_seconds) for u in urls]
        self._quorum = Quorum(self._endpoints, quorum, connect_seconds + read_seconds) if quorum > 1 else None
        self._preferred = 0

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answer web3; errors as ``request``."""
        if method == "eth_getTransactionCount":
            # EthereumJS keeps its pool by lower-case addresses and counts nothing for an EIP-55 one.
            params = [str(params[0]).lower(), *params[1:]]
        result = self.request(method, params)
        if method in _QUANTITIES:
            parse_int(result)
        elif method in _DATA:
            parse_bytes(result)
        return {"jsonrpc": "2.0", "id": 1, "result": result}

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        """Answer a batch of web3's: each question is decided by itself."""
        return [self.make_request(method, params) for method, params in requests]

    def request(self, method: str, params: Sequence[Any] = (), *, read_seconds: float | None = None) -> Any:
        """Return the result of a JSON-RPC method from the first endpoint that gives one, or from a quorum.

        Raises:
            RpcError: every endpoint that answered answered with an error, or the call reverted.
            RpcDisagreementError: fewer than the quorum gave the same answer.
            ChainMismatchError: no endpoint serves the pinned chain.
            SourceUnavailableError: no endpoint answered.
        """
        seconds = read_seconds or LONGER_SECONDS.get(method)
        if self._quorum is not None and self._quorum.decides(method, params):
            return self._quorum.request(method, params, seconds)
        return self._failing_over(
            lambda endpoint: endpoint.ask(method, params, seconds),
            final=lambda error: error.data is not None or method == "eth_sendRawTransaction",
        )

    def of_one_node(
        self, questions: Callable[[Callable[[str, Sequence[Any]], Any]], _Answer], *, proven: bool = False
    ) -> _Answer:
        """Return what several questions give that one node has to answer, or a quorum each of them.

        Args:
            questions: is given what asks (method, parameters); starts over with the next node where one does
                not answer.
            proven: whether the answers carry their own proof: then one node is enough, whatever the quorum.

        Raises:
            RpcError: every endpoint that answered answered with an error, or a call reverted.
            SourceUnavailableError: no endpoint answered all of them.
        """
        if self._quorum is not None and not proven:
            return questions(self.request)
        return self._failing_over(
            lambda endpoint: questions(
                lambda method, params: endpoint.ask(method, params, LONGER_SECONDS.get(method))
            ),
            final=lambda error: error.data is not None,
        )

    def _failing_over(
        self, ask: Callable[[Endpoint], _Answer], *, final: Callable[[RpcError], bool]
    ) -> _Answer:
        failures: list[SourceUnavailableError] = []
        count, first = len(self._endpoints), self._preferred
        for position in (*range(first, count), *range(first)):
            try:
                result = ask(self._endpoints[position])
            except SourceUnavailableError as error:
                if isinstance(error, RpcError) and final(error):
                    raise
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
