"""What every test shares: the network ends at the loopback, and the caller's environment does not count."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# The same examples at every run, and no failure of a machine that is slow or busy. What chance finds is
# looked for on purpose: `pytest -m hypothesis --hypothesis-profile=explore`.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "explore", max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

#: Variables that would point a test at somebody's real deployment.
_OWN_VARIABLES = (
    "ENVIRONMENT",
    "DATABASE_URL",
    "RPC_URLS",
    "DEPLOYMENTS_FILE",
    "ISSUER_URL",
    "WALLET_URL",
    "VERIFIER_URL",
    "MODULES_URL",
    "KEY_ENCRYPTION_KEY",
    "KEY_ENCRYPTION_KEY_FILE",
    "CHAIN_SNAPSHOT_FILE",
    "ANCHOR_TICK_SECONDS",
    "DATA_DIR",
)
#: Hosts that no proxy of the caller's stands before.
_LOOPBACK = "localhost,127.0.0.1,::1"


# Services, workers and commands under test are processes of their own, hundreds of them: where bytecode is
# not kept, each compiles all that it imports. Before xdist starts its workers, which inherit it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


#: What takes longest, the longest first; all else follows in the order of collection.
_SLOWEST = (
    "tests/integration/resilience/",
    "tests/integration/issuer/commands/",
    "tests/e2e/",
    "tests/integration/verifier/",
    "tests/integration/local/",
    "tests/integration/second_client/",
    "tests/integration/wallet/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slowest, so that no worker is alone with one of them at the end."""
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    return next((rank for rank, path in enumerate(_SLOWEST) if nodeid.startswith(path)), len(_SLOWEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Tests wait for servers half of the time: half as many workers again as there are cores."""
    del config
    return max(2, (os.cpu_count() or 1) * 3 // 2)


class OneProduct(LoadFileScheduling):
    """Files go to workers in the order of collection; those that share the running product stay on one."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "tests/e2e" if file.startswith("tests/e2e/") and not file.endswith("/test_demo.py") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Start the product of the end-to-end tests once, not once a worker."""
    return OneProduct(config, log) if config.getvalue("dist") == "loadfile" else None


class NetworkAccessError(AssertionError):
    """A test wanted to leave this machine."""


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> None:
    """Forget the caller's settings before any test reads one."""
    for name in _OWN_VARIABLES:
        os.environ.pop(name, None)
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), _LOOPBACK)))


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Refuse every connection that is not to the loopback or a unix socket."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def check(address: Any) -> None:
        if not isinstance(address, tuple):
            return
        host = str(address[0])
        if host == "localhost" or ipaddress.ip_address(host.partition("%")[0]).is_loopback:
            return
        raise NetworkAccessError(f"a test tried to connect to {host}; tests use the loopback only")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield
