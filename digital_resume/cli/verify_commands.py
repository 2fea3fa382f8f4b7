"""``resume verify`` and ``resume bundle``: what an employer does without a browser."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from digital_resume.core.errors import MalformedError


def verify(
    target: Annotated[
        str,
        typer.Argument(help="공유 링크나 QR 이미지, '-' 표준 입력 · link or QR image, '-' stdin"),
    ],
    *,
    verifier: Annotated[
        str,
        typer.Option(
            envvar="VERIFIER_URL", help="믿는 검증 서비스 · the verifier you trust, whatever the link says"
        ),
    ] = "http://localhost:8003",
    as_json: Annotated[bool, typer.Option("--json", help="판정 전체를 JSON으로 · the whole verdict")] = False,
    at: Annotated[
        str | None, typer.Option("--at", help="그날 기준으로 · as of that day, such as 2026-03-02")
    ] = None,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="네트워크 없이, 대상은 묶음 파일 · no network: target is a bundle"),
    ] = False,
    checkpoint: Annotated[Path | None, typer.Option(help="체크포인트 · checkpoint, with --offline")] = None,
    witnesses: Annotated[Path | None, typer.Option(help="믿는 증인 · witnesses you pin")] = None,
    max_age_hours: Annotated[
        float, typer.Option(min=0.1, max=8_760, help="체크포인트 나이 한도 · its age")
    ] = 24.0,
) -> None:
    """공유 링크나 QR 이미지를 검증 · verify a link or QR image; exit code 0 only for 확인됨 (verified)."""
    from digital_resume.cli.share_client import verify_at
    from digital_resume.core.verification.as_of import parse_as_of

    if offline:
        from digital_resume.cli.offline.files import verify_offline

        if checkpoint is None or witnesses is None:
            raise MalformedError("--offline needs --checkpoint and --witnesses.", code="offline_incomplete")
        age = timedelta(hours=max_age_hours)
        _show(verify_offline(Path(target), checkpoint, witnesses, age), as_json=as_json)
    if at is not None:
        parse_as_of(at, datetime.now(UTC))  # before the share is opened, which is counted
    # From stdin the link, which holds the key, stays out of the shell's history and the process list.
    _show(verify_at(_link(target), verifier, as_of=at), as_json=as_json)


def bundle(
    target: Annotated[
        str, typer.Argument(help="공유 링크나 QR 이미지, '-' 표준 입력 · link or QR image, '-' stdin")
    ],
    checkpoint: Annotated[
        Path, typer.Option(exists=True, help="증인의 체크포인트 · the witnesses' checkpoint")
    ],
    facts: Annotated[Path, typer.Option(exists=True, help="그 블록의 사실 · the facts of its block")],
    out: Annotated[Path, typer.Option(help="쓸 파일, 이력서가 들어 있음 · file to write; holds the resume")],
    verifier: Annotated[
        str, typer.Option(envvar="VERIFIER_URL", help="믿는 검증 서비스 · the verifier you trust")
    ] = "http://localhost:8003",
) -> None:
    """네트워크 없이 검증할 묶음을 만듦 · write a share with its proofs, for resume verify --offline."""
    from digital_resume.cli.offline.files import make_bundle

    size = make_bundle(_link(target), verifier, checkpoint, facts, out)
    typer.echo(f"✔ {out} ({size:,} bytes)")


def _link(target: str) -> str:
    return sys.stdin.readline().strip() if target == "-" else target


def _show(verdict: dict[str, Any], *, as_json: bool) -> NoReturn:
    """Print a verdict and end: exit code 0 only for 확인됨 (verified)."""
    from digital_resume.cli.verdict_text import print_verdict

    if as_json:
        typer.echo(json.dumps(verdict, ensure_ascii=False, indent=2))
    else:
        print_verdict(verdict)
    raise typer.Exit(0 if verdict["verdict"] == "verified" else 1)
