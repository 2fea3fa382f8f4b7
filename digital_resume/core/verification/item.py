"""The checks of one credential.

1. format: an SD-JWT VC of the VCLD form, whose names of its type agree, or a credential with an embedded
   proof (``embedded_item``).
2. proof: the bytes that came in are signed with the key of ``kid``, which names a key of ``iss``; every
   disclosure belongs to a digest.
3. holder: bound to the presenter's key, for this nonce and audience.
4. same person: the same person's as the rest (``check_same_person``, which needs all items).
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
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from digital_resume.core.anchoring.leaf import Mechanism, anchor_leaf
from digital_resume.core.credentials.catalog import CredentialType, Label
from digital_resume.core.credentials.claims import ClaimFault, check_claims
from digital_resume.core.credentials.sd_jwt_vc import CredentialView, read_credential
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.errors import (
    LimitError,
    MalformedError,
    ProofError,
    ResumeError,
    SourceUnavailableError,
    UnknownTypeError,
)
from digital_resume.core.identifiers.did import parse_did_url, verification_key
from digital_resume.core.keys.signing import PublicKey, public_key_from_jwk
from digital_resume.core.resume.names import Person, compare_people, person_of
from digital_resume.core.securing.sd_jwt import PeekedSdJwt, VerifiedSdJwt, peek_sd_jwt, verify_sd_jwt
from digital_resume.core.trust.issuers import IssuerRecord
from digital_resume.core.verification.embedded_item import check_embedded
from digital_resume.core.verification.policy import Policy, Sources
from digital_resume.core.verification.status_checks import check_status
from digital_resume.core.verification.trust_checks import (
    AnchorFinding,
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

IDENTITY_TYPE: Final = "IdentityCredential"

_VCT: Final = re.compile(r"urn:vdr:([A-Za-z][A-Za-z0-9]{0,63}):[1-9][0-9]{0,3}", re.ASCII)
_HOLDER_CODES: Final = frozenset({"key_binding_missing", "nonce_mismatch", "audience_mismatch"})
_DISCLOSURE_CODES: Final = ("disclosure", "digest", "claim_collision", "reserved_claim")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a presented credential must be bound to; ``None`` accepts any."""

    nonce: str | None
    audience: str | None
    presenter: PublicKey | None
    require_key_binding: bool = True


@dataclass(slots=True)
class Examination:
    """One credential while it is being checked: results so far, and what later checks need.

    ``credential`` is set only when format, proof and holder hold. ``signed`` tells the same credential again
    whatever a copy shows; ``covers_part`` is set where the leaf does not cover every claim shown.
    """

    index: int
    results: dict[CheckName, CheckResult] = field(default_factory=dict)
    credential: CredentialView | None = None
    type_name: str | None = None
    type: CredentialType | None = None
    leaf: bytes = b""
    signed: bytes = b""
    covers_part: bool = False
    key_digest: bytes = b""
    hidden: int = 0
    record: IssuerRecord | None = None
    anchor: LocatedAnchor | None = None
    status: StatusView | None = None

    def note(self, check: CheckName, outcome: Outcome, code: str, **detail: Any) -> None:
        """Keep a check's result."""
        self.results[check] = CheckResult(check, outcome, code, detail)

    def passed(self, check: CheckName) -> bool:
        """Tell whether a check passed."""
        return check in self.results and self.results[check].outcome is Outcome.PASS

    @property
    def person(self) -> Person:
        """Names and birth date on the credential."""
        return person_of(self.credential.claims) if self.credential else Person(())

    def finish(self) -> ItemVerdict:
        """Return the verdict: every check in order, contents only if they may be shown."""
        checks = tuple(
            self.results.get(name) or CheckResult(name, Outcome.NOT_APPLICABLE, "not_reached")
            for name in CheckName
        )
        bare = ItemVerdict(self.index, checks)
        if self.credential is None:
            return bare
        show = bare.verdict is not VerdictKind.NOT_GENUINE
        fits = self.results[CheckName.SCHEMA].outcome is not Outcome.FAIL
        record = self.record if bare.check(CheckName.ISSUER).code != "key_not_of_issuer" else None
        return ItemVerdict(
            self.index,
            checks,
            type=self.type_name,
            type_name=self.type.title if self.type else None,
            issuer=IssuerView(record.did, Label(record.name_ko, record.name_en)) if record else None,
            claims=_claim_views(self.type, self.credential.claims) if self.type and show and fits else (),
            hidden=self._hidden_claims() if show else 0,
            anchor=_anchor_view(self.anchor) if self.anchor else None,
            status=self.status,
            credential=self.credential if show and fits else None,
            leaf=self.leaf,
        )

    def _hidden_claims(self) -> int:
        """Return how many claims the holder keeps back, as near as decoy digests let it be known."""
        if self.type is None or self.credential is None:
            return self.hidden
        names = {name.removesuffix("[]") for name in self.type.selectively_disclosable}
        return min(self.hidden, len(names - self.credential.claims.keys()))


