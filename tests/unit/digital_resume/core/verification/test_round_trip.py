"""Whatever record is accepted comes back green: issued, shared and judged, for every type.

Dates, names, numbers and lengths are drawn from the types' own schemas, at their bounds too. What the door
refuses (``check_claims``, ``check_validity``) is not issued; all else is verified, or there is a rule that
only the reader has.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from digital_resume.core.credentials.catalog import SEOUL, CredentialType, all_types
from digital_resume.core.credentials.claims import check_claims, normalise_claims
from digital_resume.core.credentials.sd_jwt_vc import issue_credential
from digital_resume.core.errors import SchemaError
from issuer.records.validity import check_validity
from tests.fakes import VERIFIER_URL, HolderWallet, Issued, World
from tests.fakes.records import claims_of, moments
from tests.fakes.world import SHARE_ID


@pytest.mark.hypothesis
@pytest.mark.parametrize("kind", all_types(), ids=lambda kind: kind.name)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_what_is_accepted_is_verified(kind: CredentialType, data: st.DataObject) -> None:
    world = World()
    issued_at, shared_at = world.ago(days=2), world.ago(hours=1)
    claims = normalise_claims(data.draw(claims_of(kind)))
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
