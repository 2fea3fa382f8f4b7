"""SD-JWT: what must be refused, one fact a test; nested and array disclosures; decoys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import dump_json, parse_json
from digital_resume.core.errors import LimitError, MalformedError, ResumeError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing import sd_jwt
from digital_resume.core.securing.disclosures import digest_of
from digital_resume.core.securing.jws import sign_compact
from digital_resume.core.securing.sd_jwt import (
    create_key_binding,
    issue_sd_jwt,
    peek_sd_jwt,
    present,
    verify_sd_jwt,
)

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
ISSUER = LocalSigner("P-256", b"\x01" * 32, "did:web:univ.example")
HOLDER = LocalSigner("P-256", b"\x02" * 32)
PAYLOAD: dict[str, Any] = {
    "iss": "did:web:univ.example",
    "cnf": {"jwk": HOLDER.public_key.jwk()},
    "name": "김하늘",
    "birthDate": "2001-03-14",
    "address": {"city": "서울", "street": "새벽로 1"},
    "courses": [{"course": "자료구조", "grade": "A+"}, {"course": "글쓰기", "grade": "B+"}],
}
PATHS: set[sd_jwt.Path] = {
    ("birthDate",),
    ("address",),
    ("address", "street"),
    ("courses", 0),
    ("courses", 1),
    ("courses", 0, "grade"),
}


def issued(**options: Any) -> str:
    return issue_sd_jwt(PAYLOAD, PATHS, ISSUER, **options)


def verify(token: str, **options: Any) -> sd_jwt.VerifiedSdJwt:
    defaults: dict[str, Any] = {
        "key": ISSUER.public_key,
        "now": NOW,
        "expected_nonce": None,
        "expected_audience": None,
        "require_key_binding": False,
    }
    return verify_sd_jwt(token, **{**defaults, **options})


def bound(token: str, *, signer: LocalSigner = HOLDER, at: datetime = NOW) -> str:
    return create_key_binding(token, signer, nonce="n-1", audience="https://verifier.example", issued_at=at)


def forge(payload: dict[str, Any], *disclosures: str, header: dict[str, Any] | None = None) -> str:
    """Sign any payload with the issuer's real key: what a careless or hostile issuer could send."""
    jwt = sign_compact({"typ": "dc+sd-jwt", **(header or {})}, payload, ISSUER)
    return "~".join([jwt, *disclosures, ""])


def disclosure(*content: Any) -> str:
    return b64u_encode(dump_json(["salt", *content]))


def digest(text: str) -> str:
    return digest_of(text)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(ResumeError) as caught:
        call()
    return caught.value.code


def test_round_trip_gives_back_every_claim() -> None:
    verified = verify(issued())
    assert verified.payload == PAYLOAD
    assert verified.disclosed == PATHS
    assert verified.kid == ISSUER.verification_method


def test_hidden_claims_do_not_stand_in_the_signed_part() -> None:
    payload = peek_sd_jwt(issued()).payload
    assert "birthDate" not in payload
    assert payload["_sd_alg"] == "sha-256"
    assert "2001-03-14" not in str(payload)


def test_issuing_twice_gives_other_salts() -> None:
    assert set(issued().split("~")[1:-1]).isdisjoint(issued().split("~")[1:-1])


def test_salts_have_128_bits() -> None:
    for text in issued().split("~")[1:-1]:
        assert len(b64u_decode(parse_json(b64u_decode(text))[0])) >= 16


def test_no_disclosable_claim_gives_a_plain_sd_jwt() -> None:
    token = issue_sd_jwt({"a": 1}, (), ISSUER)
    assert verify(token).payload == {"a": 1}
    assert "_sd_alg" not in peek_sd_jwt(token).payload


def test_signed_part_is_the_same_for_every_disclosure() -> None:
    token = issued()
    assert peek_sd_jwt(present(token, ())).signing_input == peek_sd_jwt(token).signing_input


def test_presenting_a_nested_claim_takes_its_container_along() -> None:
    verified = verify(present(issued(), {("address", "street")}))
    assert verified.disclosed == {("address",), ("address", "street")}
    assert verified.payload["address"] == {"city": "서울", "street": "새벽로 1"}


