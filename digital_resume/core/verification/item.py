"""The checks of one credential.

1. to 3. format, proof and holder, by its form: ``token_item``, ``embedded_item``.
4. same person: the same person's as the rest (``same_person``, which needs all items).
5. issuer: accredited for the type, with a good key, at the decisive time (``trust_checks``).
6. anchor: under a root that an anchorer of the issuer anchored (``trust_checks``).
7. status: in force by the list the chain names (``status_checks``).
8. validity: ``nbf`` and ``exp``.
9. schema: the claims fit the type.

The evidence of 6 is gathered before 5 is judged, because the decisive time is the anchored time; results
stand in the order above. If 1, 2 or 3 fails nothing of the contents is believed or shown, and the rest is not
reached.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from digital_resume.core.credentials.catalog import CredentialType, Label
from digital_resume.core.credentials.claims import ClaimFault, check_claims
from digital_resume.core.credentials.sd_jwt_vc import CredentialView
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.errors import MalformedError, SourceUnavailableError, UnknownTypeError
from digital_resume.core.resume.people import Person, person_of
from digital_resume.core.trust.issuers import EntryUnreadableError, IssuerRecord
from digital_resume.core.verification.embedded_item import read_document
from digital_resume.core.verification.held import Expectation, HeldCredential, RefusedError
from digital_resume.core.verification.policy import Basis
from digital_resume.core.verification.status_checks import check_status
from digital_resume.core.verification.token_item import read_token
from digital_resume.core.verification.trust_checks import (
    LocatedAnchor,
    anchor_without_registry,
    check_issuer,
    gather_evidence,
    judge_anchor,
    key_ended,
)
from digital_resume.core.verification.verdict import (
    AnchorView,
    CheckName,
    CheckResult,
    ClaimView,
    IssuerView,
    ItemVerdict,
    Outcome,
    StatusView,
    VerdictKind,
    format_time,
)

# What the checks before the one that stopped say.
_HELD: Final = (
    (CheckName.FORMAT, "well_formed"),
    (CheckName.PROOF, "signature_valid"),
    (CheckName.HOLDER, "bound_to_presenter"),
)


@dataclass(slots=True)
class Examination:
    """One credential while it is being checked: results so far, and what later checks need.

    ``held`` is set only when format, proof and holder hold.
    """

    index: int
    results: dict[CheckName, CheckResult] = field(default_factory=dict)
    held: HeldCredential | None = None
    type: CredentialType | None = None
    record: IssuerRecord | None = None
    anchor: LocatedAnchor | None = None
    status: StatusView | None = None

    def refuse(self, check: CheckName, outcome: Outcome, code: str) -> None:
        """Note that format, proof or holder stopped, and that those before it hold."""
        for name, held in _HELD:
            if name is check:
                break
            self.note(name, Outcome.PASS, held)
        self.note(check, outcome, code)

    def accept(self, held: HeldCredential) -> None:
        """Note that format, proof and holder hold."""
        for name, code in _HELD:
            self.note(name, Outcome.PASS, code)
        if held.clock_differs:
            self.note(CheckName.HOLDER, Outcome.CAUTION, "clock_differs")
        self.held = held

    def note(self, check: CheckName, outcome: Outcome, code: str, **detail: Any) -> None:
        """Keep a check's result."""
        self.results[check] = CheckResult(check, outcome, code, detail)

    def passed(self, check: CheckName) -> bool:
        """Tell whether a check passed."""
        return check in self.results and self.results[check].outcome is Outcome.PASS

    @property
    def person(self) -> Person:
        """Names and birth date on the credential."""
        return person_of(self.held.view.claims) if self.held else Person(())

    def finish(self) -> ItemVerdict:
        """Return the verdict: every check in order, contents only if they may be shown."""
        checks = tuple(
            self.results.get(name) or CheckResult(name, Outcome.NOT_APPLICABLE, "not_reached")
            for name in CheckName
        )
        bare = ItemVerdict(self.index, checks)
        if self.held is None:
            return bare
        credential = self.held.view
        show = bare.verdict is not VerdictKind.NOT_GENUINE
        fits = self.results[CheckName.SCHEMA].outcome is not Outcome.FAIL
        record = self.record if bare.check(CheckName.ISSUER).code != "key_not_of_issuer" else None
        return ItemVerdict(
            self.index,
            checks,
            type=self.held.type_name,
            type_name=self.type.title if self.type else None,
            display=self.type.resume if self.type else None,
            issuer=IssuerView(record.did, Label(record.name_ko, record.name_en)) if record else None,
            claims=_claim_views(self.type, credential.claims) if self.type and show and fits else (),
            hidden=_hidden_claims(self.type, self.held) if show else 0,
            anchor=_anchor_view(self.anchor) if self.anchor else None,
            status=self.status,
            credential=credential if show and fits else None,
            leaf=self.held.content.leaf,
        )


