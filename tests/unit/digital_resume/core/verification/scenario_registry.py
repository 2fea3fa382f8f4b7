"""What a scenario is, and the list of all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from digital_resume.core.verification.verdict import Verdict
from tests.unit.digital_resume.core.verification.cast import (
    Cast,
)

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Scenario:
    """A scene and what must follow."""

    key: Key
    verdict: str
    play: Callable[[Cast], Verdict]


SCENARIOS: list[Scenario] = []


def scenario(check: str, outcome: str, code: str, verdict: str) -> Callable[[Any], Any]:
    """Register a scene under the row of the messages that it must produce."""

    def register(play: Callable[[Cast], Verdict]) -> Callable[[Cast], Verdict]:
        SCENARIOS.append(Scenario((check, outcome, code), verdict, play))
        return play

    return register
