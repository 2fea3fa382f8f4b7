"""The registry of institutions, read from ``IssuerRegistry`` (port ``core.ports.TrustDirectory``).

Every call reads the head; what was read at the same head is answered from memory, so that a cached answer is
only used while the chain is readable and unchanged.
"""

import threading
from collections import OrderedDict
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.client import BlockHeader, ChainClient
from digital_resume.adapters.chain.deployments import Deployments
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
        self._client = client
        self._registry = deployments.issuer_registry.address
        self._contract = load_contract("IssuerRegistry")
        self._lock = threading.Lock()
        self._head = ""
        self._cache: OrderedDict[str, IssuerRecord | None] = OrderedDict()

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return what the registry holds of ``did``, ``None`` when it is not registered.

        Raises:
            SourceUnavailableError: the registry could not be read.
        """
        if len(did.encode("utf-8", "surrogatepass")) > MAX_DID_BYTES:
            return None  # the contract accepts no longer one
        head = self._client.head()
        with self._lock:
            if head.hash != self._head:
                self._cache.clear()
                self._head = head.hash
            elif did in self._cache:
                self._cache.move_to_end(did)
                return self._cache[did]
        record = self._read(did, head)
        with self._lock:
            if head.hash == self._head:
                self._cache[did] = record
                if len(self._cache) > _CACHED_ISSUERS:
                    self._cache.popitem(last=False)
        return record

    def _read(self, did: str, head: BlockHeader) -> IssuerRecord | None:
        issuer_id = keccak(did.encode("utf-8", "surrogatepass"))
        data = self._contract.encode_call("getIssuer", issuer_id)
        answer = self._client.call(self._registry, data, block=head.number)
        (raw,) = self._contract.decode_result("getIssuer", answer)
        return parse_issuer(did, raw)


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
