"""``resume receipt``: verify, make."""

import json
import os
import re
from pathlib import Path
from typing import Annotated

import typer

from digital_resume.core.errors import ReceiptError

app = typer.Typer(help="앵커 영수증 · anchor receipts", no_args_is_help=True)

_HASH = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="영수증 파일 · receipt JSON")],
    root: Annotated[
        str | None, typer.Option(help="믿는 뿌리, 체인 없이 확인 · a root you trust: no chain is asked")
    ] = None,
) -> None:
    """영수증을 검증: 경로, 그리고 뿌리나 체인 · check the path, and the root given here or on the chain."""
    from digital_resume.cli.verify_receipt import verify_against_chain, verify_against_root

    document = file.read_bytes()
    if root is not None:
        lines, sure = verify_against_root(document, parse_hash(root))
    else:
        urls = tuple(url.strip() for url in os.environ.get("RPC_URLS", "").split(",") if url.strip())
        deployments = os.environ.get("DEPLOYMENTS_FILE")
        lines, sure = verify_against_chain(document, urls, Path(deployments) if deployments else None)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(0 if sure else 1)


@app.command("make")
def make(
    leaf: Annotated[str, typer.Argument(help="잎의 해시 · the leaf's hash, hexadecimal")],
    folder: Annotated[
        Path, typer.Option("--from", exists=True, file_okay=False, help="파일로 된 타일 · folder of tiles")
    ],
    batch: Annotated[str | None, typer.Option(help="묶음의 뿌리 · the batch's root, when known")] = None,
    index: Annotated[int | None, typer.Option(min=0, help="잎의 자리 · the leaf's place, when known")] = None,
) -> None:
    """파일만으로 영수증을 만들어 출력 · make a receipt from static files alone and print it."""
    from digital_resume.adapters.tile_files import receipt_from_files

    if index is not None and batch is None:
        raise ReceiptError("Give --batch with --index: a place is one in a batch.", code="batch_missing")
    receipt = receipt_from_files(
        folder, parse_hash(leaf), root=parse_hash(batch) if batch else None, index=index
    )
    typer.echo(json.dumps(receipt.to_json()))


def parse_hash(text: str) -> bytes:
    """Parse 64 hexadecimal digits, with or without ``0x``.

    Raises:
        ReceiptError: something else.
    """
    found = _HASH.fullmatch(text.strip())
    if not found:
        raise ReceiptError("A leaf or root is 64 hexadecimal digits.", code="hash_malformed")
    return bytes.fromhex(found[1])
