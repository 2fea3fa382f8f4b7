"""Institutions read from ``IssuerRegistry`` (port ``digital_resume.core.ports.TrustDirectory``).

Every call reads the head; what was read at the same head is answered from memory, so that a cached answer is
only used while the chain is readable and unchanged.
"""

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.views import HeadCache, read
from digital_resume.core.trust.issuers import IssuerRecord
from digital_resume.core.trust.registry import MAX_DID_BYTES, issuer_id, parse_issuer

_CACHED_ISSUERS = 4096


class ChainTrustDirectory:
    """What the registry holds of an institution, as of the chain's head."""

    def __init__(self, client: ChainClient, deployments: Deployments) -> None:
        self._contract = client.contract("IssuerRegistry", deployments.issuer_registry.address)
        self._known = HeadCache(client, _CACHED_ISSUERS)

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return what the registry holds of ``did``, ``None`` when it is not registered.

        Raises:
            EntryUnreadableError: the entry holds text that is not UTF-8.
            SourceUnavailableError: the registry could not be read.
        """
        record = self.entry(did)
        return record and record.readable()

    def issuer_at(self, did: str, block: int) -> IssuerRecord | None:
        """Return what the registry held of ``did`` at a block; errors as ``issuer``."""
        record = self._entry_at(did, block)
        return record and record.readable()

    def entry(self, did: str) -> IssuerRecord | None:
        """Return the entry of ``did`` as it stands, for those who put it right; nothing may be trusted of it.

        Raises:
            SourceUnavailableError: the registry could not be read.
        """
        if len(did.encode("utf-8", "surrogatepass")) > MAX_DID_BYTES:
            return None  # the contract accepts no longer one
        return self._known.answer(did, lambda head: self._entry_at(did, head.number))

    def _entry_at(self, did: str, block: int) -> IssuerRecord | None:
        return parse_issuer(did, read(self._contract.functions.getIssuer(issuer_id(did)), block=block))
