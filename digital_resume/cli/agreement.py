"""Before a transaction is sent: what it is, what it costs, what follows from it, and the question.

Each sentence says what changes for credentials, in both languages, and whether it can be undone; the rule
behind all of them is the registry's own: nothing can be made true afterwards.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer

from digital_resume.core.errors import ResumeError

if TYPE_CHECKING:
    # takes half a second, and every command of ``resume`` comes by here
    from digital_resume.adapters.chain.registry_admin import PlannedTransaction

Before = Callable[["PlannedTransaction"], None]
"""Is shown a transaction before it is sent; what it raises keeps it from being sent."""
Words = tuple[str, str]

# by number of the contract's enum
_STANDINGS: dict[int, Words] = {
    0: (
        "지금부터 앵커되는 증명서는 다시 유효합니다. 효력이 멈춰 있던 동안 앵커된 것은 살아나지 않습니다.",
        "What is anchored from now on stands again; what was anchored while it was out of force does not.",
    ),
    1: (
        "지금부터 앵커되는 증명서는 유효하지 않습니다. 이전에 앵커된 것은 그대로입니다. "
        "reinstate로 되돌릴 수 있지만, 정지된 동안의 것은 살아나지 않습니다.",
        "What is anchored from now on does not stand; what was anchored before does. It can be reinstated, "
        "but not for the time in between.",
    ),
    2: (
        "기관이 문을 닫습니다. 지금부터 앵커되는 증명서는 유효하지 않고, 이전에 앵커된 것과 "
        "마지막 상태 목록은 그대로입니다.",
        "The institution closes. What is anchored from now on does not stand; what was anchored before does, "
        "and so does its last status list.",
    ),
    3: (
        "기관이 {successor}에 합병됩니다. 지금부터 앵커되는 이 기관의 증명서는 유효하지 않고, "
        "이전에 앵커된 것은 그대로입니다.",
        "The institution is merged into {successor}. What is anchored in its own name from now on does not "
        "stand; what was anchored before does.",
    ),
}


class DeclinedError(ResumeError):
    """A transaction that was shown and not agreed to."""

    code = "declined"


def ask(yes: bool) -> Before:
    """Return what shows each transaction before it is sent and asks, unless ``yes`` agrees to all.

    What it returns raises ``DeclinedError`` when the answer is no.
    """

    def show(planned: "PlannedTransaction") -> None:
        arguments = ", ".join(f"0x{a.hex()}" if isinstance(a, bytes) else repr(a) for a in planned.arguments)
        typer.echo(f"거래 · transaction   {planned.function}({arguments})")
        typer.echo(f"  to {planned.contract}  from {planned.sender}")
        typer.echo(f"  gas {planned.gas:,}, at most {planned.most_wei / 10**18:.6f} of the chain's coin")
        for korean, english in consequences(planned, datetime.now(UTC)):
            typer.secho(f"  ! {korean}\n    {english}", bold=True)
        if not yes and not typer.confirm("보낼까요 · send it?"):
            raise DeclinedError("The transaction was not sent. What was sent before it stays; run it again.")

    return show


def consequences(planned: "PlannedTransaction", now: datetime) -> list[Words]:
    """Return what a transaction means for credentials, a sentence each, Korean and English."""
    found = _CONSEQUENCES.get(planned.function)
    return [] if found is None else found(planned.arguments, now)


def show_time(moment: datetime) -> str:
    """Return a time to the second, as it can be given back to ``--since``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _standing(arguments: tuple[Any, ...], _now: datetime) -> list[Words]:
    korean, english = _STANDINGS[arguments[1]]
    return [(korean.format(successor=arguments[2]), english.format(successor=arguments[2]))]


