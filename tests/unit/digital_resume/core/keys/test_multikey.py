"""base58btc and Multikey."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.core.errors import IdentifierError
from digital_resume.core.keys.multikey import (
    base58_decode,
    base58_encode,
    decode_multikey,
    decode_secret_multikey,
    encode_multikey,
    encode_secret_multikey,
    multibase_encode,
)


# draft-msporny-base58, section 5.
@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
        (b"", ""),
        (b"\0", "1"),
    ],
)
def test_base58_figures(raw: bytes, text: str) -> None:
    assert base58_encode(raw) == text
    assert base58_decode(text) == raw


@given(st.binary(max_size=200))
def test_base58_round_trip(raw: bytes) -> None:
    assert base58_decode(base58_encode(raw)) == raw


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "+", "é", "1 1", "1" * 2_000])
def test_what_is_no_base58_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        base58_decode(text)


@pytest.mark.parametrize(
    ("multikey", "curve"),
    [
        ("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "Ed25519"),
        ("zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP", "P-256"),
        ("z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ", "P-384"),
    ],
)
def test_published_multikeys(multikey: str, curve: str) -> None:
    decoded = decode_multikey(multikey)
    assert decoded.curve == curve
    assert encode_multikey(*decoded) == multikey


def test_secret_multikeys_are_another_type() -> None:
    secret = "z42twTcNeSYcnqg1FLuSFs2bsGH3ZqbRHFmvS9XMsYhjxvHN"
    assert encode_secret_multikey(*decode_secret_multikey(secret)) == secret
    with pytest.raises(IdentifierError):
        decode_multikey(secret)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalidDid"),
        ("6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "invalidDid"),
        ("uDnaepBuvsQ8cps", "invalidDid"),
        ("z0OIl", "invalidDid"),
        ("z" + "2" * 500, "invalidDid"),
        ("z", "unsupportedPublicKeyType"),
        (multibase_encode(b"\xe7\x01" + b"\x02" * 33), "unsupportedPublicKeyType"),
        (multibase_encode(b"\xed\x01" + bytes(31)), "invalidPublicKeyLength"),
        (multibase_encode(b"\x80\x24" + bytes(34)), "invalidPublicKeyLength"),
        (multibase_encode(b"\x81\x24"), "invalidPublicKeyLength"),
    ],
)
def test_error_codes_of_did_key(text: str, code: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        decode_multikey(text)
    assert caught.value.code == code


_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@given(st.binary(max_size=90))
def test_base58_is_the_number_in_base_58(data: bytes) -> None:
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    text = "1" * (len(data) - len(data.lstrip(b"\0"))) + digits
    assert base58_encode(data) == text
    assert base58_decode(text) == data


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "?", "é", "\ud800", "11111111111 ", "abc\0"])
def test_base58_refuses_other_characters(text: str) -> None:
    with pytest.raises(IdentifierError):
        base58_decode(text)
