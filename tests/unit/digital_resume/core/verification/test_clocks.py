"""A clock that is off is a caution with its own words, whichever clock it is: nothing is forged by it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.securing.data_integrity import add_proof
from digital_resume.core.verification.policy import DEFAULT_POLICY, Policy
from digital_resume.core.verification.verdict import VerdictKind
from tests.fakes import VERIFIER_URL
from tests.unit.digital_resume.core.verification.cast import Cast
from tests.unit.digital_resume.core.verification.test_embedded_item import Scene, codes

CAST = Cast()
POLICY = Policy(accept_unanchored=True)


def resume_made(minutes_ahead: float) -> dict[str, Any]:
    """Share by a device whose clock is so many minutes fast."""
    return CAST.share(at=CAST.world.now + timedelta(minutes=minutes_ahead))


def test_a_phone_six_minutes_fast_makes_no_forgery() -> None:
    told = CAST.world.verify(resume_made(6)).to_json()
    assert (told["verdict"], told["title"]["ko"]) == ("caution", "주의")
    assert "시계" in told["next"]["ko"]
    assert "clock" in told["next"]["en"]
    assert [item["verdict"] for item in told["items"]] == ["verified"] * 4
    validity = told["presentation"]["checks"][3]
    assert (validity["code"], validity["detail"]) == ("made_in_future", {"aheadSeconds": 360})


@settings(max_examples=40, deadline=None)
@given(minutes=st.floats(-60 * 24 * 25, 60 * 24 * 3650))
def test_no_clock_of_the_presenter_makes_a_good_resume_a_forgery(minutes: float) -> None:
    fast = timedelta(minutes=minutes) > DEFAULT_POLICY.clock_skew
    assert CAST.world.verify(resume_made(minutes)).verdict == ("caution" if fast else "verified")


def test_what_was_altered_is_a_forgery_whatever_the_clock_says() -> None:
    presentation = resume_made(6)
    del presentation["verifiableCredential"][2]
    assert CAST.world.verify(presentation).verdict is VerdictKind.NOT_GENUINE


def test_a_share_of_a_fast_clock_ends_when_it_says() -> None:
    cast = Cast()
    presentation = cast.share(at=cast.world.now + timedelta(minutes=6), days=1)
    cast.world.now += timedelta(days=1, minutes=7)
    assert cast.world.verify(presentation).verdict is VerdictKind.SHARING_ENDED


@pytest.mark.parametrize("offset", [timedelta(minutes=6), timedelta(days=-400)])
def test_without_a_nonce_a_key_binding_must_be_of_now(offset: timedelta) -> None:
    cast = Cast()
    token = cast.wallet.present(
        cast.identity.token, nonce="n", audience=VERIFIER_URL, at=cast.world.now + offset
    )
    judged = [
        cast.world.verify_item(token, nonce=nonce, audience=VERIFIER_URL, policy=policy).verdict.value
        for nonce, policy in ((None, POLICY), ("n", POLICY), ("n", replace(POLICY, max_key_binding_age=None)))
    ]
    assert judged == ["not_genuine", "caution", "verified"]


def test_an_institution_whose_clock_is_fast_makes_no_forgery() -> None:
    scene = Scene()
    issued = scene.embedded(78, issued_at=scene.world.now + timedelta(minutes=10))
    scene.anchored(issued)
    item = scene.item(issued.document)
    assert (codes(item)["proof"], codes(item)["validity"]) == ("signature_valid", "not_yet_valid")
    assert item.verdict is VerdictKind.CAUTION


def test_an_ended_proof_of_an_institution_has_expired() -> None:
    scene = Scene()
    bare = {name: value for name, value in scene.issued.document.items() if name != "proof"}
    signed = add_proof(
        bare,
        scene.univ.signer,
        cryptosuite="ecdsa-jcs-2019",
        purpose="assertionMethod",
        created=scene.world.ago(days=9),
        expires=scene.world.ago(days=1),
    )
    item = scene.item(signed)
    assert (codes(item)["proof"], codes(item)["validity"]) == ("signature_valid", "expired")
