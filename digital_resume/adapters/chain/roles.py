"""Who holds which key on the chain, and what a production chain refuses.

In development the accounts come from one mnemonic, by index. In production every role has a key of its own,
and neither a development chain nor a key that everybody knows is accepted.
"""

import logging
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from digital_resume.adapters.chain.client import ChainClient, parse_int
from digital_resume.adapters.chain.errors import ChainMismatchError
from digital_resume.adapters.recursion import restore_recursion_limit
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.settings import DEVELOPMENT_CHAIN_IDS, CommonSettings

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

log = logging.getLogger(__name__)

# the mnemonic that anvil, hardhat and ganache-like tools start with: its keys are known to everybody
_PUBLIC_MNEMONIC = "test test test test test test test test test test test junk"
_DEVELOPMENT_CLIENTS = ("anvil", "hardhat", "ganache")


class ChainRole(IntEnum):
    """The account's index under the development mnemonic."""

    ADMIN = 0
    ANCHORER = 1
    GUARDIAN = 2
    RELAYER = 3


def new_mnemonic() -> str:
    """Return a fresh mnemonic of 12 words (128 bits) for a chain of one's own."""
    from eth_account.hdaccount.mnemonic import Mnemonic  # noqa: PLC0415  # as in _from_mnemonic

    restore_recursion_limit()
    return Mnemonic().generate(12)


def derive_account(mnemonic: str, role: ChainRole) -> "LocalAccount":
    """Return the account of a role (BIP-44, ``m/44'/60'/0'/0/<index>``)."""
    return _from_mnemonic(mnemonic, int(role))


@lru_cache(maxsize=1)
def well_known_addresses() -> frozenset[str]:
    """Return the addresses, lower-case, whose keys everybody knows."""
    return frozenset(_from_mnemonic(_PUBLIC_MNEMONIC, index).address.lower() for index in range(20))


def is_development_node(client: ChainClient) -> bool:
    """Tell whether the node is a tool of developers, which makes blocks and coins on demand."""
    software = str(client.request("web3_clientVersion")).lower()
    return any(name in software for name in _DEVELOPMENT_CLIENTS)


def check_production_chain(client: ChainClient, addresses: Iterable[str]) -> None:
    """Refuse a development chain and well-known keys.

    Args:
        client: the chain.
        addresses: accounts this process signs with.

    Raises:
        ChainMismatchError: the chain or an account is one for development only.
        SourceUnavailableError: the chain could not be read.
    """
    chain_id = parse_int(client.request("eth_chainId"))
    software = str(client.request("web3_clientVersion")).lower()
    if chain_id in DEVELOPMENT_CHAIN_IDS or any(name in software for name in _DEVELOPMENT_CLIENTS):
        raise ChainMismatchError(
            f"ENVIRONMENT=production refuses a development chain (id {chain_id}, {software.split('/')[0]}). "
            "Set RPC_URLS to a real network."
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


def _from_mnemonic(mnemonic: str, index: int) -> "LocalAccount":
    from eth_account import Account  # noqa: PLC0415  # takes half a second, and services never need it

    restore_recursion_limit()
    Account.enable_unaudited_hdwallet_features()
    account: LocalAccount = Account.from_mnemonic(mnemonic, account_path=f"m/44'/60'/0'/0/{index}")
    return account
