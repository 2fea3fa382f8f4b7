"""``resume checkpoint``: key, make, sign, verify. What witnesses do, each with a node of its own.

A witness signs what its own node says, not what it was handed: ``sign`` reads the block and every fact again
and refuses when anything differs.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digital_resume.core.errors import MalformedError, ProofError, SourceUnavailableError

if TYPE_CHECKING:
    from digital_resume.adapters.chain.client import ChainClient
    from digital_resume.adapters.chain.deployments import Deployments
    from digital_resume.core.chain_proofs.checkpoint import Checkpoint, Witnesses
    from digital_resume.core.chain_proofs.facts import FactsTree

app = typer.Typer(help="체크포인트와 증인 · checkpoints and their witnesses", no_args_is_help=True)

MAX_JSON_BYTES = 64 << 20
File = Annotated[Path, typer.Argument(dir_okay=False, help="체크포인트 파일 · checkpoint file")]
WitnessesFile = Annotated[
    Path, typer.Option("--witnesses", exists=True, dir_okay=False, help="믿는 증인 · witnesses you pin")
]
Hours = Annotated[
    float,
    typer.Option("--max-age-hours", min=0.1, max=8_760, help="가장 오래된 체크포인트 · oldest accepted"),
]


@app.command("key")
def key(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="새 비밀 키 파일 · new secret key")],
) -> None:
    """증인의 키를 만듦 · make a witness's key; prints the public one."""
    from digital_resume.adapters.private_files import write_private
    from digital_resume.core.keys.multikey import encode_secret_multikey
    from digital_resume.core.keys.signing import LocalSigner, generate_secret_key

    if file.exists():
        raise MalformedError(f"{file} exists and is left as it is.", code="file_exists")
    secret = generate_secret_key("Ed25519")
    write_private(file, encode_secret_multikey("Ed25519", secret) + "\n")
    typer.echo(LocalSigner("Ed25519", secret).public_key.multikey)


@app.command("make")
def make(
    file: File,
    facts: Annotated[Path, typer.Option(dir_okay=False, help="그 블록의 모든 사실 · all facts of the block")],
    block: Annotated[
        int | None, typer.Option(min=0, help="블록 · block, the newest final one if none")
    ] = None,
) -> None:
    """최종 블록의 체크포인트를 만듦 · make an unsigned checkpoint of a final block, with its facts."""
    client, deployments = own_node()
    checkpoint, tree = read_checkpoint(client, deployments, block)
    write_json(facts, {"type": "AnchorFacts", "version": 1, "facts": [_fact(each) for each in tree.facts]})
    write_json(file, checkpoint.to_json())
    typer.echo(
        f"✔ 블록 {checkpoint.number}, 사실 {len(tree.facts)}개 · "
        f"block {checkpoint.number}, {len(tree.facts)} facts"
    )


@app.command("sign")
def sign(
    file: File,
    key_file: Annotated[
        Path, typer.Option("--key", exists=True, dir_okay=False, help="증인의 키 · the witness's key")
    ],
) -> None:
    """자기 노드와 같을 때만 서명 · sign, after one's own node said the same."""
    from digital_resume.core.keys.multikey import decode_secret_multikey
    from digital_resume.core.keys.signing import LocalSigner

    checkpoint = load_checkpoint(file)
    client, deployments = own_node()
    own, _ = read_checkpoint(client, deployments, checkpoint.number)
    if own.signed_bytes() != checkpoint.signed_bytes():
        raise ProofError(
            "Your node says something else of that block than the checkpoint. It is not signed.",
            code="checkpoint_differs",
        )
    curve, secret = decode_secret_multikey(key_file.read_text("ascii").strip())
    signer = LocalSigner(curve, secret)
    write_json(file, checkpoint.signed_by(signer).to_json())
    typer.echo(f"✔ 서명함 · signed by {signer.public_key.multikey}")


@app.command("verify")
def verify(file: File, witnesses: WitnessesFile, max_age_hours: Hours = 24.0) -> None:
    """증인이 충분히 서명했는지 확인, 네트워크 없이 · check who signed, without a network."""
    from digital_resume.core.chain_proofs.checkpoint import verify_checkpoint

    checkpoint, deployments = load_checkpoint(file), pinned()
    names = verify_checkpoint(
        checkpoint,
        load_witnesses(witnesses),
        deployments.anchor_chain,
        deployments.contracts_digest,
        now=datetime.now(UTC),
        max_age=timedelta(hours=max_age_hours),
    )
    typer.echo(f"✔ 증인 · witnesses: {', '.join(names)}")
    typer.echo(f"✔ 블록 · block {checkpoint.number}, {checkpoint.time.isoformat()}")


