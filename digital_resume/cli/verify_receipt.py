"""Check an anchor receipt: its path always; then its root, against one that is trusted or on the chain."""

import hmac
import json
from collections.abc import Sequence
from pathlib import Path

from digital_resume.core.anchoring.receipt import Receipt, parse_receipt
from digital_resume.core.errors import ReceiptError

MAX_FILE_BYTES = 64 * 1024


def verify_against_root(document: bytes, root: bytes) -> tuple[list[str], bool]:
    """Return lines for a person and whether the receipt's leaf is under ``root``; nothing is asked.

    Raises:
        ReceiptError: malformed, or the path does not lead to the receipt's own root.
    """
    receipt, lines = _with_path(document)
    if not hmac.compare_digest(receipt.root, root):
        lines.append("✘ 다른 뿌리의 영수증 · the receipt is of another root than the one given")
        return lines, False
    lines.append("✔ 주어진 뿌리 아래에 있음 · the leaf is under the root given")
    lines.append("  언제 누가 앵커했는지는 체인만 알려 줌 · when and by whom, only the chain says")
    return lines, True


def verify_against_chain(
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
    receipt, lines = _with_path(document)
    if not rpc_urls or deployments_file is None:
        lines.append("? 체인은 확인하지 않음 · the chain was not asked")
        lines.append("  RPC_URLS, DEPLOYMENTS_FILE 또는 --root 필요 · set both, or give --root")
        return lines, False
    from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
    from digital_resume.adapters.chain.client import ChainClient
    from digital_resume.adapters.chain.deployments import read_deployments
    from digital_resume.cli.checkpoint_commands import wanted_quorum

    deployments = read_deployments(deployments_file)
    client = ChainClient(list(rpc_urls), deployments, quorum=wanted_quorum())
    anchors = ChainAnchorLog(client, deployments)
    moment = anchors.anchored_at(receipt.chain, receipt.submitter, receipt.root)
    if moment is None:
        lines.append("✘ 체인에 없음 · not anchored on the pinned chain by that submitter")
        return lines, False
    lines.append(f"✔ {moment.isoformat()} 앵커됨 · anchored by {receipt.submitter}")
    return lines, True


def _with_path(document: bytes) -> tuple[Receipt, list[str]]:
    if len(document) > MAX_FILE_BYTES:
        raise ReceiptError("The file is too large for a receipt.")
    try:
        raw = json.loads(document)
    except (ValueError, RecursionError):
        raise ReceiptError("The file is not JSON.") from None
    receipt = parse_receipt(raw)
    receipt.verify_path()
    place = f"{receipt.index + 1:,} / {receipt.size:,}"
    return receipt, [f"✔ 경로가 뿌리에 닿음 · the path leads to the root ({place})"]