def test_presenting_a_container_leaves_what_is_hidden_in_it() -> None:
    verified = verify(present(issued(), {("address",), ("courses", 0)}))
    assert verified.payload["address"] == {"city": "서울"}
    assert verified.payload["courses"] == [{"course": "자료구조"}]


def test_hidden_counts_digests_without_disclosure() -> None:
    # birthDate, address and two courses are met; what is nested in the undisclosed is not.
    assert verify(present(issued(), ())).hidden == 4


def test_decoys_count_as_hidden_and_disclose_nothing() -> None:
    token = issued(decoys=5)
    assert verify(token).payload == PAYLOAD
    # The payload, address and the first course hide claims by name.
    assert verify(token).hidden == 15


def test_presenting_what_is_not_disclosable_is_refused() -> None:
    with pytest.raises(MalformedError):
        present(issued(), {("name",)})


def test_presenting_again_narrows() -> None:
    once = present(issued(), {("birthDate",), ("address",)})
    assert verify(present(bound(once), {("birthDate",)})).disclosed == {("birthDate",)}


@pytest.mark.parametrize("path", [("missing",), ("courses", 7), ("name", "x"), ()])
def test_issuing_a_path_that_leads_nowhere_is_refused(path: sd_jwt.Path) -> None:
    with pytest.raises(MalformedError):
        issue_sd_jwt(PAYLOAD, {path}, ISSUER)


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_issuing_a_reserved_name_is_refused(name: str) -> None:
    assert code_of(lambda: issue_sd_jwt({"a": [{name: 1}]}, (), ISSUER)) == "reserved_claim"


def test_too_many_decoys_are_refused() -> None:
    with pytest.raises(LimitError):
        issued(decoys=65)


# --- signature and header -------------------------------------------------------------------------------


def test_another_issuers_key_is_refused() -> None:
    assert code_of(lambda: verify(issued(), key=HOLDER.public_key)) == "proof_invalid"


@pytest.mark.parametrize("position", [10, 60, 400])
def test_one_altered_character_is_refused(position: int) -> None:
    token = issued()
    altered = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
    with pytest.raises(ResumeError):
        verify(altered)


def test_algorithm_none_is_refused() -> None:
    header = b64u_encode(dump_json({"alg": "none", "typ": "dc+sd-jwt"}))
    token = f"{header}.{b64u_encode(dump_json(PAYLOAD))}.AA~"
    assert code_of(lambda: verify(token)) == "algorithm_not_allowed"


def test_algorithm_of_another_key_is_refused() -> None:
    other = LocalSigner("P-384", b"\x03" * 48, "did:web:univ.example")
    token = issue_sd_jwt(PAYLOAD, PATHS, other)
    assert code_of(lambda: verify(token)) == "algorithm_not_allowed"


@pytest.mark.parametrize("curve", ["P-384", "Ed25519"])
def test_other_curves_sign_and_verify(curve: Any) -> None:
    other = LocalSigner.generate(curve, "did:web:univ.example")
    token = issue_sd_jwt(PAYLOAD, PATHS, other)
    assert verify(token, key=other.public_key).payload == PAYLOAD


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "JWT", "kb+jwt", None])
def test_another_type_is_refused(typ: str | None) -> None:
    token = forge(PAYLOAD, header={"typ": typ})
    assert code_of(lambda: verify(token)) == "wrong_typ"


def test_critical_extension_is_refused() -> None:
    token = forge(PAYLOAD, header={"crit": ["exp"]})
    assert code_of(lambda: verify(token)) == "crit_not_supported"


# --- disclosures against digests ------------------------------------------------------------------------


def test_disclosure_without_digest_is_refused() -> None:
    token = issued() + disclosure("role", "admin") + "~"
    assert code_of(lambda: verify(token)) == "disclosure_unreferenced"


def test_disclosure_attached_twice_is_refused() -> None:
    token = issued()
    first = token.split("~")[1]
    assert code_of(lambda: verify(token + first + "~")) == "disclosure_duplicate"


