"""What a production chain refuses: a development chain, and keys that everybody knows."""

import logging
from collections.abc import Iterable
from functools import lru_cache

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.errors import ChainMismatchError
from digital_resume.adapters.chain.evm import account_of
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.settings import DEVELOPMENT_CHAIN_IDS, CommonSettings

log = logging.getLogger(__name__)

# the mnemonic that anvil, hardhat and ganache-like tools start with: its keys are known to everybody
_PUBLIC_MNEMONIC = "test test test test test test test test test test test junk"
_DEVELOPMENT_CLIENTS = ("anvil", "hardhat", "ganache")


@lru_cache(maxsize=1)
def well_known_addresses() -> frozenset[str]:
    """Return the addresses, lower-case, whose keys everybody knows."""
    return frozenset(account_of(_PUBLIC_MNEMONIC, index).address.lower() for index in range(20))


def is_development_node(client: ChainClient) -> bool:
    """Tell whether the node is a tool of developers, which makes blocks and coins on demand."""
    return any(name in _software(client) for name in _DEVELOPMENT_CLIENTS)


def _software(client: ChainClient) -> str:
    return str(client.web3.client_version).lower()


def check_production_chain(client: ChainClient, addresses: Iterable[str]) -> None:
    """Refuse a development chain and well-known keys.

    Args:
        client: the chain.
        addresses: accounts this process signs with.

    Raises:
        ChainMismatchError: the chain or an account is one for development only.
        SourceUnavailableError: the chain could not be read.
    """
    chain_id = client.web3.eth.chain_id
    if chain_id in DEVELOPMENT_CHAIN_IDS or is_development_node(client):
        raise ChainMismatchError(
            f"ENVIRONMENT=production refuses a development chain (id {chain_id}, "
            f"{_software(client).split('/')[0]}). Set RPC_URLS to a real network."
        )
    if any(a.lower() in well_known_addresses() for a in addresses):
        raise ChainMismatchError(
            "ENVIRONMENT=production refuses an account whose private key is published with development "
            "tools. Make a key of your own and authorise its address."
        )


def check_chain_at_start(settings: CommonSettings) -> None:
    """Refuse, when a service starts in production, every node of ``RPC_URLS`` that is one for development.

    A node that does not answer stops nobody from starting: who signs is checked again when it opens its
    account, and the deployments file pins the chain for who reads.

    Args:
        settings: the service's; development accepts everything.

    Raises:
        ChainMismatchError: as ``check_production_chain``.
    """
    if not settings.is_production:
        return
    for url in settings.rpc_urls:
        try:
            check_production_chain(ChainClient([url]), ())
        except ChainMismatchError:
            raise
        except SourceUnavailableError as error:
            log.warning("A chain node could not be checked at start: %s", error.message)
