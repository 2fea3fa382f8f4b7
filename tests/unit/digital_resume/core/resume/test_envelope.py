"""The share envelope and its link: what opens, and what must not."""

import contextlib
import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.errors import EnvelopeError, MalformedError
from digital_resume.core.resume import envelope
from digital_resume.core.resume.envelope import (
    BLOCK_BYTES,
    MAX_BLOB_BYTES,
    MAX_LINK_BYTES,
    MAX_PRESENTATION_BYTES,
    build_link,
    decode_key,
    encode_key,
    new_share_id,
    new_share_key,
    open_share,
    parse_link,
    seal_share,
)

EXPIRES = datetime(2026, 12, 23, 6, tzinfo=UTC)
KEY = bytes(range(32))
SHARE_ID = "AAECAwQFBgcICQoLDA0ODw"
VECTORS = json.loads((Path(__file__).parents[4] / "vectors/share-envelope.json").read_text())


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def seal(plaintext: bytes = b'{"a":1}') -> bytes:
    return seal_share(plaintext, key=KEY, share_id=SHARE_ID, expires=EXPIRES)


def code_of(blob: bytes, **changed: object) -> str:
    arguments: dict[str, object] = {"key": KEY, "share_id": SHARE_ID, "expires": EXPIRES} | changed
    with pytest.raises(EnvelopeError) as caught:
        open_share(blob, **arguments)  # type: ignore[arg-type]  # the test passes what a server might say
    return caught.value.code


@pytest.mark.parametrize("size", [0, 1, 4091, 4092, 4093, 8188, MAX_PRESENTATION_BYTES])
def test_what_was_sealed_opens_and_its_size_is_hidden(size: int) -> None:
    plaintext = b"x" * size
    blob = seal(plaintext)
    assert open_share(blob, key=KEY, share_id=SHARE_ID, expires=EXPIRES) == plaintext
    assert (len(blob) - 28) % 4096 == 0
    assert len(blob) <= MAX_BLOB_BYTES
    assert size < MAX_PRESENTATION_BYTES or len(blob) + BLOCK_BYTES > MAX_BLOB_BYTES


def test_two_seals_of_one_resume_differ() -> None:
    assert seal() != seal()


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["name"])
def test_vectors_seal_to_their_bytes(vector: dict[str, str]) -> None:
    key, plaintext, expires = unb64(vector["key"]), vector["presentation"].encode(), int(vector["expires"])
    blob = envelope._seal(plaintext, key, vector["id"], expires, unb64(vector["iv"]))
    assert blob == unb64(vector["ciphertext"])
    opened = open_share(blob, key=key, share_id=vector["id"], expires=datetime.fromtimestamp(expires, UTC))
    assert opened == plaintext
    assert build_link(vector["verifierUrl"], vector["id"], key) == vector["link"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["name"])
def test_vectors_that_must_not_open_name_their_reason(vector: dict[str, str]) -> None:
    with pytest.raises(EnvelopeError) as caught:
        open_share(
            bytes(int(vector["zeroBytes"])) if "zeroBytes" in vector else unb64(vector["ciphertext"]),
            key=decode_key(vector["key"]),
            share_id=vector["id"],
            expires=datetime.fromtimestamp(int(vector["expires"]), UTC),
            version=int(vector["version"]),
        )
    assert caught.value.code == vector["code"]


def test_a_wrong_key_does_not_open() -> None:
    assert code_of(seal(), key=bytes(32)) == "share_unreadable"


@pytest.mark.parametrize("place", [0, 11, 12, 2000, -1])
def test_one_altered_bit_does_not_open(place: int) -> None:
    blob = bytearray(seal())
    blob[place] ^= 1
    assert code_of(bytes(blob)) == "share_unreadable"


def test_another_share_id_does_not_open() -> None:
    assert code_of(seal(), share_id=new_share_id()) == "share_unreadable"


def test_a_stretched_expiry_does_not_open() -> None:
    assert code_of(seal(), expires=EXPIRES + timedelta(seconds=1)) == "share_unreadable"


@pytest.mark.parametrize("version", [0, 2, True])
def test_another_version_does_not_open(version: int) -> None:
    assert code_of(seal(), version=version) == "share_version_unsupported"


@pytest.mark.parametrize("size", [0, 27, 28, 4123])
def test_a_truncated_share_does_not_open(size: int) -> None:
    assert code_of(seal()[:size]) == "share_unreadable"


