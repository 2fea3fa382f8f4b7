"""Verifying without any network: a resume with its proofs in one file, judged against a checkpoint.

The bundle is written by whoever has a network (``digital_resume.cli.offline.bundling``) and proves everything
or nothing:

- anchors by storage proofs against the checkpoint's block;
- institutions' records and status roots as facts under the root that the witnesses signed;
- status lists by their signature, and by the root of such a fact.

What the bundle does not prove is unknown, never green; and everything is as of the checkpoint, so its age is
bounded by the caller, and a status older than the policy allows is "could not check".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.status_lists.checking import CheckedList, fetch_and_check
from digital_resume.core.chain_proofs.checkpoint import Checkpoint
from digital_resume.core.chain_proofs.facts import ISSUER, STATUS, Fact, FactsHead, issuer_record, verify_fact
from digital_resume.core.chain_proofs.proven import MAX_PROOFS, ProvenAnchorLog
from digital_resume.core.chain_proofs.storage_proof import parse_storage_proof
from digital_resume.core.credentials.catalog import Catalog, default_catalog
from digital_resume.core.errors import MalformedError, ResumeError, SourceUnavailableError, StatusError
from digital_resume.core.ports import Fetcher, StatusListCopy
from digital_resume.core.trust.issuers import IssuerRecord
from digital_resume.core.verification.pipeline import verify_presentation
from digital_resume.core.verification.policy import Sources
from digital_resume.core.verification.verdict import Verdict

MAX_BUNDLE_BYTES: Final = 8 << 20
_MAX_FACTS: Final = 256
_MAX_LISTS: Final = 64
_MEMBERS: Final = frozenset(
    {"type", "version", "challenge", "expires", "presentation", "proofs", "facts", "statusLists"}
)
_MAX_TIME: Final = 1 << 34


@dataclass(frozen=True, slots=True)
class OfflineBundle:
    """A presentation and what proves it.

    Attributes:
        presentation: the VerifiablePresentation.
        challenge: the share's id.
        expires: the share's end, Unix seconds.
        proofs: storage proofs, as JSON.
        facts: facts with their places, as JSON.
        lists: what was served below a status list's address, by address.
    """

    presentation: dict[str, Any]
    challenge: str
    expires: int
    proofs: Sequence[Any]
    facts: Sequence[Any]
    lists: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return the bundle as its JSON object."""
        return {
            "type": "OfflineBundle",
            "version": 1,
            "challenge": self.challenge,
            "expires": self.expires,
            "presentation": self.presentation,
            "proofs": list(self.proofs),
            "facts": list(self.facts),
            "statusLists": dict(self.lists),
        }


def parse_bundle(document: object) -> OfflineBundle:
    """Parse a bundle's JSON object; its parts are looked at when they are needed.

    Raises:
        MalformedError: code ``bundle_malformed``.
    """
    if not isinstance(document, dict) or document.keys() != _MEMBERS:
        raise _malformed()
    if document["type"] != "OfflineBundle" or document["version"] != 1 or document["version"] is True:
        raise _malformed()
    presentation, challenge, expires = document["presentation"], document["challenge"], document["expires"]
    proofs, facts, lists = document["proofs"], document["facts"], document["statusLists"]
    if not isinstance(presentation, dict) or not isinstance(challenge, str):
        raise _malformed()
    if not isinstance(expires, int) or isinstance(expires, bool) or not 0 <= expires <= _MAX_TIME:
        raise _malformed()
    if not isinstance(proofs, list) or not isinstance(facts, list) or not isinstance(lists, dict):
        raise _malformed()
    if len(proofs) > MAX_PROOFS or len(facts) > _MAX_FACTS or len(lists) > 2 * _MAX_LISTS:
        raise _malformed()
    if not all(isinstance(text, str) for text in lists.values()):
        raise _malformed()
    return OfflineBundle(presentation, challenge, expires, proofs, facts, lists)


def judge_offline(
    bundle: OfflineBundle,
    checkpoint: Checkpoint,
    deployments: Deployments,
    *,
    now: datetime,
    catalog: Catalog | None = None,
) -> Verdict:
    """Judge a bundle against a checkpoint that ``verify_checkpoint`` accepted; nothing is asked of anybody.

    Args:
        bundle: the bundle.
        checkpoint: the block that the witnesses vouch for.
        deployments: the pinned chain and contracts.
        now: present moment.
        catalog: credential types; those shipped when not given.
    """
    proofs = [proof for each in bundle.proofs if (proof := _or_none(parse_storage_proof, each)) is not None]
    trust = FactsDirectory(checkpoint.facts, bundle.facts)
    statuses = BundledStatuses(trust, _Served(bundle.lists), deployments, now=now, as_of=checkpoint.time)
    anchors = ProvenAnchorLog(deployments.anchor_chain, checkpoint, proofs)
    return judge(
        bundle, deployments, Sources(trust, anchors, statuses, catalog or default_catalog()), now=now
    )


