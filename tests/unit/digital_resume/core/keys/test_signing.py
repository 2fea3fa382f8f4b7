"""Keys: signatures, JWKs, thumbprints, and what is not a key."""

from typing import Any

import pytest

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.errors import IdentifierError, MalformedError, ProofError, ResumeError
from digital_resume.core.keys.signing import (
    LocalSigner,
    PublicKey,
    generate_secret_key,
    jwk_thumbprint,
    public_key_from_jwk,
    public_key_from_multikey,
)

CURVES: Any = ["P-256", "P-384", "Ed25519"]


@pytest.mark.parametrize("curve", CURVES)
def test_what_is_signed_verifies(curve: Any) -> None:
    signer = LocalSigner.generate(curve)
    signature = signer.sign(b"data")
    signer.public_key.verify(signature, b"data")
    assert len(signature) == (96 if curve == "P-384" else 64)
    assert signer.algorithm == signer.public_key.algorithm


@pytest.mark.parametrize("curve", CURVES)
def test_other_bytes_other_key_other_length_fail(curve: Any) -> None:
    signer = LocalSigner.generate(curve)
    signature = signer.sign(b"data")
    cases = [
        (signer.public_key, signature, b"Data"),
        (LocalSigner.generate(curve).public_key, signature, b"data"),
        (signer.public_key, signature[:-1], b"data"),
        (signer.public_key, signature + b"\0", b"data"),
        (signer.public_key, bytes(len(signature)), b"data"),
        (signer.public_key, b"\xff" * len(signature), b"data"),
        (signer.public_key, b"", b"data"),
    ]
    for key, sig, data in cases:
        with pytest.raises(ProofError):
            key.verify(sig, data)


@pytest.mark.parametrize("curve", CURVES)
def test_signing_is_deterministic(curve: Any) -> None:
    signer = LocalSigner.generate(curve)
    assert signer.sign(b"data") == signer.sign(b"data")


@pytest.mark.parametrize("curve", CURVES)
def test_jwk_and_multikey_name_the_same_key(curve: Any) -> None:
    key = LocalSigner.generate(curve).public_key
    assert public_key_from_jwk(key.jwk()) == key
    assert public_key_from_multikey(key.multikey) == key


def test_signer_without_did_is_its_own_did_key() -> None:
    signer = LocalSigner.generate("P-256")
    multikey = signer.public_key.multikey
    assert multikey.startswith("zDn")
    assert signer.verification_method == f"did:key:{multikey}#{multikey}"


def test_signer_shows_no_secret() -> None:
    secret = generate_secret_key("P-256")
    assert secret.hex() not in repr(LocalSigner("P-256", secret))


# RFC 7638 has RSA only; RFC 8037 appendix A.3 gives the thumbprint of this Ed25519 key.
def test_thumbprint_of_rfc_8037() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert jwk_thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert jwk_thumbprint({**jwk, "kid": "x", "use": "sig"}) == jwk_thumbprint(jwk)


def jwk(**changes: Any) -> dict[str, Any]:
    return {**LocalSigner("P-256", b"\x07" * 32).public_key.jwk(), **changes}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "oct", "k": "AAAA"},
        jwk(crv="P-521"),
        jwk(crv=["P-256"]),
        jwk(x="AAAA"),
        jwk(x=None),
        jwk(y=b64u_encode(bytes(32))),
        jwk(x=b64u_encode(b"\xff" * 32)),
        jwk(x=jwk()["x"] + "="),
        {"kty": "OKP", "crv": "Ed25519", "x": b64u_encode(bytes(32))},
        {"kty": "OKP", "crv": "X25519", "x": b64u_encode(bytes(32))},
    ],
)
def test_what_is_no_public_key_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ResumeError):
        public_key_from_jwk(broken)


def test_private_jwk_is_refused_by_name() -> None:
    with pytest.raises(MalformedError) as caught:
        public_key_from_jwk(jwk(d="AAAA"))
    assert caught.value.code == "private_key"


@pytest.mark.parametrize(
    ("curve", "raw", "code"),
    [
        ("P-256", b"\x02" + b"\xff" * 32, "invalidPublicKey"),
        ("P-256", b"\x04" + bytes(32), "invalidPublicKey"),
        ("P-256", bytes(33), "invalidPublicKey"),
        ("P-256", b"\x02" * 32, "invalidPublicKeyLength"),
        ("P-384", b"\x02" + b"\xff" * 48, "invalidPublicKey"),
        ("Ed25519", bytes(32), "invalidPublicKey"),
        ("Ed25519", b"\x01" + bytes(31), "invalidPublicKey"),
        ("secp256k1", b"\x02" * 33, "unsupportedPublicKeyType"),
    ],
)
def test_bytes_that_are_no_point_are_refused(curve: Any, raw: bytes, code: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        PublicKey(curve, raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("curve", "secret"),
    [
        ("P-256", bytes(32)),
        ("P-256", b"\xff" * 32),
        ("P-256", b"\x01" * 31),
        ("P-384", b"\xff" * 48),
        ("Ed25519", b""),
        ("X", b"\x01" * 32),
    ],
)
def test_bytes_that_are_no_secret_key_are_refused(curve: Any, secret: bytes) -> None:
    with pytest.raises(IdentifierError):
        LocalSigner(curve, secret)


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_a_jwk_with_the_other_point_s_y_is_refused(curve: Any) -> None:
    signer, other = LocalSigner.generate(curve), LocalSigner.generate(curve)
    jwk = signer.public_key.jwk()
    assert public_key_from_jwk(jwk) == signer.public_key
    for _ in range(2):
        with pytest.raises(IdentifierError):
            public_key_from_jwk({**jwk, "y": other.public_key.jwk()["y"]})
