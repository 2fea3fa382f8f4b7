"""What a verdict shows, and to whom: contents, self-declared words, names, the API's form."""

import json
from typing import Any

import pytest

from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.resume.presentation import build_self_declaration
from digital_resume.core.securing.sd_jwt import issue_sd_jwt
from digital_resume.core.status.status_array import Status
from digital_resume.core.verification.policy import Policy
from digital_resume.core.verification.verdict import VerdictKind, sharing_ended, worst
from tests.fakes import HolderWallet
from tests.unit.digital_resume.core.verification.cast import STRANGER, Cast, alter_disclosure


@pytest.fixture
def cast() -> Cast:
    return Cast()


def item(document: dict[str, Any], credential_type: str) -> dict[str, Any]:
    return next(entry for entry in document["items"] if entry["type"] == credential_type)


def test_the_verdict_has_the_form_that_the_api_promises(cast: Cast) -> None:
    document = json.loads(json.dumps(cast.judge(statements=["시연용 자기소개"]).to_json()))
    assert list(document) == [
        *("verdict", "title", "next", "checkedAt", "asOf", "madeOn", "domain", "holder", "chain"),
        *("presentation", "items", "selfDeclared"),
    ]
    assert document["verdict"] == "verified"
    assert document["title"] == {"ko": "확인됨", "en": "Verified"}
    assert document["checkedAt"] == "2026-11-23T06:00:00Z"
    assert document["madeOn"] == "2026-11-23T05:00:00Z"
    assert document["domain"] == "http://localhost:8003"
    assert document["holder"] == {"name": "김하늘"}
    assert document["chain"]["demonstration"] is True
    assert document["selfDeclared"] == [{"statement": "시연용 자기소개", "verified": True}]
    degree = item(document, "UniversityDegree")
    assert list(degree) == [
        *("index", "type", "typeName", "display", "issuer", "verdict", "title", "next", "checks"),
        *("claims", "hidden", "anchor", "status"),
    ]
    assert [check["check"] for check in degree["checks"]] == [
        *("format", "proof", "holder", "same_person", "issuer", "anchor", "status", "validity", "schema")
    ]
    assert degree["display"] == cast.world.catalog.credential_type("UniversityDegree").resume.to_json()
    assert degree["issuer"] == {"did": cast.univ.did, "name": {"ko": "새벽대학교(시연용)", "en": "saebyeok"}}
    assert degree["status"] == {"value": "valid", "asOf": "2026-11-23T06:00:00Z"}
    assert degree["anchor"]["submitter"] == cast.univ.anchorer
    assert degree["anchor"]["time"] == "2026-10-24T06:00:00Z"
    shown = {claim["path"]: claim["value"] for claim in degree["claims"]}
    assert shown["name"] == "김하늘"
    assert "birthDate" not in shown
    assert "gradeAverage" not in shown
    assert degree["hidden"] == 2


def test_bytes_and_document_give_the_same_verdict(cast: Cast) -> None:
    presentation = cast.share()
    assert cast.world.verify(presentation) == cast.world.verify(json.dumps(presentation).encode())


def test_the_order_of_receipts_does_not_matter(cast: Cast) -> None:
    assert cast.judge(receipts=list(reversed(cast.wallet.receipts))).verdict == "verified"


def test_a_proof_that_fails_shows_nothing_of_its_contents(cast: Cast) -> None:
    forged = cast.bind(alter_disclosure(cast.degree.token, "gradeAverage", "4.5/4.5"))
    verdict = cast.world.verify(cast.sign([forged]))
    document = verdict.to_json()["items"][0]
    assert (document["type"], document["issuer"], document["claims"]) == (None, None, [])
    assert (document["anchor"], document["status"], document["hidden"]) == (None, None, 0)
    assert verdict.holder_name is None
    assert "4.5" not in json.dumps(document)


def test_a_presentation_that_fails_shows_no_items_at_all(cast: Cast) -> None:
    presentation = cast.share(statements=["시연용"])
    value = presentation["proof"]["proofValue"]
    presentation["proof"]["proofValue"] = value[:-1] + ("1" if value[-1] != "1" else "2")
    document = cast.world.verify(presentation).to_json()
    assert document["verdict"] == "not_genuine"
    assert (document["items"], document["selfDeclared"], document["holder"]) == ([], [], None)


def test_a_strangers_credential_turns_the_whole_resume_and_shows_nothing_of_the_stranger(cast: Cast) -> None:
    cast.hold(cast.univ, "UniversityDegree", STRANGER)
    verdict = cast.judge(hide=())
    assert [entry.verdict.value for entry in verdict.items] == ["verified"] * 4 + ["not_genuine"]
    assert verdict.verdict is VerdictKind.NOT_GENUINE
    assert verdict.items[4].claims == ()
    assert verdict.items[4].credential is None
    assert verdict.holder_name == "김하늘"


def test_an_unknown_issuers_identity_credential_does_not_decide_who_the_person_is(cast: Cast) -> None:
    mill = cast.world.institution("mill", registered=False)
    cast.hold(mill, "IdentityCredential", STRANGER)
    verdict = cast.judge()
    assert [entry.verdict.value for entry in verdict.items] == ["verified"] * 4 + ["unknown_issuer"]
    assert verdict.holder_name == "김하늘"


def test_an_unknown_issuer_is_never_named_by_the_registrys_word(cast: Cast) -> None:
    mill = cast.world.institution("mill", registered=False, name_ko="새벽대학교(시연용)")
    cast.hold(mill, "UniversityDegree")
    assert cast.judge().items[4].issuer is None


