"""An institution's standing on the chain, and what to do when its key or anchoring account is lost.

Commands of ``resume institution`` for the accrediting authority, for guardians and for the institution itself
(its controller's account). Each transaction is shown with what follows from it, and sent when agreed to.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digital_resume.cli.agreement import ask, show_time
from digital_resume.core.trust.issuers import IssuerStatus
from digital_resume.local.data_folder import use_data_folder

if TYPE_CHECKING:
    from issuer.commands.registry import Reported

Data = Annotated[Path, typer.Option(help="make up의 자료 폴더 · data folder of make up")]
Who = Annotated[str, typer.Argument(help="이름이나 DID · its slug or its DID", metavar="SLUG|DID")]
Account = Annotated[str, typer.Option(help="서명할 계정 · the key in DATA_DIR/keys that signs")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="모두 보냄 · send every transaction shown")]
Key = Annotated[
    str,
    typer.Option(help="멀티키, 서명 방법, 다이제스트 · multikey z…, did:…#z… or digest 0x…; the only one"),
]
Since = Annotated[
    str, typer.Option(help="언제부터 · 2026-11-24T09:00:00+09:00, 6h or 90m ago, or now", show_default=False)
]


def show(who: Who, data: Data = Path("data")) -> None:
    """체인에 있는 내용 · what the registry holds: standing, types, anchorers, keys."""
    did = _did(who, data)
    from issuer.commands.registry import described

    for line in described(did):
        typer.echo(line)


def suspend(who: Who, account: Account = "admin", yes: Yes = False, data: Data = Path("data")) -> None:
    """기관 정지 · what it anchors from now on does not stand, until it is reinstated."""
    _stand(who, IssuerStatus.SUSPENDED, account, yes, data)


def reinstate(who: Who, account: Account = "admin", yes: Yes = False, data: Data = Path("data")) -> None:
    """기관 복귀 · in force again from now on; only an accreditor may."""
    _stand(who, IssuerStatus.ACTIVE, account, yes, data)


def close(who: Who, account: Account = "admin", yes: Yes = False, data: Data = Path("data")) -> None:
    """기관 폐지 · it closes; what was anchored before stands."""
    _stand(who, IssuerStatus.CLOSED, account, yes, data)


def merge(
    who: Who,
    into: Annotated[str, typer.Option(help="승계 기관 · slug or DID of its successor", show_default=False)],
    account: Account = "admin",
    yes: Yes = False,
    data: Data = Path("data"),
) -> None:
    """기관 합병 · merged into another registered institution."""
    _stand(who, IssuerStatus.MERGED, account, yes, data, successor=_did(into, data))


def report_compromise(
    who: Who,
    *,
    since: Since,
    key: Key = "",
    account: Account = "admin",
    yes: Yes = False,
    data: Data = Path("data"),
) -> None:
    """키 유출 신고 · a key is in other hands: acts at once, at most 24 hours back."""
    did = _did(who, data)
    from issuer.commands.registry import parse_moment
    from issuer.commands.registry import report_compromise as report

    moment = parse_moment(since, datetime.now(UTC))
    _tell_report(did, report(did, key, moment, account=account, before=ask(yes)))


def confirm_compromise(
    who: Who,
    *,
    since: Since,
    key: Key = "",
    account: Account = "guardian",
    yes: Yes = False,
    data: Data = Path("data"),
) -> None:
    """유출 시각 공동 서명 · a guardian co-signs exactly the time that somebody else reported."""
    did = _did(who, data)
    from issuer.commands.registry import confirm_compromise as confirm
    from issuer.commands.registry import parse_moment

    moment = parse_moment(since, datetime.now(UTC))
    digest = confirm(did, key, moment, account=account, before=ask(yes))
    typer.echo(f"확인함 · compromised since {show_time(moment)}: 0x{digest.hex()}")


def end_anchorer(
    who: Who,
    anchorer: Annotated[str, typer.Option(help="앵커 계정 주소 · its address; the only one running")] = "",
    account: Account = "admin",
    yes: Yes = False,
    data: Data = Path("data"),
) -> None:
    """앵커 계정 끝내기 · an account no longer anchors or publishes for it."""
    did = _did(who, data)
    from issuer.commands.registry import end_anchorer as end

    typer.echo(f"끝냄 · ended: {end(did, anchorer, account=account, before=ask(yes))}")


def add_to(app: typer.Typer) -> None:
    """Give ``resume institution`` these commands."""
    for work in (show, suspend, reinstate, close, merge):
        app.command()(work)
    app.command("report-compromise")(report_compromise)
    app.command("confirm-compromise")(confirm_compromise)
    app.command("end-anchorer")(end_anchorer)


def _stand(
    who: str, status: IssuerStatus, account: str, yes: bool, data: Path, *, successor: str = ""
) -> None:
    did = _did(who, data)
    from issuer.commands.registry import set_standing

    set_standing(did, status, account=account, successor=successor, before=ask(yes))
    typer.echo(f"{did}: {status.value}")


def _did(who: str, data: Path) -> str:
    use_data_folder(data)
    if who.startswith("did:"):
        return who
    from issuer.commands.institutions import did_of

    return did_of(who)


def _tell_report(did: str, reported: "Reported") -> None:
    typer.echo(f"신고함 · compromised since {show_time(reported.effective)}: 0x{reported.digest.hex()}")
    if reported.asked is None:
        return
    typer.secho(
        f"{show_time(reported.asked)}부터로 앞당기려면 신고한 계정이 아닌 보안 감시자(guardian)가 "
        "다음을 실행해야 합니다.\n"
        "To count from then on, a guardian other than the account that reported has to run:",
        bold=True,
    )
    typer.echo(
        f"  resume institution confirm-compromise {did} --key 0x{reported.digest.hex()} "
        f"--since {show_time(reported.asked)}"
    )
