"""How far the index has come, and which status root was current when, as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Position:
    """How far the index has come.

    Attributes:
        generation: grows when blocks were rolled back.
        first_block: where the contracts begin.
        block: number of the newest block in the index.
        block_hash: its hash.
        block_time: its time.
        head: number of the chain's newest block when it was last looked at.
        confirmed_at: when the chain was last seen to have nothing more.
        ready: whether all of it was read, and what was read by ranges compared with the contracts.
    """

    generation: int
    first_block: int
    block: int
    block_hash: str
    block_time: datetime
    head: int
    confirmed_at: datetime
    ready: bool

    @property
    def blocks_left(self) -> int:
        """How many blocks the chain has that the index lacks."""
        return max(0, self.head - self.block)


@dataclass(frozen=True, slots=True)
class RootPeriod:
    """A status root, since when it was current, and when its publisher last said that it is."""

    root: bytes
    sequence: int
    since: datetime
    heartbeat: datetime
