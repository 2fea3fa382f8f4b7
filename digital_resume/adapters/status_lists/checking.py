"""One status list as it is served, and what must hold before a copy of it is kept.

Checked in this order, each with a code of its own:

1. ``{uri}`` is a status list token (draft-ietf-oauth-status-list, section 5.1) whose ``sub`` is the URI;
2. its signature holds, and the registry knows its key for its issuer at the time it was signed;
3. ``{uri}/anchor`` speaks of the same URI, size and digest; its path leads from the list's leaf to its root;
4. its chain and contract are the pinned ones, and its submitter is or was an anchorer of the token's issuer.

Whether the chain names that root *now*, and whether it counts for the institution whose credential names the
list, is asked by ``copies``.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from eth_utils.address import to_checksum_address

from digital_resume.core.anchoring.leaf import HASH_BYTES, status_leaf
from digital_resume.core.anchoring.merkle import MAX_PATH, MAX_TREE_SIZE, root_from_path
from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.encoding.bounded_json import parse_json_object
from digital_resume.core.errors import IdentifierError, MalformedError, ProofError, ReceiptError, StatusError
from digital_resume.core.identifiers.did import parse_did_url, verification_key
from digital_resume.core.ports import Fetcher, TrustDirectory
from digital_resume.core.securing.jws import parse_compact
from digital_resume.core.status.status_array import MAX_ENTRIES
from digital_resume.core.status.token_status_list import MAX_TOKEN_CHARS, verify_status_list_token
from digital_resume.core.trust.issuers import ChainRef, same_chain

MAX_TOKEN_BYTES: Final = MAX_TOKEN_CHARS
MAX_ANCHOR_BYTES: Final = 8_192
MAX_STATUS_BYTES: Final = MAX_ENTRIES // 4
"""The largest list that an issuer of this product publishes, 2 bits an entry."""

_HEX32: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_NODE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CheckedList:
    """A version of a status list that is under a root.

    Attributes:
        uri: the list's URI, as credentials name it.
        issuer: DID whose key signed the token.
        size: number of entries.
        sequence: the list's version.
        digest: SHA-256 of the statuses.
        statuses: the canonical array.
        submitter: EVM address whose root covers it.
        root: that root.
        checked_at: when this was checked.
        seen_at: time of the newest block at which the chain named the root.
        published_at: since when the chain names a root over this version, as far as it was seen.
        heartbeat: when the submitter last said that the root still is its newest.
    """

    uri: str
    issuer: str
    size: int
    sequence: int
    digest: bytes
    statuses: bytes
    submitter: str
    root: bytes
    checked_at: datetime
    seen_at: datetime
    published_at: datetime
    heartbeat: datetime

    @property
    def version(self) -> tuple[str, int, int, bytes]:
        """What makes two copies the same version: whose, which, and with what in it."""
        return self.submitter, self.sequence, self.size, self.digest


def fetch_and_check(
    uri: str,
    *,
    fetcher: Fetcher,
    trust: TrustDirectory,
    chain: ChainRef,
    now: datetime,
    kept: Collection[CheckedList] = (),
) -> CheckedList:
    """Fetch a list and check it up to the root it leads to.

    Where the anchor speaks of the very version that was kept, its bytes are not fetched again: one root
    covers all lists, so most lists are unchanged under a new root.

    Args:
        uri: the URI that the credential names.
        fetcher: guarded fetching.
        trust: the registry of institutions.
        chain: the pinned chain and ``StatusRegistry``.
        now: present moment.
        kept: the copies at hand.

    Raises:
        StatusError: ``status_list_malformed``, ``status_list_unsigned``, ``status_not_issuers``, those of a
            token that is another list's, expired or from the future, or ``status_list_differs`` when token,
            anchor and root do not agree.
        SourceUnavailableError: the list cannot be had or the registry cannot be read.
    """
    document = fetcher.fetch(f"{uri}/anchor", accept="application/json", max_bytes=MAX_ANCHOR_BYTES)
    try:
        anchor = _parse_anchor(document, chain)
        path = tuple(b64u_decode(node, max_bytes=HASH_BYTES) for node in anchor["path"])
    except (MalformedError, KeyError, TypeError, ValueError):
        raise _malformed("the anchor is not of its form") from None
    digest, size, sequence = bytes.fromhex(anchor["digest"]), anchor["size"], anchor["sequence"]
    submitter = str(to_checksum_address(anchor["submitter"]))
    same = next((copy for copy in kept if copy.version == (submitter, sequence, size, digest)), None)
    if same is not None:
        issuer, raw = same.issuer, same.statuses
    else:
        token = fetcher.fetch(uri, accept="application/statuslist+jwt", max_bytes=MAX_TOKEN_BYTES)
        issuer, raw = _check_token(uri, token, trust=trust, now=now)
    if anchor["uri"] != uri or hashlib.sha256(raw).digest() != digest or len(raw) * 4 != size:
        raise _differs("token and anchor are of different versions")
    root = bytes.fromhex(anchor["root"])
    try:
        reached = root_from_path(
            status_leaf(uri, size, sequence, raw), anchor["index"], anchor["treeSize"], path
        )
    except ReceiptError:
        raise _malformed("the anchor's path does not fit its tree") from None
    if reached != root:
        raise _differs("its path does not lead to the root it names")
    record = trust.issuer(issuer)
    if record is None or not any(
        grant.address.lower() == submitter.lower() and grant.period.start <= now for grant in record.anchorers
    ):
        raise not_issuers()
    return CheckedList(
        uri=uri,
        issuer=issuer,
        size=size,
        sequence=sequence,
        digest=digest,
        statuses=raw,
        submitter=submitter,
        root=root,
        checked_at=now,
        seen_at=now,
        published_at=now,
        heartbeat=now,
    )


def _check_token(uri: str, token: bytes, *, trust: TrustDirectory, now: datetime) -> tuple[str, bytes]:
    """Return the token's issuer and the statuses it carries."""
    try:
        text = token.decode("ascii").strip()
        kid = parse_compact(text, max_chars=MAX_TOKEN_CHARS).kid
        if kid is None:
            raise _unsigned()
        url = parse_did_url(kid)
        verified = verify_status_list_token(text, key=verification_key(kid), uri=uri, now=now)
    except (IdentifierError, ProofError):
        raise _unsigned() from None
    except (MalformedError, UnicodeDecodeError):
        raise _malformed("it is not a status list token") from None
    record = trust.issuer(url.did)
    key = record.key(hashlib.sha256((url.fragment or "").encode()).digest()) if record else None
    if key is None or not key.period.covers(verified.issued_at):
        raise _unsigned()
    if key.compromised_since is not None and key.compromised_since <= verified.issued_at:
        raise _unsigned()
    return url.did, verified.statuses.raw


