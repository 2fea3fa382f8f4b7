"""Accrediting an institution: what the registry must hold of it, and sending only what is not there yet.

The accrediting authority's side. Nothing here knows an issuer's database or settings: an ``Accreditable``
comes from the institution, as a file or from its own issuer, and the authority's account signs.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digital_resume.core.ports import TrustDirectory
from digital_resume.core.trust.issuers import IssuerRecord

if TYPE_CHECKING:  # it comes with web3, which takes a second
    from digital_resume.adapters.chain.registry_admin import RegistryAdmin


@dataclass(frozen=True, slots=True)
class Accreditable:
    """What the accrediting authority puts on the chain for an institution.

    Attributes:
        did: the institution's DID.
        name_ko: name in Korean.
        name_en: name in English.
        url: its credential issuer identifier.
        credential_types: what it may issue.
        key_digest: SHA-256 of its signing key's multikey.
    """

    did: str
    name_ko: str
    name_en: str
    url: str
    credential_types: tuple[str, ...]
    key_digest: bytes


def accredit(
    institution: Accreditable, admin: "RegistryAdmin", directory: TrustDirectory, anchorer: str
) -> int:
    """Put an institution on the chain: names, types, anchorer and key; only what is not there yet.

    Synchronous, and waits for every transaction. Running it again after a crash does the rest.

    Args:
        institution: what is put there.
        admin: the accrediting authority's account.
        directory: what is there.
        anchorer: address that anchors and publishes status in the institution's name.

    Returns:
        Number of transactions sent.

    Raises:
        RegistryRejectedError: the contract refused, in words.
        SourceUnavailableError: the chain is away.
    """
    sent = 0
    record = directory.issuer(institution.did)
    if record is None:
        admin.register_issuer(institution.did, institution.name_ko, institution.name_en, institution.url)
        sent += 1
    for credential_type in institution.credential_types:
        if not _has_type(record, credential_type):
            admin.accredit(institution.did, credential_type)
            sent += 1
    if record is None or not any(grant.address == anchorer for grant in record.anchorers):
        admin.authorize_anchorer(institution.did, anchorer)
        sent += 1
    if record is None or record.key(institution.key_digest) is None:
        admin.add_key(institution.did, institution.key_digest)
        sent += 1
    return sent


def _has_type(record: IssuerRecord | None, credential_type: str) -> bool:
    return record is not None and any(
        found.credential_type == credential_type for found in record.accreditations
    )
