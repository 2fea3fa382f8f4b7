"""What a Data Integrity proof is made of, as the anchor leaf needs it."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class ProofMaterial(NamedTuple):
    """What was signed and the signature, as the anchor leaf needs them.

    Attributes:
        hash_data: the signed bytes: hash of the proof options followed by the hash of the document; of
            ``ecdsa-sd-2023`` what the issuer's base signature covers, the same for every disclosure.
        signature: raw signature.
        document: the document that is covered, without its proof. Its ``@context`` is the proof's: a JCS
            suite lets a document carry further contexts behind those that were signed.
    """

    hash_data: bytes
    signature: bytes
    document: Mapping[str, Any]
