"""`make demo`: the whole story in the terminal, on real parts, judged by its verdicts.

Everything starts from nothing in ``.demo``, or in the empty folder named by ``--data``; what is set up
(packages, contracts, browser files) is reused.
Exits 0 only if every verdict was the expected one.
"""

import argparse
import asyncio
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import read_deployments
from digital_resume.adapters.jobs import ANCHORING, make_app
from digital_resume.cli.share_client import judge_over_http, verify_target
from digital_resume.cli.verdict_text import print_verdict
from digital_resume.core.errors import ResumeError
from digital_resume.error_words import words_for
from digital_resume.local.host import FolderLock, free_port
from digital_resume.local.running import Running
from scripts.demo.cases import CASES, Case
from scripts.demo.cast import FIVE, GRADUATE
from scripts.demo.qr import make_qr
from scripts.demo.seed import seed_institutions, stack_of
from scripts.demo.seeker import Seeker, Share
from scripts.demo.stack import Stack
from scripts.demo.stage import Stages, summary_panel

ROOT = Path(__file__).resolve().parents[2]
DEMO_DIR = ROOT / ".demo"
NO_TICKS = 86_400.0
"""Pause between the worker's own ticks: the demonstration asks for each tick itself."""
DOORS = ("issuer", "wallet", "verifier", "modules")


