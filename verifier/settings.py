"""Settings of the verifier: what every service shares, and its own bounds and ages."""

from typing import Literal

from pydantic import Field

from digital_resume.settings import CommonSettings


class VerifierSettings(CommonSettings):
    """What the environment says; names of variables are the fields' names in upper case.

    All times in seconds.
    """

    verification_seconds: float = Field(default=15.0, ge=0.5, le=120)
    """Budget of one verification; what takes longer is answered 503 and costs the caller a retry."""

    verification_computing_seconds: float = Field(default=2.0, ge=0.001, le=60)
    """Processor time that one presentation may take, as it is after each credential; beyond it is refused."""

    verification_threads: int = Field(default=8, ge=1, le=64)
    """Verifications that run at the same time; four times as many may wait."""

    verifications_per_minute: int = Field(default=1_200, ge=1, le=1_000_000)
    """Verifications that one address may ask for."""

    max_presentation_bytes: int = Field(default=655_360, ge=65_536, le=8_388_608)
    """Largest request body: the largest resume (508 KiB) and what stands around it."""

    status_max_age_seconds: int = Field(default=43_200, ge=1, le=30 * 86_400)
    """How old a checked copy may be when the chain names a newer root and the issuer cannot be reached."""

    status_heartbeat_max_age_seconds: int = Field(default=86_400, ge=60, le=365 * 86_400)
    """How long an active institution's anchorer may be silent on the chain before its lists are a caution."""

    status_refresh_seconds: float = Field(default=5.0, ge=0.2, le=86_400)
    """Longest pause between two looks at the chain for newer status roots."""

    status_refresh_lists: int = Field(default=2_000, ge=1, le=100_000)
    """Lists that one round looks at, the longest unseen first."""

    index: Literal["on", "off"] = "on"
    """Whether the verifier keeps an index of the chain; ``off`` reads the chain for every verdict."""

    index_max_age_seconds: float = Field(default=600.0, ge=1, le=86_400)
    """How long ago the index may have been complete; with an older one the chain itself is asked."""

    index_max_block_age_seconds: float | None = Field(default=None, ge=1, le=30 * 86_400)
    """How old the index's newest block may be; an hour when not set, any age on a demonstration chain."""

    index_poll_seconds: float = Field(default=1.0, ge=0.05, le=600)
    """Pause between two looks at the chain's head."""

    index_chunk_blocks: int = Field(default=5_000, ge=1, le=1_000_000)
    """Most blocks that the back-fill asks for at once; halved where a node refuses."""

    index_keep_blocks: int = Field(default=64, ge=1, le=10_000)
    """Blocks near the head that are followed one by one and can be rolled back one by one."""

    index_proof: Literal["receipts", "views"] = "receipts"
    """What holds nodes to telling all events: ``receipts``, the headers of blocks and the receipts that they
    commit to; ``views``, what the contracts answer, for chains whose headers have another form."""

    status_history_days: int = Field(default=400, ge=1, le=36_500)
    """How long versions of status lists are kept for historical verdicts."""

    fetch_seconds: float = Field(default=5.0, ge=0.2, le=60)
    """Longest time for one fetch of a status list."""
