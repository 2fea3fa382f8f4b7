"""The published forms of a list, as the confirmed publication names it.

All three are made from the same bytes: the Token Status List, the Bitstring status list credentials, and the
path to the root on the chain. ``serving`` keeps them; signing one again costs no transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.ports import Signer
from digital_resume.core.securing.data_integrity import add_proof
from digital_resume.core.status.bitstring import build_bitstring_credential
from digital_resume.core.status.status_array import StatusArray
from digital_resume.core.status.token_status_list import build_status_list_token
from digital_resume.core.trust.issuers import ChainRef
from digital_resume.error_words import particular
from issuer.errors import NotFoundError
from issuer.settings import IssuerSettings
from issuer.status.models import StatusContent, StatusList, StatusPublication, StatusVersion


@dataclass(frozen=True, slots=True)
class ServedList:
    """A list in the version that the chain names."""

    uri: str
    size: int
    sequence: int
    statuses: StatusArray
    index: int
    path: list[str]
    publication: StatusPublication

    def anchor(self, chain: ChainRef) -> dict[str, Any]:
        """Build the document that leads from the list to the root on the chain."""
        publication = self.publication
        assert publication.transaction_hash is not None
        assert publication.block_time is not None
        return {
            "uri": self.uri,
            "size": self.size,
            "sequence": self.sequence,
            "digest": self.statuses.digest.hex(),
            "index": self.index,
            "treeSize": publication.size,
            "path": self.path,
            "root": publication.root.hex(),
            "chain": {
                "id": chain.id,
                "genesis": chain.genesis,
                "contract": chain.contract,
                "codeHash": chain.code_hash,
            },
            "submitter": publication.submitter,
            "transaction": "0x" + publication.transaction_hash.hex(),
            "block": {"number": publication.block_number, "time": int(publication.block_time.timestamp())},
        }

    def token(self, signer: Signer, settings: IssuerSettings, now: datetime) -> str:
        """Sign the Token Status List."""
        return build_status_list_token(
            self.statuses,
            uri=self.uri,
            signer=signer,
            issued_at=now,
            expires_at=now + timedelta(seconds=settings.status_token_seconds),
            ttl=settings.status_ttl_seconds,
        )

    def bitstring(
        self, purpose: str, issuer: str, signer: Signer, settings: IssuerSettings, now: datetime
    ) -> dict[str, Any]:
        """Sign the Bitstring status list credential of one purpose."""
        # Valid since the chain names this version: no verifier's clock can be behind that.
        published = self.publication.block_time
        assert published is not None
        credential = build_bitstring_credential(
            self.statuses,
            uri=f"{self.uri}/bitstring/{purpose}",
            purpose=purpose,
            issuer=issuer,
            valid_from=min(published, now),
            valid_until=now + timedelta(seconds=settings.status_token_seconds),
            ttl_seconds=settings.status_ttl_seconds,
        )
        suite = "eddsa-rdfc-2022" if signer.algorithm == "EdDSA" else "ecdsa-jcs-2019"
        return add_proof(credential, signer, cryptosuite=suite, purpose="assertionMethod", created=now)


async def served_list(session: AsyncSession, uri: str) -> ServedList:
    """Return a list as the chain names it.

    Raises:
        NotFoundError: there is no such list.
        SourceUnavailableError: it is not on the chain yet (code ``status_not_published``).
    """
    row = (
        await session.execute(
            select(StatusList.uri, StatusList.size, StatusVersion, StatusContent.statuses, StatusPublication)
            .join(StatusVersion, StatusVersion.status_list_id == StatusList.id)
            .join(
                StatusContent,
                (StatusContent.status_list_id == StatusVersion.status_list_id)
                & (StatusContent.sequence == StatusVersion.sequence),
            )
            .join(StatusPublication, StatusPublication.id == StatusVersion.publication_id)
            .where(StatusList.uri == uri, StatusPublication.state == "confirmed")
        )
    ).one_or_none()
    if row is not None:
        address, size, version, statuses, publication = row
        return ServedList(
            address, size, version.sequence, StatusArray(statuses), version.index, version.path, publication
        )
    if await session.scalar(select(StatusList.id).where(StatusList.uri == uri)) is None:
        raise NotFoundError(
            "There is no such status list. Check its address.",
            message_ko=particular("not_found", "status_list"),
        )
    raise SourceUnavailableError(
        "This status list is not on the chain yet. Ask again after the next tick.",
        code="status_not_published",
    )