def test_digest_standing_twice_is_refused() -> None:
    d = disclosure("a", 1)
    token = forge({"_sd": [digest(d)], "inner": {"_sd": [digest(d)]}}, d)
    assert code_of(lambda: verify(token)) == "digest_duplicate"


def test_decoy_standing_twice_is_refused() -> None:
    token = forge({"_sd": [digest("x"), digest("x")]})
    assert code_of(lambda: verify(token)) == "digest_duplicate"


def test_digest_repeated_inside_a_disclosure_is_refused() -> None:
    inner = disclosure("b", 2)
    outer = disclosure("a", {"_sd": [digest(inner)]})
    token = forge({"_sd": [digest(outer), digest(inner)]}, outer, inner)
    assert code_of(lambda: verify(token)) == "digest_duplicate"


def test_claim_that_is_already_there_is_refused() -> None:
    d = disclosure("name", "다른 사람")
    assert code_of(lambda: verify(forge({"name": "김하늘", "_sd": [digest(d)]}, d))) == "claim_collision"


def test_two_disclosures_of_one_claim_are_refused() -> None:
    a, b = disclosure("name", "김하늘"), disclosure("name", "다른 사람")
    assert code_of(lambda: verify(forge({"_sd": [digest(a), digest(b)]}, a, b))) == "claim_collision"


@pytest.mark.parametrize("name", ["_sd", "..."])
def test_disclosure_of_a_reserved_name_is_refused(name: str) -> None:
    d = disclosure(name, [])
    assert code_of(lambda: verify(forge({"_sd": [digest(d)]}, d))) == "reserved_claim"


def test_disclosed_digest_algorithm_is_refused() -> None:
    d = disclosure("_sd_alg", "sha-512")
    assert code_of(lambda: verify(forge({"_sd": [digest(d)]}, d))) == "claim_collision"


def test_claim_disclosure_in_an_array_is_refused() -> None:
    d = disclosure("a", 1)
    assert code_of(lambda: verify(forge({"list": [{"...": digest(d)}]}, d))) == "disclosure_misused"


def test_element_disclosure_in_an_object_is_refused() -> None:
    d = disclosure(1)
    assert code_of(lambda: verify(forge({"_sd": [digest(d)]}, d))) == "disclosure_misused"


@pytest.mark.parametrize(
    "payload",
    [
        {"_sd": "abc"},
        {"_sd": [1]},
        {"...": "abc"},
        {"list": [{"...": "abc", "more": 1}]},
        {"list": [{"...": 1}]},
    ],
)
def test_malformed_digests_are_refused(payload: dict[str, Any]) -> None:
    assert code_of(lambda: verify(forge(payload))) == "malformed"


@pytest.mark.parametrize("algorithm", ["md5", "sha-1", 256, None])
def test_unknown_digest_algorithm_is_refused(algorithm: object) -> None:
    assert code_of(lambda: verify(forge({"_sd_alg": algorithm}))) == "algorithm_not_allowed"


@pytest.mark.parametrize("content", [[], ["s"], ["s", "n", 1, 2], [1, "n", 1], ["s", 1, 1], {"a": 1}, "x"])
def test_malformed_disclosure_is_refused(content: Any) -> None:
    token = forge({"a": 1}, b64u_encode(dump_json(content)))
    assert code_of(lambda: verify(token)) == "malformed"


def test_altered_disclosure_is_refused() -> None:
    token = present(issued(), {("birthDate",)})
    head, text, _ = token.split("~")
    content = parse_json(b64u_decode(text))
    content[2] = "1991-03-14"
    altered = f"{head}~{b64u_encode(dump_json(content))}~"
    assert code_of(lambda: verify(altered)) == "disclosure_unreferenced"


def test_deeply_nested_disclosures_are_refused() -> None:
    chain = [disclosure("a", 1)]
    for _ in range(80):
        chain.append(disclosure("a", {"_sd": [digest(chain[-1])]}))
    assert code_of(lambda: verify(forge({"_sd": [digest(chain[-1])]}, *chain))) == "too_large"


# --- key binding ----------------------------------------------------------------------------------------


