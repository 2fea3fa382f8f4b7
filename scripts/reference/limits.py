"""Limits: what one address may ask of every service, in one table."""

from fastapi import FastAPI

from digital_resume.web.rate_limits import RateRule
from scripts.reference.pages import table
from scripts.reference.routes import SERVICES


def rules_of(app: FastAPI) -> tuple[RateRule, ...]:
    """Return the rules of an app; none where it limits nothing."""
    rules: tuple[RateRule, ...] = getattr(app.state, "rate_rules", ())
    return rules


def limits_block() -> str:
    """Return the table."""
    rows = [
        (service, f"`{rule.route}`", f"`{rule.setting.upper()}`")
        for service, (_, make) in SERVICES.items()
        for rule in rules_of(make())
    ]
    return table(("service", "route", "requests a minute of one address"), rows)
