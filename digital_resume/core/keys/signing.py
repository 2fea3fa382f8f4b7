"""Keys that verify and keys that sign: Ed25519, P-256 and P-384.

Signatures are raw: ``R ‖ S`` for Ed25519 (RFC 8032), ``r ‖ s`` for ECDSA (RFC 7518 section 3.4), never DER.
Ed25519 goes through PyNaCl (twice as fast as OpenSSL and refuses small-order keys). ECDSA is signed, and its
keys are read, by cryptography; it is verified by AWS-LC through awscrt, in three quarters of OpenSSL's time
(ADR 15). Key storage is the keystore adapter's; ``LocalSigner`` is what it hands out.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal

import nacl.bindings
import nacl.exceptions
from awscrt.crypto import EC
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.bounded_json import as_text, dump_json
from digital_resume.core.errors import IdentifierError, MalformedError, ProofError
from digital_resume.core.keys.multikey import Curve, decode_multikey, encode_multikey

ALGORITHMS: Final[dict[Curve, str]] = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384"}
"""JOSE algorithm of each curve."""


@dataclass(frozen=True, slots=True)
class _EcCurve:
    curve: ec.EllipticCurve
    size: int
    order: int
    digest: Callable[[bytes], Any]
    signing: ec.ECDSA


_EC: Final[dict[str, _EcCurve]] = {
    "P-256": _EcCurve(
        ec.SECP256R1(),
        32,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        hashlib.sha256,
        ec.ECDSA(hashes.SHA256(), deterministic_signing=True),
    ),
    "P-384": _EcCurve(
        ec.SECP384R1(),
        48,
        int(
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
            16,
        ),
        hashlib.sha384,
        ec.ECDSA(hashes.SHA384(), deterministic_signing=True),
    ),
}


# Loading a point decompresses it (a square root modulo p); institutions sign many credentials with few keys.
@lru_cache(maxsize=4_096)
def _load_ec_point(curve: str, raw: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(_EC[curve].curve, raw)


@lru_cache(maxsize=4_096)
def _load_verifier(curve: str, raw: bytes) -> EC:
    """Return a point that ``_load_ec_point`` found to be one, as AWS-LC has it."""
    point = _load_ec_point(curve, raw)
    return EC.new_key_from_der_data(point.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that is known to be a valid point of its curve.

    Attributes:
        curve: ``Ed25519``, ``P-256`` or ``P-384``.
        raw: 32 bytes for Ed25519, the compressed point otherwise: the bytes a Multikey carries.

    Raises:
        IdentifierError: ``invalidPublicKeyLength``, ``invalidPublicKey`` or ``unsupportedPublicKeyType``.
    """

    curve: Curve
    raw: bytes
    multikey: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "multikey", encode_multikey(self.curve, self.raw))
        if self.curve == "Ed25519":
            valid = nacl.bindings.crypto_core_ed25519_is_valid_point(self.raw)
        else:
            try:
                valid = self.raw[0] in (2, 3) and _load_ec_point(self.curve, self.raw) is not None
            except ValueError:
                valid = False
        if not valid:
            raise IdentifierError(
                f"The bytes are not a public key of the curve {self.curve}.", code="invalidPublicKey"
            )

    @property
    def algorithm(self) -> str:
        """JOSE algorithm of the key: ``EdDSA``, ``ES256`` or ``ES384``."""
        return ALGORITHMS[self.curve]

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check a raw signature over ``data``.

        Raises:
            ProofError: the signature is not this key's over these bytes.
        """
        if not self._holds(signature, data):
            raise ProofError("The signature does not match the signed bytes and the key.")

    def _holds(self, signature: bytes, data: bytes) -> bool:
        try:
            if self.curve == "Ed25519":
                if len(signature) != 64:
                    return False
                nacl.bindings.crypto_sign_open(signature + data, self.raw)
                return True
            parameters = _EC[self.curve]
            size = parameters.size
            if len(signature) != 2 * size:
                return False
            der = encode_dss_signature(
                int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
            )
            return bool(_load_verifier(self.curve, self.raw).verify(parameters.digest(data).digest(), der))
        except nacl.exceptions.BadSignatureError:
            return False

    def jwk(self) -> dict[str, str]:
        """Return the key as a JWK with only its required members (RFC 7517, RFC 8037)."""
        if self.curve == "Ed25519":
            return {"kty": "OKP", "crv": "Ed25519", "x": b64u_encode(self.raw)}
        numbers = _load_ec_point(self.curve, self.raw).public_numbers()
        size = _EC[self.curve].size
        return {
            "kty": "EC",
            "crv": self.curve,
            "x": b64u_encode(numbers.x.to_bytes(size, "big")),
            "y": b64u_encode(numbers.y.to_bytes(size, "big")),
        }


@lru_cache(maxsize=4_096)
def public_key_from_multikey(multikey: str) -> PublicKey:
    """Return the key that a Multikey string encodes.

    Raises:
        IdentifierError: codes as in ``decode_multikey``, or ``invalidPublicKey``.
    """
    curve, raw = decode_multikey(multikey)
    return PublicKey(curve, raw)


def public_key_from_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the key of a public JWK.

    Raises:
        MalformedError: not a JWK, or a JWK with a private member (code ``private_key``).
        IdentifierError: another kind of key, or not a point of the curve.
    """
    if not isinstance(jwk, Mapping):
        raise MalformedError("A JWK must be a JSON object.")
    if "d" in jwk:
        raise MalformedError(
            "A private key was sent where a public one belongs. Treat that key as lost and make a new one.",
            code="private_key",
        )
    kind, curve = jwk.get("kty"), jwk.get("crv")
    if kind == "OKP" and curve == "Ed25519":
        return PublicKey("Ed25519", _coordinate(as_text(jwk.get("x"), "The JWK's 'x'"), "x", 32))
    if kind == "EC" and isinstance(curve, str) and curve in _EC:
        x, y = as_text(jwk.get("x"), "The JWK's 'x'"), as_text(jwk.get("y"), "The JWK's 'y'")
        return _ec_key("P-256" if curve == "P-256" else "P-384", x, y)
    raise IdentifierError(
        "This kind of JWK is not supported; use EC P-256, EC P-384 or OKP Ed25519.",
        code="unsupportedPublicKeyType",
    )