def _report(arguments: tuple[Any, ...], now: datetime) -> list[Words]:
    from digital_resume.adapters.chain.registry_admin import MAX_BACKDATE

    since = datetime.fromtimestamp(arguments[2], UTC)
    earliest = now - timedelta(seconds=MAX_BACKDATE)
    found = [_falls(max(since, earliest))]
    if since < earliest:
        found.append(
            (
                f"24시간보다 앞선 시각입니다. {show_time(since)}부터로 앞당기려면 보안 감시자(guardian)의 "
                "공동 서명이 필요합니다.",
                f"That is more than 24 hours back: to count from {show_time(since)} on, a guardian has to "
                "co-sign it.",
            )
        )
    return found


def _confirm(arguments: tuple[Any, ...], _now: datetime) -> list[Words]:
    return [_falls(datetime.fromtimestamp(arguments[2], UTC))]


def _falls(since: datetime) -> Words:
    time = show_time(since)
    return (
        f"이 키로 서명된 자격 증명 가운데 {time} 이후 앵커된 것과 앵커되지 않은 것은 무효가 됩니다. "
        "되돌릴 수 없습니다.",
        f"Of what this key signed, whatever was anchored from {time} on, or not at all, no longer stands; "
        "this cannot be undone.",
    )


def _end_anchorer(arguments: tuple[Any, ...], _now: datetime) -> list[Words]:
    return [
        (
            f"{arguments[1]} 계정이 지금부터 앵커하는 것은 이 기관의 것으로 치지 않습니다. 이 계정이 게시한 "
            "상태 목록도 효력을 잃어, 다른 계정이 게시할 때까지 판정이 '확인하지 못함'이 됩니다"
            "(문을 닫은 기관은 제외).",
            f"What {arguments[1]} anchors from now on does not count for the institution. The status lists "
            "it published no longer speak for it either: until another account publishes, verdicts are "
            "'could not check' (not so for one that has closed).",
        )
    ]


def _accredit(arguments: tuple[Any, ...], _now: datetime) -> list[Words]:
    return [
        (
            f"이 기관이 지금부터 앵커하는 {arguments[1]} 증명서가 인정됩니다. "
            "이전에 앵커된 것에는 영향이 없습니다.",
            f"Its {arguments[1]} credentials anchored from now on are accepted; earlier ones stay as they "
            "were.",
        )
    ]


def _authorize(arguments: tuple[Any, ...], _now: datetime) -> list[Words]:
    return [
        (
            f"{arguments[1]} 계정이 지금부터 이 기관의 이름으로 앵커하고 상태 목록을 게시합니다.",
            f"{arguments[1]} anchors and publishes status in the institution's name from now on.",
        )
    ]


def _register(arguments: tuple[Any, ...], _now: datetime) -> list[Words]:
    return [
        (
            f"검증 화면에 '{arguments[1]}'(이)라는 이름으로 나타납니다. 이 DID는 지울 수 없습니다.",
            f"Verifiers see it as '{arguments[2]}'. A DID that is entered stays.",
        )
    ]


def _add_key(_arguments: tuple[Any, ...], _now: datetime) -> list[Words]:
    return [
        (
            "이 키로 서명하고 지금부터 앵커하는 증명서가 이 기관의 것으로 인정됩니다.",
            "What this key signs and is anchored from now on is accepted as the institution's.",
        )
    ]


def _retire(arguments: tuple[Any, ...], now: datetime) -> list[Words]:
    end = show_time(datetime.fromtimestamp(arguments[2], UTC) if arguments[2] else now)
    return [
        (
            f"이 키로 서명된 것은 {end} 전에 앵커된 것만 유효합니다. 끝난 키는 다시 쓸 수 없습니다.",
            f"Of what this key signed, what was anchored before {end} stands. A retired key never comes "
            "back.",
        )
    ]


_CONSEQUENCES: dict[str, Callable[[tuple[Any, ...], datetime], list[Words]]] = {
    "registerIssuer": _register,
    "accredit": _accredit,
    "authorizeAnchorer": _authorize,
    "addKey": _add_key,
    "retireKey": _retire,
    "setStatus": _standing,
    "reportCompromise": _report,
    "confirmCompromise": _confirm,
    "endAnchorer": _end_anchorer,
}
