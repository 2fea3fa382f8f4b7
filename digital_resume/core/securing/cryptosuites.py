"""Data Integrity cryptosuites: from document and proof options to ``proofValue`` and back.

Here: ``eddsa-jcs-2022`` (vc-di-eddsa section 3.3) and ``ecdsa-jcs-2019`` (vc-di-ecdsa section 3.3; P-256 with
SHA-256, P-384 with SHA-384), and the mapping of all suites. Those that canonicalise linked data are in
``rdfc_suites``, ``ecdsa-sd-2023`` is in ``ecdsa_sd_2023``. A further one (``bbs-2023``) implements the same
``Cryptosuite`` and is added to the mapping that a caller hands to ``data_integrity``.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.encoding.jcs import canonicalize
from digital_resume.core.errors import IdentifierError, ProofError
from digital_resume.core.keys.multikey import Curve, multibase_decode, multibase_encode
from digital_resume.core.keys.signing import ALGORITHMS, PublicKey
from digital_resume.core.ports import Signer
from digital_resume.core.securing.ecdsa_sd_2023 import ECDSA_SD_2023
from digital_resume.core.securing.proof_material import ProofMaterial
from digital_resume.core.securing.rdfc_suites import (
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020_SUITE,
    EDDSA_RDFC_2022,
)

__all__ = ["CRYPTOSUITES", "LEGACY_CRYPTOSUITES", "Cryptosuite", "JcsCryptosuite", "ProofMaterial"]


class Cryptosuite(Protocol):
    """One Data Integrity cryptosuite."""

    @property
    def name(self) -> str:
        """The ``cryptosuite`` member's value."""
        ...

    @property
    def algorithms(self) -> frozenset[str]:
        """JOSE names of the algorithms whose keys may be used."""
        ...

    def prepare_options(self, document: Mapping[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        """Return the proof options to sign, completed from the unsecured document."""
        ...

    def create(
        self, document: Mapping[str, Any], options: Mapping[str, Any], signer: Signer
    ) -> tuple[str, ProofMaterial]:
        """Return ``proofValue`` and what it is made of.

        Args:
            document: unsecured document (with ``proof`` only for a proof chain).
            options: proof options as ``prepare_options`` gave them.
            signer: key of one of ``algorithms``.
        """
        ...

    def verify(
        self, document: Mapping[str, Any], options: Mapping[str, Any], proof_value: str, key: PublicKey
    ) -> ProofMaterial:
        """Verify ``proofValue``.

        Raises:
            ProofError: it does not hold.
        """
        ...


_HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "EdDSA": hashlib.sha256,
    "ES256": hashlib.sha256,
    "ES384": hashlib.sha384,
}


class JcsCryptosuite:
    """A suite that canonicalises with JCS and hashes with the digest of its key's curve."""

    def __init__(self, name: str, curves: tuple[Curve, ...]) -> None:
        self._name = name
        self._algorithms = frozenset(ALGORITHMS[curve] for curve in curves)

    @property
    def name(self) -> str:
        """The ``cryptosuite`` member's value."""
        return self._name

    @property
    def algorithms(self) -> frozenset[str]:
        """JOSE names of the algorithms whose keys may be used."""
        return self._algorithms

    def prepare_options(self, document: Mapping[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        """Give the proof the document's ``@context`` (section 3.3.1, step 2)."""
        if "@context" in document:
            return {**options, "@context": document["@context"]}
        return options

    def hash_data(self, document: Mapping[str, Any], options: Mapping[str, Any], algorithm: str) -> bytes:
        """Return hash of the canonical options ‖ hash of the canonical document (section 3.3.4)."""
        digest = _HASHES[algorithm]
        options_hash: bytes = digest(canonicalize(dict(options))).digest()
        document_hash: bytes = digest(canonicalize(dict(document))).digest()
        return options_hash + document_hash

    def create(
        self, document: Mapping[str, Any], options: Mapping[str, Any], signer: Signer
    ) -> tuple[str, ProofMaterial]:
        """Sign the document (section 3.3.1)."""
        if signer.algorithm not in self._algorithms:
            raise ProofError(f"The key cannot be used with {self._name}.", code="algorithm_not_allowed")
        data = self.hash_data(document, options, signer.algorithm)
        signature = signer.sign(data)
        return multibase_encode(signature), ProofMaterial(data, signature, document)

    def verify(
        self, document: Mapping[str, Any], options: Mapping[str, Any], proof_value: str, key: PublicKey
    ) -> ProofMaterial:
        """Verify the document's proof (section 3.3.2)."""
        if key.algorithm not in self._algorithms:
            raise ProofError(f"The key cannot be used with {self._name}.", code="algorithm_not_allowed")
        try:
            signature = multibase_decode(proof_value, max_chars=256)
        except IdentifierError as error:
            raise ProofError("The proofValue is not base58btc multibase.") from error
        unsecured = dict(document)
        if "@context" in options:
            wanted, found = as_list(options["@context"]), as_list(document.get("@context"))
            if list(found[: len(wanted)]) != list(wanted):
                raise ProofError("The document's @context does not begin with the proof's.")
            unsecured["@context"] = options["@context"]
        data = self.hash_data(unsecured, options, key.algorithm)
        key.verify(signature, data)
        return ProofMaterial(data, signature, unsecured)


EDDSA_JCS_2022: Final = JcsCryptosuite("eddsa-jcs-2022", ("Ed25519",))
ECDSA_JCS_2019: Final = JcsCryptosuite("ecdsa-jcs-2019", ("P-256", "P-384"))

CRYPTOSUITES: Final[Mapping[str, Cryptosuite]] = {
    suite.name: suite
    for suite in (EDDSA_JCS_2022, ECDSA_JCS_2019, EDDSA_RDFC_2022, ECDSA_RDFC_2019, ECDSA_SD_2023)
}
"""The suites that are accepted unless a caller says otherwise."""

LEGACY_CRYPTOSUITES: Final[Mapping[str, Cryptosuite]] = {
    ED25519_SIGNATURE_2020_SUITE.name: ED25519_SIGNATURE_2020_SUITE
}
"""Older suites by their proof's type: accepted only where a caller adds them to the mapping."""
