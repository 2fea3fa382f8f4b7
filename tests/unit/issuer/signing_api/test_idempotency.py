"""``Idempotency-Key`` and the digest of a request."""

import hashlib
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.adapters.keystore import KeyCipher
from issuer.encryption import RowCipher
from issuer.errors import IdempotencyKeyError
from issuer.signing_api.idempotency import parse_key

KEY = b"0123456789abcdef0123456789abcdef"


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
