"""The current status root of a submitter, read from ``StatusRegistry`` at the chain's head."""

from datetime import UTC, datetime
from typing import Final

from eth_utils.address import is_hex_address, to_checksum_address

from digital_resume.adapters.chain.client import Block, ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.views import HeadCache, read, understood
from digital_resume.core.errors import StatusError
from digital_resume.core.trust.logs import StatusHead

_CACHED: Final = 4_096


class ChainStatusRegistry:
    """Reads status roots; negative facts must be seen at once, so the head is read, not a final block."""

    def __init__(self, client: ChainClient, deployments: Deployments) -> None:
        self._contract = client.contract("StatusRegistry", deployments.status_registry.address)
        self._known = HeadCache(client, _CACHED)
        self.chain = deployments.status_chain

    def latest(self, submitter: str) -> StatusHead | None:
        """Return the current root of ``submitter`` (an EVM address); ``None`` when it never published.

        Raises:
            StatusError: ``submitter`` is no address.
            SourceUnavailableError: the chain could not be read.
        """
        if not is_hex_address(submitter):
            raise StatusError("The status list's submitter is not an address.")
        address = to_checksum_address(submitter)
        return self._known.answer(address, lambda head: self._read(address, head))

    def _read(self, address: str, head: Block) -> StatusHead | None:
        root, since, heartbeat, sequence = read(self._contract.functions.latest(address), block=head.number)
        if sequence == 0:
            return None
        with understood("latest"):
            moments = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(heartbeat, UTC)
        return StatusHead(root, *moments, sequence, read_at=head.time, block_number=head.number)