class Story:
    """The demonstration's run: what it made and which verdicts came out."""

    def __init__(self, running: Running, console: Console) -> None:
        self._running = running
        self._console = console
        self._stages = Stages(console, total=6)
        self._stack: Stack | None = None
        self._receipts: list[dict[str, Any]] = []
        self._gas = 0
        self._wrong: list[str] = []
        self._verdicts = 0

    def tell(self) -> bool:
        """Play all stages; returns whether every verdict was the expected one."""
        self._set_up()
        self._start()
        seeker = self._hand_in()
        self._claim(seeker)
        share, png = self._share(seeker)
        self._verify(share, png)
        self._sum_up()
        return not self._wrong

    @property
    def stack(self) -> Stack:
        """The running product."""
        assert self._stack is not None
        return self._stack

    def _set_up(self) -> None:
        with self._stages.stage("모두 준비하기", "everything is set up") as now:
            now.step("파이썬·노드 패키지, 계약, 브라우저 파일 [dim]packages, contracts, browser files[/]")
            version = (ROOT / "package.json").read_text()
            now.step(f"버전 · version {json.loads(version)['version']}")

    def _start(self) -> None:
        running = self._running
        with self._stages.stage("다섯 기관 등록하기", "five institutions are accredited", 8) as now:
            running.start_servers()
            now.step("PostgreSQL과 체인을 켬 [dim]PostgreSQL and the chain run[/]")
            running.migrate()
            running.deploy()
            now.step("IssuerRegistry · AnchorRegistry · StatusRegistry 배포 [dim]deployed[/]")

            def said(korean: str, english: str) -> None:
                now.step(f"{korean} [dim]{english}[/]")

            keys = seed_institutions(running, FIVE, said)
            running.start_services()
            now.step("발급·지갑·검증 서비스와 작업자 [dim]issuer, wallet, verifier, worker[/]")
            self._stack = stack_of(running, keys)
            self._stack.anchor_now = lambda: asyncio.run(_ask_for_tick(running.database_url))

    def _hand_in(self) -> Seeker:
        seeker = self.stack.wallet(GRADUATE.key)
        seeker.init()
        with self._stages.stage(
            "기관들이 기록을 넘기기", "institutions hand in records over HTTP", len(GRADUATE.records)
        ) as now:
            for record in GRADUATE.records:
                record_id = self.stack.hand_in(record, _key(record.credential_type))
                now.step(f"{record.institution} → {record.credential_type}  [dim]{record_id[:8]}…[/]")
        return seeker

    def _claim(self, seeker: Seeker) -> None:
        with self._stages.stage(
            "지갑이 받아서 묶기", "the wallet claims (OpenID4VCI 1.0); one transaction anchors all", 6
        ) as now:
            for record in GRADUATE.records:
                record_id = self.stack.hand_in(record, _key(record.credential_type))
                if record.counter:
                    seeker.claim(*self.stack.counter_offer(record.institution, record_id))
                    way = "창구 번호 [dim]transaction code[/]"
                else:
                    seeker.claim_by_identity(self.stack.credential_issuer(record.institution))
                    way = "신분증 제시 [dim]identity credential presented[/]"
                now.step(f"{record.credential_type} ← {record.institution} · {way}")
            now.doing("체인에 고정하는 중 · anchoring")
            self._receipts = self.stack.wait_for_receipts(seeker)
            transactions = {receipt["transaction"] for receipt in self._receipts}
            self._gas = self._gas_used(next(iter(transactions)))
            if len(transactions) != 1 or len(self._receipts) != len(GRADUATE.records):
                self._wrong.append("not all credentials were anchored by one transaction")
            now.step(
                f"증명서 {len(self._receipts)}장을 트랜잭션 {len(transactions)}건으로 고정 "
                f"[dim]anchored by one transaction {next(iter(transactions))[:18]}…[/]"
            )

    def _gas_used(self, transaction: str) -> int:
        client = ChainClient(self._running.nodes, read_deployments(self._running.deployments_file))
        return int(client.request("eth_getTransactionReceipt", [transaction])["gasUsed"], 16)

    def _share(self, seeker: Seeker) -> tuple[Share, Path]:
        with self._stages.stage("이력서 한 장으로 공유하기", "one resume is composed and shared", 3) as now:
            share = seeker.share(
                self.stack.wallet_url,
                self.stack.verifier_url,
                statement=GRADUATE.statement,
            )
            now.step("생년월일·평점·번호는 가리고 서명·암호화 [dim]birth date, grades and numbers hidden[/]")
            png = self._running.data_dir / "resume-qr.png"
            code = make_qr(share.link, png)
            now.step(f"QR: {png.relative_to(ROOT) if png.is_relative_to(ROOT) else png}")
            self._console.print(code, highlight=False, markup=False)
            now.step(
                "이 컴퓨터 주소라 휴대전화로는 열리지 않습니다 [dim]a phone cannot open a localhost link[/]"
            )
        return share, png

    def _verify(self, share: Share, png: Path) -> None:
        with self._stages.stage("기업이 스캔해서 확인하기", "the employer scans and verifies") as now:
            now.step(
                f"QR 이미지를 읽고 링크를 엽니다 [dim]reads {png.name}, opens share {share.share_id[:6]}…[/]"
            )
            self._judge("있는 그대로 · as it is", str(png), "verified", full=True)
            for case in CASES:
                self._play(case)

    def _play(self, case: Case) -> None:
        self._console.print(f"\n   [bold]{case.title_ko}[/]  [dim]{case.title_en}[/]")
        link = case.play(self.stack, lambda ko, en: self._console.print(f"     [dim]{ko} {en}[/]"))
        if case.without:
            self._running.switch(case.without, on=False)
        try:
            self._judge(case.title_ko, link, case.expected)
        finally:
            if case.without:
                self._running.switch(case.without, on=True)

    def _judge(self, what: str, target: str, expected: str, *, full: bool = False) -> None:
        verdict = verify_target(
            target, wallet_url=self.stack.wallet_url, judge=judge_over_http(self.stack.verifier_url)
        )
        self._verdicts += 1
        if full:
            print_verdict(verdict, self._console, checks=False)
        else:
            self._say_shortly(verdict)
        if verdict["verdict"] != expected:
            self._wrong.append(f"{what}: {verdict['verdict']} instead of {expected}")
            self._console.print(f"     [bold red]기대한 판정이 아닙니다 · expected {expected}[/]")
            if not full:
                print_verdict(verdict, self._console)

    def _say_shortly(self, verdict: dict[str, Any]) -> None:
        title = verdict["title"]
        colour = "green" if verdict["verdict"] == "verified" else "red"
        self._console.print(f"     [bold {colour}]▶ {title['ko']} · {title['en']}[/]")
        for item in verdict.get("items", []):
            for check in item["checks"]:
                if check["outcome"] in ("fail", "unknown"):
                    self._console.print(f"       [dim]{check['message']['ko']}[/]")
                    return

    def _sum_up(self) -> None:
        figures = json.loads((Path(__file__).parent / "before_after.json").read_text())
        before, clicks = figures["before"], figures["clicksPer"]
        count = len(GRADUATE.records)
        after = count * clicks["claim"] + clicks["composeAndShare"] + clicks["scan"]
        rows = [(f"{n}. {name}", f"{s:5.1f} s") for n, (name, s) in enumerate(self._stages.seconds, 1)]
        minutes = sum(s for _, s in self._stages.seconds) / 60
        rows += [
            ("가스 · gas a credential", f"{self._gas / count:,.0f}  ({self._gas:,} / {count})"),
            ("트랜잭션 · transaction", str(self._receipts[0]["transaction"])),
            ("종이 · papers", f"{before['papers']} → 0"),
            ("클릭 · clicks", f"≈{before['clicks']} → {after}"),
            ("걸린 날 · days", f"≈{before['days']} → 0  ({minutes:.1f} min)"),
            ("", "[dim]왼쪽은 이 프로젝트의 추정 · figures on the left are this project's estimate[/]"),
            (
                "판정 · verdicts",
                f"{self._verdicts - len(self._wrong)}/{self._verdicts} 기대한 대로 · as expected",
            ),
        ]
        style = "[bold green]모두 기대한 대로 · all as expected[/]"
        if self._wrong:
            style = "[bold red]기대와 다름 · not as expected[/]"
        self._console.print()
        self._console.print(summary_panel(rows, style))
        for wrong in self._wrong:
            self._console.print(f"[red]✘ {wrong}[/]")


