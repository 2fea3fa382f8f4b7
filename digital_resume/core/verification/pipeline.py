"""The verification pipeline: from a presentation's bytes to one verdict.

The presentation:
 1. format: a presentation of this product's form, within bounds.
 2. validity: not expired (else the sharing has ended); a date in the future is a clock that is off.
 3. proof: the holder's key signed these very bytes, for authentication.
 4. holder: made for this share or request: challenge, domain, expiry.
Its contents, only when 1 to 4 hold:
 5. sort: institutions' credentials, the holder's own words, what is refused.
 6. duplicates: what an issuer signed counts once, whatever else of it is disclosed.
 7. every credential by itself: ``digital_resume.core.verification.item``, checks 1 to 3 and 5 to 9.
 8. all together: are they one person's (check 4 of each).
 9. verdict: the worst of the presentation and of what institutions issued; the holder's own words stand
    beside it. Without a single institution's credential it is never green.

A source that cannot be read makes its check ``unknown``, never a pass. Whatever
``digital_resume.core.errors`` is raised below becomes an outcome: verifying never raises for what was
presented.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.errors import LimitError, ProofError, ResumeError
from digital_resume.core.keys.signing import PublicKey
from digital_resume.core.resume.presentation import (
    CRYPTOSUITE,
    ParsedPresentation,
    enveloped_token,
    parse_presentation,
    self_issuer,
)
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES
from digital_resume.core.securing.data_integrity import verify_proof
from digital_resume.core.securing.sd_jwt import peek_sd_jwt, verify_sd_jwt
from digital_resume.core.verification.held import Expectation
from digital_resume.core.verification.item import Examination, examine
from digital_resume.core.verification.policy import DEFAULT_POLICY, Basis, Policy, Sources
from digital_resume.core.verification.same_person import IDENTITY_TYPE, check_same_person
from digital_resume.core.verification.verdict import (
    ChainInfo,
    CheckName,
    CheckResult,
    ItemVerdict,
    Outcome,
    SelfDeclared,
    Verdict,
    VerdictKind,
)

_SUITES: Final = {CRYPTOSUITE: CRYPTOSUITES[CRYPTOSUITE]}
_ORDER: Final = (CheckName.FORMAT, CheckName.PROOF, CheckName.HOLDER, CheckName.VALIDITY)


def verify_presentation(
    presentation: bytes | Mapping[str, Any],
    *,
    expected_challenge: str,
    expected_domain: str | None,
    now: datetime,
    sources: Sources,
    policy: Policy = DEFAULT_POLICY,
    expected_expires: datetime | None = None,
    chain: ChainInfo | None = None,
    as_of: datetime | None = None,
) -> Verdict:
    """Judge a presentation.

    Args:
        presentation: the JSON text, or the document as it was parsed.
        expected_challenge: share id of the link, or the verifier's own nonce.
        expected_domain: whom it must be for; ``None`` accepts whom it names and shows it.
        now: present moment, timezone-aware.
        sources: registry, log, status lists and credential types; its ``history`` answers for ``as_of``.
        policy: what is accepted.
        expected_expires: the share's expiry, which the presentation must carry; ``None`` accepts any.
        chain: the pinned chain, to be shown.
        as_of: judge the credentials as of that moment instead of now; the presentation itself, whose it is
            and every proof are judged now.

    Returns:
        The verdict; whatever is wrong with the presentation is in it and not raised.
    """
    basis = Basis(sources, policy, now, as_of)
    wanted = _Wanted(expected_challenge, expected_domain, expected_expires)
    outcome = _check_presentation(presentation, wanted, basis)
    parsed = outcome.parsed
    if parsed is None:
        return Verdict(now, outcome.checks(), chain=chain, as_of=as_of)

    # 5. sort
    sorted_items = _sort(parsed, now)
    # 6. and 7. every credential by itself
    seen: set[bytes] = set()
    expectation = Expectation(expected_challenge, parsed.domain, parsed.holder_key, signed_at=parsed.created)
    examinations = sorted_items.refused + [
        examine(index, secured, parsed.receipts, expectation, basis, seen=seen)
        for index, secured in sorted_items.secured
    ]
    examinations.sort(key=lambda item: item.index)
    # 8. all together
    check_same_person(examinations)
    # 9. verdict
    items = tuple(item.finish() for item in examinations)
    if not items:
        outcome.results[CheckName.FORMAT] = CheckResult(
            CheckName.FORMAT, Outcome.CAUTION, "no_institution_items"
        )
    return Verdict(
        checked_at=now,
        checks=outcome.checks(),
        items=items,
        self_declared=tuple(sorted_items.self_declared),
        made_on=parsed.created,
        domain=parsed.domain,
        holder_name=_holder_name(items),
        chain=chain,
        as_of=as_of,
    )


def verify_item(
    token: str,
    *,
    expected_nonce: str | None,
    expected_audience: str | None,
    now: datetime,
    sources: Sources,
    policy: Policy = DEFAULT_POLICY,
    receipts: Sequence[object] = (),
    presenter: PublicKey | None = None,
    require_key_binding: bool = True,
) -> ItemVerdict:
    """Judge one SD-JWT credential by itself, e.g. an IdentityCredential presented to an institution.

    Args:
        token: SD-JWT with its key binding.
        expected_nonce: nonce of the key binding; ``None`` accepts any.
        expected_audience: audience of the key binding; ``None`` accepts any.
        now: present moment, timezone-aware.
        sources: registry, log, status lists and credential types; its ``history`` answers for ``as_of``.
        policy: what is accepted; ``Policy(accept_unanchored=True)`` for a credential issued minutes ago.
        receipts: receipts that came with it, not parsed.
        presenter: key it must be bound to; ``None`` accepts the key that made the key binding.
        require_key_binding: refuse it without key binding.

    Returns:
        The verdict on it; ``credential`` holds its claims and holder key when they may be relied on by the
        verdict's measure.
    """
    item = examine(
        0,
        token,
        receipts,
        Expectation(expected_nonce, expected_audience, presenter, require_key_binding),
        Basis(sources, policy, now),
    )
    check_same_person([item])
    return item.finish()


# --- 1 to 4: the presentation ---------------------------------------------------------------------------


@dataclass(slots=True)
class _PresentationOutcome:
    results: dict[CheckName, CheckResult] = field(default_factory=dict)
    parsed: ParsedPresentation | None = None

    def note(self, check: CheckName, outcome: Outcome, code: str, **detail: Any) -> None:
        self.results[check] = CheckResult(check, outcome, code, detail)

    def checks(self) -> tuple[CheckResult, ...]:
        return tuple(
            self.results.get(name) or CheckResult(name, Outcome.NOT_APPLICABLE, "not_reached")
            for name in _ORDER
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a presentation must have been made for."""

    challenge: str
    domain: str | None
    expires: datetime | None


