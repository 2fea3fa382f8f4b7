"""Strings of the contracts, decoded whatever they hold.

``string`` of Solidity is any bytes. web3 refuses what is not UTF-8, and one such name in a log would keep all
of the chain's logs from being read. Here it is read as ``digital_resume.core.trust.issuers.UNREADABLE``, one
text for all, so that who wrote it decides nothing; readers trust no entry that holds it.
"""

from typing import Final

from eth_abi.decoding import StringDecoder
from eth_abi.registry import ABIRegistry

from digital_resume.adapters.chain.evm import build_strict_registry
from digital_resume.core.trust.issuers import UNREADABLE

MAX_TEXT_BYTES: Final = 4_096
"""Far beyond what a contract accepts of any text: what is longer is not worth keeping."""


def parse_text(data: bytes) -> str:
    """Return a text of the chain; ``UNREADABLE`` where it is not UTF-8, too long, or holds a NUL.

    NUL is what PostgreSQL keeps in no text.
    """
    if len(data) > MAX_TEXT_BYTES or b"\0" in data:
        return UNREADABLE
    try:
        return data.decode()
    except UnicodeDecodeError:
        return UNREADABLE


class _AnyText(StringDecoder):
    @staticmethod
    def decoder_fn(data: bytes, handle_string_errors: str = "strict") -> str:
        del handle_string_errors
        return parse_text(data)


def registry_of_any_text() -> ABIRegistry:
    """Return web3's registry of codecs, with strings decoded by ``parse_text``."""
    registry = build_strict_registry()
    registry.unregister_decoder("string")
    registry.register_decoder("string", _AnyText, label="string")
    return registry
