"""Hostile input of any kind raises an error of the domain, never another exception."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digital_resume.core.credentials.catalog import credential_type, parse_credential_type
from digital_resume.core.credentials.claims import check_claims
from digital_resume.core.credentials.sd_jwt_vc import issue_credential, read_payload
from digital_resume.core.credentials.vcdm import read_enveloped, validate_credential, validate_presentation
from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import dump_json, parse_json
from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.encoding.jcs import canonicalize
from digital_resume.core.errors import ResumeError
from digital_resume.core.identifiers.did import (
    build_did_document,
    did_web_from_url,
    did_web_url,
    parse_did_url,
    public_key_from_verification_method,
    verification_key,
)
from digital_resume.core.keys.multikey import decode_multikey
from digital_resume.core.keys.signing import LocalSigner, public_key_from_jwk
from digital_resume.core.securing.data_integrity import add_proof, verify_proofs
from digital_resume.core.securing.jws import parse_compact, sign_compact
from digital_resume.core.securing.sd_jwt import create_key_binding, peek_sd_jwt, verify_sd_jwt
from digital_resume.core.status.bitstring import decode_bitstring, read_bitstring_credential
from digital_resume.core.status.token_status_list import decode_status_list, verify_status_list_token

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DID = "did:web:localhost%3A8001:i:univ"
ISSUER = LocalSigner("P-256", b"\x01" * 32, DID)
HOLDER = LocalSigner("P-256", b"\x02" * 32)
FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

# Words that steer generated JSON into the branches of the code.
KEYWORDS = """
@context id type proof holder issuer credentialSubject verifiableCredential _sd ... _sd_alg cnf jwk kty
crv x y EC P-256 OKP Ed25519 iss vct nbf exp iat status status_list idx uri lst bits ld sub ttl
VerifiableCredential VerifiablePresentation EnvelopedVerifiableCredential DataIntegrityProof
https://www.w3.org/ns/credentials/v2 cryptosuite ecdsa-jcs-2019 eddsa-jcs-2022 proofPurpose
authentication verificationMethod proofValue created expires challenge domain previousProof
2026-11-23T06:00:00Z validFrom validUntil sha-256 credentialStatus statusPurpose encodedList
name birthDate degree courses z did:web:a did:key:z schema claims display properties
"""
WORDS = st.sampled_from(KEYWORDS.split())
TEXT = WORDS | st.text(max_size=20)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.just(HOLDER.verification_method)
    | st.just(HOLDER.public_key.jwk())
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=6),
    max_leaves=25,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=8)


def only_core_errors(call: Callable[[], object]) -> None:
    with contextlib.suppress(ResumeError):
        call()


def check_sd_jwt(token: str) -> object:
    return verify_sd_jwt(
        token,
        key=ISSUER.public_key,
        now=NOW,
        expected_nonce="n",
        expected_audience="a",
        require_key_binding=True,
    )


def check_proofs(document: dict[str, Any]) -> object:
    return verify_proofs(document, purpose="authentication", now=NOW)


TEXT_READERS: dict[str, Callable[[str], object]] = {
    "peek_sd_jwt": peek_sd_jwt,
    "verify_sd_jwt": check_sd_jwt,
    "parse_compact": parse_compact,
    "parse_did_url": parse_did_url,
    "did_web_url": did_web_url,
    "did_web_from_url": did_web_from_url,
    "verification_key": verification_key,
    "build_did_document": build_did_document,
    "decode_multikey": decode_multikey,
    "b64u_decode": b64u_decode,
    "decode_bitstring": decode_bitstring,
    "parse_datetime": lambda text: parse_datetime(text, "x"),
    "status_token": lambda text: verify_status_list_token(text, key=ISSUER.public_key, uri="u", now=NOW),
    "did_key": lambda text: verification_key(f"did:key:{text}#{text}"),
    "did_jwk": lambda text: build_did_document(f"did:jwk:{text}"),
    "did_web": lambda text: did_web_url(f"did:web:{text}"),
    "web_url": lambda text: did_web_from_url(f"https://{text}"),
    "envelope": lambda text: read_enveloped(
        {
            "@context": "https://www.w3.org/ns/credentials/v2",
            "type": "EnvelopedVerifiableCredential",
            "id": f"data:{text}",
        }
    ),
}

OBJECT_READERS: dict[str, Callable[[Any], object]] = {
    "verify_proofs": check_proofs,
    "public_key_from_jwk": public_key_from_jwk,
    "verification_method": public_key_from_verification_method,
    "read_payload": read_payload,
    "validate_credential": validate_credential,
    "validate_presentation": validate_presentation,
    "check_claims": lambda value: check_claims(credential_type("AcademicTranscript"), value),
    "decode_status_list": decode_status_list,
    "bitstring": lambda value: read_bitstring_credential(value, purpose="revocation", now=NOW),
    "credential_type": parse_credential_type,
    "canonicalize": canonicalize,
    "add_proof": lambda value: add_proof(
        value, HOLDER, cryptosuite="ecdsa-jcs-2019", purpose="authentication", created=NOW
    ),
}


@pytest.mark.parametrize("reader", TEXT_READERS.values(), ids=TEXT_READERS)
@FUZZ
@given(text=st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_.~:%#/?=-]{0,80}", fullmatch=True))
@example(text="")
@example(text="\ud800")
def test_any_text(reader: Callable[[str], object], text: str) -> None:
    only_core_errors(lambda: reader(text))


@pytest.mark.parametrize("reader", OBJECT_READERS.values(), ids=OBJECT_READERS)
@FUZZ
@given(value=OBJECTS)
def test_any_object(reader: Callable[[Any], object], value: dict[str, Any]) -> None:
    only_core_errors(lambda: reader(value))


@FUZZ
@given(data=st.binary(max_size=200))
def test_any_bytes_as_json(data: bytes) -> None:
    only_core_errors(lambda: parse_json(data))


# --- well signed, but strange inside --------------------------------------------------------------------


@FUZZ
@given(payload=OBJECTS, disclosures=st.lists(JSON, max_size=4))
def test_any_signed_payload_and_disclosures(payload: dict[str, Any], disclosures: list[Any]) -> None:
    def run() -> None:
        encoded = [b64u_encode(dump_json(d)) for d in disclosures]
        jwt = sign_compact({"typ": "dc+sd-jwt"}, payload, ISSUER)
        token = "~".join([jwt, *encoded, ""])
        only_core_errors(lambda: check_sd_jwt(token))
        check_sd_jwt(create_key_binding(token, HOLDER, nonce="n", audience="a", issued_at=NOW))

    only_core_errors(run)


@FUZZ
@given(header=OBJECTS, claims=OBJECTS)
def test_any_key_binding(header: dict[str, Any], claims: dict[str, Any]) -> None:
    def run() -> None:
        binding = sign_compact({"typ": "kb+jwt", **header}, claims, HOLDER)
        check_sd_jwt(TOKEN + binding)

    only_core_errors(run)


@FUZZ
@given(claims=OBJECTS)
def test_any_signed_status_list(claims: dict[str, Any]) -> None:
    def run() -> None:
        token = sign_compact({"typ": "statuslist+jwt"}, {"sub": "u", "iat": 1, **claims}, ISSUER)
        verify_status_list_token(token, key=ISSUER.public_key, uri="u", now=NOW)

    only_core_errors(run)


@FUZZ
@given(changes=OBJECTS)
def test_any_change_of_a_proof(changes: dict[str, Any]) -> None:
    only_core_errors(lambda: check_proofs({**SECURED, "proof": {**SECURED["proof"], **changes}}))


def _transcript() -> str:
    kind = credential_type("AcademicTranscript")
    return issue_credential(
        kind,
        kind.example,
        issuer=DID,
        signer=ISSUER,
        holder_jwk=HOLDER.public_key.jwk(),
        status_uri="http://localhost:8001/i/univ/status/1",
        status_index=1,
        issued_at=NOW,
        valid_from=None,
        valid_until=None,
    ).token


TOKEN = _transcript()
SECURED: dict[str, Any] = add_proof(
    {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"]},
    HOLDER,
    cryptosuite="ecdsa-jcs-2019",
    purpose="authentication",
    created=NOW,
)
BOUND = create_key_binding(TOKEN, HOLDER, nonce="n", audience="a", issued_at=NOW)


@FUZZ
@given(position=st.integers(0, len(BOUND) - 1), character=st.sampled_from("AZaz09-_.~=é\x00"))
def test_one_character_of_a_bound_credential_changed_is_refused(position: int, character: str) -> None:
    altered = BOUND[:position] + character + BOUND[position + 1 :]
    if altered != BOUND:
        with pytest.raises(ResumeError):
            check_sd_jwt(altered)


@FUZZ
@given(start=st.integers(0, len(BOUND)), length=st.integers(1, 400))
def test_a_piece_cut_out_of_a_bound_credential_is_refused(start: int, length: int) -> None:
    altered = BOUND[:start] + BOUND[start + length :]
    if altered != BOUND:
        with pytest.raises(ResumeError):
            check_sd_jwt(altered)
