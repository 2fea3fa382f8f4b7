"""Whatever record is accepted comes back green: issued, shared and judged, for every type.

Dates, names, numbers and lengths are drawn from the types' own schemas, at their bounds too. What the door
refuses (``check_claims``, ``check_validity``) is not issued; all else is verified, or there is a rule that
only the reader has.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from digital_resume.core.credentials.catalog import SEOUL, CredentialType, all_types
from digital_resume.core.credentials.claims import check_claims, normalise_claims
from digital_resume.core.credentials.sd_jwt_vc import issue_credential
from digital_resume.core.errors import SchemaError
from issuer.records.validity import check_validity
from tests.fakes import VERIFIER_URL, HolderWallet, Issued, World
from tests.fakes.world import SHARE_ID

LETTERS = st.sampled_from(
    "가힣김하늘AZaz09 .,-'·()/&ÉéØøßŁñçÅÜΑωЖя山田太郎あアﾊ漢𠮷עברيةहिन्दीไทย\u200c\u200d©™️€"
)


def texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Draw texts of a schema: its pattern's, or of many scripts at any length it has."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "date":
        return st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat) | st.dates(
            date(1940, 1, 1), date(2026, 11, 22)
        ).map(date.isoformat)
    most = schema["maxLength"]
    if "pattern" in schema and "\\S" not in schema["pattern"]:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True).map(lambda t: t[:most])
    return st.integers(1, most).flatmap(lambda length: st.text(LETTERS, min_size=length, max_size=length))


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw values of a schema."""
    kind = schema["type"]
    if kind == "string":
        return texts(schema)
    if kind == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if kind == "array":
        return st.lists(values(schema["items"]), min_size=schema["minItems"], max_size=schema["minItems"] + 2)
    return members(schema)


def members(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw objects: what is required, and any of the rest."""
    required = set(schema["required"])
    drawn = {name: values(each) for name, each in schema["properties"].items()}
    return st.fixed_dictionaries(
        {name: each for name, each in drawn.items() if name in required},
        optional={name: each for name, each in drawn.items() if name not in required},
    )


def moments(first: datetime, last: datetime) -> st.SearchStrategy[datetime | None]:
    """Draw a time in whole seconds from the first to the last, or none."""
    seconds = st.integers(0, int((last - first).total_seconds()))
    return st.none() | seconds.map(lambda passed: first + timedelta(seconds=passed))


def without_contradiction(kind: CredentialType, claims: dict[str, Any]) -> dict[str, Any]:
    """Return claims whose sums are right; else hardly any drawn would be accepted."""
    sums = {
        rule.subject: sum(claims[part] for part in rule.others)
        for rule in kind.rules
        if rule.kind == "sum" and all(part in claims for part in rule.others)
    }
    return {**claims, **sums}


@pytest.mark.hypothesis
@pytest.mark.parametrize("kind", all_types(), ids=lambda kind: kind.name)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_what_is_accepted_is_verified(kind: CredentialType, data: st.DataObject) -> None:
    world = World()
    issued_at, shared_at = world.ago(days=2), world.ago(hours=1)
    # Some claims as drawn and the rest of the example: one odd value is not covered up by another.
    drawn = data.draw(members(dict(kind.schema)))
    chosen = data.draw(st.sets(st.sampled_from(sorted(drawn)), min_size=1, max_size=4))
    changed = without_contradiction(kind, {**kind.example, **{name: drawn[name] for name in chosen}})
    claims = normalise_claims(changed)
    valid_from = data.draw(moments(datetime(1, 1, 1, tzinfo=UTC), issued_at))
    valid_until = data.draw(moments(issued_at, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)))
    assume(not check_claims(kind, claims, today=issued_at.astimezone(SEOUL).date()))
    try:
        # Waited for two days: what ends before it is shared is truly over.
        check_validity(
            kind, claims, now=world.now + timedelta(days=1), valid_from=valid_from, valid_until=valid_until
        )
    except SchemaError:
        assume(False)
    institution, wallet = world.institution("door", kind.name), HolderWallet()
    issued = issue_credential(
        kind,
        claims,
        issuer=institution.did,
        signer=institution.signer,
        holder_jwk=wallet.jwk,
        status_uri=institution.status_uri,
        status_index=7,
        issued_at=issued_at,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    held = Issued(issued.token, issued.content.leaf, 7)
    wallet.keep([issued.token], institution.anchor(held, at=issued_at))
    hide = data.draw(st.sets(st.sampled_from([n.removesuffix("[]") for n in kind.selectively_disclosable])))
    shared = wallet.share(challenge=SHARE_ID, domain=VERIFIER_URL, at=shared_at, hide=tuple(sorted(hide)))
    verdict = world.verify(shared)
    codes = {(check.check.value, check.code) for item in verdict.items for check in item.checks}
    assert verdict.verdict == "verified", codes
