"""Accounts on a chain that is not ours: ``RPC_URLS`` names it, and nothing else needs to be set.

The accounts are made once in ``DATA_DIR/keys``. On a development node (a second anvil, hardhat) they are
given funds by the node itself; on any other chain somebody funds them, and is told which and with what.
"""

from collections.abc import Callable

from digital_resume.adapters.chain.client import ChainClient, parse_int
from digital_resume.adapters.chain.roles import is_development_node
from digital_resume.adapters.keystore import FileKeystore
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.local.host import EmbeddedError

#: What each role pays for, and the gas it should be able to buy at today's price.
PAYING = {
    "admin": ("배포와 인가", "deployment and accreditation", 20_000_000),
    "anchorer": ("앵커링과 상태", "anchoring and status", 2_000_000),
}
_GIVEN = 10**20


def make_accounts(keys: FileKeystore, roles: tuple[str, ...]) -> None:
    """Make the accounts that are missing."""
    for role in roles:
        if not keys.has(role):
            keys.generate_account(role)


def check_funds(client: ChainClient, keys: FileKeystore, tell: Callable[[str, str], None]) -> None:
    """Return when the accounts that pay have funds; a development node is asked to give them.

    Args:
        client: the chain.
        keys: holds the accounts.
        tell: is told each account.

    Raises:
        EmbeddedError: an account lacks funds (code ``chain_unfunded``); the message has its address.
        SourceUnavailableError: the chain does not answer.
    """
    price = max(1, parse_int(client.request("eth_gasPrice")))
    development = is_development_node(client)
    lacking = []
    for role, (korean, english, gas) in PAYING.items():
        address, needed = keys.account(role).address, gas * price
        tell(f"{address}  {korean}", english)
        if _balance(client, address) < needed and not (development and _given(client, address)):
            lacking.append(
                f"{role:<9}{address}  {english}: at least {needed / 10**18:.6f} of the chain's coin"
            )
    if lacking:
        raise EmbeddedError(
            "The chain of RPC_URLS is to get contracts and anchors, and these accounts of this deployment "
            "cannot pay. Fund them and start again (their keys are in keys/ of the data folder), or set "
            "DEPLOYMENTS_FILE and use the keys of a deployment that is there:\n  " + "\n  ".join(lacking),
            code="chain_unfunded",
        )


def _balance(client: ChainClient, address: str) -> int:
    return parse_int(client.request("eth_getBalance", [address, "latest"]))


def _given(client: ChainClient, address: str) -> bool:
    try:
        # anvil knows hardhat's name for it, too.
        client.request("hardhat_setBalance", [address, hex(_GIVEN)])
    except SourceUnavailableError:
        return False
    return _balance(client, address) >= _GIVEN