def judge(bundle: OfflineBundle, deployments: Deployments, sources: Sources, *, now: datetime) -> Verdict:
    """Run the pipeline on a bundle's presentation with sources of one's own."""
    return verify_presentation(
        bundle.presentation,
        expected_challenge=bundle.challenge,
        expected_domain=None,
        expected_expires=datetime.fromtimestamp(bundle.expires, UTC),
        now=now,
        sources=sources,
        chain=deployments.described(),
    )


class FactsDirectory:
    """Facts that are under a head, and so the registry of institutions (port ``TrustDirectory``).

    Args:
        head: what the witnesses signed; ``None`` when they signed none, and then nothing is known.
        facts: facts with their places, as JSON; those that are not under the head are passed over.
    """

    def __init__(self, head: FactsHead | None, facts: Sequence[Any]) -> None:
        self._facts: dict[tuple[str, str], Fact] = {}
        for document in facts if head is not None else ():
            fact = _or_none(lambda each: verify_fact(each, head), document) if head is not None else None
            if fact is not None:
                self._facts[fact.kind, fact.key] = fact

    def issuer(self, did: str) -> IssuerRecord | None:
        """Return an institution's record; that one is not registered cannot be proven so.

        Raises:
            SourceUnavailableError: no fact says it.
        """
        try:
            return issuer_record(self.fact(ISSUER, did))
        except MalformedError as error:
            raise SourceUnavailableError(error.message, code="not_proven") from None

    def fact(self, kind: str, key: str) -> Fact:
        """Return a fact.

        Raises:
            SourceUnavailableError: it is not among them.
        """
        found = self._facts.get((kind, key))
        if found is None:
            raise SourceUnavailableError(
                "The bundle does not prove this, and no network is asked.", code="not_proven"
            )
        return found


class BundledStatuses:
    """Status lists out of a bundle, each under the status root that its submitter had at the checkpoint."""

    def __init__(
        self,
        facts: FactsDirectory,
        served: Fetcher,
        deployments: Deployments,
        *,
        now: datetime,
        as_of: datetime,
    ) -> None:
        self._facts = facts
        self._served = served
        self._chain = deployments.status_chain
        self._now = now
        self._as_of = as_of

    def status_list(self, uri: str, issuer: IssuerRecord) -> StatusListCopy:
        """Return the list behind ``uri`` as it stood at the checkpoint.

        Raises:
            SourceUnavailableError: the bundle does not hold or prove it.
            StatusError: what it holds is not what the chain named, or not the issuer's.
        """
        checked = fetch_and_check(
            uri, fetcher=self._served, trust=self._facts, chain=self._chain, now=self._now
        )
        if checked.issuer != issuer.did:
            raise StatusError("The status list is another institution's.", code="status_not_issuers")
        fact = self._facts.fact(STATUS, checked.submitter.lower()).value
        return _copy(checked, fact, self._as_of)


def _copy(checked: CheckedList, fact: Mapping[str, Any], as_of: datetime) -> StatusListCopy:
    try:
        root = bytes.fromhex(fact["root"])
        since = datetime.fromtimestamp(fact["since"], UTC)
        heartbeat = datetime.fromtimestamp(fact["heartbeat"], UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise SourceUnavailableError(
            "A status root of the bundle makes no sense.", code="not_proven"
        ) from None
    if root != checked.root:
        raise StatusError(
            "The status list is of another version than the chain named at the checkpoint.",
            code="status_list_outdated",
        )
    return StatusListCopy(
        uri=checked.uri,
        statuses=checked.statuses,
        size=checked.size,
        sequence=checked.sequence,
        submitter=checked.submitter,
        as_of=as_of,
        current=True,
        published_at=since,
        heartbeat=heartbeat,
    )


class _Served:
    """What servers of status lists answered when the bundle was made (port ``Fetcher``)."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        """Return what was served at an address."""
        del accept
        found = self._answers.get(url)
        if found is None or len(found) > max_bytes:
            raise SourceUnavailableError("The bundle does not hold this status list.", code="not_proven")
        return found.encode("utf-8", "replace")


def _or_none(parse: Any, document: object) -> Any:
    """Return what a parser makes of a document; ``None`` when it refuses: what is not proven is not there."""
    try:
        return parse(document)
    except ResumeError:
        return None


def _malformed() -> MalformedError:
    return MalformedError(
        "This is not an offline bundle of a form that is known here.", code="bundle_malformed"
    )
