"""Custom errors of the contracts, in words for the person who administers the registry.

``contract_errors.json`` has the English of each error, with its arguments; its Korean is beside that of
every other error, in ``error_words.json`` under ``registry_rejected``.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import (
    filter_abi_by_type,
    function_abi_to_4byte_selector,
    get_abi_input_names,
    get_abi_input_types,
)

from digital_resume.adapters.chain.artifacts import ContractArtifact
from digital_resume.adapters.chain.errors import RegistryRejectedError
from digital_resume.error_words import particular

_WORDS: Final = Path(__file__).with_name("contract_errors.json")


def decode_revert(contract: ContractArtifact, data: bytes | None) -> RegistryRejectedError:
    """Return the error that says in words why ``contract`` refused a call.

    Args:
        contract: the contract that was called.
        data: the revert data, ``None`` when the node sent none.
    """
    decoded = decode_error(contract, data or b"")
    if decoded is None:
        return RegistryRejectedError(
            f"{contract.name} refused the transaction without a reason that is known here.",
            particular("registry_rejected", "without_reason", contract=contract.name),
            error_name="",
        )
    name, arguments = decoded
    shown: dict[str, Any] = {k: "0x" + v.hex() if isinstance(v, bytes) else v for k, v in arguments.items()}
    english = _words().get(name)
    if english is None:
        korean = particular("registry_rejected", "without_words", name=name)
        return RegistryRejectedError(f"Contract error {name}.", korean, error_name=name)
    korean = particular("registry_rejected", name, **shown)
    return RegistryRejectedError(english.format(**shown), korean, error_name=name)


def decode_error(contract: ContractArtifact, data: bytes) -> tuple[str, dict[str, Any]] | None:
    """Return name and arguments of the custom error in revert data; ``None`` when it is not the contract's.

    web3 hands custom errors on undecoded.
    """
    for entry in filter_abi_by_type("error", contract.abi):
        if function_abi_to_4byte_selector(entry) == data[:4]:
            try:
                values = decode(get_abi_input_types(entry), data[4:])
            except (DecodingError, ValueError, OverflowError):
                return None
            return entry["name"], dict(zip(map(str, get_abi_input_names(entry)), values, strict=True))
    return None


def known_errors() -> frozenset[str]:
    """Return the names of the custom errors that have words."""
    return frozenset(_words())


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    words: dict[str, str] = json.loads(_WORDS.read_text("utf-8"))
    return words
