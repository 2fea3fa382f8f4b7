"""What contracts answer at a checkpoint's block, as leaves of one tree: the registry and the status roots.

Storage proofs suit a single word; an institution's record is dozens of them. So witnesses read every record
and every status root at the block, build a tree over them and sign its root with the checkpoint. Whoever
verifies without a network gets the few facts that matter with their paths.

fact = tag ‖ SHA-256(kind ‖ LF ‖ key) ‖ SHA-256(JCS(value)); the tree is RFC 9162's, leaves in the order of
(kind, key).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from digital_resume.core.anchoring.leaf import HASH_BYTES, hash_leaf
from digital_resume.core.anchoring.merkle import MAX_PATH, MAX_TREE_SIZE, MerkleTree, root_from_path
from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.encoding.jcs import canonicalize
from digital_resume.core.errors import MalformedError, ReceiptError
from digital_resume.core.trust.issuers import (
    Accreditation,
    AnchorerGrant,
    IssuerRecord,
    IssuerStatus,
    KeyEntry,
    Period,
    StatusChange,
)

ISSUER: Final = "issuer"
STATUS: Final = "status"
_TAG: Final = b"vdr-fact-v1\x00"
_MAX_KEY: Final = 400


@dataclass(frozen=True, slots=True)
class Fact:
    """What a contract answers for a key: a record for a DID, a status root for its submitter."""

    kind: str
    key: str
    value: dict[str, Any]

    def leaf(self) -> bytes:
        """Return the fact's leaf.

        Raises:
            MalformedError: the value has no canonical form.
        """
        name = hashlib.sha256(f"{self.kind}\n{self.key}".encode("utf-8", "surrogatepass")).digest()
        return hash_leaf(_TAG + name + hashlib.sha256(canonicalize(self.value)).digest())


@dataclass(frozen=True, slots=True)
class ProvenFact:
    """A fact with its place in the tree."""

    fact: Fact
    index: int
    path: tuple[bytes, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as its JSON object."""
        return {
            "kind": self.fact.kind,
            "key": self.fact.key,
            "value": self.fact.value,
            "index": self.index,
            "path": [b64u_encode(node) for node in self.path],
        }


@dataclass(frozen=True, slots=True)
class FactsHead:
    """Size and root of a tree of facts."""

    size: int
    root: bytes


class FactsTree:
    """All facts of a block.

    Args:
        facts: at least one; no key twice.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts: Sequence[Fact] = sorted(facts, key=lambda fact: (fact.kind, fact.key))
        self._places = {(fact.kind, fact.key): index for index, fact in enumerate(self.facts)}
        if len(self._places) != len(self.facts):
            raise ReceiptError("A fact is there twice.", code="facts_malformed")
        self._tree = MerkleTree(fact.leaf() for fact in self.facts)
        self.head = FactsHead(self._tree.size, self._tree.root)

    def prove(self, kind: str, key: str) -> ProvenFact | None:
        """Return a fact with its path; ``None`` when there is none of that key."""
        index = self._places.get((kind, key))
        return None if index is None else ProvenFact(self.facts[index], index, self._tree.path(index))


def parse_fact(document: object) -> Fact:
    """Parse a fact's JSON object, with or without its place.

    Raises:
        MalformedError: code ``facts_malformed``.
    """
    if not isinstance(document, dict) or not {"kind", "key", "value"} <= document.keys():
        raise _malformed()
    kind, key, value = document["kind"], document["key"], document["value"]
    if kind not in (ISSUER, STATUS) or not isinstance(key, str) or len(key) > _MAX_KEY:
        raise _malformed()
    if not isinstance(value, dict):
        raise _malformed()
    return Fact(kind, key, value)


def verify_fact(document: object, head: FactsHead) -> Fact:
    """Parse a fact with its place and check that it is under a head.

    Raises:
        MalformedError: code ``facts_malformed``.
        ReceiptError: it is not under the head.
    """
    fact = parse_fact(document)
    assert isinstance(document, dict)
    if document.keys() != {"kind", "key", "value", "index", "path"}:
        raise _malformed()
    index, nodes = document["index"], document["path"]
    if not isinstance(index, int) or isinstance(index, bool) or not isinstance(nodes, list):
        raise _malformed()
    if len(nodes) > MAX_PATH or not all(isinstance(node, str) for node in nodes):
        raise _malformed()
    if not 0 < head.size <= MAX_TREE_SIZE:
        raise _malformed()
    path = [b64u_decode(node, max_bytes=HASH_BYTES) for node in nodes]
    if any(len(node) != HASH_BYTES for node in path):
        raise _malformed()
    if root_from_path(fact.leaf(), index, head.size, path) != head.root:
        raise ReceiptError("A fact is not among those that the witnesses signed.", code="fact_not_proven")
    return fact


def issuer_fact(record: IssuerRecord) -> Fact:
    """Return an institution's record as a fact."""
    return Fact(
        ISSUER,
        record.did,
        {
            "nameKo": record.name_ko,
            "nameEn": record.name_en,
            "url": record.url,
            "status": [[each.status.value, _unix(each.at), each.successor] for each in record.status_log],
            "accreditations": [[each.credential_type, *_span(each.period)] for each in record.accreditations],
            "anchorers": [[each.address, *_span(each.period)] for each in record.anchorers],
            "keys": [
                [
                    each.digest.hex(),
                    *_span(each.period),
                    None if each.compromised_since is None else _unix(each.compromised_since),
                ]
                for each in record.keys
            ],
        },
    )


def issuer_record(fact: Fact) -> IssuerRecord:
    """Return the record that a fact holds.

    Raises:
        MalformedError: code ``facts_malformed``.
    """
    value = fact.value
    try:
        return IssuerRecord(
            did=fact.key,
            name_ko=_text(value["nameKo"]),
            name_en=_text(value["nameEn"]),
            url=_text(value["url"]),
            status_log=tuple(
                StatusChange(
                    IssuerStatus(status), _moment(at), None if successor is None else _text(successor)
                )
                for status, at, successor in value["status"]
            ),
            accreditations=tuple(
                Accreditation(_text(kind), _period(start, end))
                for kind, start, end in value["accreditations"]
            ),
            anchorers=tuple(
                AnchorerGrant(_text(address), _period(start, end))
                for address, start, end in value["anchorers"]
            ),
            keys=tuple(
                KeyEntry(
                    bytes.fromhex(digest), _period(start, end), None if since is None else _moment(since)
                )
                for digest, start, end, since in value["keys"]
            ),
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise _malformed() from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("is no text")
    return value


def _unix(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _span(period: Period) -> tuple[int, int | None]:
    return _unix(period.start), None if period.end is None else _unix(period.end)


def _period(start: int, end: int | None) -> Period:
    return Period(_moment(start), None if end is None else _moment(end))


def _malformed() -> MalformedError:
    return MalformedError("This is not a fact of a form that is known here.", code="facts_malformed")