def _check_presentation(
    presentation: bytes | Mapping[str, Any], wanted: _Wanted, basis: Basis
) -> _PresentationOutcome:
    found, now = _PresentationOutcome(), basis.now
    # 1. format
    try:
        parsed = parse_presentation(presentation)
    except LimitError:
        found.note(CheckName.FORMAT, Outcome.UNKNOWN, "too_large")
        return found
    except ResumeError:
        found.note(CheckName.FORMAT, Outcome.UNKNOWN, "malformed")
        return found
    found.note(CheckName.FORMAT, Outcome.PASS, "well_formed")

    # 2. validity (before the proof: an expired share needs no further reading)
    if parsed.expires <= now:
        found.note(CheckName.VALIDITY, Outcome.FAIL, "share_expired")
        return found
    if parsed.created > now + basis.policy.clock_skew:
        # A fast clock: the challenge, not the date, says for which share it was made.
        ahead = int((parsed.created - now).total_seconds())
        found.note(CheckName.VALIDITY, Outcome.CAUTION, "made_in_future", aheadSeconds=ahead)
    else:
        found.note(CheckName.VALIDITY, Outcome.PASS, "valid_now")

    # 3. proof
    try:
        proof = verify_proof(parsed.document, purpose="authentication", now=None, suites=_SUITES)
    except ResumeError:
        found.note(CheckName.PROOF, Outcome.FAIL, "proof_invalid")
        return found
    if proof.controller != parsed.holder or proof.key != parsed.holder_key:
        found.note(CheckName.PROOF, Outcome.FAIL, "key_not_of_signer")
        return found
    found.note(CheckName.PROOF, Outcome.PASS, "signature_valid")

    # 4. holder: for this share and nobody else
    challenge, domain, expires = wanted.challenge, wanted.domain, wanted.expires
    if not hmac.compare_digest(parsed.challenge.encode(), challenge.encode("utf-8", "surrogatepass")):
        found.note(CheckName.HOLDER, Outcome.FAIL, "nonce_mismatch")
    elif domain is not None and parsed.domain != domain:
        found.note(CheckName.HOLDER, Outcome.FAIL, "audience_mismatch")
    elif expires is not None and int(parsed.expires.timestamp()) != int(expires.timestamp()):
        found.note(CheckName.HOLDER, Outcome.FAIL, "expiry_mismatch")
    else:
        found.note(CheckName.HOLDER, Outcome.PASS, "made_for_this_share")
        found.parsed = parsed
    return found


