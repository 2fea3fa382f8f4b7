"""What ``IssuerRegistry`` answers about an institution, as a value: its numbers, ids and struct."""

from typing import Any, Final

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.events import moment, period
from digital_resume.core.trust.issuers import (
    Accreditation,
    AnchorerGrant,
    IssuerRecord,
    IssuerStatus,
    KeyEntry,
    StatusChange,
)

MAX_DID_BYTES: Final = 256
"""Of the longest DID that the contract accepts."""

ISSUER_STATUSES: Final = {
    0: IssuerStatus.ACTIVE,
    1: IssuerStatus.SUSPENDED,
    2: IssuerStatus.CLOSED,
    3: IssuerStatus.MERGED,
}
"""The contract's numbers."""


def issuer_id(did: str) -> bytes:
    """Return the registry's id of a DID: keccak-256 of its bytes."""
    return keccak(did.encode("utf-8", "surrogatepass"))


def parse_issuer(did: str, raw: tuple[Any, ...]) -> IssuerRecord | None:
    """Turn the struct ``Issuer`` of the contract into the domain's record.

    Raises:
        SourceUnavailableError: the struct cannot be what the contract answers for ``did``.
    """
    exists, _registrar, _controller, found, name_ko, name_en, url, log, accreditations, anchorers, keys = raw
    if not exists:
        return None
    if found != did:
        raise SourceUnavailableError(
            "The node answered for another institution than was asked. Check RPC_URLS."
        )
    try:
        return IssuerRecord(
            did=found,
            name_ko=name_ko,
            name_en=name_en,
            url=url,
            status_log=tuple(
                StatusChange(ISSUER_STATUSES[status], moment(since), successor or None)
                for status, since, successor in log
            ),
            accreditations=tuple(Accreditation(kind, period(a, b)) for kind, a, b in accreditations),
            anchorers=tuple(
                AnchorerGrant(to_checksum_address(address), period(a, b)) for address, a, b in anchorers
            ),
            keys=tuple(
                KeyEntry(digest, period(a, b), moment(since) if since else None)
                for digest, a, b, since in keys
            ),
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise SourceUnavailableError("The node's answer about an institution makes no sense.") from error
