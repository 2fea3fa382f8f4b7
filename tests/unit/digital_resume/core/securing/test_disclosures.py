"""SD-JWT's fast paths: disclosures parsed together, headers read once, what is whole taken over uncopied."""

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digital_resume.core.encoding.base64url import (
    b64u_decode,
    b64u_encode,
    b64u_encode_all,
    decode_standard,
    to_standard,
)
from digital_resume.core.encoding.bounded_json import dump_json, parse_json
from digital_resume.core.errors import LimitError, MalformedError, ProofError, ResumeError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.disclosures import Disclosure, digest_of, digests_of, parse_disclosures
from digital_resume.core.securing.jws import sign_compact
from digital_resume.core.securing.sd_jwt import issue_sd_jwt, peek_sd_jwt
from tests.unit.digital_resume.core.securing.test_hostile_input import JSON

ISSUER = LocalSigner("P-256", b"\x01" * 32)
PIECES = [
    '["s","n",1]',
    '["s","n",[["a"],["b"]]]',
    '["s",{"a":1}]',
    '["s","n",1],["t","m",2]',
    '["s","n",["a"',
    '"b"]]',
    '["s","n",[["a"]',
    '["b"]]]',
    '["s","n",{"a":1,"a":2}]',
    '["s","n",{"_sd":[]}]',
    '["s","n",{"\\u005fsd":[]}]',
    '["s","_sd",1]',
    '["s","n",{"...":"x"}]',
    '["s" ,"n",1]',
    '["s","n","],[\\""]',
    '["s","n",NaN]',
    '["s","n",1e400]',
    '["s"]',
    "[]",
    '["s","n",1,2]',
    '["s",1,2]',
    '[["s"],"n",1]',
    "{}",
    "",
    '["s","n",' + "[" * 40 + "]" * 40 + "]",
    '["s","n",' + "[" * 29 + "]" * 29 + "]",
]
pieces = st.lists(
    st.sampled_from(PIECES).map(str.encode)
    | st.binary(max_size=12)
    | st.tuples(st.text(max_size=4), st.text(max_size=4), JSON).map(lambda c: json.dumps(c).encode())
    | st.text(alphabet='[]{},:"sn1 ', max_size=16).map(str.encode),
    max_size=5,
)


def one_by_one(texts: list[str]) -> list[tuple[Any, ...]]:
    found = []
    for text in texts:
        content = parse_json(b64u_decode(text))
        if not isinstance(content, list) or len(content) not in (2, 3) or not isinstance(content[0], str):
            raise MalformedError("not a disclosure")
        if len(content) == 3 and not isinstance(content[1], str):
            raise MalformedError("not a name")
        found.append((text, content[1] if len(content) == 3 else None, content[-1]))
    return found


@settings(max_examples=1_500, deadline=None)
@given(pieces)
@example([b'["s","n",1],["t","m",2]', b'["s","n",["a"', b'"b"]]'])
@example([b'["s","n",1],["t","m",2]', b'["s","n",[["a"]', b'["b"]]]'])
@example([b'["s","n",1]', b'["t","m",2]', b'["u","o",[["x"],["y"]]]'])
@example([b'["s","n",{"a":1}]'] * 33)
def test_disclosures_together_are_what_each_is_alone(raws: list[bytes]) -> None:
    texts = [b64u_encode(raw) for raw in raws]
    try:
        wanted = one_by_one(texts)
    except ResumeError:
        with pytest.raises(MalformedError):
            parse_disclosures(texts, [to_standard(text) for text in texts])
        return
    found = parse_disclosures(texts, [to_standard(text) for text in texts])
    assert [disclosure[:3] for disclosure in found] == wanted
    for disclosure in found:
        assert not (disclosure.whole and holds_digests(disclosure.value))


def holds_digests(value: Any) -> bool:
    if isinstance(value, dict):
        return "_sd" in value or "..." in value or any(map(holds_digests, value.values()))
    return isinstance(value, list) and any(map(holds_digests, value))


def test_a_whole_value_is_told() -> None:
    texts = [b64u_encode(b'["s","n",{"a":[1]}]')]
    assert parse_disclosures(texts, [to_standard(texts[0])])[0].whole
    assert Disclosure("x", None, 1).whole is False


# --- base64url and digests of several ---------------------------------------------------------------------


@given(st.text(alphabet="AQgwMabz-_+/= é~.\n", max_size=9))
def test_the_two_steps_of_base64url_are_as_strict_as_one(text: str) -> None:
    try:
        wanted: bytes | None = b64u_decode(text)
    except MalformedError:
        wanted = None
    try:
        found: bytes | None = decode_standard(to_standard(text))
    except MalformedError:
        found = None
    assert found == wanted


