"""Measure the credential core beside its peers: ``make bench-core``.

One command installs the peers, writes the material, and runs every library in a process of its own, pinned to
one and the same core, in turns (ours, theirs, ours, theirs …) so that a busy machine is busy for all. Rates
are runs in a second of *processor time*: on a pinned process that is the clock of an idle machine, and what
else runs here does not count. Before anything is measured each library must accept what the other signed
and refuse what was altered or is not in force.

Before a comparison each program runs for some seconds unmeasured: what compiles while it runs is to be
measured when it has, not on its way there.

Options: ``--rounds N`` (5), ``--seconds S`` of each turn (0.6), ``--warm S`` unmeasured before (4),
``--million`` also streams 1,000,000 credentials (about five minutes more), ``--stages`` only says where our
time goes, without peers.
"""

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts.bench.children import Child, ChildError, Sample
from scripts.bench.installing import FOLDER, PYTHON, install_node_peers, install_python_peers, node
from scripts.bench.material import ROOT, make_material
from scripts.bench.stages import print_stages
from scripts.setup_steps import SetupError

RDFC: Final = "eddsa-rdfc-2022"
JCS: Final = "eddsa-jcs-2022"
SD: Final = "SD-JWT"
SD_READ: Final = "verify SD-JWT and read the W3C credential"
STREAM: Final = [10, 1_000, 10_000, 100_000]


@dataclass(frozen=True, slots=True)
class Side:
    """One library doing one work."""

    child: Child
    work: str
    label: str


class Table:
    """Prints what was measured and remembers whether every target was met."""

    def __init__(self, rounds: int, seconds: float, warm: float) -> None:
        self._rounds = rounds
        self._seconds = seconds
        self._warm = warm
        self.short: list[str] = []

    def compare(self, title: str, sides: Sequence[Side]) -> list[list[Sample]]:
        """Let the sides run in turns and print each one's rate and spread."""
        for side in sides:
            side.child.measure(side.work, self._warm)
        samples: list[list[Sample]] = [[] for _ in sides]
        for _ in range(self._rounds):
            for side, own in zip(sides, samples, strict=True):
                own.append(side.child.measure(side.work, self._seconds))
        print(f"\n{title}")
        for side, own in zip(sides, samples, strict=True):
            rates = [sample.rate for sample in own]
            middle = statistics.median(rates)
            spread = (max(rates) - min(rates)) / middle
            print(
                f"  {side.label:<44}{middle:>10,.0f} /s {1e6 / middle:>9,.1f} µs   spread {spread:4.0%}",
                flush=True,
            )
        return samples

    def figure(self, name: str, values: Sequence[float], unit: str, sign: str, target: float) -> None:
        """Print a figure: the middle of its rounds, its range, and whether it meets its target."""
        middle = statistics.median(values)
        met = middle >= target if sign == ">=" else middle <= target
        if not met:
            self.short.append(name)
        if len(values) > 1:
            print(f"  rounds: {'  '.join(f'{value:.2f}' for value in values)}")
        print(
            f"figure: {name} {middle:.2f} {unit} (target {sign} {target:g}) {'ok' if met else 'short'}",
            flush=True,
        )


def ratios(ours: Sequence[Sample], theirs: Sequence[Sample]) -> list[float]:
    """Return how many times as fast ours was, round by round."""
    return [one.rate / other.rate for one, other in zip(ours, theirs, strict=True)]


def check_agreement(ours: Child, vc: Child, sd: Child, material: dict[str, Any]) -> None:
    """Make sure that the libraries do the same: accept each other's, refuse what is wrong.

    Raises:
        ChildError: they do not.
    """
    unsigned = material["rdfc"]["unsigned"][0]
    issued = {child.name: child.call("issue", unsigned) for child in (ours, vc)}
    past, future = _with_dates(unsigned, 2020), _with_dates(unsigned, 2120)
    for child in (ours, vc):
        for text in issued.values():
            child.call("verify", text)
        wrong = {
            "altered": issued[ours.name].replace("공학사", "의학사", 1),
            "out of force": ours.call("issue", past),
            "not yet in force": ours.call("issue", future),
            "signed by another key": _with_proof_of(issued[ours.name], material["rdfc"]["secured"][1]),
        }
        for what, text in wrong.items():
            if not child.refuses("verify", text):
                raise ChildError(f"{child.name} accepts a credential that is {what}.")
    payload = material["sdJwt"]["payloads"][0]
    token = material["sdJwt"]["presented"][0]
    for child in (ours, sd):
        child.call("verify SD-JWT" if child is ours else "verify", token)
        head, *disclosures, binding = token.split("~")
        wrong = {
            "altered": "~".join(
                [head[:-9] + ("A" if head[-9] != "A" else "B") + head[-8:], *disclosures, binding]
            ),
            "short of a disclosure": "~".join([head, *disclosures[1:], binding]),
            "without key binding": "~".join([head, *disclosures, ""]),
        }
        for what, text in wrong.items():
            if not child.refuses("verify SD-JWT" if child is ours else "verify", text):
                raise ChildError(f"{child.name} accepts an SD-JWT that is {what}.")
    if len(ours.call("issue SD-JWT", payload).split("~")) != len(sd.call("issue", payload).split("~")):
        raise ChildError("The SD-JWTs have not the same number of disclosures.")
    print("agreed: each accepts what the other signed and refuses what is wrong")