def _parse_anchor(document: bytes, chain: ChainRef) -> dict[str, Any]:
    """Parse an anchor; the pinned chain and contract are the only ones that count."""
    anchor = parse_json_object(document, max_bytes=MAX_ANCHOR_BYTES)
    numbers = ("size", "sequence", "index", "treeSize")
    if not all(type(anchor[name]) is int and anchor[name] >= 0 for name in numbers):
        raise MalformedError("A number of the anchor is not one.")
    if not 0 < anchor["size"] <= MAX_STATUS_BYTES * 4 or anchor["sequence"] >= 1 << 53:
        raise MalformedError("The anchor's size or sequence is out of range.")
    if not anchor["index"] < anchor["treeSize"] <= MAX_TREE_SIZE or len(anchor["path"]) > MAX_PATH:
        raise MalformedError("The anchor's place lies outside its tree.")
    for name, form in (("digest", _HEX32), ("root", _HEX32), ("submitter", _ADDRESS), ("uri", None)):
        if not isinstance(anchor[name], str) or (form is not None and not form.fullmatch(anchor[name])):
            raise MalformedError(f"The anchor's {name} is not of its form.")
    if not all(isinstance(node, str) and _NODE.fullmatch(node) for node in anchor["path"]):
        raise MalformedError("A node of the anchor's path is not of its form.")
    named = anchor["chain"]
    found = ChainRef(str(named["id"]), str(named["genesis"]), str(named["contract"]), str(named["codeHash"]))
    if not same_chain(found, chain):
        raise _differs("it is anchored on a chain or contract that this verifier has not pinned")
    return anchor


def not_issuers() -> StatusError:
    """Return the error of a list that nobody may publish for its institution."""
    return StatusError(
        "The status list was not published by an anchorer of its institution.", code="status_not_issuers"
    )


def _malformed(reason: str) -> StatusError:
    return StatusError(
        f"The status list that was served cannot be used: {reason}.", code="status_list_malformed"
    )


def _differs(reason: str) -> StatusError:
    return StatusError(
        f"The status list that was served is not what the chain names: {reason}.", code="status_list_differs"
    )


def _unsigned() -> StatusError:
    return StatusError(
        "The status list is not signed with a key that the registry knows for its institution.",
        code="status_list_unsigned",
    )
