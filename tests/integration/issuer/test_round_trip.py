"""Whatever record is accepted comes back green: handed in, claimed, anchored, shared and judged for real.

What the signing API answers 422 to is not accepted. All else is 201, and a resume of it is verified against
the registry and the log on the chain and the status list as it is served.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from digital_resume.core.anchoring.receipt import parse_receipt
from digital_resume.core.credentials.catalog import CredentialType, all_types, credential_type
from digital_resume.core.credentials.claims import check_claims, normalise_claims
from digital_resume.core.securing.sd_jwt import peek_sd_jwt
from digital_resume.core.verification.pipeline import verify_presentation
from digital_resume.core.verification.policy import Sources
from digital_resume.core.verification.verdict import Outcome
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.host import free_port
from issuer.app import create_app
from tests.fakes import VERIFIER_URL, HolderWallet
from tests.fakes.records import claims_of, longest, moments, values
from tests.fakes.world import SHARE_ID
from tests.integration.issuer.conftest import settings_for
from tests.integration.issuer.rig import Rig, Wallet, open_rig
from tests.integration.serving import serve

SLUG: Final = "every-type"
FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
#: Between the examples' last day and their future, not now: the same is drawn at every run.
BETWEEN: Final = datetime(2026, 11, 22, tzinfo=UTC)
IDENTITY: Final = credential_type("IdentityCredential")
PERSON: Final = ("name", "nameRomanised", "birthDate")
HIDEABLE: Final = sorted(
    {name.removesuffix("[]") for kind in all_types() for name in kind.selectively_disclosable}
)
#: Draws of a type until one is accepted (about every second is); then its example is handed in.
_DRAWS: Final = 6
#: How many of a resume's ten must be drawn ones, for the test to say something.
_ENOUGH: Final = 5

NEVER_ENDS: Final = "9999-12-31T23:59:59Z"
#: Persons and validities, two bounds at once; every type's example is issued with each.
CORNERS: Final[dict[str, tuple[dict[str, str], dict[str, str]]]] = {
    "valid since before 1970, apostrophes": (
        {
            "name": "Siobhán O’Brien-D'Arcy",
            "nameRomanised": "SIOBHAN O'BRIEN-D'ARCY",
            "birthDate": "1931-02-28",
        },
        {"validFrom": "1953-07-27T10:00:00+09:00", "validUntil": NEVER_ENDS},
    ),
    "valid since the calendar's begin, one letter": (
        {"name": "김", "nameRomanised": "K", "birthDate": "0001-01-01"},
        {"validFrom": "0001-01-01T00:00:00Z", "validUntil": NEVER_ENDS},
    ),
    "calendar's bounds by an offset and a fraction, non-joiner between Persian letters": (
        {"name": "علی\u200cرضا نوری", "nameRomanised": "ALIREZA NOURI"},
        {"validFrom": "0001-01-01T09:00:00+09:00", "validUntil": "9999-12-31T23:59:59.9999999Z"},
    ),
    "calendar's end west of Greenwich, joiner after a virama": (
        {"name": "ශ්\u200dරී ලාල් ද සිල්වා", "nameRomanised": "SRI LAL DE SILVA"},
        {"validUntil": "9999-12-31T18:59:59-05:00"},
    ),
    "calendar's end, an apostrophe that is a letter": (
        {"name": "Gulnora Oʻktamova", "nameRomanised": "GULNORA OKTAMOVA"},
        {"validUntil": NEVER_ENDS},
    ),
}


@dataclass
class Journey:
    """One person's way from the institution to an employer.

    Args:
        rig: an issuer with an institution that is accredited for every type.
    """

    rig: Rig
    holder: HolderWallet = field(default_factory=HolderWallet)

    async def hand_in(
        self, kind: CredentialType, claims: dict[str, Any], **validity: str | None
    ) -> str | None:
        """Hand in a record; return its id, ``None`` when it is not accepted."""
        given_times = {name: moment for name, moment in validity.items() if moment is not None}
        answer = await self.rig.post_record(claims, slug=SLUG, type_name=kind.name, **given_times)
        if answer.status_code == 422:
            return None
        assert answer.status_code == 201, answer.text
        return str(answer.json()["recordId"])

    async def claim(self, record: str) -> None:
        """Take a record's offer with the holder's key."""
        offer = await self.rig.http.post(f"/api/v1/records/{record}/offers", headers=self.rig.api_key(SLUG))
        assert offer.status_code == 201, offer.text
        made = offer.json()
        wallet = Wallet(self.rig, self.holder.signer)
        answer = await wallet.claim(made["offer"], made["txCode"], slug=SLUG)
        self.holder.keep(each["credential"] for each in answer["credentials"])

    async def fetch_receipts(self) -> None:
        """Fetch the receipt of everything that was claimed."""
        for token in self.holder.tokens:
            leaf = peek_sd_jwt(token).content.leaf.hex()  # unverified: the verdict is what judges
            answer = await self.rig.http.get(f"/receipts/{leaf}")
            assert answer.status_code == 200, answer.text
            self.holder.keep((), [parse_receipt(answer.json())])

    async def share(self, hide: Sequence[str] = ()) -> list[tuple[str, str, str]]:
        """Share everything but what is hidden; return what an employer is told that is not good."""
        now = self.rig.clock.now()
        shared = self.holder.share(challenge=SHARE_ID, domain=VERIFIER_URL, at=now, hide=hide)
        context = self.rig.context
        reader = context.reader()
        sources = Sources(reader.trust_directory, reader.anchor_log, context.status_copies(), context.catalog)
        verdict = await asyncio.to_thread(
            verify_presentation,
            shared,
            expected_challenge=SHARE_ID,
            expected_domain=VERIFIER_URL,
            now=now,
            sources=sources,
        )
        good = {Outcome.PASS, Outcome.NOT_APPLICABLE}
        found = [("presentation", check) for check in verdict.checks]
        found += [(str(item.index), check) for item in verdict.items for check in item.checks]
        told = [(where, check.check.value, check.code) for where, check in found if check.outcome not in good]
        assert len(verdict.items) == len(self.holder.tokens)
        assert (verdict.verdict == "verified") is (not told), (verdict.verdict, told)
        return told


@pytest.fixture
async def issuing(
    own_anvil: EmbeddedAnvil, issuer_database: str, deployments: Path, tmp_path: Path
) -> AsyncIterator[Rig]:
    """Open an issuer whose institution may issue every type, and serve it: its status list is fetched."""
    port = free_port()
    settings = settings_for(
        own_anvil, issuer_database, deployments, tmp_path, issuer_url=f"http://localhost:{port}"
    )
    rig = await open_rig(settings, own_anvil)
    await rig.add_institutions(SLUG)
    with serve(create_app(settings, clock=rig.clock), port):
        yield rig
    await rig.http.aclose()
    await rig.context.close()


def written(moment: datetime | None) -> str | None:
    """Return a drawn time as it is handed in."""
    return None if moment is None else moment.isoformat()


@st.composite
def people(draw: st.DrawFn) -> dict[str, str]:
    """Draw a person that an identity credential can be of, born before anything of the examples."""
    properties = IDENTITY.schema["properties"]
    born = st.dates(FIRST.date(), date.fromisoformat(IDENTITY.example["birthDate"]))
    person = {
        "name": draw(values(properties["name"])),
        "nameRomanised": draw(values(properties["nameRomanised"])),
        "birthDate": draw(born).isoformat(),
    }
    assume(not check_claims(IDENTITY, normalise_claims(person)))
    return person


@settings(
    max_examples=5,
    # No shrinking: every attempt would be ten credentials and two transactions.
    phases=[Phase.explicit, Phase.generate],
    # One issuer serves all examples; each makes a person and a chain transaction of its own.
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
@given(person=people(), hide=st.sets(st.sampled_from(HIDEABLE)), data=st.data())
async def test_what_is_accepted_is_verified(
    issuing: Rig, person: dict[str, str], hide: set[str], data: st.DataObject
) -> None:
    journey, as_drawn = Journey(issuing), 0
    for kind in all_types():
        for _ in range(_DRAWS):
            claims = {**data.draw(claims_of(kind, fixed=PERSON)), **person}
            valid_from = data.draw(moments(FIRST, BETWEEN))
            valid_until = data.draw(moments(BETWEEN, LAST))
            record = await journey.hand_in(
                kind, claims, validFrom=written(valid_from), validUntil=written(valid_until)
            )
            if record is not None:
                as_drawn += 1
                break
        else:
            record = await journey.hand_in(kind, {**kind.example, **person}, validUntil=NEVER_ENDS)
        assert record is not None, f"the example of {kind.name} is not accepted"
        await journey.claim(record)
    assert as_drawn >= _ENOUGH
    await issuing.tick()
    await journey.fetch_receipts()
    assert await journey.share(sorted(hide)) == []


async def test_records_at_every_bound_are_accepted_and_verified(issuing: Rig) -> None:
    journeys: dict[str, Journey] = {}
    for corner, (person, validity) in CORNERS.items():
        journey = journeys[corner] = Journey(issuing)
        for kind in all_types():
            record = await journey.hand_in(kind, {**kind.example, **person}, **validity)
            assert record is not None, (corner, kind.name)
            await journey.claim(record)
    for kind in all_types():
        # A resume each: what may be shared at once has a bound of its own.
        journey = journeys[f"longest {kind.name}"] = Journey(issuing)
        record = await journey.hand_in(kind, longest(kind))
        assert record is not None, kind.name
        await journey.claim(record)
    await issuing.tick()
    told = {}
    for corner, journey in journeys.items():
        await journey.fetch_receipts()
        told[corner] = await journey.share()
    assert {corner: codes for corner, codes in told.items() if codes} == {}
