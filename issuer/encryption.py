"""Encryption at rest: what is encrypted under the key-encryption key, each kind bound to its row.

A thin, typed door to ``digital_resume.adapters.keystore.KeyCipher``: AES-256-GCM whose additional data names
the kind and the row's id, so a blob moved to another row does not open. Kinds are separate keys.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from digital_resume.adapters.keystore import KeyCipher
from digital_resume.core.encoding.bounded_json import dump_json, parse_json_object
from digital_resume.core.keys.multikey import Curve
from digital_resume.core.keys.signing import LocalSigner

_CLAIMS = "issuer-record-claims"
_ANSWER = "issuer-answer"
_REQUEST = "issuer-request"
_OFFER = "issuer-offer-code"
_DELIVERY = "issuer-delivery"
_BLIND = "issuer-blind-index"
_DPOP = "issuer-dpop-nonce"


class RowCipher:
    """Encrypts and opens what must not lie in the database in the clear."""

    def __init__(self, cipher: KeyCipher) -> None:
        self._cipher = cipher

    def seal_claims(self, record_id: UUID, claims: dict[str, Any]) -> bytes:
        """Encrypt the claims of a record."""
        return self._cipher.encrypt(str(record_id), dump_json(claims), kind=_CLAIMS)

    def open_claims(self, record_id: UUID, blob: bytes) -> dict[str, Any]:
        """Return the claims of a record."""
        return parse_json_object(self._cipher.decrypt(str(record_id), blob, kind=_CLAIMS))

    def seal_answer(self, institution_id: UUID, key: str, body: bytes) -> bytes:
        """Encrypt the body answered under an ``Idempotency-Key``."""
        return self._cipher.encrypt(f"{institution_id}|{key}", body, kind=_ANSWER)

    def request_mac(self, institution_id: UUID, key: str, operation: str, body: bytes) -> bytes:
        """Return what is kept of a request, so that a repetition under its ``Idempotency-Key`` is known.

        Keyed, and bound to the row: bodies hold names and birth dates.
        """
        return self._cipher.mac(_REQUEST, institution_id.bytes, key.encode(), operation.encode(), body)

    def open_answer(self, institution_id: UUID, key: str, blob: bytes) -> bytes:
        """Return the body answered under an ``Idempotency-Key``."""
        return self._cipher.decrypt(f"{institution_id}|{key}", blob, kind=_ANSWER)

    def seal_code(self, offer_id: str, code: str) -> bytes:
        """Encrypt a pre-authorized code, so that the offer can be fetched by reference."""
        return self._cipher.encrypt(offer_id, code.encode(), kind=_OFFER)

    def open_code(self, offer_id: str, blob: bytes) -> str:
        """Return the pre-authorized code of an offer."""
        return self._cipher.decrypt(offer_id, blob, kind=_OFFER).decode()

    def seal_delivery(self, credential_id: UUID, credential: str) -> bytes:
        """Encrypt an issued credential for the time of its delivery."""
        return self._cipher.encrypt(str(credential_id), credential.encode(), kind=_DELIVERY)

    def open_delivery(self, credential_id: UUID, blob: bytes) -> str:
        """Return an issued credential that is still being delivered."""
        return self._cipher.decrypt(str(credential_id), blob, kind=_DELIVERY).decode()

    def seal_blind_index_key(self, institution_id: UUID, key: bytes) -> bytes:
        """Encrypt an institution's blind index key."""
        return self._cipher.encrypt(str(institution_id), key, kind=_BLIND)

    def open_blind_index_key(self, institution_id: UUID, blob: bytes) -> bytes:
        """Return an institution's blind index key."""
        return self._cipher.decrypt(str(institution_id), blob, kind=_BLIND)

    def dpop_nonce_mac(self, made: bytes) -> bytes:
        """Return the MAC of a nonce for DPoP proofs, whichever process of this issuer made it."""
        return self._cipher.mac(_DPOP, made)

    def seal_signing_key(self, key_id: UUID, secret: bytes, curve: Curve = "P-256") -> bytes:
        """Encrypt the secret key of an institution."""
        return self._cipher.seal_signing_key(str(key_id), secret, curve=curve)

    def certificate_request(self, key_id: UUID, blob: bytes, *, name: str, uris: Sequence[str]) -> bytes:
        """Return a request for a certificate of a stored institution key, in PEM form."""
        return self._cipher.certificate_request(str(key_id), blob, name=name, uris=uris)

    def signer(self, key_id: UUID, blob: bytes, did: str, curve: Curve = "P-256") -> LocalSigner:
        """Return the signer of a stored institution key."""
        return self._cipher.signer(str(key_id), blob, did, curve=curve)