def _key(credential_type: str) -> str:
    return f"demo-{GRADUATE.key}-{credential_type}"


async def _ask_for_tick(database_url: str) -> None:
    app = make_app(database_url, max_connections=1)
    async with app.open_async():
        await app.configure_task("issuer:anchor_tick", queue=ANCHORING, allow_unknown=True).defer_async()


def _quietly(korean: str, english: str) -> None:
    del korean, english


def _folder() -> Path:
    """Return the folder to run in, empty: the demonstration's own is cleared, another one is not touched."""
    parser = argparse.ArgumentParser(prog="python -m scripts.demo")
    parser.add_argument("--data", type=Path, help="빈 폴더 · an empty folder to run in, instead of .demo")
    chosen: Path | None = parser.parse_args().data
    if chosen is None:
        if DEMO_DIR.exists():
            # Refuses while another demonstration runs there.
            FolderLock(DEMO_DIR / "lock", "The demonstration").release()
        shutil.rmtree(DEMO_DIR, ignore_errors=True)
        return DEMO_DIR
    if chosen.exists() and (not chosen.is_dir() or any(chosen.iterdir())):
        parser.error(f"{chosen}: 비어 있는 폴더여야 합니다 · must be an empty folder or not exist yet")
    return chosen


def main() -> int:
    """Run the demonstration; returns the exit code."""
    console = Console()
    console.print(
        "\n[bold]다섯 기관 · 한 장의 이력서 · 한 번의 스캔[/]  "
        "[dim]five institutions, one resume, one scan[/]\n"
        "[dim]시연용: 모든 기관과 사람은 가상입니다 · a demonstration: all of them are fictional[/]"
    )
    began = time.monotonic()
    ports = {door: free_port() for door in DOORS}
    try:
        # No module is part of the story.
        with Running(
            _folder(), preferred_ports=ports, tick_seconds=NO_TICKS, without=("modules",), tell=_quietly
        ) as running:
            good = Story(running, console).tell()
    except KeyboardInterrupt:
        console.print("\n멈췄습니다 · stopped")
        return 130
    except ResumeError as error:
        console.print(f"[red]✘ {words_for(error).ko}\n  {error.message}[/]")
        return 1
    console.print(f"[dim]{time.monotonic() - began:.1f} s[/]")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