# --- 5 and 6: what it holds -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Sorted:
    secured: list[tuple[int, str | Mapping[str, Any]]] = field(default_factory=list)
    self_declared: list[SelfDeclared] = field(default_factory=list)
    refused: list[Examination] = field(default_factory=list)


def _sort(parsed: ParsedPresentation, now: datetime) -> _Sorted:
    """Tell institutions' credentials from the holder's own words; refuse what nobody signed."""
    found = _Sorted()
    for index, credential in enumerate(parsed.credentials):
        token = enveloped_token(credential)
        if token is not None:
            own = _self_issued(token, parsed)
            if own is None:
                found.secured.append((index, token))
            else:
                found.self_declared.append(own)
        elif self_issuer(credential) == parsed.holder:
            found.self_declared.append(_self_declaration(credential, parsed, now))
        elif credential.get("proof"):
            found.secured.append((index, credential))
        elif "EnvelopedVerifiableCredential" in as_list(credential.get("type")):
            found.refused.append(_refused(index, Outcome.UNKNOWN, "unsupported_form"))
        else:
            found.refused.append(_refused(index, Outcome.FAIL, "unsigned"))
    return found


def _refused(index: int, outcome: Outcome, code: str) -> Examination:
    item = Examination(index)
    item.refuse(CheckName.FORMAT, outcome, code)
    return item


def _self_declaration(
    credential: Mapping[str, Any], parsed: ParsedPresentation, now: datetime
) -> SelfDeclared:
    """Judge an embedded credential that the holder issued."""
    subject = credential.get("credentialSubject")
    statement = subject.get("statement") if isinstance(subject, dict) else None
    try:
        proof = verify_proof(credential, purpose="assertionMethod", now=None, suites=_SUITES)
    except ResumeError:
        return SelfDeclared(None, False)
    ended = proof.expires is not None and proof.expires <= now
    if ended or proof.key != parsed.holder_key or not isinstance(statement, str):
        return SelfDeclared(None, False)
    return SelfDeclared(statement, True)


def _self_issued(token: str, parsed: ParsedPresentation) -> SelfDeclared | None:
    """Judge an SD-JWT that the holder issued to themself; ``None`` when somebody else issued it."""
    try:
        peeked = peek_sd_jwt(token)
        if peeked.payload.get("iss") != parsed.holder:
            return None
        verified = verify_sd_jwt(
            peeked.bound,
            key=parsed.holder_key,
            now=parsed.created,
            expected_nonce=None,
            expected_audience=None,
            require_key_binding=False,
        )
    except ProofError:
        return SelfDeclared(None, False)
    except ResumeError:
        return None
    ld = verified.payload.get("ld")
    subject = ld.get("credentialSubject") if isinstance(ld, dict) else None
    statement = subject.get("statement") if isinstance(subject, dict) else None
    return SelfDeclared(statement, True) if isinstance(statement, str) else SelfDeclared(None, False)


def _holder_name(items: Sequence[ItemVerdict]) -> str | None:
    """Return the name on a credential that agrees with the others, the identity credential's first."""
    named = [
        item
        for item in items
        if item.credential is not None
        and item.verdict is not VerdictKind.NOT_GENUINE
        and item.check(CheckName.SAME_PERSON).outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)
        and isinstance(item.credential.claims.get("name"), str)
    ]
    named.sort(key=lambda item: (item.type != IDENTITY_TYPE, item.verdict is VerdictKind.UNKNOWN_ISSUER))
    return str(named[0].credential.claims["name"]) if named and named[0].credential else None