@given(st.integers(1, 70).flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size), max_size=5)))
def test_values_encoded_together_are_as_alone(values: list[bytes]) -> None:
    assert b64u_encode_all(values) == [b64u_encode(value) for value in values]


@pytest.mark.parametrize("algorithm", ["sha-256", "sha-384", "sha-512"])
def test_digests_together_are_as_alone(algorithm: str) -> None:
    texts = ["", "a", "b" * 1_000]
    assert digests_of(texts, algorithm) == [digest_of(text, algorithm) for text in texts]


# --- hiding and putting back ------------------------------------------------------------------------------


claims = st.dictionaries(st.sampled_from("abcd"), st.deferred(lambda: trees), max_size=4)
trees: Any = st.one_of(
    st.integers(0, 3), st.text(max_size=3), st.lists(st.deferred(lambda: trees), max_size=3), claims
)


def paths_of(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path for step, value in steps for path in [(*at, step), *paths_of(value, (*at, step))]]


@settings(max_examples=300, deadline=None)
@given(claims, st.data(), st.integers(0, 2))
def test_what_is_hidden_comes_back(payload: dict[str, Any], data: st.DataObject, decoys: int) -> None:
    possible = paths_of(payload)
    hidden = data.draw(st.sets(st.sampled_from(possible))) if possible else set()
    before = copy.deepcopy(payload)
    peeked = peek_sd_jwt(issue_sd_jwt(payload, hidden, ISSUER, decoys=decoys))
    assert payload == before
    signed = copy.deepcopy(peeked.payload)
    whole = peeked.reassemble()
    assert whole.payload == payload
    assert whole.disclosed == hidden
    assert len(peeked.disclosures) == len(hidden)
    # What was signed stays as it was signed.
    assert peeked.payload == signed
    assert json.loads(peeked.jws.payload) == signed
    visible = json.dumps(signed)
    for disclosure in peeked.disclosures:
        salt = json.loads(b64u_decode(disclosure.encoded))[0]
        assert len(b64u_decode(salt)) == 16
        assert salt not in visible


def test_salts_are_never_the_same() -> None:
    payload = {"a": list(range(50)), "b": {str(number): 1 for number in range(50)}}
    hidden = [("a", number) for number in range(50)] + [("b", str(number)) for number in range(50)]
    tokens = [peek_sd_jwt(issue_sd_jwt(payload, hidden, ISSUER)) for _ in range(2)]
    salts = [json.loads(b64u_decode(d.encoded))[0] for token in tokens for d in token.disclosures]
    assert len(set(salts)) == len(salts) == 200


def test_a_claim_that_is_not_there_cannot_be_hidden() -> None:
    for path in [("x",), ("a", "x"), ("b", 1), ("b", "0"), ("a",) * 3, ("c", 0)]:
        with pytest.raises(MalformedError, match="not in the payload"):
            issue_sd_jwt({"a": {"a": 1}, "b": [1], "c": "x"}, [path], ISSUER)


def test_values_nested_through_disclosures_are_bounded() -> None:
    """Each disclosure is shallow, and the next one's digest lies within it."""
    inner: Any = 1
    texts: list[str] = []
    for _ in range(40):
        value = {"v": inner} if not texts else {"v": {"_sd": [digest_of(texts[-1])]}}
        texts.append(b64u_encode(dump_json(["salt", "n", value])))
    jwt = sign_compact({"typ": "dc+sd-jwt"}, {"_sd": [digest_of(texts[-1])]}, ISSUER)
    with pytest.raises(LimitError, match="nested"):
        peek_sd_jwt("~".join([jwt, *texts, ""])).reassemble()


def test_digests_within_a_disclosed_value_are_resolved() -> None:
    inner = b64u_encode(dump_json(["salt", "b", 2]))
    escaped = b64u_encode(b'["salt","a",{"\\u005fsd":["' + digest_of(inner).encode() + b'"]}]')
    jwt = sign_compact({"typ": "dc+sd-jwt"}, {"_sd": [digest_of(escaped)]}, ISSUER)
    whole = peek_sd_jwt("~".join([jwt, inner, escaped, ""])).reassemble()
    assert whole.payload == {"a": {"b": 2}}
    assert whole.disclosed == {("a",), ("a", "b")}


def test_a_disclosure_attached_twice_is_refused() -> None:
    text = b64u_encode(dump_json(["salt", "a", 2]))
    jwt = sign_compact({"typ": "dc+sd-jwt"}, {"_sd": [digest_of(text)]}, ISSUER)
    with pytest.raises(ProofError) as caught:
        peek_sd_jwt("~".join([jwt, text, text, ""])).reassemble()
    assert caught.value.code == "disclosure_duplicate"
