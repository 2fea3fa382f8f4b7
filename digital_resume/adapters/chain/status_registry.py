"""The current status root of a submitter, read from ``StatusRegistry`` at the chain's head."""

from dataclasses import dataclass
from datetime import UTC, datetime

from eth_utils.address import is_hex_address, to_checksum_address

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.core.errors import SourceUnavailableError, StatusError


@dataclass(frozen=True, slots=True)
class StatusHead:
    """What a submitter says now.

    Attributes:
        root: root over the digests of all its lists.
        since: when this root became current.
        heartbeat: when the submitter last said that it still is.
        sequence: number of this version, from 1.
        read_at: time of the block at which it was read.
        block_number: number of that block.
    """

    root: bytes
    since: datetime
    heartbeat: datetime
    sequence: int
    read_at: datetime
    block_number: int


class ChainStatusRegistry:
    """Reads status roots; negative facts must be seen at once, so the head is read, not a final block."""

    def __init__(self, client: ChainClient, deployments: Deployments) -> None:
        self._client = client
        self._address = deployments.status_registry.address
        self._contract = load_contract("StatusRegistry")
        self.chain = deployments.status_chain

    def latest(self, submitter: str) -> StatusHead | None:
        """Return the current root of ``submitter`` (an EVM address); ``None`` when it never published.

        Raises:
            StatusError: ``submitter`` is no address.
            SourceUnavailableError: the chain could not be read.
        """
        if not is_hex_address(submitter):
            raise StatusError("The status list's submitter is not an address.")
        head = self._client.head()
        data = self._contract.encode_call("latest", to_checksum_address(submitter))
        answer = self._client.call(self._address, data, block=head.number)
        root, since, heartbeat, sequence = self._contract.decode_result("latest", answer)
        if sequence == 0:
            return None
        try:
            return StatusHead(
                root=root,
                since=datetime.fromtimestamp(since, UTC),
                heartbeat=datetime.fromtimestamp(heartbeat, UTC),
                sequence=sequence,
                read_at=head.time,
                block_number=head.number,
            )
        except (ValueError, OverflowError, OSError) as error:
            raise SourceUnavailableError("The node's answer is not a time. Check RPC_URLS.") from error
