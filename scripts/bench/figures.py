"""The lines a benchmark ends with: one a figure, against its target."""

from collections.abc import Sequence
from typing import Literal


class Figures:
    """Prints figures and remembers which missed their target."""

    def __init__(self) -> None:
        self.short: list[str] = []
        self._lines: list[str] = []

    def add(
        self, name: str, value: float, unit: str, target: float, sign: Literal["<=", ">="] = "<="
    ) -> None:
        """Print a figure now, and again at the end."""
        met = value <= target if sign == "<=" else value >= target
        if not met:
            self.short.append(name)
        line = f"figure: {name} {value:,.4g} {unit} (target {sign} {target:,g}) {'ok' if met else 'short'}"
        if abs(value) >= 1_000:
            line = line.replace(f"{value:,.4g}", f"{value:,.0f}", 1)
        self._lines.append(line)
        print(line, flush=True)

    def close(self) -> None:
        """Print all of them together."""
        print("\n" + "\n".join(self._lines))
        print("short: " + ", ".join(self.short) if self.short else "every target is met")


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that ``part`` of all are not above."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, int(len(ordered) * part + 0.999999) - 1))]
