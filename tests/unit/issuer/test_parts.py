"""Secrets, cipher, token form, settings, metadata: each by itself."""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from digital_resume.adapters.keystore import KeyCipher, KeystoreError
from digital_resume.core.credentials.catalog import default_catalog
from issuer import bearer_secrets
from issuer.encryption import RowCipher
from issuer.errors import IdempotencyKeyError
from issuer.openid4vci.errors import ProtocolError
from issuer.openid4vci.metadata import build_type_document
from issuer.openid4vci.offers import PRE_AUTHORIZED_GRANT, offer_object
from issuer.openid4vci.token import parse_token_request
from issuer.records.blind_index import blind_index
from issuer.settings import IssuerSettings
from issuer.signing_api.idempotency import parse_key

KEY = b"0123456789abcdef0123456789abcdef"


def test_claims_open_only_for_their_own_record() -> None:
    cipher, record = RowCipher(KeyCipher(KEY)), uuid4()
    blob = cipher.seal_claims(record, {"name": "김하늘"})
    assert cipher.open_claims(record, blob) == {"name": "김하늘"}
    assert "김하늘".encode() not in blob
    with pytest.raises(KeystoreError):
        cipher.open_claims(uuid4(), blob)


def test_a_blob_of_one_kind_does_not_open_as_another() -> None:
    cipher, some_id = RowCipher(KeyCipher(KEY)), uuid4()
    with pytest.raises(KeystoreError):
        cipher.open_delivery(some_id, cipher.seal_claims(some_id, {"name": "x"}))


def test_another_key_encryption_key_opens_nothing() -> None:
    record = uuid4()
    blob = RowCipher(KeyCipher(KEY)).seal_claims(record, {})
    with pytest.raises(KeystoreError):
        RowCipher(KeyCipher(KEY[::-1])).open_claims(record, blob)


@pytest.mark.parametrize("name", ["Nguyen Thi Lan", " NGUYEN  THI LAN ", "ＮＧＵＹＥＮ thi lan"])
def test_a_person_is_found_however_the_name_is_written(name: str) -> None:
    assert blind_index(KEY, name, "1998-07-01") == blind_index(KEY, "nguyen thi lan", "1998-07-01")


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_blind_index_is_the_institutions_own(name: str, birth_date: str) -> None:
    assert blind_index(KEY, name, birth_date) != blind_index(KEY[::-1], name, birth_date)


def test_a_transaction_code_is_kept_salted_and_keyed() -> None:
    mac = bearer_secrets.transaction_code_mac(KEY, "offer", "123456")
    assert mac != bearer_secrets.transaction_code_mac(KEY, "other", "123456")
    assert mac != bearer_secrets.transaction_code_mac(KEY[::-1], "offer", "123456")


def test_identifiers_and_secrets_have_their_length() -> None:
    assert len(bearer_secrets.new_identifier()) == 22
    assert len(bearer_secrets.new_secret()) == 43
    assert len(bearer_secrets.new_transaction_code()) == 6


@given(st.text(max_size=140))
def test_an_idempotency_key_is_visible_ascii_of_8_to_128_or_refused(header: str) -> None:
    good = 8 <= len(header) <= 128 and all("!" <= character <= "~" for character in header)
    if good:
        assert parse_key(header) == header
    else:
        with pytest.raises(IdempotencyKeyError):
            parse_key(header)


def test_the_request_mac_tells_rows_operations_and_bodies_apart() -> None:
    cipher, mine, other = RowCipher(KeyCipher(KEY)), uuid4(), uuid4()
    macs = {
        cipher.request_mac(mine, "a", "POST /a", b"{}"),
        cipher.request_mac(other, "a", "POST /a", b"{}"),
        cipher.request_mac(mine, "b", "POST /a", b"{}"),
        cipher.request_mac(mine, "a", "POST /b", b"{}"),
        cipher.request_mac(mine, "a", "POST /a", b"{ }"),
        cipher.request_mac(mine, "a", "POST /", b"a{}"),
    }
    assert len(macs) == 6


def test_the_request_mac_needs_the_key_encryption_key() -> None:
    row, body = uuid4(), b'{"name":"\xea\xb9\x80","birthDate":"1990-01-02"}'
    kept = RowCipher(KeyCipher(KEY)).request_mac(row, "key", "POST /api/v1/records", body)
    assert kept != RowCipher(KeyCipher(KEY[::-1])).request_mac(row, "key", "POST /api/v1/records", body)
    assert kept != hashlib.sha256(b"POST /api/v1/records\n" + body).digest()


@given(
    st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=12), min_size=1, max_size=2), max_size=4)
)
def test_any_token_form_is_read_or_refused(form: Mapping[str, Sequence[str]]) -> None:
    with pytest.raises(ProtocolError):
        parse_token_request(form)


def test_a_token_form_is_read() -> None:
    form = {"grant_type": [PRE_AUTHORIZED_GRANT], "pre-authorized_code": ["abc"], "tx_code": ["123456"]}
    assert parse_token_request(form) == ("abc", "123456")


def test_an_offer_says_whether_it_needs_a_transaction_code() -> None:
    bare = offer_object("http://x", "T", "c", needs_transaction_code=False)
    assert "tx_code" not in bare["grants"][PRE_AUTHORIZED_GRANT]
    counter = offer_object("http://x", "T", "c", needs_transaction_code=True)["grants"][PRE_AUTHORIZED_GRANT]
    assert counter["tx_code"]["length"] == 6
    assert len(counter["tx_code"]["description"]) <= 300


def test_every_type_has_metadata_in_two_languages() -> None:
    for kind in default_catalog().all_types():
        document = build_type_document(kind)
        assert document["vct"] == kind.vct
        assert [entry["locale"] for entry in document["display"]] == ["ko-KR", "en-US"]
        for claim in document["claims"]:
            assert all(entry["label"] for entry in claim["display"])
            assert claim["sd"] in {"always", "never"}


@pytest.mark.parametrize(
    "wrong", [{"status_list_size": 1000}, {"status_list_size": 131_073}, {"nonce_seconds": 0}]
)
def test_settings_out_of_bounds_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        IssuerSettings.model_validate({"database_url": "postgresql://x", **wrong})