def read_checkpoint(
    client: "ChainClient", deployments: "Deployments", block: int | None
) -> "tuple[Checkpoint, FactsTree]":
    """Return the checkpoint of a final block and all its facts, as a node says."""
    from dataclasses import replace

    from digital_resume.adapters.chain.facts import read_facts
    from digital_resume.adapters.chain.storage_proof import fetch_checkpoint
    from digital_resume.core.chain_proofs.facts import FactsTree

    bare = fetch_checkpoint(client, deployments, block)
    facts = read_facts(client, deployments, bare.number)
    if not facts:
        raise SourceUnavailableError("The registry holds no institution at that block.", code="no_facts")
    tree = FactsTree(facts)
    return replace(bare, facts=tree.head), tree


def load_checkpoint(file: Path) -> "Checkpoint":
    """Read a checkpoint file."""
    from digital_resume.core.chain_proofs.checkpoint import parse_checkpoint

    return parse_checkpoint(read_json(file))


def load_witnesses(file: Path) -> "Witnesses":
    """Read a witnesses file."""
    from digital_resume.core.chain_proofs.checkpoint import parse_witnesses

    return parse_witnesses(read_json(file))


def load_facts(file: Path) -> "FactsTree":
    """Read a file of all facts of a block."""
    from digital_resume.core.chain_proofs.facts import FactsTree, parse_fact

    document = read_json(file)
    facts = document.get("facts") if isinstance(document, dict) else None
    if not isinstance(facts, list) or not facts:
        raise MalformedError("This is not a file of facts.", code="facts_malformed")
    return FactsTree(parse_fact(each) for each in facts)


def pinned() -> "Deployments":
    """Return the chain that ``DEPLOYMENTS_FILE`` pins."""
    from digital_resume.adapters.chain.deployments import read_deployments

    file = os.environ.get("DEPLOYMENTS_FILE")
    if not file:
        raise SourceUnavailableError("DEPLOYMENTS_FILE is not set: it pins the chain that counts.")
    return read_deployments(Path(file))


def read_json(file: Path, most: int = MAX_JSON_BYTES) -> Any:
    """Read a JSON file of at most so many bytes.

    Raises:
        MalformedError: it is missing, too large or not JSON.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(most + 1)
        if len(content) > most:
            raise MalformedError(f"{file} is too large.", code="file_unreadable")
        return json.loads(content)
    except (OSError, ValueError, RecursionError):
        raise MalformedError(f"{file} cannot be read as JSON.", code="file_unreadable") from None


def write_json(file: Path, document: Any) -> None:
    """Write a file whole; nobody else may read it, for some hold a resume."""
    from digital_resume.adapters.private_files import write_private

    file.parent.mkdir(parents=True, exist_ok=True)
    write_private(file, json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def _fact(fact: Any) -> dict[str, Any]:
    return {"kind": fact.kind, "key": fact.key, "value": fact.value}


def own_node() -> "tuple[ChainClient, Deployments]":
    """Return the pinned chain as one's own nodes say it is.

    Raises:
        SourceUnavailableError: RPC_URLS or DEPLOYMENTS_FILE is not set.
    """
    from digital_resume.adapters.chain.client import ChainClient

    deployments = pinned()
    urls = [url.strip() for url in os.environ.get("RPC_URLS", "").split(",") if url.strip()]
    if not urls:
        raise SourceUnavailableError("RPC_URLS is not set: name your own node of the chain.")
    return ChainClient(urls, deployments, quorum=wanted_quorum()), deployments


def wanted_quorum() -> int:
    """Return how many nodes have to agree, by RPC_QUORUM.

    Raises:
        MalformedError: it is not a number from 1 to 16.
    """
    said = os.environ.get("RPC_QUORUM", "1").strip()
    if not (said.isascii() and said.isdigit() and 1 <= int(said) <= 16):
        raise MalformedError("RPC_QUORUM must be a whole number from 1 to 16.", code="quorum_malformed")
    return int(said)