def examine(
    index: int,
    secured: str | Mapping[str, Any],
    receipts: Sequence[object],
    expectation: Expectation,
    *,
    now: datetime,
    sources: Sources,
    policy: Policy,
    as_of: datetime | None = None,
) -> Examination:
    """Run every check of one credential, token or document, but the comparison with the others.

    With ``as_of`` its anchor, its issuer's standing, its status and its validity are those of that day; its
    proof and whose it is are judged now.
    """
    item = Examination(index)
    if isinstance(secured, str):
        holds = _check_form_proof_holder(item, secured, expectation, now, policy)
    else:
        holds = check_embedded(item, secured, expectation.presenter, now)
    if holds:
        _check_chain(item, receipts, now, sources, policy, as_of=as_of)
        _check_validity(item, as_of or now, policy)
        _check_schema(item, sources)
    return item


# --- 1 to 3 ---------------------------------------------------------------------------------------------


def _check_form_proof_holder(
    item: Examination, token: str, expectation: Expectation, now: datetime, policy: Policy
) -> bool:
    # 1. format
    try:
        peeked = peek_sd_jwt(token)
    except LimitError:
        item.note(CheckName.FORMAT, Outcome.FAIL, "too_large")
        return False
    except MalformedError:
        item.note(CheckName.FORMAT, Outcome.FAIL, "malformed")
        return False

    # 2. proof: kid first, so that the key is one that speaks for iss; then the bytes that came in.
    try:
        key = _signing_key(peeked)
    except ResumeError:
        item.note(CheckName.FORMAT, Outcome.PASS, "well_formed")
        item.note(CheckName.PROOF, Outcome.FAIL, "key_not_of_signer")
        return False
    verified = _verify(item, token, key, expectation=expectation, now=now, policy=policy)
    if verified is None:
        return False
    try:
        credential = read_credential(verified)
        item.type_name = _type_name(credential)
    except ProofError:
        item.note(CheckName.FORMAT, Outcome.PASS, "well_formed")
        item.note(CheckName.PROOF, Outcome.FAIL, "disclosure_invalid")
        return False
    except ResumeError:
        item.results.clear()
        item.note(CheckName.FORMAT, Outcome.FAIL, "malformed")
        return False

    # 3. holder: the key binding was verified with cnf's key; it must be the presenter's.
    if (
        expectation.presenter is not None
        and public_key_from_jwk(credential.holder_jwk) != expectation.presenter
    ):
        item.note(CheckName.HOLDER, Outcome.FAIL, "bound_to_other_key")
        return False
    item.note(CheckName.HOLDER, Outcome.PASS, "bound_to_presenter")
    item.credential, item.hidden = credential, verified.hidden
    item.leaf = anchor_leaf(Mechanism.JOSE, verified.signing_input, verified.signature)
    item.key_digest = hashlib.sha256(key.multikey.encode("ascii")).digest()
    return True


