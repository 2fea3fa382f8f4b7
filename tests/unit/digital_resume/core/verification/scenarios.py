"""One scenario for every row of the messages: what happens, and the outcome and verdict that must follow.

A module a check. Each function sets a scene in a fresh ``Cast`` and returns the verdict; its decorator names
the outcome of a check that must be in it and the verdict of the whole.
"""

from tests.unit.digital_resume.core.verification import (
    scenarios_anchor,
    scenarios_in_order,
    scenarios_issuer,
    scenarios_item,
    scenarios_presentation,
    scenarios_same_person,
    scenarios_status,
    scenarios_validity,
)
from tests.unit.digital_resume.core.verification.scenario_registry import SCENARIOS, Scenario

#: Importing them fills the list.
MODULES = (
    scenarios_in_order,
    scenarios_presentation,
    scenarios_item,
    scenarios_same_person,
    scenarios_issuer,
    scenarios_anchor,
    scenarios_status,
    scenarios_validity,
)

__all__ = ["MODULES", "SCENARIOS", "Scenario"]
