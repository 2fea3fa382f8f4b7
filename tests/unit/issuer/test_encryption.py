"""Encryption at rest: each blob opens for its own row and kind only."""

from uuid import uuid4

import pytest

from digital_resume.adapters.keystore import KeyCipher, KeystoreError
from issuer.encryption import RowCipher

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
