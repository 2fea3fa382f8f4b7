"""Keys at rest: tampering, moving, overwriting and the wrong key-encryption key."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.adapters.keystore import (
    FileKeystore,
    KeyCipher,
    KeystoreError,
    generate_key_encryption_key,
)

KEK = bytes(range(32))


@pytest.fixture
def keystore(tmp_path: Path) -> FileKeystore:
    return FileKeystore(tmp_path / "keys", KeyCipher(KEK))


def test_signing_key_comes_back_and_signs(keystore: FileKeystore) -> None:
    made = keystore.generate_signing_key("univ-1", "did:web:univ.example")
    kept = keystore.signer("univ-1", "did:web:univ.example")
    assert kept.verification_method == made.verification_method
    made.public_key.verify(kept.sign(b"data"), b"data")


def test_account_comes_back(keystore: FileKeystore) -> None:
    assert keystore.generate_account("anchorer").address == keystore.account("anchorer").address


def test_did_url_is_a_key_id(keystore: FileKeystore) -> None:
    key_id = "did:web:localhost%3A8001:i:univ#zDnae"
    keystore.generate_signing_key(key_id)
    assert keystore.has(key_id)
    assert keystore.ids() == [key_id]


def test_files_are_private_and_hold_no_plaintext(keystore: FileKeystore) -> None:
    secret = os.urandom(32)
    keystore.import_account("anchorer", secret)
    (path,) = keystore.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keystore.folder.stat().st_mode) == 0o700
    assert secret not in path.read_bytes()


@given(position=st.integers(min_value=0), change=st.integers(min_value=1, max_value=255))
def test_any_changed_byte_is_noticed(position: int, change: int) -> None:
    cipher = KeyCipher(KEK)
    blob = bytearray(cipher.encrypt("id", b"s" * 32))
    blob[position % len(blob)] ^= change
    with pytest.raises(KeystoreError):
        cipher.decrypt("id", bytes(blob))


@given(st.binary(max_size=200))
def test_hostile_blob_only_ever_raises_a_keystore_error(blob: bytes) -> None:
    with pytest.raises(KeystoreError):
        KeyCipher(KEK).decrypt("id", blob)


def test_blob_moved_to_another_id_or_kind_does_not_open() -> None:
    cipher = KeyCipher(KEK)
    blob = cipher.encrypt("one", b"secret", kind="signing-p256")
    for key_id, kind in (("two", "signing-p256"), ("one", "evm-account")):
        with pytest.raises(KeystoreError):
            cipher.decrypt(key_id, blob, kind=kind)


def test_file_moved_to_another_name_does_not_open(keystore: FileKeystore) -> None:
    keystore.generate_account("one")
    (keystore.folder / "one.key").rename(keystore.folder / "two.key")
    with pytest.raises(KeystoreError):
        keystore.account("two")


def test_account_is_not_taken_for_a_signing_key(keystore: FileKeystore) -> None:
    keystore.generate_account("one")
    with pytest.raises(KeystoreError):
        keystore.signer("one")


def test_other_key_encryption_key_is_named_as_the_reason() -> None:
    blob = KeyCipher(KEK).encrypt("id", b"secret")
    with pytest.raises(KeystoreError) as caught:
        KeyCipher(generate_key_encryption_key()).decrypt("id", blob)
    assert caught.value.code == "keystore_wrong_key"


def test_same_plaintext_never_gives_the_same_blob() -> None:
    cipher = KeyCipher(KEK)
    assert cipher.encrypt("id", b"x") != cipher.encrypt("id", b"x")


def test_existing_key_is_never_overwritten(keystore: FileKeystore) -> None:
    address = keystore.generate_account("one").address
    with pytest.raises(KeystoreError) as caught:
        keystore.generate_account("one")
    assert caught.value.code == "key_exists"
    assert keystore.account("one").address == address
    assert [path.name for path in keystore.folder.iterdir()] == ["one.key"]


@pytest.mark.parametrize("key_id", ["", "../x", "a/b", ".hidden", "a b", "a\0", "가", "x" * 256])
def test_id_that_is_not_a_name_is_refused(keystore: FileKeystore, key_id: str) -> None:
    with pytest.raises(KeystoreError):
        keystore.generate_account(key_id)


def test_missing_key_says_so(keystore: FileKeystore) -> None:
    with pytest.raises(KeystoreError) as caught:
        keystore.account("nobody")
    assert caught.value.code == "key_missing"


def test_representation_tells_no_key() -> None:
    assert KEK.hex() not in repr(KeyCipher(KEK))