def test_an_oversize_share_is_not_decrypted() -> None:
    assert code_of(bytes(MAX_BLOB_BYTES + 1)) == "share_too_large"


def test_an_oversize_resume_is_not_sealed() -> None:
    with pytest.raises(EnvelopeError) as caught:
        seal(bytes(MAX_PRESENTATION_BYTES + 1))
    assert caught.value.code == "share_too_large"


@pytest.mark.parametrize(
    "plaintext",
    [
        (4092 + 1).to_bytes(4, "big") + bytes(4092),
        (2).to_bytes(4, "big") + b"{}" + bytes(4089) + b"\x01",
        (2).to_bytes(4, "big") + b"{}" + bytes(4090 + 4096),
        (2).to_bytes(4, "big") + b"{}" + bytes(4091),
        b"\xff" * 4096,
    ],
    ids=["length past the end", "padding not zero", "a block too many", "not whole blocks", "absurd length"],
)
def test_bad_padding_is_refused(plaintext: bytes) -> None:
    aad = f"vdr-share|1|{SHARE_ID}|{int(EXPIRES.timestamp())}".encode()
    blob = bytes(12) + AESGCM(KEY).encrypt(bytes(12), plaintext, aad)
    assert code_of(blob) == "share_padding_invalid"


@pytest.mark.parametrize(
    "share_id", ["", "x" * 22, SHARE_ID + "A", SHARE_ID[:-1] + "x", "가" * 22, "AAECAwQFBgcICQoL|A0ODw"]
)
def test_a_malformed_share_id_is_refused(share_id: str) -> None:
    assert code_of(seal(), share_id=share_id) == "share_id_malformed"


def test_a_link_survives_and_keeps_its_key_out_of_repr() -> None:
    key, share_id = new_share_key(), new_share_id()
    link = build_link("http://localhost:8003/", share_id, key)
    assert link == f"http://localhost:8003/v/{share_id}#{encode_key(key)}"
    assert len(link.encode()) <= MAX_LINK_BYTES
    parsed = parse_link(link)
    assert (parsed.verifier_url, parsed.share_id, parsed.key) == ("http://localhost:8003", share_id, key)
    assert encode_key(key) not in repr(parsed)
    assert repr(key) not in repr(parsed)


def test_a_link_that_no_camera_reads_is_not_built() -> None:
    with pytest.raises(EnvelopeError) as caught:
        build_link("https://" + "a" * 150 + ".example", SHARE_ID, KEY)
    assert caught.value.code == "link_too_long"


@pytest.mark.parametrize("vector", VECTORS["links"]["valid"], ids=lambda vector: vector["name"])
def test_a_link_of_the_vectors_is_taken_apart(vector: dict[str, str]) -> None:
    parsed = parse_link(vector["link"])
    assert (parsed.verifier_url, parsed.share_id, parsed.key) == (vector["verifierUrl"], SHARE_ID, KEY)


@pytest.mark.parametrize("vector", VECTORS["links"]["invalid"], ids=lambda vector: vector["name"])
def test_a_damaged_link_names_its_reason(vector: dict[str, str]) -> None:
    with pytest.raises(EnvelopeError) as caught:
        parse_link(vector["link"])
    assert caught.value.code == vector["code"]


def test_base64url_of_the_vectors_is_canonical() -> None:
    for vector in VECTORS["base64url"]["valid"]:
        assert b64u_encode(bytes.fromhex(vector["hex"])) == vector["text"]
        assert b64u_decode(vector["text"]) == bytes.fromhex(vector["hex"])
    for text in VECTORS["base64url"]["invalid"]:
        with pytest.raises(MalformedError):
            b64u_decode(text)


@settings(deadline=None)
@given(
    link=st.text(max_size=220), blob=st.binary(max_size=64), key=st.binary(max_size=40), share_id=st.text()
)
def test_hostile_input_raises_nothing_but_an_envelope_error(
    link: str, blob: bytes, key: bytes, share_id: str
) -> None:
    for attempt in (
        lambda: parse_link(link),
        lambda: parse_link("https://e.org/v/" + link),
        lambda: open_share(blob, key=key, share_id=share_id, expires=EXPIRES),
        lambda: build_link("http://e.org", share_id, key),
    ):
        with contextlib.suppress(EnvelopeError):
            attempt()
