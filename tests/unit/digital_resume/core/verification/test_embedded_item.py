"""Credentials with an embedded proof in a resume: every suite, and what a holder or forger might try."""

import copy
import json
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_resume.core.credentials.embedded_vc import (
    CONTEXTS,
    JCS_CONTEXTS,
    JCS_SUITES,
    MECHANISMS,
    IssuedDocument,
    issue_embedded,
    secure_document,
)
from digital_resume.core.errors import SchemaError
from digital_resume.core.identifiers.did import did_web_from_url
from digital_resume.core.keys.multikey import multibase_decode, multibase_encode
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES
from digital_resume.core.securing.data_integrity import add_proof
from digital_resume.core.securing.ecdsa_sd_2023 import derive_proof
from digital_resume.core.status.status_array import Status
from digital_resume.core.verification.verdict import ItemVerdict, Verdict
from tests.fakes.institution import Issued, key_digest
from tests.unit.digital_resume.core.verification.cast import PERSON, STRANGER, Cast
from tests.unit.digital_resume.core.verification.test_pipeline_hostile_input import JSON, paths_of

P256 = ("ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023")
EVERY = sorted(MECHANISMS)
HIDDEN = ("birthDate", "university", "studentNumber")


class Scene(Cast):
    """The cast, whose university issues degrees with embedded proofs too."""

    def __init__(self, suite: str = "ecdsa-jcs-2019") -> None:
        super().__init__()
        self.suite = suite
        self.key = self.univ.signer
        if suite.startswith("eddsa"):
            self.key = LocalSigner.generate("Ed25519", self.univ.did)
            self.world.trust.add_key(self.univ.did, key_digest(self.key), start=self.world.start)
        self.issued = self.embedded(77)
        self.anchored(self.issued)

    def embedded(self, index: int, **options: Any) -> IssuedDocument:
        kind = self.world.catalog.credential_type(options.pop("kind", "UniversityDegree"))
        arguments: dict[str, Any] = {
            "cryptosuite": self.suite,
            "issuer": self.univ.did,
            "signer": self.key,
            "holder": self.wallet.did,
            "status_uri": self.univ.status_uri,
            "status_index": index,
            "issued_at": self.issued_at,
            "valid_from": None,
            "valid_until": None,
        }
        claims = {**kind.example, **PERSON, **options.pop("claims", {})}
        return issue_embedded(kind, claims, **(arguments | options))

    def anchored(self, issued: IssuedDocument) -> None:
        token = Issued("", issued.content.leaf, 77)
        self.wallet.keep([], self.univ.anchor(token, at=self.issued_at))

    def shown(self, *hide: str, issued: IssuedDocument | None = None) -> dict[str, Any]:
        """Return the document as the holder shows it."""
        document = (issued or self.issued).document
        if self.suite != "ecdsa-sd-2023":
            return document
        names = [name for name in document["credentialSubject"] if name not in hide]
        return derive_proof(document, [f"/credentialSubject/{name}" for name in names])

    def judge_documents(self, *documents: dict[str, Any]) -> Verdict:
        identity = self.wallet.present(self.identity.token, **self.binding)
        return self.world.verify(self.sign([identity], declarations=documents))

    def item(self, *documents: dict[str, Any]) -> ItemVerdict:
        return self.judge_documents(*documents).items[-1]


def codes(item: ItemVerdict) -> dict[str, str]:
    return {str(check.check): check.code for check in item.checks}


@pytest.mark.parametrize("suite", EVERY)
def test_every_suite_is_verified_and_anchored(suite: str) -> None:
    scene = Scene(suite)
    verdict = scene.judge_documents(scene.shown())
    assert verdict.verdict == "verified", [codes(item) for item in verdict.items]
    item = verdict.items[-1]
    assert item.type == "UniversityDegree"
    assert item.anchor is not None
    assert item.leaf == scene.issued.content.leaf
    assert {claim.path for claim in item.claims} >= {"name", "degree", "university"}
    assert codes(item)["status"] == "in_force"


def test_a_derived_proof_has_the_leaf_of_its_base_proof_whatever_it_shows() -> None:
    scene = Scene("ecdsa-sd-2023")
    for hide in ((), HIDDEN):
        verdict = scene.judge_documents(scene.shown(*hide))
        assert verdict.verdict == "verified"
        assert verdict.items[-1].leaf == scene.issued.content.leaf
        assert not {claim.path for claim in verdict.items[-1].claims} & set(hide)
    assert verdict.items[-1].hidden >= len(HIDDEN)


def test_the_leaves_of_the_suites_differ() -> None:
    assert len({Scene(suite).issued.content.leaf for suite in EVERY}) == len(EVERY)


