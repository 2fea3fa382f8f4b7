"""Check an anchor receipt: its path always, its root on the chain where one is pinned."""

import json
from collections.abc import Sequence
from pathlib import Path

from core.anchoring.receipt import parse_receipt
from core.errors import ReceiptError


def verify_receipt(
    document: bytes, rpc_urls: Sequence[str], deployments_file: Path | None
) -> tuple[list[str], bool]:
    """Return lines for a person and whether everything that was to be checked holds.

    Args:
        document: the receipt's JSON.
        rpc_urls: nodes to ask; none checks the path only, which proves no anchoring.
        deployments_file: the pinned chain; needed with ``rpc_urls``.

    Raises:
        ReceiptError: malformed, or the path does not lead to the root.
        SourceUnavailableError: the chain could not be read.
        UnknownChainError: the receipt names another chain than the pinned one.
    """
    try:
        raw = json.loads(document)
    except (ValueError, RecursionError):
        raise ReceiptError("The file is not JSON.") from None
    receipt = parse_receipt(raw)
    receipt.verify_path()
    lines = [f"✔ 경로가 뿌리에 닿음 · the path leads to the root ({receipt.index + 1} / {receipt.size})"]
    if not rpc_urls or deployments_file is None:
        lines.append("? 체인은 확인하지 않음 · the chain was not asked: set RPC_URLS and DEPLOYMENTS_FILE")
        return lines, False
    from adapters.chain.anchor_log import ChainAnchorLog
    from adapters.chain.client import ChainClient
    from adapters.chain.deployments import read_deployments

    deployments = read_deployments(deployments_file)
    anchors = ChainAnchorLog(ChainClient(list(rpc_urls), deployments), deployments)
    moment = anchors.anchored_at(receipt.chain, receipt.submitter, receipt.root)
    if moment is None:
        lines.append("✘ 체인에 없음 · not anchored on the pinned chain by that submitter")
        return lines, False
    lines.append(f"✔ {moment.isoformat()} 앵커됨 · anchored by {receipt.submitter}")
    return lines, True