def examine(
    index: int,
    secured: str | Mapping[str, Any],
    receipts: Sequence[object],
    expectation: Expectation,
    basis: Basis,
    *,
    seen: set[bytes] | None = None,
) -> Examination:
    """Run every check of one credential, token or document, but the comparison with the others.

    Args:
        index: its place in the presentation.
        secured: the token or document as it came in.
        receipts: receipts that came with it, not parsed.
        expectation: what it must be bound to.
        basis: sources, policy and moment.
        seen: identities of the credentials before it, to which its own is added: a second one is refused,
            whatever either discloses.
    """
    item = Examination(index)
    # 1 to 3
    try:
        if isinstance(secured, str):
            held = read_token(secured, expectation, now=basis.now, policy=basis.policy)
        else:
            held = read_document(secured, expectation.presenter)
    except RefusedError as refused:
        item.refuse(refused.check, refused.outcome, refused.code)
        return item
    if seen is not None:
        if held.content.identity in seen:
            item.refuse(CheckName.FORMAT, Outcome.CAUTION, "duplicate_item")
            return item
        seen.add(held.content.identity)
    item.accept(held)
    # 5 to 9
    _check_chain(item, held, receipts, basis)
    _check_validity(item, held.view, basis)
    _check_schema(item, held.view, basis)
    return item


# --- 5 to 7 ---------------------------------------------------------------------------------------------


def _check_chain(item: Examination, held: HeldCredential, receipts: Sequence[object], basis: Basis) -> None:
    issuer_did = held.view.issuer
    key_digest = hashlib.sha256(held.key.multikey.encode("ascii")).digest()
    evidence = gather_evidence(held.content.leaf, receipts, basis)
    try:
        item.record = basis.sources.trust.issuer(issuer_did)
    except SourceUnavailableError as error:
        # An entry that nobody can read stays so until it is set right; a registry that is away comes back.
        code = error.code if isinstance(error, EntryUnreadableError) else "registry_unavailable"
        item.note(CheckName.ISSUER, Outcome.UNKNOWN, code, did=issuer_did)
        item.results[CheckName.ANCHOR] = anchor_without_registry(evidence)
        _check_status(item, held.view, basis)
        return
    if item.record is None:
        item.note(CheckName.ISSUER, Outcome.FAIL, "issuer_unknown", did=issuer_did)
        return

    # 6. anchor, then 5. issuer at the decisive time
    finding = judge_anchor(evidence, item.record, basis)
    item.results[CheckName.ANCHOR], item.anchor = finding.result, finding.anchor
    issuer = check_issuer(item.record, held.type_name, key_digest, finding, basis)
    item.results[CheckName.ISSUER] = issuer
    if issuer.code == "anchored_before_compromise" and held.covers_part:
        # Whoever has the key that signed the claims one by one could have signed these later.
        item.note(CheckName.ISSUER, Outcome.CAUTION, "anchor_covers_part", **issuer.detail)

    # 7. status: nobody's list counts for a credential whose issuer does not stand, and a thief of a key may
    # have written where to fetch it.
    key = item.record.key(key_digest)
    by_thief = issuer.code == "anchor_undecided" and key is not None and key_ended(key, basis.now) is not None
    if issuer.outcome is not Outcome.FAIL and not by_thief:
        _check_status(item, held.view, basis)


