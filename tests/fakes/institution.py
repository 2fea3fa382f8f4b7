"""An institution that issues real SD-JWT credentials, anchors real trees and publishes real statuses."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eth_utils.address import to_checksum_address

from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.credentials.catalog import Catalog, CredentialType
from digital_resume.core.credentials.sd_jwt_vc import issue_credential
from digital_resume.core.identifiers.did import did_web_from_url
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.status.status_array import Status, StatusArray
from tests.fakes.sources import FakeAnchorLog, FakeStatusSource, FakeTrustDirectory


def fake_address(name: str) -> str:
    """Return an EVM address made from a name."""
    return str(to_checksum_address("0x" + hashlib.sha256(name.encode()).hexdigest()[:40]))


def key_digest(signer: LocalSigner) -> bytes:
    """Return the digest under which the registry keeps a key."""
    return hashlib.sha256(signer.public_key.multikey.encode()).digest()


@dataclass(frozen=True)
class Issued:
    """An issued credential: the token with all disclosures, its leaf and its place in the status list."""

    token: str
    leaf: bytes
    status_index: int


class Institution:
    """An institution with a key, an anchorer and a status list.

    Args:
        slug: names it; ``name_ko`` and ``name_en`` default to it.
        trust: the registry; it is registered there unless ``registered`` is false.
        anchors: where it anchors.
        statuses: where its status list is.
        catalog: the types it knows.
        at: since when it exists.
        types: the types it is accredited for.
        registered: whether the registry knows it.
    """

    def __init__(
        self,
        slug: str,
        *,
        trust: FakeTrustDirectory,
        anchors: FakeAnchorLog,
        statuses: FakeStatusSource,
        catalog: Catalog,
        at: datetime,
        types: Sequence[str],
        name_ko: str | None = None,
        name_en: str | None = None,
        registered: bool = True,
        issuer_url: str = "http://localhost:8001",
    ) -> None:
        self.url = f"{issuer_url}/i/{slug}"
        self.did = did_web_from_url(self.url)
        self.signer = LocalSigner.generate("P-256", self.did)
        self.anchorer = fake_address(slug)
        self.status_uri = f"{self.url}/status/1"
        self.statuses = StatusArray.new()
        self._trust, self._anchors, self._source, self._catalog = trust, anchors, statuses, catalog
        self._next_index = 1000
        if registered:
            trust.register(self.did, name_ko=name_ko or slug, name_en=name_en or slug, url=self.url, at=at)
            trust.authorize_anchorer(self.did, self.anchorer, start=at)
            trust.add_key(self.did, key_digest(self.signer), start=at)
            for credential_type in types:
                trust.accredit(self.did, credential_type, start=at)
        statuses.publish(self.status_uri, self.statuses, submitter=self.anchorer, at=at)

    @property
    def key_digest(self) -> bytes:
        """Digest of the present key."""
        return key_digest(self.signer)

    def rotate_key(self, *, at: datetime) -> LocalSigner:
        """Retire the present key, take a new one and return the old one."""
        old = self.signer
        self._trust.retire_key(self.did, key_digest(old), until=at)
        self.signer = LocalSigner.generate("P-256", self.did)
        self._trust.add_key(self.did, self.key_digest, start=at)
        return old

    def issue(
        self,
        credential_type: str | CredentialType,
        claims: Mapping[str, Any] | None = None,
        *,
        holder_jwk: Mapping[str, Any],
        at: datetime,
        valid_until: datetime | None = None,
        signer: LocalSigner | None = None,
    ) -> Issued:
        """Issue a credential; the claims are the type's example changed by ``claims``."""
        if isinstance(credential_type, str):
            credential_type = self._catalog.credential_type(credential_type)
        index, self._next_index = self._next_index, self._next_index + 1
        issued = issue_credential(
            credential_type,
            {**credential_type.example, **(claims or {})},
            issuer=self.did,
            signer=signer or self.signer,
            holder_jwk=holder_jwk,
            status_uri=self.status_uri,
            status_index=index,
            issued_at=at,
            valid_from=None,
            valid_until=valid_until,
        )
        return Issued(issued.token, issued.content.leaf, index)

    def anchor(self, *issued: Issued, at: datetime, submitter: str | None = None) -> list[Receipt]:
        """Anchor credentials in one batch and return their receipts in order."""
        tree = MerkleTree([credential.leaf for credential in issued])
        submitter = submitter or self.anchorer
        self._anchors.anchor(submitter, tree.root, at=at)
        return [
            Receipt(
                leaf=credential.leaf,
                index=index,
                size=tree.size,
                path=tree.path(index),
                root=tree.root,
                chain=self._anchors.chain,
                submitter=submitter,
                transaction="0x" + hashlib.sha256(tree.root).hexdigest(),
                block_number=7,
                block_time=at,
            )
            for index, credential in enumerate(issued)
        ]

    def set_status(self, issued: Issued, status: Status, *, at: datetime) -> None:
        """Change a credential's status and publish the list."""
        self.statuses.set(issued.status_index, status)
        self._source.publish(self.status_uri, self.statuses, submitter=self.anchorer, at=at)
