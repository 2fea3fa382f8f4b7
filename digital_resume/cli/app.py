"""The command ``resume``: thin doors to what the services and adapters do."""

import asyncio
import contextlib
import json
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from digital_resume.cli.checkpoint_commands import app as checkpoint_app
from digital_resume.cli.receipt_commands import app as receipt_app
from digital_resume.core.errors import MalformedError, ResumeError
from issuer.commands import institution_commands, registry_commands
from issuer.commands.tiles_commands import app as tiles_app
from verifier.commands.index import app as index_app

#: What went wrong, for people; the English message after it has the particulars.
_KOREAN = {
    "as_of_in_future": "아직 오지 않은 날입니다. 오늘이나 지난 날을 넣어 주세요.",
    "as_of_malformed": "날짜를 2026-03-02처럼 넣어 주세요.",
    "database_role": "데이터베이스 역할이 서비스에 맞지 않습니다.",
    "already_running": "이미 실행 중입니다. 먼저 실행한 창에서 Ctrl-C로 끝낸 뒤 다시 해 주세요.",
    "chain_unfunded": "체인 계정에 잔액이 부족합니다. 아래 주소에 입금한 뒤 다시 시작해 주세요.",
    "declined": "보내지 않았습니다.",
    "deployments_file_invalid": "배포 파일이 이 체인과 맞지 않습니다.",
    "embedded_failed": "시작하지 못했습니다. 아래 설명을 확인해 주세요.",
    "batch_missing": "자리를 주려면 묶음의 뿌리도 주어야 합니다 (--batch).",
    "batch_unknown": "그런 묶음이 없습니다. 뿌리나 폴더를 확인해 주세요.",
    "bundle_malformed": "오프라인 묶음 파일이 아닙니다.",
    "checkpoint_differs": "체크포인트가 이 노드의 말과 달라 서명하지 않았습니다.",
    "checkpoint_in_the_future": "체크포인트가 미래의 것입니다. 이 컴퓨터의 시계를 확인해 주세요.",
    "checkpoint_malformed": "체크포인트 파일이 아닙니다.",
    "checkpoint_other_chain": "고정해 둔 체인의 체크포인트가 아닙니다.",
    "checkpoint_other_contracts": "같은 체인이지만 고정해 둔 계약의 체크포인트가 아닙니다.",
    "checkpoint_too_old": "체크포인트가 너무 오래되었습니다. 새것을 받아 주세요.",
    "checkpoint_witnesses_missing": "믿는 증인 가운데 서명한 사람이 모자랍니다.",
    "facts_differ": "사실 파일이 이 체크포인트의 것이 아닙니다.",
    "file_exists": "파일이 이미 있어 그대로 두었습니다.",
    "file_unreadable": "파일을 읽을 수 없습니다.",
    "offline_incomplete": "--offline에는 --checkpoint와 --witnesses가 필요합니다.",
    "storage_proof_unavailable": "노드가 그 블록의 증명을 주지 않습니다. 상태를 보관하는 노드가 필요합니다.",
    "witnesses_malformed": "증인 파일이 올바르지 않습니다.",
    "hash_malformed": "해시는 16진수 64자리여야 합니다.",
    "index_damaged": "색인 파일이 손상되었습니다. 다시 내보내거나 다른 미러를 써 주세요.",
    "leaf_unknown": "이 폴더의 묶음에 그런 잎이 없습니다.",
    "leaf_out_of_range": "묶음에 그런 자리가 없습니다.",
    "manifest_malformed": "묶음의 목록표가 올바르지 않습니다.",
    "path_mismatch": "경로가 뿌리에 닿지 않습니다. 영수증이나 파일이 바뀌었습니다.",
    "index_missing": "이 체인의 색인이 아직 없습니다.",
    "quorum_malformed": "RPC_QUORUM은 1부터 16까지의 정수여야 합니다.",
    "port_taken": "필요한 포트를 다른 프로그램이 쓰고 있습니다. 그 프로그램을 끝낸 뒤 다시 해 주세요.",
    "receipt_malformed": "영수증의 형식이 올바르지 않습니다.",
    "root_mismatch": "타일이 이 뿌리의 것이 아닙니다. 다른 미러에서 받아 주세요.",
    "tile_damaged": "타일 파일이 손상되었습니다. 다시 내보내거나 다른 미러를 써 주세요.",
    "tile_missing": "파일이 빠졌습니다. 다시 내보내거나 다른 미러를 써 주세요.",
    "receipt_invalid": "영수증이 올바르지 않습니다. 발급기관에서 다시 받아 주세요.",
    "share_unreadable": "링크나 공유가 손상되었습니다. 보낸 분에게 링크를 다시 받아 주세요.",
    "source_unavailable": "지금 연결할 수 없습니다. 잠시 뒤 다시 시도해 주세요.",
    "token_failed": "토큰이 응답하지 않습니다. 연결을 확인해 주세요.",
    "token_key_exists": "토큰에 그 이름의 키가 이미 있습니다. 키는 덮어쓰지 않습니다.",
    "token_key_missing": "토큰에 그 이름의 키가 없습니다. resume anchorer --create 로 만들 수 있습니다.",
    "token_key_unfit": "토큰의 키를 앵커링에 쓸 수 없습니다.",
    "token_library_missing": "PKCS#11 라이브러리를 불러오지 못했습니다.",
    "token_missing": "토큰을 찾지 못했습니다. 연결과 이름을 확인해 주세요.",
    "token_pin_refused": "토큰이 PIN을 받아들이지 않았습니다. 여러 번 틀리면 토큰이 잠깁니다.",
    "unknown_chain": "고정해 둔 체인이 아닙니다.",
}