@pytest.mark.parametrize("suite", EVERY)
def test_a_revoked_one_is_not_in_force(suite: str) -> None:
    scene = Scene(suite)
    scene.univ.set_status(
        Issued("", scene.issued.content.leaf, 77), Status.REVOKED, at=scene.world.ago(days=1)
    )
    assert scene.judge_documents(scene.shown()).verdict == "not_in_force"


@pytest.mark.parametrize("suite", EVERY)
def test_an_altered_claim_is_not_genuine(suite: str) -> None:
    scene = Scene(suite)
    text = json.dumps(scene.shown(), ensure_ascii=False)
    assert "학사" in text
    assert scene.item(json.loads(text.replace("학사", "박사"))).verdict == "not_genuine"


@pytest.mark.parametrize("suite", EVERY)
def test_another_persons_is_not_genuine(suite: str) -> None:
    scene = Scene(suite)
    other = scene.embedded(78, holder=LocalSigner.generate("P-256").verification_method.partition("#")[0])
    scene.anchored(other)
    assert codes(scene.item(scene.shown(issued=other)))["holder"] == "bound_to_other_key"


def test_a_strangers_name_is_not_the_same_person() -> None:
    scene = Scene()
    other = scene.embedded(78, claims=STRANGER)
    scene.anchored(other)
    assert scene.item(other.document).verdict == "not_genuine"


def test_not_anchored_is_a_caution() -> None:
    scene = Scene()
    assert scene.item(scene.embedded(79).document).verdict == "caution"


def test_an_expired_one_is_a_caution() -> None:
    scene = Scene()
    short = scene.embedded(80, valid_until=scene.world.ago(days=1))
    scene.anchored(short)
    item = scene.item(short.document)
    assert (item.verdict, codes(item)["validity"]) == ("caution", "expired")


def test_an_institution_that_nobody_registered_is_unknown() -> None:
    scene = Scene()
    did = did_web_from_url("http://localhost:8001/i/nobody")
    scene.key = LocalSigner.generate("P-256", did)
    other = scene.embedded(81, issuer=did)
    assert scene.item(other.document).verdict == "unknown_issuer"


@pytest.mark.parametrize("suite", P256)
def test_a_key_in_the_institutions_name_that_is_not_its_own_is_refused(suite: str) -> None:
    scene = Scene(suite)
    scene.key = LocalSigner.generate("P-256", scene.univ.did)
    item = scene.item(scene.shown(issued=scene.embedded(82)))
    assert codes(item)["issuer"] == "key_not_of_issuer"


def test_a_proof_of_somebody_else_in_the_institutions_name_is_not_genuine() -> None:
    scene = Scene()
    unsigned = {name: value for name, value in scene.issued.document.items() if name != "proof"}
    forged = add_proof(
        unsigned,
        LocalSigner.generate("P-256"),
        cryptosuite="ecdsa-jcs-2019",
        purpose="assertionMethod",
        created=scene.issued_at,
    )
    assert codes(scene.item(forged))["proof"] == "key_not_of_signer"


def test_a_base_proof_is_not_shown_to_verifiers() -> None:
    scene = Scene("ecdsa-sd-2023")
    assert codes(scene.item(scene.issued.document))["proof"] == "proof_invalid"


@pytest.mark.parametrize("suite", EVERY)
def test_the_same_one_twice_counts_once_whatever_each_shows(suite: str) -> None:
    scene = Scene(suite)
    verdict = scene.judge_documents(scene.shown(), scene.shown(*HIDDEN))
    assert [codes(item)["format"] for item in verdict.items] == [
        "well_formed",
        "well_formed",
        "duplicate_item",
    ]
    assert verdict.items[-1].claims == ()
    assert verdict.verdict == "caution"


def test_the_same_one_with_the_other_signature_of_ecdsa_is_the_same_one() -> None:
    scene = Scene()
    copy_of = copy.deepcopy(scene.issued.document)
    raw = multibase_decode(copy_of["proof"]["proofValue"])
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    mirrored = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    copy_of["proof"]["proofValue"] = multibase_encode(mirrored)
    verdict = scene.judge_documents(scene.shown(), copy_of)
    assert codes(verdict.items[-1])["format"] == "duplicate_item"


@pytest.mark.parametrize("suite", ["ecdsa-rdfc-2019", "ecdsa-sd-2023"])
def test_tables_are_not_signed_statement_by_statement(suite: str) -> None:
    with pytest.raises(SchemaError) as caught:
        Scene(suite).embedded(83, kind="AcademicTranscript")
    assert caught.value.code == "cryptosuite_without_tables"


