"""What the chain says of an institution, asked before anything is signed in its name.

A credential that is signed while its institution is suspended, or with a key that is reported as compromised,
is never genuine, and the record that it was made of is used up. So nothing is signed then, and the record
waits. What is asked is what a verifier judges a credential by that was just made.

An answer counts for a few seconds. While the chain is away the last one counts for longer, so that a node
that restarts stops nobody; after that nothing is signed either, because a report that nobody has read yet
may be in the blocks between.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from digital_resume.core.errors import ResumeError, SourceUnavailableError
from digital_resume.core.ports import Clock
from digital_resume.core.trust.issuers import IssuerRecord, IssuerStatus, key_digest
from issuer.chain.account import ChainReader
from issuer.errors import SigningRefusedError

log = logging.getLogger(__name__)

_ASK_AGAIN_SECONDS: Final = 2.0
"""After the chain did not answer: a node that hangs is not asked by every request."""

_WORDS: Final = {
    "institution_not_registered": "The institution is not on the chain. Issue again once it is accredited.",
    "institution_suspended": "The institution is suspended on the chain. Issue again when it is reinstated.",
    "institution_closed": "The institution is closed or merged on the chain. A successor issues from now on.",
    "type_not_accredited": "The institution is not accredited for this credential type. Ask its authority.",
    "signing_key_not_registered": "The signing key is not in force on the chain yet. Finish accrediting "
    "it, or wait for the next block.",
    "signing_key_retired": "The signing key has ended on the chain. Run: resume institution rotate-key.",
    "signing_key_compromised": "The signing key is reported as compromised. Run: resume institution "
    "rotate-key.",
}
_SIGNERS_CODES: Final = {
    "key_not_yet_valid": "signing_key_not_registered",
    "key_retired": "signing_key_retired",
}
"""A verifier's codes in the signer's words."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the chain said of an institution.

    Attributes:
        record: what the registry held; ``None`` when it held nothing, or could not be asked.
        read_at: the chain's time of the block that was asked, or the clock's where that is later.
        known: the chain was asked not too long ago.
    """

    record: IssuerRecord | None
    read_at: datetime
    known: bool = True

    def permits(self, credential_type: str, verification_method: str, now: datetime) -> bool:
        """Tell whether ``require`` lets a credential be signed."""
        try:
            self.require(credential_type, verification_method, now)
        except ResumeError:
            return False
        return True

    def require(self, credential_type: str, verification_method: str, now: datetime) -> None:
        """Check that a credential of a type that a key signs now would be genuine.

        Args:
            credential_type: the type's name.
            verification_method: the signing key's, which ends with its multikey.
            now: the present moment.

        Raises:
            SigningRefusedError: it would not, with the reason as its code.
            SourceUnavailableError: ``standing_unknown``: the chain could not be asked for too long.
        """
        if not self.known:
            raise SourceUnavailableError(
                "The chain does not answer, so it is not known whether the institution may sign now. Nothing "
                "was signed; try again in a moment.",
                code="standing_unknown",
            )
        digest = key_digest(verification_method.partition("#")[2])
        # The newest block may be a few seconds ahead of this machine's clock.
        problem = _problem(self.record, credential_type, digest, max(now, self.read_at))
        if problem is not None:
            raise SigningRefusedError(
                f"{_WORDS[problem]} Nothing was signed, and a record that waits goes on waiting.",
                code=problem,
            )


def _problem(
    record: IssuerRecord | None, credential_type: str, digest: bytes, moment: datetime
) -> str | None:
    """Return the code of what speaks against signing; ``None`` when nothing does."""
    status = record.status_at(moment) if record is not None else None
    if record is None or status is None:
        return "institution_not_registered"
    if status is not IssuerStatus.ACTIVE:
        return "institution_suspended" if status is IssuerStatus.SUSPENDED else "institution_closed"
    key = record.key(digest)
    if key is None:
        return "signing_key_not_registered"
    if key.compromised_since is not None:
        return "signing_key_compromised"
    problem = record.problem_at(moment, credential_type, key)
    return None if problem is None else _SIGNERS_CODES.get(problem, problem)


@dataclass(slots=True)
class Standings:
    """Standings of this issuer's institutions, each read again when its answer is old.

    Attributes:
        reader: opens the chain.
        clock: the present moment.
        fresh: seconds for which an answer counts.
        keep: seconds for which the last answer counts while the chain is away.
    """

    reader: Callable[[], ChainReader]
    clock: Clock
    fresh: float
    keep: float
    _kept: dict[str, tuple[float, Standing]] = field(default_factory=dict)
    _failed: float | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, did: str, credential_type: str, verification_method: str) -> Standing:
        """Return what the chain says of an institution that is about to sign; see ``Standing.require``.

        Nobody is refused by an answer that is not new: with a key that was just rotated, or after it was
        reinstated, an institution signs at once.
        """
        # While a node hangs, one request waits for it and the others go on with what is kept.
        hanging = self._failed is not None and self._lock.locked()
        kept = self._last(did, self.keep if hanging else self.fresh)
        if kept is not None and kept.permits(credential_type, verification_method, self.clock.now()):
            return kept
        begun = time.monotonic()
        # One asks; those that wait meanwhile have its answer, or its failure.
        async with self._lock:
            asked = self._last(did, time.monotonic() - begun) or await self._ask(did)
        return asked or self._last(did, self.keep) or Standing(None, self.clock.now(), known=False)

    async def _ask(self, did: str) -> Standing | None:
        """Ask the chain; ``None`` when it does not answer, or did not a moment ago."""
        if self._failed is not None and time.monotonic() - self._failed < _ASK_AGAIN_SECONDS:
            return None
        begun = time.monotonic()
        try:
            standing = await asyncio.to_thread(self._read, did)
        except ResumeError as error:
            log.warning("An institution's standing is not known now (%s): %s", error.code, error.message)
            self._failed = time.monotonic()
            return None
        self._failed = None
        self._kept[did] = (begun, standing)
        return standing

    def _read(self, did: str) -> Standing:
        reader = self.reader()
        record = reader.trust_directory.issuer(did)
        return Standing(record, max(self.clock.now(), reader.client.head().time))

    def _last(self, did: str, seconds: float) -> Standing | None:
        kept = self._kept.get(did)
        return kept[1] if kept is not None and time.monotonic() - kept[0] <= seconds else None