def _signing_key(peeked: PeekedSdJwt) -> PublicKey:
    """Return the key that ``kid`` carries, if ``kid`` is a key of ``iss``."""
    if peeked.kid is None or parse_did_url(peeked.kid).did != peeked.payload.get("iss"):
        raise ProofError("The key does not belong to the issuer.", code="wrong_signer")
    return verification_key(peeked.kid)


def _verify(
    item: Examination, token: str, key: PublicKey, *, expectation: Expectation, now: datetime, policy: Policy
) -> VerifiedSdJwt | None:
    """Verify signature, disclosures and key binding; note which of them does not hold."""
    item.note(CheckName.FORMAT, Outcome.PASS, "well_formed")
    try:
        verified = verify_sd_jwt(
            token,
            key=key,
            now=now,
            expected_nonce=expectation.nonce,
            expected_audience=expectation.audience,
            require_key_binding=expectation.require_key_binding,
            max_key_binding_age=policy.max_key_binding_age,
        )
    except ResumeError as problem:
        if _holds_without_key_binding(item, token, key, now):
            code = problem.code if problem.code in _HOLDER_CODES else "key_binding_invalid"
            item.note(CheckName.HOLDER, Outcome.FAIL, code)
        return None
    item.note(CheckName.PROOF, Outcome.PASS, "signature_valid")
    return verified


def _holds_without_key_binding(item: Examination, token: str, key: PublicKey, now: datetime) -> bool:
    """Find out whether it was the credential or its key binding that failed, and note the former."""
    try:
        verify_sd_jwt(
            peek_sd_jwt(token).bound,
            key=key,
            now=now,
            expected_nonce=None,
            expected_audience=None,
            require_key_binding=False,
        )
    except ProofError as error:
        altered = error.code.startswith(_DISCLOSURE_CODES)
        item.note(CheckName.PROOF, Outcome.FAIL, "disclosure_invalid" if altered else "proof_invalid")
        return False
    except ResumeError as error:
        code = "too_large" if isinstance(error, LimitError) else "malformed"
        item.note(CheckName.FORMAT, Outcome.FAIL, code)
        return False
    item.note(CheckName.PROOF, Outcome.PASS, "signature_valid")
    return True


def _type_name(credential: CredentialView) -> str:
    """Return the type's name; ``vct`` and the W3C type must say the same.

    Raises:
        MalformedError: they do not.
    """
    match = _VCT.fullmatch(credential.vct)
    if match is None or credential.types != ("VerifiableCredential", match[1]):
        raise MalformedError("The credential's vct and type do not name one credential type.")
    return match[1]


# --- 4 --------------------------------------------------------------------------------------------------


def check_same_person(items: Sequence[Examination]) -> None:
    """Compare who the credentials speak of. Only those whose issuer passed decide who the person is."""
    items = [item for item in items if item.credential is not None]
    people = [item.person for item in items]
    accredited = [index for index, item in enumerate(items) if item.passed(CheckName.ISSUER)]
    references = [index for index in accredited if items[index].type_name == IDENTITY_TYPE]
    found = compare_people(people, references or None, accredited or None)
    dated = sum(
        difference is None and person.birth_date is not None
        for person, difference in zip(people, found, strict=True)
    )
    for item, person, difference in zip(items, people, found, strict=True):
        if difference == "no_name":
            item.note(CheckName.SAME_PERSON, Outcome.CAUTION, difference)
        elif difference is not None:
            item.note(CheckName.SAME_PERSON, Outcome.FAIL, difference)
        elif len(items) == 1:
            item.note(CheckName.SAME_PERSON, Outcome.NOT_APPLICABLE, "only_item")
        elif person.birth_date is not None and dated > 1:
            item.note(CheckName.SAME_PERSON, Outcome.PASS, "names_agree")
        else:
            # Hidden here, or shown here alone: equal names are all that was compared, and namesakes exist.
            item.note(CheckName.SAME_PERSON, Outcome.PASS, "names_agree_only")