def test_a_table_is_shown_as_it_was_signed() -> None:
    scene = Scene()
    scene.world.trust.accredit(scene.univ.did, "AcademicTranscript", start=scene.world.start)
    issued = scene.embedded(84, kind="AcademicTranscript")
    scene.anchored(issued)
    assert scene.item(issued.document).verdict == "verified"
    turned = copy.deepcopy(issued.document)
    turned["credentialSubject"]["courses"].reverse()
    assert scene.item(turned).verdict == "not_genuine"


def _sign(scene: Scene, **members: Any) -> dict[str, Any]:
    """Let the institution's own software write a credential of another form."""
    document = {name: value for name, value in scene.issued.document.items() if name != "proof"}
    return add_proof(
        document | members,
        scene.key,
        cryptosuite=scene.suite,
        purpose="assertionMethod",
        created=scene.issued_at,
    )


@pytest.mark.parametrize("suite", ["ecdsa-jcs-2019", "ecdsa-rdfc-2019"])
@pytest.mark.parametrize("member", ["issuer", "type", "credentialStatus", "credentialSubject"])
def test_an_institutions_other_form_could_not_be_checked(suite: str, member: str) -> None:
    scene = Scene(suite)
    document = scene.issued.document
    others: dict[str, Any] = {
        "issuer": {"id": document["issuer"]},
        "type": [*document["type"], "https://example.org/Other"],
        "credentialStatus": document["credentialStatus"][0],
        "credentialSubject": {"degree": "공학사", "name": "김하늘"},
    }
    item = scene.item(_sign(scene, **{member: others[member]}))
    assert codes(item)["format"] == "unsupported_form"


@pytest.mark.parametrize("suite", EVERY)
def test_what_was_anchored_before_the_theft_stands_but_not_what_its_anchor_leaves_open(suite: str) -> None:
    scene = Scene(suite)
    scene.world.trust.report_compromise(scene.univ.did, key_digest(scene.key), since=scene.world.ago(days=2))
    item = scene.item(scene.shown())
    if suite == "ecdsa-sd-2023":
        assert (item.verdict, codes(item)["issuer"]) == ("caution", "anchor_covers_part")
    else:
        assert (item.verdict, codes(item)["issuer"]) == ("verified", "anchored_before_compromise")


@pytest.mark.parametrize("proof", [{}, [], None, ""])
def test_an_empty_proof_is_none(proof: Any) -> None:
    scene = Scene()
    assert codes(scene.item(scene.issued.document | {"proof": proof}))["format"] == "unsigned"


SECURITY = "https://w3id.org/security#expiration"


@pytest.mark.parametrize("suite", EVERY)
def test_an_option_of_the_proof_under_another_name_is_never_green(suite: str) -> None:
    scene = Scene(suite)
    document = copy.deepcopy(scene.shown())
    kind = "http://www.w3.org/2001/XMLSchema#dateTime"
    document["proof"][SECURITY] = {"@type": kind, "@value": "2026-01-01T00:00:00Z"}
    assert codes(scene.item(document))["format"] == "unsupported_form"


@pytest.mark.parametrize("suite", EVERY)
def test_a_document_made_to_be_slow_is_put_aside_at_once(suite: str) -> None:
    scene = Scene(suite)
    node = {"h": [{"id": "_:a"}, {"id": "_:b"}], "l": list(range(3_000))}
    subject = {"id": scene.wallet.did, "x": [node] * 6}
    begun = time.process_time()
    item = scene.item(scene.shown() | {"credentialSubject": subject})
    assert item.verdict in ("could_not_check", "not_genuine")
    assert time.process_time() - begun < 2


# --- a holder who writes the same statements another way --------------------------------------------------

VCDM = "https://www.w3.org/2018/credentials#"


def _rename(document: dict[str, Any], name: str, other: str) -> dict[str, Any]:
    return {other if member == name else member: value for member, value in document.items()}


def _hide_end(document: dict[str, Any]) -> dict[str, Any]:
    return _rename(document, "validUntil", VCDM + "validUntil")


def _hide_status(document: dict[str, Any]) -> dict[str, Any]:
    return _rename(document, "credentialStatus", VCDM + "credentialStatus")


def _drop_status(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "credentialStatus"}


def _rename_claim(document: dict[str, Any]) -> dict[str, Any]:
    subject = _rename(document["credentialSubject"], "birthDate", "urn:vdr:terms#birthDate")
    return {**document, "credentialSubject": subject}


def _swap_claims(document: dict[str, Any]) -> dict[str, Any]:
    context = {"@vocab": "urn:vdr:terms#", "major": "urn:vdr:terms#degree", "degree": "urn:vdr:terms#major"}
    subject = dict(document["credentialSubject"])
    subject["major"], subject["degree"] = subject["degree"], subject["major"]
    return {**document, "@context": [document["@context"][0], context], "credentialSubject": subject}


