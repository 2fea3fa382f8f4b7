"""The service's issuers: one a securing mechanism and curve, each with a key and a did:key of its own.

The keys come from one seed by HKDF-SHA256 (RFC 5869), so a seed file is all that must be kept.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from digital_resume.core.errors import IdentifierError
from digital_resume.core.keys.multikey import Curve
from digital_resume.core.keys.signing import LocalSigner

_ORDERS: Final[dict[Curve, int]] = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16
    ),
}
_DATA_INTEGRITY: Final[dict[str, tuple[Curve, ...]]] = {
    "eddsa-rdfc-2022": ("Ed25519",),
    "eddsa-jcs-2022": ("Ed25519",),
    "ecdsa-rdfc-2019": ("P-256", "P-384"),
    "ecdsa-jcs-2019": ("P-256", "P-384"),
    "ecdsa-sd-2023": ("P-256",),
}
_JOSE: Final[dict[str, tuple[Curve, ...]]] = {
    "vc+jwt": ("P-256", "P-384", "Ed25519"),
    "vc+sd-jwt": ("P-256", "P-384", "Ed25519"),
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """One issuer.

    Attributes:
        name: as in its path, such as ``ecdsa-rdfc-2019-p384``.
        mechanism: cryptosuite, or ``vc+jwt`` and ``vc+sd-jwt``.
        curve: curve of its key.
        signer: its key.
    """

    name: str
    mechanism: str
    curve: Curve
    signer: LocalSigner

    @property
    def did(self) -> str:
        """Its did:key."""
        return self.signer.verification_method.split("#", 1)[0]

    @property
    def is_jose(self) -> bool:
        """Tell whether it envelopes credentials instead of embedding proofs."""
        return self.mechanism in _JOSE


class Issuers:
    """Every issuer of the service.

    Args:
        seed: 32 bytes that the keys are derived from; made when ``None``.
    """

    def __init__(self, seed: bytes | None = None) -> None:
        material = seed or secrets.token_bytes(32)
        self._issuers: dict[str, Issuer] = {}
        for mechanism, curves in {**_DATA_INTEGRITY, **_JOSE}.items():
            for curve in curves:
                name = f"{mechanism}-{_suffix(curve)}"
                signer = LocalSigner(curve, _derive(material, name, curve))
                issuer = Issuer(mechanism if curve == curves[0] else name, mechanism, curve, signer)
                # The first curve is the mechanism's own; its long name leads to the same issuer.
                self._issuers[issuer.name] = self._issuers[name] = issuer

    def __iter__(self) -> Iterator[Issuer]:
        return iter({issuer.name: issuer for issuer in self._issuers.values()}.values())

    def find(self, name: str, key_type: object = None) -> Issuer | None:
        """Return an issuer by its name and, if one is asked for, the type of its key.

        Args:
            name: the path's name.
            key_type: ``P-256``, ``P-384``, ``Ed25519`` or a JOSE algorithm; ``None`` for the name's own.

        Raises:
            IdentifierError: ``unsupportedPublicKeyType``: the mechanism has no such key.
        """
        issuer = self._issuers.get(name)
        if issuer is None or key_type is None:
            return issuer
        curve = _CURVES.get(key_type) if isinstance(key_type, str) else None
        chosen = self._issuers.get(f"{issuer.mechanism}-{_suffix(curve)}") if curve else None
        if chosen is None:
            raise IdentifierError("The issuer has no key of this type.", code="unsupportedPublicKeyType")
        return chosen


_CURVES: Final[dict[str, Curve]] = {
    "P-256": "P-256",
    "ES256": "P-256",
    "P-384": "P-384",
    "ES384": "P-384",
    "Ed25519": "Ed25519",
    "EdDSA": "Ed25519",
}


def _suffix(curve: Curve) -> str:
    return curve.lower().replace("-", "")


def _derive(seed: bytes, name: str, curve: Curve) -> bytes:
    length = 32 if curve == "Ed25519" else 64
    material = HKDF(hashes.SHA256(), length, salt=b"vdr-vc-api", info=name.encode()).derive(seed)
    if curve == "Ed25519":
        return material
    order = _ORDERS[curve]
    # 64 bytes reduced modulo an order of at most 384 bits: no bias that anybody could see.
    scalar = int.from_bytes(material, "big") % (order - 1) + 1
    return scalar.to_bytes(32 if curve == "P-256" else 48, "big")
