"""JSON-RPC over several endpoints: explicit timeouts, failover, and no answer from a wrong chain.

Every endpoint is checked against the deployments file (chain id, genesis hash, code hashes) before its first
answer is used, and again after it was unreachable, because another node may answer there now. Anything that
keeps an answer away is a ``SourceUnavailableError``. URLs may hold access keys: errors name hosts only.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
from eth_utils.crypto import keccak
from requests.adapters import HTTPAdapter

from adapters.chain.deployments import Deployments
from adapters.chain.errors import ChainMismatchError, RpcError
from core.errors import SourceUnavailableError

if TYPE_CHECKING:
    from web3 import HTTPProvider
    from web3.types import RPCEndpoint

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """The facts of a block that are used here."""

    number: int
    hash: str
    time: datetime
    base_fee: int


class _Endpoint:
    """One node."""

    def __init__(self, url: str, timeout: tuple[float, float]) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("RPC_URLS must hold http or https URLs, separated by commas.")
        self.host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        self.verified = False
        self._url = url
        self._session = requests.Session()
        # a proxy from the environment must not come between us and our own child process
        self._session.trust_env = parts.hostname not in _LOOPBACK
        self._session.max_redirects = 0
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=32))
        self._timeout = timeout
        self._kept: HTTPProvider | None = None

    @property
    def _provider(self) -> "HTTPProvider":
        if self._kept is None:
            self._kept = self._build_provider(self._timeout[1])
        return self._kept

    def _build_provider(self, read_seconds: float) -> "HTTPProvider":
        from web3 import HTTPProvider  # noqa: PLC0415  # takes a second: not before the first question

        return HTTPProvider(
            self._url,
            request_kwargs={"timeout": (self._timeout[0], read_seconds)},
            session=self._session,
            exception_retry_configuration=None,
        )

    def request(self, method: str, params: Sequence[Any], read_seconds: float | None) -> Any:
        provider = self._provider if read_seconds is None else self._build_provider(read_seconds)
        try:
            response = provider.make_request(cast("RPCEndpoint", method), params)
        except Exception as error:  # requests, JSON and web3 errors alike: there is no answer
            raise SourceUnavailableError(
                f"The chain's node at {self.host} did not answer {method} ({type(error).__name__}). "
                "Check that it runs and that RPC_URLS is right.",
                host=self.host,
            ) from None  # the cause's text holds the URL
        if not isinstance(response, dict):
            raise SourceUnavailableError(f"The node at {self.host} does not speak JSON-RPC.", host=self.host)
        failure = response.get("error")
        if failure is not None:
            raise _rpc_error(self.host, method, failure)
        if "result" not in response:
            raise SourceUnavailableError(f"The node at {self.host} does not speak JSON-RPC.", host=self.host)
        return response["result"]


class ChainClient:
    """Reads from, and sends to, the first endpoint that answers.

    Args:
        urls: RPC URLs in order of preference.
        deployments: what every endpoint is checked against; ``None`` only while deploying.
        connect_seconds: patience for a connection.
        read_seconds: patience for an answer.
    """

    def __init__(
        self,
        urls: Sequence[str],
        deployments: Deployments | None = None,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        if not urls:
            raise ValueError("RPC_URLS names no node. Set at least one URL.")
        self.deployments = deployments
        self._endpoints = [_Endpoint(u.strip(), (connect_seconds, read_seconds)) for u in urls]
        self._preferred = 0
        self._lock = threading.Lock()

    def request(self, method: str, params: Sequence[Any] = (), *, read_seconds: float | None = None) -> Any:
        """Return the result of a JSON-RPC method from the first endpoint that gives one.

        Raises:
            RpcError: every endpoint that answered answered with an error, or the call reverted.
            ChainMismatchError: no endpoint serves the pinned chain.
            SourceUnavailableError: no endpoint answered.
        """
        failures: list[SourceUnavailableError] = []
        count, first = len(self._endpoints), self._preferred
        for position in (*range(first, count), *range(first)):
            endpoint = self._endpoints[position]
            try:
                self._verify(endpoint)
                result = endpoint.request(method, params, read_seconds)
            except RpcError as error:
                if error.data is not None or method == "eth_sendRawTransaction":
                    raise
                failures.append(error)
            except SourceUnavailableError as error:
                endpoint.verified = False
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
        """Check now that at least one endpoint serves the pinned chain and contracts.

        Raises:
            ChainMismatchError: those that answer serve something else.
            SourceUnavailableError: none answers.
        """
        for endpoint in self._endpoints:
            endpoint.verified = False
        self.request("eth_chainId")

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

    def _verify(self, endpoint: _Endpoint) -> None:
        if endpoint.verified or self.deployments is None:
            return
        with self._lock:
            if not endpoint.verified:
                _check_chain(endpoint, self.deployments)
                endpoint.verified = True


def _check_chain(endpoint: _Endpoint, deployments: Deployments) -> None:
    chain_id = parse_int(endpoint.request("eth_chainId", [], None))
    if chain_id != deployments.chain_id:
        raise ChainMismatchError(
            f"The node at {endpoint.host} serves chain {chain_id}, but the deployments file pins chain "
            f"{deployments.chain_id}. Correct RPC_URLS or DEPLOYMENTS_FILE.",
            host=endpoint.host,
        )
    genesis = endpoint.request("eth_getBlockByNumber", ["0x0", False], None)
    found = genesis.get("hash") if isinstance(genesis, dict) else None
    if not isinstance(found, str) or found.lower() != deployments.genesis_hash:
        raise ChainMismatchError(
            f"The node at {endpoint.host} serves another chain with the same id: its genesis hash is not the "
            "one that the deployments file pins. Correct RPC_URLS or DEPLOYMENTS_FILE.",
            host=endpoint.host,
        )
    for name, contract in deployments.contracts.items():
        code = parse_bytes(endpoint.request("eth_getCode", [contract.address, "latest"], None))
        if "0x" + keccak(code).hex() != contract.code_hash:
            state = "there is no contract" if not code else "the code is another than the pinned one"
            raise ChainMismatchError(
                f"{name} at {contract.address}: {state} (node {endpoint.host}). "
                "Deploy anew or correct DEPLOYMENTS_FILE.",
                host=endpoint.host,
                contract=name,
            )


def _rpc_error(host: str, method: str, failure: Any) -> RpcError:
    members = failure if isinstance(failure, dict) else {}
    text = str(members.get("message", ""))[:500]
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
        f"The chain's node at {host} refused {method}: {text or 'no reason given'}.",
        rpc_code=code if isinstance(code, int) else 0,
        rpc_message=text,
        data=revert,
    )


def _parse_header(raw: Any) -> BlockHeader:
    try:
        return BlockHeader(
            number=parse_int(raw["number"]),
            hash=str(raw["hash"]).lower(),
            time=datetime.fromtimestamp(parse_int(raw["timestamp"]), UTC),
            base_fee=parse_int(raw.get("baseFeePerGas") or "0x0"),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise SourceUnavailableError("The node's answer is not a block. Check RPC_URLS.") from error


def parse_int(raw: Any) -> int:
    """Parse a JSON-RPC quantity.

    Raises:
        SourceUnavailableError: it is none.
    """
    try:
        return int(raw, 16)
    except (TypeError, ValueError) as error:
        raise SourceUnavailableError("The node's answer is not a number. Check RPC_URLS.") from error


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