def _split_subject(document: dict[str, Any]) -> dict[str, Any]:
    subject = dict(document["credentialSubject"])
    date = subject.pop("birthDate")
    return {**document, "credentialSubject": [subject, {"id": subject["id"], "birthDate": date}]}


def _add_graph(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "@included": []}


@pytest.mark.parametrize("suite", EVERY)
@pytest.mark.parametrize(
    "rewrite",
    [_hide_end, _hide_status, _drop_status, _rename_claim, _swap_claims, _split_subject, _add_graph],
)
def test_the_same_statements_written_another_way_are_never_green(
    rewrite: Callable[[dict[str, Any]], dict[str, Any]], suite: str
) -> None:
    scene = Scene(suite)
    item = scene.item(rewrite(scene.shown()))
    assert item.verdict in ("could_not_check", "not_genuine")
    assert item.claims == ()


def _with_contexts(scene: Scene, contexts: list[Any]) -> dict[str, Any]:
    """Sign the same credential with other contexts, and anchor it."""
    document = {name: value for name, value in scene.issued.document.items() if name != "proof"}
    document["@context"] = contexts
    issued = secure_document(document, scene.key, CRYPTOSUITES[scene.suite], scene.issued_at)
    scene.anchored(issued)
    return issued.document


@pytest.mark.parametrize("suite", sorted(JCS_SUITES))
def test_a_jcs_document_names_its_contexts_by_address_and_one_of_before_is_read(suite: str) -> None:
    scene = Scene(suite)
    assert all(isinstance(context, str) for context in scene.issued.document["@context"])
    now, before = scene.item(scene.shown()), scene.item(_with_contexts(scene, CONTEXTS))
    assert (before.verdict, before.claims) == (now.verdict, now.claims)
    assert now.verdict == "verified"
    other = scene.item(_with_contexts(scene, [CONTEXTS[0], CONTEXTS[0]]))
    assert codes(other)["format"] == "unsupported_form"


@pytest.mark.parametrize("suite", ["ecdsa-rdfc-2019", "eddsa-rdfc-2022"])
def test_an_rdf_suite_takes_terms_of_the_own_vocabulary_only(suite: str) -> None:
    scene = Scene(suite)
    assert codes(scene.item(_with_contexts(scene, JCS_CONTEXTS)))["format"] == "unsupported_form"


@pytest.mark.parametrize("suite", EVERY)
def test_a_status_of_two_places_is_not_read(suite: str) -> None:
    scene = Scene(suite)
    document = json.loads(json.dumps(scene.shown()))
    document["credentialStatus"][0]["statusListIndex"] = "78"
    assert scene.item(document).verdict == "not_genuine"


REWRITES: dict[str, Callable[[Any], Any]] = {
    "null": lambda value: None,
    "in a list": lambda value: [value],
    "twice": lambda value: [value, value],
    "as a value object": lambda value: {"@value": value},
    "as text": str,
    "with an id": lambda value: {**value, "id": "urn:x:1"} if isinstance(value, dict) else value,
    "turned round": lambda value: value[::-1] if isinstance(value, list) else value,
}
scenes = cache(Scene)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(suite=st.sampled_from(EVERY), rewrite=st.sampled_from(sorted(REWRITES)), data=st.data())
def test_whatever_a_holder_rewrites_a_green_verdict_shows_what_was_signed(
    suite: str, rewrite: str, data: st.DataObject
) -> None:
    scene = scenes(suite)
    document = scene.shown()
    path = data.draw(st.sampled_from([path for path in paths_of(document) if path]))
    changed = copy.deepcopy(document)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = REWRITES[rewrite](place[path[-1]])
    item = scene.item(changed)
    json.dumps(item.to_json(), allow_nan=False)
    if item.verdict == "verified":
        signed = scene.issued.document["credentialSubject"]
        assert {claim.path: claim.value for claim in item.claims} == {
            name: value for name, value in signed.items() if name != "id"
        }


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(suite=st.sampled_from(P256), data=st.data(), value=JSON)
def test_whatever_an_institution_signs_gives_a_verdict(suite: str, data: st.DataObject, value: Any) -> None:
    scene = scenes(suite)
    document = {name: part for name, part in scene.issued.document.items() if name != "proof"}
    document[data.draw(st.sampled_from(sorted(document)))] = value
    try:
        signed = add_proof(
            document, scene.key, cryptosuite=suite, purpose="assertionMethod", created=scene.issued_at
        )
    except Exception:
        return  # not a document that can be signed
    json.dumps(scene.item(signed).to_json(), allow_nan=False)