app = typer.Typer(
    help="검증 가능한 디지털 이력서 · verifiable digital resume",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)
app.add_typer(receipt_app, name="receipt")
app.add_typer(tiles_app, name="tiles")
app.add_typer(checkpoint_app, name="checkpoint")
app.add_typer(institution_commands.app, name="institution")
app.add_typer(index_app, name="index")


@app.command()
def up(data: Annotated[Path, typer.Option(help="자료 폴더 · data folder")] = Path("data")) -> None:
    """모두 켜고 링크 하나를 알려 줍니다 · serve everything until Ctrl-C."""
    from scripts.demo.up import run

    run(data)


@app.command()
def migrate(
    new_passwords: Annotated[
        bool, typer.Option("--new-passwords", help="역할의 비밀번호를 새로 · for roles without a file here")
    ] = False,
) -> None:
    """모든 스키마를 최신으로, 서비스마다 역할도 · bring every schema and service's role up to date."""
    from digital_resume.adapters.database.roles import DatabaseRoleError
    from digital_resume.adapters.database.setting_up import ensure_roles, migrate_all

    settings = _settings()
    url, folder = settings.database_url.get_secret_value(), settings.data_dir / "database"
    for schema, version in migrate_all(url).items():
        typer.echo(f"{schema:<18}{version}")
    try:
        known = ensure_roles(url, folder, renew=new_passwords)
    except DatabaseRoleError as error:
        if error.code != "database_roles_not_permitted":
            raise
        typer.secho(f"! 서비스별 역할은 만들지 못했습니다.\n  {error.message}", fg="yellow", err=True)
    else:
        for service in known:
            typer.echo(f"{service:<18}DATABASE_URL={folder / service}.url")


@app.command("database-roles")
def database_roles() -> None:
    """역할을 손으로 만드는 SQL · print the SQL that makes the services' roles by hand."""
    from digital_resume.adapters.database.roles import statements_by_hand

    typer.echo(statements_by_hand(_settings().database_url.get_secret_value()))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def deploy(context: typer.Context) -> None:
    """스마트 계약 배포 · deploy the contracts (options: resume deploy -- --help)."""
    from digital_resume.adapters.chain.deploying import main as deploy_main

    raise typer.Exit(deploy_main(context.args))


@app.command()
def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="동시 작업 · jobs at the same time")] = 4,
) -> None:
    """작업자 · background work on every queue until told to stop."""
    from issuer.commands.worker import run_worker

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run_worker(_settings(), concurrency=concurrency))


@app.command()
def anchorer(
    create: Annotated[
        bool, typer.Option("--create", help="토큰 안에 키를 만듦 · make the key in the PKCS#11 token")
    ] = False,
) -> None:
    """앵커링 계정의 주소 · print the anchoring account's address; fund and authorise it."""
    from digital_resume.adapters.token_account import create_key
    from issuer.chain.account import anchoring_account, token_of
    from issuer.settings import IssuerSettings

    settings = IssuerSettings()
    account = create_key(*token_of(settings)) if create else anchoring_account(settings)
    typer.echo(account.address)


@app.command("vc-api")
def vc_api(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="포트 · port to listen on")] = 9000,
    host: Annotated[str, typer.Option(help="주소 · address to listen on")] = "127.0.0.1",
    *,
    https: Annotated[
        bool, typer.Option("--https", help="자체 서명 인증서로 · with a self-signed certificate")
    ] = False,
) -> None:
    """W3C VC-API · serve the VC-API for integrators and conformance suites."""
    from digital_resume.vc_api.serving import serve

    serve(host, port, https=https)


@app.command()
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
    from datetime import UTC, datetime

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


@app.command()
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


# What the accrediting authority and the issuer do most, without the word between.
app.command("accredit")(institution_commands.accredit)
app.command("suspend")(registry_commands.suspend)
app.command("rotate-key")(institution_commands.rotate_key)
app.command("report-compromise")(registry_commands.report_compromise)


def _settings() -> Any:
    from digital_resume.settings import CommonSettings

    return CommonSettings()


def main() -> int:
    """Run the command; an error of ours is two lines, never a stack trace."""
    try:
        app()
    except ResumeError as error:
        korean = getattr(error, "message_ko", None) or _KOREAN.get(error.code, "작업을 마치지 못했습니다.")
        typer.secho(f"✘ {korean}\n  {error.message}", fg="red", err=True)
        return 1
    except ValueError as error:  # pydantic's too: settings that are missing or refused
        typer.secho(f"✘ {_settings_problem(error)}", fg="red", err=True)
        return 2
    return 0


def _settings_problem(error: ValueError) -> str:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    places = [
        f"{'_'.join(map(str, item['loc'])).upper() or 'settings'}: {item['msg']}" for item in error.errors()
    ]
    return "설정을 확인해 주세요 · check the settings\n  " + "\n  ".join(places)


if __name__ == "__main__":
    sys.exit(main())
