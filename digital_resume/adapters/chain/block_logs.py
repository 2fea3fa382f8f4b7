"""Headers and logs of a block, proven by its own hash (``digital_resume.core.chain_proofs.blocks``).

That the block is the chain's takes other nodes (``RPC_QUORUM``).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from digital_resume.adapters.chain.errors import RpcError
from digital_resume.core.chain_proofs.blocks import LogProver, encode_header
from digital_resume.core.encoding.hexadecimal import parse_data
from digital_resume.core.errors import ReceiptError, SourceUnavailableError

_ELSE: Final = "for a chain whose headers or receipts have another form than Ethereum's set INDEX_PROOF=views"


class LogsUnprovenError(SourceUnavailableError):
    """A block's logs that the node does not prove to be all: they are not used."""

    code = "logs_unproven"


def checked_header(block: Any) -> bytes:
    """Return the RLP of a block's header, whose keccak-256 is the block's hash.

    Raises:
        SourceUnavailableError: code ``header_unknown``.
    """
    try:
        return encode_header(block)
    except ReceiptError as error:
        message = f"{error.message} Update this software; {_ELSE}."
        raise SourceUnavailableError(message, code=error.code) from None


def proven_logs(
    prover: LogProver, ask: Callable[[str, Sequence[Any]], Any], block: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the contracts' logs of a block; none is asked for where the block's filter says that none is.

    Args:
        prover: knows the contracts.
        ask: asks the node: method, parameters.
        block: the block as a node sent it.

    Raises:
        LogsUnprovenError: the node does not prove them.
        SourceUnavailableError: the node did not answer, or the header is of an unknown form.
    """
    checked_header(block)
    try:
        if not prover.may_hold(parse_data(block["logsBloom"])):
            return []
        # By number, which every program takes: that they are this block's is what the root proves.
        receipts = ask("eth_getBlockReceipts", [block["number"]])
        if not isinstance(receipts, list):
            raise ReceiptError("It sent no receipts.")
        return prover.logs(block, receipts)
    except RpcError as error:
        why = f"It refused eth_getBlockReceipts (code {error.rpc_code})."
    except ReceiptError as error:
        why = error.message
    raise LogsUnprovenError(
        "The chain's node does not prove a block's events, so nobody can tell whether it keeps some back. "
        f"{why} Use a node that answers eth_getBlockReceipts; {_ELSE}."
    )