@pytest.mark.parametrize("status", list(Status))
def test_the_worst_item_is_the_verdict_of_the_whole(cast: Cast, status: Status) -> None:
    cast.lang.set_status(cast.score, status, at=cast.world.now)
    verdict = cast.judge()
    expected = {0: "verified", 1: "not_in_force", 2: "not_in_force", 3: "superseded"}[status]
    assert verdict.verdict == expected
    assert [entry.verdict.value for entry in verdict.items].count("verified") == (4 if status == 0 else 3)


def test_verdicts_are_ordered_as_the_design_says() -> None:
    order = [
        "not_genuine",
        "not_in_force",
        "unknown_issuer",
        "could_not_check",
        "superseded",
        "caution",
        "verified",
    ]
    for place, kind in enumerate(order):
        assert worst(VerdictKind(other) for other in reversed(order[place:])) == kind
    assert worst([]) is VerdictKind.VERIFIED


def test_a_revocation_outweighs_that_the_list_is_old(cast: Cast) -> None:
    cast.lang.set_status(cast.score, Status.REVOKED, at=cast.world.ago(days=3))
    cast.world.statuses.change(cast.lang.status_uri, current=False)
    assert cast.world.verify(cast.share(tokens=[cast.score.token]), heartbeat=False).verdict == "not_in_force"


# --- the holder's own words -----------------------------------------------------------------------------


def test_own_words_never_change_the_verdict(cast: Cast) -> None:
    other = build_self_declaration("남의 글", LocalSigner.generate("P-256"), created=cast.shared_at)
    forged = build_self_declaration("나는 박사다", cast.wallet.signer, created=cast.shared_at)
    forged["credentialSubject"]["statement"] = "나는 대통령이다"
    own = build_self_declaration("성실합니다", cast.wallet.signer, created=cast.shared_at)
    bound = [cast.wallet.present(cast.degree.token, **cast.binding)]
    verdict = cast.world.verify(cast.sign(bound, declarations=[own, forged]))
    assert verdict.verdict == "verified"
    assert [(words.statement, words.verified) for words in verdict.self_declared] == [
        ("성실합니다", True),
        (None, False),
    ]
    assert cast.world.verify(cast.sign(bound, declarations=[own, other])).verdict == "could_not_check"


def test_a_declaration_in_the_holders_name_by_another_key_is_not_shown(cast: Cast) -> None:
    thief = HolderWallet()
    forged = build_self_declaration("사직하겠습니다", thief.signer, created=cast.shared_at)
    forged["issuer"] = cast.wallet.did
    verdict = cast.world.verify(cast.sign(declarations=[forged]))
    assert verdict.to_json()["selfDeclared"] == [{"statement": None, "verified": False}]


def test_a_degree_that_the_holder_issued_is_only_self_declared(cast: Cast) -> None:
    payload = {
        "iss": cast.wallet.did,
        "vct": "urn:vdr:UniversityDegree:1",
        "cnf": {"jwk": cast.wallet.jwk},
        "ld": {"type": ["VerifiableCredential", "UniversityDegree"], "credentialSubject": {"degree": "박사"}},
    }
    token = issue_sd_jwt(payload, (), cast.wallet.signer)
    verdict = cast.world.verify(cast.sign([cast.bind(token)]))
    assert verdict.items == ()
    assert verdict.self_declared[0].statement is None
    assert verdict.verdict == "caution"


# --- one credential by itself ---------------------------------------------------------------------------


def test_an_identity_issued_a_minute_ago_proves_the_person_to_an_institution(cast: Cast) -> None:
    fresh = cast.hold(cast.mobile_id, "IdentityCredential", at=cast.world.ago(minutes=1), anchored=False)
    audience = "http://localhost:8001/i/univ"
    token = cast.wallet.present(fresh.token, nonce="n-0", audience=audience, at=cast.world.now)
    policy = Policy(accept_unanchored=True)
    found = cast.world.verify_item(token, nonce="n-0", audience=audience, policy=policy)
    assert found.verdict is VerdictKind.VERIFIED
    assert found.credential is not None
    assert found.credential.claims["birthDate"] == "2001-03-14"
    assert found.credential.holder_jwk == cast.wallet.jwk
    assert cast.world.verify_item(token, nonce="n-0", audience=audience).verdict is VerdictKind.CAUTION
    assert cast.world.verify_item(token, nonce="n-1", audience=audience).verdict is VerdictKind.NOT_GENUINE
    elsewhere = cast.world.verify_item(token, nonce="n-0", audience="http://localhost:1/", policy=policy)
    assert elsewhere.verdict is VerdictKind.NOT_GENUINE
    assert elsewhere.credential is None


def test_a_retired_keys_identity_is_refused_even_where_anchors_are_not_needed(cast: Cast) -> None:
    fresh = cast.hold(cast.mobile_id, "IdentityCredential", at=cast.world.ago(minutes=1), anchored=False)
    cast.mobile_id.rotate_key(at=cast.world.ago(seconds=30))
    token = cast.wallet.present(fresh.token, nonce="n", audience="a", at=cast.world.now)
    found = cast.world.verify_item(token, nonce="n", audience="a", policy=Policy(accept_unanchored=True))
    assert found.verdict is VerdictKind.NOT_GENUINE


def test_an_ended_share_says_so_and_shows_nothing(cast: Cast) -> None:
    document = sharing_ended(now=cast.world.now, reason="share_expired").to_json()
    assert document["verdict"] == "sharing_ended"
    assert document["title"]["ko"] == "공유 종료"
    assert (document["items"], document["holder"], document["madeOn"]) == ([], None, None)


def test_a_cut_off_chain_is_never_green(cast: Cast) -> None:
    cast.world.cut_chain()
    verdict = cast.judge()
    assert {entry.verdict.value for entry in verdict.items} == {"could_not_check"}
