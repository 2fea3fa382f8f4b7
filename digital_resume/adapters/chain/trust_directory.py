"""The registry of institutions, read from ``IssuerRegistry`` (port ``core.ports.TrustDirectory``).

Every call reads the head; what was read at the same head is answered from memory, so that a cached answer is
only used while the chain is readable and unchanged.
"""

from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.views import HeadCache, read
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

MAX_DID_BYTES = 256
_CACHED_ISSUERS = 4096

#: The contract's numbers.
ISSUER_STATUSES = {
    0: IssuerStatus.ACTIVE,
    1: IssuerStatus.SUSPENDED,
    2: IssuerStatus.CLOSED,
    3: IssuerStatus.MERGED,
}


class ChainTrustDirectory:
    """What the registry holds of an institution, as of the chain's head."""

    def __init__(self, client: ChainClient, deployments: Deployments) -> None:
        self._contract = client.contract("IssuerRegistry", deployments.issuer_registry.address)
        self._known = HeadCache(client, _CACHED_ISSUERS)

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return what the registry holds of ``did``, ``None`` when it is not registered.

        Raises:
            SourceUnavailableError: the registry could not be read.
        """
        if len(did.encode("utf-8", "surrogatepass")) > MAX_DID_BYTES:
            return None  # the contract accepts no longer one
        return self._known.answer(did, lambda head: self.issuer_at(did, head.number))

    def issuer_at(self, did: str, block: int) -> IssuerRecord | None:
        """Return what the registry held of ``did`` at a block; errors as ``issuer``."""
        identifier = keccak(did.encode("utf-8", "surrogatepass"))
        return parse_issuer(did, read(self._contract.functions.getIssuer(identifier), block=block))


def issuer_id(did: str) -> bytes:
    """Return the registry's id of a DID: keccak-256 of its bytes."""
    return keccak(did.encode())


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