def _with_dates(text: str, year: int) -> str:
    dates = {"validFrom": f"{year}-01-01T00:00:00Z", "validUntil": f"{year}-12-31T00:00:00Z"}
    return json.dumps({**json.loads(text), **dates}, ensure_ascii=False)


def _with_proof_of(text: str, other: str) -> str:
    return json.dumps({**json.loads(text), "proof": json.loads(other)["proof"]}, ensure_ascii=False)


def run(table: Table, core: int | None, material_path: Path, *, pypi: bool, million: bool) -> None:
    """Measure everything."""
    material = json.loads(material_path.read_text("utf-8"))
    home = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with ExitStack() as stack:

        def start(name: str, *command: str | Path) -> Child:
            return stack.enter_context(Child(name, [*command, material_path], core, home))

        ours = start("core", sys.executable, "-m", "scripts.bench.ours")
        vc = start("@digitalbazaar/vc", node(), FOLDER / "digitalbazaar.mjs")
        sd = start("@sd-jwt/core", node(), FOLDER / "sd_jwt.mjs")
        other = start("PyPI", PYTHON, "-m", "scripts.bench.others") if pypi else None
        check_agreement(ours, vc, sd, material)

        for verb, target in (("issue", 25), ("verify", 12)):
            work = f"{verb} {RDFC}"
            sides = [Side(ours, work, "this core"), Side(vc, work, "@digitalbazaar/vc")]
            if other is not None:
                sides.append(Side(other, f"{verb} VC 1.1", "didkit (VC 1.1, a similar document)"))
            samples = table.compare(work, sides)
            table.figure(f"{RDFC}-{verb}", ratios(*samples[:2]), "x", ">=", target)

        sides = [
            Side(ours, "floor", "floor: libsodium verify + orjson + SHA-256"),
            Side(ours, f"verify {JCS}", "this core"),
            Side(ours, f"issue {JCS}", "this core, issuing"),
        ]
        samples = table.compare(f"verify {JCS} beside what is physically needed", sides)
        table.figure(f"{JCS}-verify", [100 * r for r in ratios(samples[1], samples[0])], "%", ">=", 55)

        for verb in ("issue", "verify"):
            work = f"{verb} {SD}"
            sides = [Side(ours, work, "this core"), Side(sd, work, "@sd-jwt/core")]
            if other is not None:
                sides.append(Side(other, work, "sd-jwt (PyPI)"))
            if verb == "verify":
                sides.append(Side(ours, SD_READ, "this core, W3C structure checked as well"))
            samples = table.compare(
                f"{work}, 8 disclosures{', key binding' if verb == 'verify' else ''}", sides
            )
            table.figure(f"sd-jwt-{verb}", ratios(*samples[:2]), "x", ">=", 3)

        counts = [*STREAM, 1_000_000] if million else STREAM
        print(f"\n{RDFC}: distinct credentials issued and verified, one after the other")
        reports = ours.call("stream", counts)
        for report in reports:
            print(
                f"  {report['count']:>9,} {report['each'] * 1e6:>9,.1f} µs each"
                f" {report['memory'] / 2**20:>9,.1f} MiB resident",
                flush=True,
            )
        first, last = reports[1], reports[-1]
        table.figure("flat-time", [last["each"] / first["each"]], "x the first 1,000's", "<=", 1.25)
        growth = (last["memory"] - reports[-2]["memory"]) / (last["count"] - reports[-2]["count"])
        table.figure("flat-memory", [growth], "bytes a credential", "<=", 16)


def main() -> int:
    """Install, measure, say what is short; exit 0 either way, because a busy machine is no defect."""
    parser = argparse.ArgumentParser(description="The credential core beside its peers.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.6)
    parser.add_argument("--warm", type=float, default=4.0)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--stages", action="store_true")
    options = parser.parse_args()
    if options.stages:
        print_stages()
        return 0
    try:
        install_node_peers()
        pypi = install_python_peers()
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        core = cores[-1] if cores else None
        print(
            f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
            f"{platform.python_implementation()} {platform.python_version()}; "
            f"pinned to core {core}; "
            f"{options.rounds} rounds of {options.seconds:g} s after {options.warm:g} s unmeasured"
        )
        table = Table(options.rounds, options.seconds, options.warm)
        run(table, core, make_material(FOLDER), pypi=pypi, million=options.million)
    except (SetupError, ChildError) as error:
        print(f"make bench-core: {error}", file=sys.stderr)
        return 1
    print(
        f"\nload at the end {os.getloadavg()[0]:.1f}; "
        + ("short: " + ", ".join(table.short) if table.short else "every target is met")
    )
    return 0


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