def _check_status(item: Examination, credential: CredentialView, basis: Basis) -> None:
    finding = check_status(credential.status_uri, credential.status_index, item.record, basis)
    item.results[CheckName.STATUS], item.status = finding.result, finding.view


# --- 8 and 9 --------------------------------------------------------------------------------------------


def _check_validity(item: Examination, credential: CredentialView, basis: Basis) -> None:
    # What is dated in the future has not begun, whatever it says of its validity.
    begin = max(filter(None, (credential.valid_from, credential.issued_at)), default=None)
    end = credential.valid_until
    detail = {
        name: format_time(moment) for name, moment in (("validFrom", begin), ("validUntil", end)) if moment
    }
    if begin is not None and begin > basis.moment + basis.policy.clock_skew:
        item.note(CheckName.VALIDITY, Outcome.CAUTION, "not_yet_valid", **detail)
    elif end is not None and end <= basis.moment:
        item.note(CheckName.VALIDITY, Outcome.CAUTION, "expired", **detail)
    else:
        item.note(CheckName.VALIDITY, Outcome.PASS, "valid_now", **detail)


def _check_schema(item: Examination, credential: CredentialView, basis: Basis) -> None:
    try:
        item.type = basis.sources.catalog.credential_type_by_vct(credential.vct)
    except UnknownTypeError:
        item.note(CheckName.SCHEMA, Outcome.UNKNOWN, "unknown_type")
        return
    try:
        # The type's rules were for who handed the claims in: a contradiction is no forgery.
        faults = check_claims(item.type, credential.claims, contradictions=False)
    except MalformedError:
        item.note(CheckName.SCHEMA, Outcome.FAIL, "schema_violation")
        return
    for fault in faults:
        if not _is_hiding(item.type, fault):
            item.note(CheckName.SCHEMA, Outcome.FAIL, "schema_violation", fault=fault.code)
            return
    item.note(CheckName.SCHEMA, Outcome.PASS, "fits_type")


def _is_hiding(credential_type: CredentialType, fault: ClaimFault) -> bool:
    """Tell whether a fault is the holder's hiding: a claim, or elements of a list that are hidden singly."""
    claim = fault.path.removeprefix("/")
    policy = credential_type.selectively_disclosable
    if fault.code == "required":
        return claim in policy or f"{claim}[]" in policy
    return fault.code == "minItems" and f"{claim}[]" in policy


# --- views ----------------------------------------------------------------------------------------------


def _claim_views(credential_type: CredentialType, claims: dict[str, Any]) -> tuple[ClaimView, ...]:
    return tuple(
        ClaimView(
            claim.name,
            claim.label,
            claims[claim.name],
            tuple((column.name, column.label) for column in claim.columns),
        )
        for claim in credential_type.claims
        if claim.name in claims
    )


def _hidden_claims(credential_type: CredentialType | None, held: HeldCredential) -> int:
    """Return how many claims the holder keeps back, as near as decoy digests let it be known."""
    if credential_type is None:
        return held.hidden
    names = {name.removesuffix("[]") for name in credential_type.selectively_disclosable}
    return min(held.hidden, len(names - held.view.claims.keys()))


def _anchor_view(anchor: LocatedAnchor) -> AnchorView:
    receipt = anchor.receipt
    return AnchorView(
        time=anchor.time,
        index=receipt.index,
        size=receipt.size,
        root=receipt.root.hex(),
        path=tuple(b64u_encode(node) for node in receipt.path),
        transaction=receipt.transaction,
        block_number=receipt.block_number,
        submitter=receipt.submitter,
    )
