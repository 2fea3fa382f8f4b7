"""The cryptosuites that canonicalise with RDFC-1.0.

``eddsa-rdfc-2022`` (vc-di-eddsa section 3.2), ``ecdsa-rdfc-2019`` (vc-di-ecdsa section 3.2: SHA-256 with
P-256, SHA-384 with P-384, in the canonicalisation as well) and, for verification of older documents,
``Ed25519Signature2020`` (vc-di-eddsa, appendix "Ed25519Signature2020").
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from digital_resume.core.errors import IdentifierError, ProofError
from digital_resume.core.keys.multikey import Curve, multibase_decode, multibase_encode
from digital_resume.core.keys.signing import ALGORITHMS, PublicKey
from digital_resume.core.ports import Signer
from digital_resume.core.securing.linked_data.canonicalizer import Canonicalizer, default_canonicalizer
from digital_resume.core.securing.linked_data.configurations import Configurations
from digital_resume.core.securing.linked_data.rdfc import HashName
from digital_resume.core.securing.proof_material import ProofMaterial

ED25519_SIGNATURE_2020: Final = "Ed25519Signature2020"
"""The ``type`` of the proofs of the older suite; they have no ``cryptosuite``."""

_HASHES: Final[Mapping[str, HashName]] = {"EdDSA": "sha256", "ES256": "sha256", "ES384": "sha384"}


class RdfcCryptosuite:
    """A suite that signs the hashes of the canonical N-Quads of proof options and document.

    Args:
        name: the ``cryptosuite`` member's value, or the proof's type for the older suite.
        curves: curves of the keys that may be used.
        canonicalizer: canonicaliser with the contexts that documents may name; the installed ones by default.
        verify_only: whether no new proofs are made.
    """

    def __init__(
        self,
        name: str,
        curves: tuple[Curve, ...],
        canonicalizer: Canonicalizer | None = None,
        *,
        verify_only: bool = False,
    ) -> None:
        self._name = name
        self._algorithms = frozenset(ALGORITHMS[curve] for curve in curves)
        self._canonicalizer = canonicalizer
        self._configurations: Configurations | None = None
        self._verify_only = verify_only

    @property
    def name(self) -> str:
        """The ``cryptosuite`` member's value."""
        return self._name

    @property
    def algorithms(self) -> frozenset[str]:
        """JOSE names of the algorithms whose keys may be used."""
        return self._algorithms

    def prepare_options(self, _document: Mapping[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        """Return the options as they are: the document's ``@context`` is applied, not written (3.2.5)."""
        return options

    def canonicalize(self, document: Mapping[str, Any], hash_name: HashName) -> bytes:
        """Return a document's canonical N-Quads; errors as ``Canonicalizer.canonicalize``."""
        return self._installed().canonicalize(document, hash_name=hash_name)

    def _installed(self) -> Canonicalizer:
        # The contexts are read when the first document needs them.
        return self._canonicalizer or default_canonicalizer()

    def hash_data(self, document: Mapping[str, Any], options: Mapping[str, Any], algorithm: str) -> bytes:
        """Return hash of the canonical options ‖ hash of the canonical document (section 3.2.4)."""
        name = _HASHES[algorithm]
        digest = hashlib.sha256 if name == "sha256" else hashlib.sha384
        if self._configurations is None:
            self._configurations = Configurations(self._installed())
        configuration = self._configurations.canonicalize(options, document.get("@context"), hash_name=name)
        return digest(configuration).digest() + digest(self.canonicalize(document, name)).digest()

    def create(
        self, document: Mapping[str, Any], options: Mapping[str, Any], signer: Signer
    ) -> tuple[str, ProofMaterial]:
        """Sign the document (section 3.2.1)."""
        if self._verify_only or signer.algorithm not in self._algorithms:
            raise ProofError(f"The key cannot be used with {self._name}.", code="algorithm_not_allowed")
        data = self.hash_data(document, options, signer.algorithm)
        signature = signer.sign(data)
        return multibase_encode(signature), ProofMaterial(data, signature, document)

    def verify(
        self, document: Mapping[str, Any], options: Mapping[str, Any], proof_value: str, key: PublicKey
    ) -> ProofMaterial:
        """Verify the document's proof (section 3.2.2)."""
        if key.algorithm not in self._algorithms:
            raise ProofError(f"The key cannot be used with {self._name}.", code="algorithm_not_allowed")
        try:
            signature = multibase_decode(proof_value, max_chars=256)
        except IdentifierError as error:
            raise ProofError("The proofValue is not base58btc multibase.") from error
        data = self.hash_data(document, options, key.algorithm)
        key.verify(signature, data)
        return ProofMaterial(data, signature, document)


EDDSA_RDFC_2022: Final = RdfcCryptosuite("eddsa-rdfc-2022", ("Ed25519",))
ECDSA_RDFC_2019: Final = RdfcCryptosuite("ecdsa-rdfc-2019", ("P-256", "P-384"))
ED25519_SIGNATURE_2020_SUITE: Final = RdfcCryptosuite(ED25519_SIGNATURE_2020, ("Ed25519",), verify_only=True)
