"""A verdict in the terminal: one big answer, then every item with its nine checks."""

from typing import Any, Literal

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

Language = Literal["ko", "en"]

_MARKS = {
    "pass": ("✔", "green"),
    "fail": ("✘", "bold red"),
    "unknown": ("?", "bold bright_black"),
    "caution": ("!", "bold yellow"),
    "not_applicable": ("–", "bright_black"),
}
_COLOURS = {
    "verified": "green",
    "caution": "yellow",
    "superseded": "yellow",
    "not_in_force": "red",
    "unknown_issuer": "red",
    "could_not_check": "bright_black",
    "not_genuine": "red",
    "sharing_ended": "bright_black",
}
_SIGNS = {
    "verified": "✔",
    "caution": "▲",
    "superseded": "↻",
    "not_in_force": "⊘",
    "unknown_issuer": "◆",
    "could_not_check": "?",
    "not_genuine": "✘",
    "sharing_ended": "■",
}
_WORDS: dict[str, dict[Language, str]] = {
    "format": {"ko": "형식", "en": "Format"},
    "proof": {"ko": "기관 서명", "en": "Signature"},
    "holder": {"ko": "본인 소유", "en": "Ownership"},
    "same_person": {"ko": "같은 사람", "en": "Same person"},
    "issuer": {"ko": "발급 기관", "en": "Institution"},
    "anchor": {"ko": "체인 기록", "en": "Chain record"},
    "status": {"ko": "현재 효력", "en": "In force"},
    "validity": {"ko": "유효 기간", "en": "Dates"},
    "schema": {"ko": "내용 규격", "en": "Contents"},
    "hidden": {"ko": "본인이 가린 항목 최대", "en": "hidden by the holder, at most"},
    "own": {"ko": "본인이 쓴 글 (기관 확인 아님)", "en": "Holder's own words (self-declared)"},
    "unnamed": {"ko": "알 수 없는 증명서", "en": "Unreadable credential"},
    "unlisted": {"ko": "기관 명부에 없는 발급자", "en": "issuer not in the registry"},
    "block": {"ko": "블록", "en": "block"},
    "recorded": {"ko": "함께 기록", "en": "recorded together"},
    "as_of": {"ko": "이 날 기준", "en": "as of"},
    "behind": {"ko": "체인 색인의 나이(초)", "en": "age of the chain index in seconds"},
}


def print_verdict(
    verdict: dict[str, Any], console: Console | None = None, *, language: Language = "ko", checks: bool = True
) -> None:
    """Print a verdict of the API's form.

    Args:
        verdict: what the verification API answers.
        console: where to print.
        language: of the words.
        checks: also every check's message.
    """
    out = console or Console()
    kind = str(verdict.get("verdict"))
    colour = _COLOURS.get(kind, "bright_black")
    lines = [
        Text(f"{_SIGNS.get(kind, '?')}  {_pick(verdict.get('title'), language)}", style=f"bold {colour}"),
        Text(_pick(verdict.get("next"), language)),
    ]
    holder = verdict.get("holder")
    chain = verdict.get("chain")
    read = chain.get("read") if isinstance(chain, dict) else None
    behind = read.get("behindSeconds", 0) if isinstance(read, dict) else 0
    facts = [
        str(holder.get("name")) if isinstance(holder, dict) else "",
        _pick(chain.get("name"), language) if isinstance(chain, dict) else "",
        str(verdict.get("checkedAt", "")),
        f"{_word('behind', language)} {behind}" if behind > 60 else "",
    ]
    lines.append(Text(" · ".join(fact for fact in facts if fact), style="dim"))
    if verdict.get("asOf"):
        lines.append(Text(f"{_word('as_of', language)}: {verdict['asOf']}", style="bold"))
    out.print(Panel(Group(*lines), border_style=colour, padding=(0, 2)))
    _print_failed_presentation(verdict, out, language)
    for item in verdict.get("items", []):
        _print_item(item, out, language, checks)
    for own in verdict.get("selfDeclared", []):
        if own.get("verified") and own.get("statement"):
            out.print(Panel(Text(own["statement"]), title=_word("own", language), border_style="dim"))


def _print_failed_presentation(verdict: dict[str, Any], out: Console, language: Language) -> None:
    for check in verdict.get("presentation", {}).get("checks", []):
        if check.get("outcome") not in ("pass", "not_applicable"):
            out.print(_check_line(check, language))


def _print_item(item: dict[str, Any], out: Console, language: Language, checks: bool) -> None:
    kind = str(item.get("verdict"))
    issuer = item.get("issuer")
    named = _pick(issuer.get("name"), language) if isinstance(issuer, dict) else ""
    head = Text.assemble(
        (f"{_SIGNS.get(kind, '?')} {_pick(item.get('title'), language)}  ", _COLOURS.get(kind, "")),
        (_pick(item.get("typeName"), language) or _word("unnamed", language), "bold"),
        (f"  {named or _word('unlisted', language)}", "dim"),
    )
    out.print(head)
    claims = [
        f"{_pick(claim.get('label'), language) or claim.get('path')} {_brief(claim.get('value'))}"
        for claim in item.get("claims", [])
    ]
    if item.get("hidden"):
        claims.append(f"({_word('hidden', language)} {item['hidden']})")
    if claims:
        out.print(Text("   " + " · ".join(claims), style="dim"))
    row = Text("   ")
    for check in item.get("checks", []):
        mark, style = _MARKS.get(str(check.get("outcome")), _MARKS["unknown"])
        row.append(f"{mark} ", style)
        row.append(f"{_name(check, language)}  ")
    out.print(row)
    anchor = item.get("anchor")
    if isinstance(anchor, dict):
        facts = (
            str(anchor.get("time")),
            f"{_word('block', language)} {anchor.get('blockNumber')}",
            f"{anchor.get('size')} {_word('recorded', language)}",
            _brief(anchor.get("transaction"), 16),
        )
        out.print(Text("   " + " · ".join(facts), style="dim"))
    if checks:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=3)
        table.add_column()
        for check in item.get("checks", []):
            table.add_row("", _check_line(check, language))
        out.print(table)
    out.print()


def _check_line(check: dict[str, Any], language: Language) -> Text:
    mark, style = _MARKS.get(str(check.get("outcome")), _MARKS["unknown"])
    return Text.assemble(
        (f"{mark} ", style),
        (f"{_name(check, language)}: ", "bold"),
        _pick(check.get("message"), language),
    )


def _name(check: dict[str, Any], language: Language) -> str:
    """Return a check's name: the service's own where it says less than usual."""
    return _pick(check.get("label"), language) or _word(str(check.get("check")), language)


def _word(key: str, language: Language) -> str:
    return _WORDS[key][language] if key in _WORDS else key


def _pick(both: object, language: Language) -> str:
    return str(both.get(language) or both.get("ko") or "") if isinstance(both, dict) else ""


def _brief(value: object, most: int = 60) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= most else text[: most - 1] + "…"