# --- 5 to 7 ---------------------------------------------------------------------------------------------


def _check_chain(
    item: Examination,
    receipts: Sequence[object],
    now: datetime,
    sources: Sources,
    policy: Policy,
    *,
    as_of: datetime | None,
) -> None:
    credential = item.credential
    assert credential is not None
    evidence = gather_evidence(item.leaf, receipts, sources.anchors, now=now, policy=policy)
    try:
        item.record = sources.trust.issuer(credential.issuer)
    except SourceUnavailableError:
        item.note(CheckName.ISSUER, Outcome.UNKNOWN, "registry_unavailable", did=credential.issuer)
        item.results[CheckName.ANCHOR] = anchor_without_registry(evidence)
        _check_status(item, credential, now, sources, policy, as_of=as_of)
        return
    if item.record is None:
        item.note(CheckName.ISSUER, Outcome.FAIL, "issuer_unknown", did=credential.issuer)
        return

    # 6. anchor, then 5. issuer at the decisive time
    finding: AnchorFinding = judge_anchor(evidence, item.record, policy, as_of)
    item.results[CheckName.ANCHOR], item.anchor = finding.result, finding.anchor
    issuer = check_issuer(
        item.record, item.type_name or "", item.key_digest, finding, now=now, policy=policy, as_of=as_of
    )
    item.results[CheckName.ISSUER] = issuer
    if issuer.code == "anchored_before_compromise" and item.covers_part:
        # Whoever has the key that signed the claims one by one could have signed these later.
        item.note(CheckName.ISSUER, Outcome.CAUTION, "anchor_covers_part", **issuer.detail)

    # 7. status: nobody's list counts for a credential whose issuer does not stand, and a thief of a key may
    # have written where to fetch it.
    key = item.record.key(item.key_digest)
    thiefs = issuer.code == "anchor_undecided" and key is not None and key_ended(key, now) is not None
    if issuer.outcome is not Outcome.FAIL and not thiefs:
        _check_status(item, credential, now, sources, policy, as_of=as_of)


def _check_status(
    item: Examination,
    credential: CredentialView,
    now: datetime,
    sources: Sources,
    policy: Policy,
    *,
    as_of: datetime | None,
) -> None:
    finding = check_status(
        credential.status_uri,
        credential.status_index,
        record=item.record,
        statuses=sources.statuses,
        now=now,
        policy=policy,
        as_of=as_of,
        history=sources.history,
    )
    item.results[CheckName.STATUS], item.status = finding.result, finding.view


# --- 8 and 9 --------------------------------------------------------------------------------------------


def _check_validity(item: Examination, now: datetime, policy: Policy) -> None:
    assert item.credential is not None
    begin, end = item.credential.valid_from, item.credential.valid_until
    detail = {
        name: format_time(moment) for name, moment in (("validFrom", begin), ("validUntil", end)) if moment
    }
    if begin is not None and begin > now + policy.clock_skew:
        item.note(CheckName.VALIDITY, Outcome.CAUTION, "not_yet_valid", **detail)
    elif end is not None and end <= now:
        item.note(CheckName.VALIDITY, Outcome.CAUTION, "expired", **detail)
    else:
        item.note(CheckName.VALIDITY, Outcome.PASS, "valid_now", **detail)


def _check_schema(item: Examination, sources: Sources) -> None:
    assert item.credential is not None
    try:
        item.type = sources.catalog.credential_type_by_vct(item.credential.vct)
    except UnknownTypeError:
        item.note(CheckName.SCHEMA, Outcome.UNKNOWN, "unknown_type")
        return
    try:
        faults = check_claims(item.type, item.credential.claims)
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