def test_key_binding_holds() -> None:
    verified = verify(
        bound(issued()),
        expected_nonce="n-1",
        expected_audience="https://verifier.example",
        require_key_binding=True,
    )
    assert verified.key_binding is not None
    assert verified.key_binding.key == HOLDER.public_key
    assert verified.key_binding.issued_at == NOW


def test_missing_key_binding_is_refused_when_required() -> None:
    assert code_of(lambda: verify(issued(), require_key_binding=True)) == "key_binding_missing"


def test_somebody_elses_key_binding_is_refused() -> None:
    thief = LocalSigner.generate("P-256")
    assert code_of(lambda: verify(bound(issued(), signer=thief))) == "proof_invalid"


def test_key_binding_is_checked_even_when_not_required() -> None:
    token = bound(issued())
    assert code_of(lambda: verify(token, expected_nonce="other")) == "nonce_mismatch"


def test_another_audience_is_refused() -> None:
    token = bound(issued())
    assert code_of(lambda: verify(token, expected_audience="https://other.example")) == "audience_mismatch"


def test_disclosures_changed_after_binding_are_refused() -> None:
    token = bound(present(issued(), {("birthDate",), ("address",)}))
    parts = token.split("~")
    fewer = "~".join([parts[0], parts[1], parts[-1]])
    assert code_of(lambda: verify(fewer)) == "sd_hash_mismatch"


def test_key_binding_moved_to_another_credential_is_refused() -> None:
    binding = bound(issued()).rpartition("~")[2]
    assert code_of(lambda: verify(issued() + binding)) == "sd_hash_mismatch"


@pytest.mark.parametrize(
    ("age", "code"),
    [(timedelta(minutes=-6), "key_binding_not_yet_valid"), (timedelta(days=202), "key_binding_too_old")],
)
def test_key_binding_outside_its_window_is_refused(age: timedelta, code: str) -> None:
    assert code_of(lambda: verify(bound(issued(), at=NOW - age))) == code


def test_a_fresh_answer_can_be_demanded() -> None:
    token = bound(issued(), at=NOW - timedelta(minutes=20))
    short = timedelta(minutes=10)
    assert code_of(lambda: verify(token, max_key_binding_age=short)) == "key_binding_too_old"


def test_credential_without_holder_key_cannot_be_bound() -> None:
    token = bound(issue_sd_jwt({"a": 1}, (), ISSUER))
    assert code_of(lambda: verify(token)) == "holder_key_missing"


@pytest.mark.parametrize("missing", ["nonce", "aud", "iat", "sd_hash"])
def test_incomplete_key_binding_is_refused(missing: str) -> None:
    token = issued()
    claims = {
        "iat": int(NOW.timestamp()),
        "aud": "https://verifier.example",
        "nonce": "n-1",
        "sd_hash": digest(token),
    }
    del claims[missing]
    with pytest.raises(ResumeError):
        verify(token + sign_compact({"typ": "kb+jwt"}, claims, HOLDER))


def test_a_credential_is_not_a_key_binding() -> None:
    token = issued()
    claims = {"iat": int(NOW.timestamp()), "aud": "a", "nonce": "n", "sd_hash": digest(token)}
    binding = sign_compact({"typ": "dc+sd-jwt"}, claims, HOLDER)
    assert code_of(lambda: verify(token + binding)) == "wrong_typ"


def test_binding_twice_is_refused() -> None:
    with pytest.raises(MalformedError):
        bound(bound(issued()))


# --- form -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "~", "a.b.c", "a.b.c~", "..~", "é~", "a~b", "~~~"])
def test_what_is_no_sd_jwt_is_refused(token: str) -> None:
    with pytest.raises(MalformedError):
        peek_sd_jwt(token)


def test_too_many_disclosures_are_refused() -> None:
    with pytest.raises(LimitError):
        peek_sd_jwt(forge({"a": 1}, *[disclosure(i) for i in range(1025)]))


def test_too_long_a_token_is_refused() -> None:
    with pytest.raises(LimitError):
        peek_sd_jwt("a" * 600_000)