# As in _load_ec_point: a holder's key comes with each credential and each presentation.
@lru_cache(maxsize=4_096)
def _ec_key(curve: Literal["P-256", "P-384"], x: str, y: str) -> PublicKey:
    size = _EC[curve].size
    raw_x, raw_y = _coordinate(x, "x", size), _coordinate(y, "y", size)
    key = PublicKey(curve, bytes([2 + (raw_y[-1] & 1)]) + raw_x)
    if _load_ec_point(curve, key.raw).public_numbers().y != int.from_bytes(raw_y, "big"):
        raise IdentifierError("The JWK's point is not on its curve.", code="invalidPublicKey")
    return key


def _coordinate(value: str, name: str, size: int) -> bytes:
    raw = b64u_decode(value, max_bytes=128)
    if len(raw) != size:
        raise IdentifierError(
            f"The JWK's '{name}' has {len(raw)} bytes, not {size}.", code="invalidPublicKeyLength"
        )
    return raw


def jwk_thumbprint(key: PublicKey | Mapping[str, Any]) -> str:
    """Return the SHA-256 thumbprint of a public key, base64url (RFC 7638)."""
    jwk = (key if isinstance(key, PublicKey) else public_key_from_jwk(key)).jwk()
    return b64u_encode(hashlib.sha256(dump_json(dict(sorted(jwk.items())))).digest())


def generate_secret_key(curve: Curve) -> bytes:
    """Make a new secret key: the big-endian scalar (P-256, P-384) or the 32-byte seed (Ed25519)."""
    if curve == "Ed25519":
        return nacl.bindings.randombytes(32)
    parameters = _EC[curve]
    private = ec.generate_private_key(parameters.curve)
    return private.private_numbers().private_value.to_bytes(parameters.size, "big")


class LocalSigner:
    """A secret key in memory that implements ``digital_resume.core.ports.Signer``.

    ECDSA nonces are deterministic (RFC 6979): signing the same bytes again after a crash gives the same
    signature, so the same anchor leaf.

    Args:
        curve: curve of the key.
        secret: scalar or seed as ``generate_secret_key`` makes it.
        did: controller; the key's own did:key when absent.

    Raises:
        IdentifierError: ``secret`` is not a secret key of the curve.
    """

    def __init__(self, curve: Curve, secret: bytes, did: str | None = None) -> None:
        self._ec: ec.EllipticCurvePrivateKey | None = None
        self._ed = b""
        if curve == "Ed25519":
            if len(secret) != 32:
                raise IdentifierError("An Ed25519 seed has 32 bytes.", code="invalidSecretKey")
            raw, self._ed = nacl.bindings.crypto_sign_seed_keypair(secret)
        else:
            if curve not in _EC:
                raise IdentifierError("This kind of key is not supported.", code="unsupportedPublicKeyType")
            parameters = _EC[curve]
            scalar = int.from_bytes(secret, "big")
            if len(secret) != parameters.size or not 0 < scalar < parameters.order:
                raise IdentifierError(f"The bytes are not a {curve} secret key.", code="invalidSecretKey")
            self._ec = ec.derive_private_key(scalar, parameters.curve)
            raw = self._ec.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self._public = PublicKey(curve, raw)
        multikey = self._public.multikey
        self._verification_method = f"{did or f'did:key:{multikey}'}#{multikey}"

    @classmethod
    def generate(cls, curve: Curve = "P-256", did: str | None = None) -> "LocalSigner":
        """Make a signer with a new key."""
        return cls(curve, generate_secret_key(curve), did)

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public

    @property
    def verification_method(self) -> str:
        """DID URL of the key, ``did:…#<multikey>``."""
        return self._verification_method

    @property
    def algorithm(self) -> str:
        """JOSE algorithm name."""
        return self._public.algorithm

    def sign(self, data: bytes) -> bytes:
        """Sign ``data``; ECDSA answers raw ``r ‖ s``."""
        if self._ec is None:
            return nacl.bindings.crypto_sign(data, self._ed)[:64]
        parameters = _EC[self._public.curve]
        r, s = decode_dss_signature(self._ec.sign(data, parameters.signing))
        return r.to_bytes(parameters.size, "big") + s.to_bytes(parameters.size, "big")

    def __repr__(self) -> str:
        return f"LocalSigner({self._verification_method!r})"
