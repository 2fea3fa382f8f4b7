"""Checkpoints: witnesses say "on this chain, this block has this hash and time, and these facts hold at it",
and k of n of them signed.

Whoever verifies without a network pins the witnesses' keys and how many must agree. A checkpoint carries
what several nodes would have answered, so it is worth what its witnesses are
(``docs/adr/0028-checkpoints.md``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from digital_resume.core.anchoring.merkle import MAX_TREE_SIZE
from digital_resume.core.chain_proofs.facts import FactsHead
from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.errors import IdentifierError, MalformedError, ProofError
from digital_resume.core.keys.signing import PublicKey, public_key_from_multikey
from digital_resume.core.ports import Signer
from digital_resume.core.trust.issuers import ChainRef

MAX_WITNESSES: Final = 32
DEFAULT_MAX_AGE: Final = timedelta(hours=24)
CLOCK_SKEW: Final = timedelta(minutes=5)

_TAG: Final = "vdr-checkpoint-v1"
_MEMBERS: Final = frozenset({"type", "version", "chain", "block", "facts", "signatures"})
_CHAIN_MEMBERS: Final = frozenset({"id", "genesis", "contracts"})
_CHAIN_ID: Final = re.compile(r"eip155:[1-9][0-9]{0,31}", re.ASCII)
_HASH: Final = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_HEX32: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAX_TIME: Final = 1 << 34
_MAX_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class WitnessSignature:
    """One witness's signature: its key as a Multikey, and the raw signature."""

    key: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A block of a chain, as witnesses saw it.

    Attributes:
        chain_id: CAIP-2 identifier.
        genesis: hash of block 0, ``0x``.
        contracts: SHA-256 over the deployment's contracts: the facts of a pilot's registry are not those of
            another on the same chain.
        number: the block's number.
        hash: the block's hash.
        time: the block's time.
        facts: what the contracts answer at the block (``digital_resume.core.chain_proofs.facts``); ``None``
        when not said. signatures: who says so.
    """

    chain_id: str
    genesis: str
    contracts: bytes
    number: int
    hash: bytes
    time: datetime
    facts: FactsHead | None = None
    signatures: tuple[WitnessSignature, ...] = ()

    def signed_bytes(self) -> bytes:
        """Return what every witness signs: eight lines of ASCII."""
        lines = (
            _TAG,
            self.chain_id,
            self.genesis,
            self.contracts.hex(),
            self.number,
            "0x" + self.hash.hex(),
            int(self.time.timestamp()),
            "-" if self.facts is None else f"{self.facts.size} {self.facts.root.hex()}",
        )
        return "".join(f"{line}\n" for line in lines).encode("ascii")

    def signed_by(self, signer: Signer) -> "Checkpoint":
        """Return the checkpoint with one more signature, or the same key's renewed."""
        key = signer.verification_method.partition("#")[2]
        others = tuple(each for each in self.signatures if each.key != key)
        return replace(self, signatures=(*others, WitnessSignature(key, signer.sign(self.signed_bytes()))))

    def to_json(self) -> dict[str, Any]:
        """Return the checkpoint as its JSON object."""
        return {
            "type": "AnchorCheckpoint",
            "version": 1,
            "chain": {"id": self.chain_id, "genesis": self.genesis, "contracts": self.contracts.hex()},
            "block": {
                "number": self.number,
                "hash": "0x" + self.hash.hex(),
                "time": int(self.time.timestamp()),
            },
            "facts": (
                None if self.facts is None else {"size": self.facts.size, "root": self.facts.root.hex()}
            ),
            "signatures": [
                {"key": each.key, "signature": b64u_encode(each.signature)} for each in self.signatures
            ],
        }


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Whom a verifier believes: how many of which keys, by name."""

    threshold: int
    keys: dict[PublicKey, str]


def parse_checkpoint(document: object) -> Checkpoint:
    """Parse a checkpoint's JSON object, strictly; who signed it is not looked at yet.

    Raises:
        MalformedError: code ``checkpoint_malformed``.
    """
    members = _object(document, _MEMBERS)
    chain = _object(members["chain"], _CHAIN_MEMBERS)
    block = _object(members["block"], {"number", "hash", "time"})
    signatures = members["signatures"]
    if members["type"] != "AnchorCheckpoint" or _integer(members["version"], 1) != 1:
        raise _malformed()
    if not isinstance(signatures, list) or len(signatures) > MAX_WITNESSES:
        raise _malformed()
    return Checkpoint(
        chain_id=_text(chain["id"], _CHAIN_ID),
        genesis=_text(chain["genesis"], _HASH),
        contracts=bytes.fromhex(_text(chain["contracts"], _HEX32)),
        number=_integer(block["number"], 1 << 53),
        hash=bytes.fromhex(_text(block["hash"], _HASH)[2:]),
        time=datetime.fromtimestamp(_integer(block["time"], _MAX_TIME), UTC),
        facts=_facts(members["facts"]),
        signatures=tuple(_signature(each) for each in signatures),
    )


def parse_witnesses(document: object) -> Witnesses:
    """Parse what a verifier pins: ``{"type":"AnchorWitnesses","version":1,"threshold":k,"witnesses":[…]}``.

    Raises:
        MalformedError: code ``witnesses_malformed``: also for a key twice, or a threshold that cannot be met.
    """
    try:
        members = _object(document, {"type", "version", "threshold", "witnesses"})
        witnesses = members["witnesses"]
        if members["type"] != "AnchorWitnesses" or _integer(members["version"], 1) != 1:
            raise _malformed()
        if not isinstance(witnesses, list) or not 0 < len(witnesses) <= MAX_WITNESSES:
            raise _malformed()
        keys: dict[PublicKey, str] = {}
        for each in witnesses:
            witness = _object(each, {"name", "key"})
            name = witness["name"]
            if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME:
                raise _malformed()
            keys[_key(witness["key"])] = name
        threshold = _integer(members["threshold"], len(keys))
        if len(keys) != len(witnesses) or threshold < 1:
            raise _malformed()
    except MalformedError:
        raise MalformedError(
            "The witnesses file is not one: distinct Ed25519 or P-256 keys, and how many of them must sign.",
            code="witnesses_malformed",
        ) from None
    return Witnesses(threshold, keys)


def verify_checkpoint(
    checkpoint: Checkpoint,
    witnesses: Witnesses,
    chain: ChainRef,
    contracts: bytes,
    *,
    now: datetime,
    max_age: timedelta = DEFAULT_MAX_AGE,
) -> tuple[str, ...]:
    """Check that enough pinned witnesses signed a checkpoint of the pinned chain, not too long ago.

    Args:
        checkpoint: the checkpoint.
        witnesses: whom the verifier pins.
        chain: which chain it pins.
        contracts: digest of the contracts it pins.
        now: present moment.
        max_age: oldest block that is accepted.

    Returns:
        The names of the witnesses that signed.

    Raises:
        ProofError: ``checkpoint_other_chain``, ``checkpoint_other_contracts``,
            ``checkpoint_witnesses_missing``, ``checkpoint_too_old`` or ``checkpoint_in_the_future``.
    """
    if (checkpoint.chain_id, checkpoint.genesis) != (chain.id, chain.genesis):
        raise ProofError(
            "The checkpoint is of another chain than the pinned one.", code="checkpoint_other_chain"
        )
    if checkpoint.contracts != contracts:
        raise ProofError(
            "The checkpoint is of other contracts on this chain than the pinned ones.",
            code="checkpoint_other_contracts",
        )
    names = tuple(_valid(checkpoint, witnesses))
    if len(names) < witnesses.threshold:
        raise ProofError(
            f"{len(names)} of the pinned witnesses signed the checkpoint; {witnesses.threshold} must.",
            code="checkpoint_witnesses_missing",
        )
    if checkpoint.time > now + CLOCK_SKEW:
        raise ProofError(
            "The checkpoint's block lies in the future. Check this machine's clock.",
            code="checkpoint_in_the_future",
        )
    if now - checkpoint.time > max_age:
        raise ProofError(
            f"The checkpoint is older than {max_age.total_seconds() / 3600:g} hours. Take a newer one.",
            code="checkpoint_too_old",
        )
    return names


def _valid(checkpoint: Checkpoint, witnesses: Witnesses) -> Iterable[str]:
    """Yield the name of each pinned witness with a signature that holds; strangers' are passed over."""
    signed = checkpoint.signed_bytes()
    open_keys = dict(witnesses.keys)
    for each in checkpoint.signatures:
        key = _key(each.key)
        if key not in open_keys:
            continue
        try:
            key.verify(each.signature, signed)
        except ProofError:
            continue
        yield open_keys.pop(key)


def _facts(value: object) -> FactsHead | None:
    if value is None:
        return None
    members = _object(value, {"size", "root"})
    root = bytes.fromhex(_text(members["root"], _HEX32))
    return FactsHead(_integer(members["size"], MAX_TREE_SIZE), root)


def _signature(value: object) -> WitnessSignature:
    members = _object(value, {"key", "signature"})
    if not isinstance(members["signature"], str):
        raise _malformed()
    try:
        signature = b64u_decode(members["signature"], max_bytes=64)
    except MalformedError:
        raise _malformed() from None
    _key(members["key"])
    return WitnessSignature(members["key"], signature)


def _key(value: object) -> PublicKey:
    if not isinstance(value, str):
        raise _malformed()
    try:
        key = public_key_from_multikey(value)
    except IdentifierError:
        raise _malformed() from None
    if key.curve not in ("Ed25519", "P-256"):
        raise _malformed()
    return key


def _object(value: object, members: Iterable[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(members):
        raise _malformed()
    return value


def _text(value: object, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _malformed()
    return value


def _integer(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise _malformed()
    return value


def _malformed() -> MalformedError:
    return MalformedError(
        "This is not a checkpoint of a form that is known here.", code="checkpoint_malformed"
    )
