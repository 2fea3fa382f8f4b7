"""web3 and eth_account, imported here and nowhere else: a package of theirs (py_ecc) raises Python's
recursion limit to 100,000, which is reset here.

At that limit nested input overruns the C stack and ends the process where it should be refused.
It takes a second: who needs a chain only sometimes imports this module when it does.
"""

import sys

from eth_abi.codec import ABICodec
from eth_account import Account
from eth_account.hdaccount import generate_mnemonic
from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_account.types import Language
from hexbytes import HexBytes
from web3 import Web3
from web3._utils.abi import build_strict_registry
from web3.contract import Contract
from web3.contract.contract import ContractConstructor, ContractEvent, ContractFunction
from web3.exceptions import TransactionNotFound, Web3Exception
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse, TxParams

sys.setrecursionlimit(1_000)
Account.enable_unaudited_hdwallet_features()

__all__ = [
    "ABICodec",
    "Account",
    "Contract",
    "ContractConstructor",
    "ContractEvent",
    "ContractFunction",
    "HexBytes",
]
__all__ += [
    "JSONBaseProvider",
    "LocalAccount",
    "RPCEndpoint",
    "RPCResponse",
    "TransactionNotFound",
]
__all__ += ["TxParams", "TypedTransaction", "Web3", "Web3Exception", "account_of"]
__all__ += ["build_strict_registry", "new_mnemonic"]


def new_mnemonic() -> str:
    """Return a fresh mnemonic of 12 words (128 bits) for a chain of one's own."""
    return generate_mnemonic(num_words=12, lang=Language.ENGLISH)


def account_of(mnemonic: str, index: int) -> LocalAccount:
    """Return the account of a mnemonic at an index (BIP-44, ``m/44'/60'/0'/0/<index>``)."""
    account: LocalAccount = Account.from_mnemonic(mnemonic, account_path=f"m/44'/60'/0'/0/{index}")
    return account
