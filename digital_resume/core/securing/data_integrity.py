"""Data Integrity proofs: add, verify, sets and chains (VC Data Integrity 1.0).

What is canonicalised and how it is signed is the cryptosuite's; here are the proof's own members: type,
purpose, times, challenge, domain, verification method, ``previousProof``. Whether the verification method's
controller is the issuer or holder of the document is the caller's question.
"""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from digital_resume.core.encoding.bounded_json import as_list, as_text, check_json_value
from digital_resume.core.encoding.dates import format_datetime, parse_datetime
from digital_resume.core.errors import LimitError, MalformedError, ProofError
from digital_resume.core.identifiers.did import parse_did_url, verification_key
from digital_resume.core.keys.signing import PublicKey
from digital_resume.core.ports import Signer
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES, Cryptosuite, JcsCryptosuite
from digital_resume.core.securing.rdfc_suites import ED25519_SIGNATURE_2020

MAX_PROOFS: Final = 16
CLOCK_SKEW: Final = timedelta(minutes=5)
PURPOSES: Final = frozenset(
    {"assertionMethod", "authentication", "capabilityInvocation", "capabilityDelegation", "keyAgreement"}
)

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]{1,2048}")

KeyResolver = Callable[[str, str], PublicKey]
"""Returns the key of a verification method if its controller allows it for the proof purpose."""


def key_in_identifier(verification_method: str, _purpose: str) -> PublicKey:
    """Resolve the key that travels in the identifier, where every purpose is allowed (did:key, did:jwk).

    For did:web this tells only which key it claims to be: the registry decides whose it is.
    """
    return verification_key(verification_method)


class VerifiedProof(NamedTuple):
    """A proof that holds.

    Attributes:
        proof: the proof as it came in.
        cryptosuite: name of its suite.
        verification_method: DID URL of the key.
        controller: the DID of that URL.
        key: the key.
        purpose: ``proofPurpose``.
        created: when it was made, or ``None`` when it does not say.
        expires: when it ends, or ``None``.
        challenge: its challenge, or ``None``.
        domains: its domains.
        hash_data: the signed bytes, for the anchor leaf.
        signature: raw signature, for the anchor leaf.
        document: the document as it was signed, without proof: read this one, because contexts may have been
            added to the secured document behind the signed ones.
    """

    proof: Mapping[str, Any]
    cryptosuite: str
    verification_method: str
    controller: str
    key: PublicKey
    purpose: str
    created: datetime | None
    expires: datetime | None
    challenge: str | None
    domains: tuple[str, ...]
    hash_data: bytes
    signature: bytes
    document: Mapping[str, Any]


def add_proof(
    document: Mapping[str, Any],
    signer: Signer,
    *,
    cryptosuite: str,
    purpose: str,
    created: datetime,
    expires: datetime | None = None,
    challenge: str | None = None,
    domain: str | Sequence[str] | None = None,
    proof_id: str | None = None,
    previous_proof: str | Sequence[str] | None = None,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
    parsed: bool = False,
) -> dict[str, Any]:
    """Return the document with a further proof.

    Args:
        document: a JSON-LD document; it is not changed.
        signer: the key; its verification method is named in the proof.
        cryptosuite: e.g. ``ecdsa-jcs-2019``.
        purpose: e.g. ``assertionMethod``.
        created: moment of signing.
        expires: end of the proof.
        challenge: value that the verifier gave.
        domain: whom the proof is for.
        proof_id: ``id`` of the proof, needed when another proof follows it.
        previous_proof: ``id`` of the proof(s) this one also covers (proof chain).
        suites: the suites to choose from.
        parsed: the document is as ``parse_json`` gave it, so what JSON is and its bounds are settled.

    Raises:
        ProofError: suite unknown or not for this key.
        MalformedError: the document is not I-JSON, or an option is wrong.
    """
    if not parsed:
        check_json_value(dict(document))
    suite = _suite(cryptosuite, suites)
    if purpose not in PURPOSES:
        raise MalformedError("The proof purpose is not one of Data Integrity's.")
    if expires is not None and expires <= created:
        raise MalformedError("The proof would expire before it is created.")
    options: dict[str, Any] = {} if proof_id is None else {"id": proof_id}
    options["type"] = "DataIntegrityProof"
    options["cryptosuite"] = cryptosuite
    options["created"] = format_datetime(created)
    if expires is not None:
        options["expires"] = format_datetime(expires)
    options["verificationMethod"] = signer.verification_method
    options["proofPurpose"] = purpose
    if challenge is not None:
        options["challenge"] = challenge
    if domain is not None:
        options["domain"] = domain if isinstance(domain, str) else list(domain)
    if previous_proof is not None:
        options["previousProof"] = previous_proof if isinstance(previous_proof, str) else list(previous_proof)
    _check_forms(options)
    existing = _proofs(document)
    if len(existing) >= MAX_PROOFS:
        raise LimitError(f"A document has at most {MAX_PROOFS} proofs.")
    unsecured = _unsecured(document, existing, options)
    options = suite.prepare_options(unsecured, options)
    proof_value, _ = suite.create(unsecured, options, signer)
    proof = {**options, "proofValue": proof_value}
    return {**document, "proof": [*existing, proof] if existing else proof}


def verify_proof(
    document: Mapping[str, Any],
    *,
    purpose: str,
    now: datetime | None,
    challenge: str | None = None,
    domain: str | None = None,
    resolve_key: KeyResolver = key_in_identifier,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
    parsed: bool = False,
) -> VerifiedProof:
    """Verify the one proof of a document.

    Args:
        document: secured document exactly as it came in.
        purpose: the purpose it must have.
        now: present moment, timezone-aware; ``None`` leaves the proof's times to the caller.
        challenge: the challenge it must carry; ``None`` accepts any.
        domain: a domain it must carry; ``None`` accepts any.
        resolve_key: gives the key of its verification method.
        suites: suites accepted.
        parsed: the document is as ``parse_json`` gave it, so what JSON is and its bounds are settled.

    Raises:
        ProofError: no proof, more than one, or it does not hold; ``code`` says which check failed.
        MalformedError: document or proof have not the form they must have.
        IdentifierError: the verification method cannot be resolved.
    """
    proofs = _proofs(document)
    if len(proofs) != 1:
        raise ProofError(
            "The document must have exactly one proof.",
            code="proof_missing" if not proofs else "proof_not_single",
        )
    return verify_proofs(
        document,
        purpose=purpose,
        now=now,
        challenge=challenge,
        domain=domain,
        resolve_key=resolve_key,
        suites=suites,
        parsed=parsed,
    )[0]


def verify_proofs(
    document: Mapping[str, Any],
    *,
    purpose: str,
    now: datetime | None,
    challenge: str | None = None,
    domain: str | None = None,
    resolve_key: KeyResolver = key_in_identifier,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
    parsed: bool = False,
) -> tuple[VerifiedProof, ...]:
    """Verify every proof of a document: one, a set, a chain (section 4.5). Arguments as ``verify_proof``.

    Raises:
        ProofError: there is no proof, or one of them does not hold.
    """
    proofs = _proofs(document)
    if not proofs:
        raise ProofError("The document has no proof.", code="proof_missing")
    if len(proofs) > MAX_PROOFS:
        raise LimitError(f"A document has at most {MAX_PROOFS} proofs.")
    verified = []
    for proof in proofs:
        checked = _check_members(proof, purpose=purpose, now=now, challenge=challenge, domain=domain)
        suite = _suite(checked.suite, suites)
        if not parsed and not isinstance(suite, JcsCryptosuite):
            # A JCS suite looks at every value of document and proof itself.
            check_json_value(dict(document))
            parsed = True
        key = resolve_key(checked.verification_method, purpose)
        options = dict(proof)
        del options["proofValue"]
        material = suite.verify(_unsecured(document, proofs, proof), options, checked.proof_value, key)
        verified.append(
            VerifiedProof(
                proof=proof,
                cryptosuite=suite.name,
                verification_method=checked.verification_method,
                controller=parse_did_url(checked.verification_method).did,
                key=key,
                purpose=purpose,
                created=checked.created,
                expires=checked.expires,
                challenge=checked.challenge,
                domains=checked.domains,
                hash_data=material.hash_data,
                signature=material.signature,
                document=material.document,
            )
        )
    return tuple(verified)


class _Members(NamedTuple):
    suite: object
    verification_method: str
    proof_value: str
    created: datetime | None
    expires: datetime | None
    challenge: str | None
    domains: tuple[str, ...]


def _check_members(
    proof: Mapping[str, Any], *, purpose: str, now: datetime | None, challenge: str | None, domain: str | None
) -> _Members:
    """Check everything of a proof except its signature."""
    kind = proof.get("type")
    if kind not in ("DataIntegrityProof", ED25519_SIGNATURE_2020):
        raise ProofError("The proof is not a DataIntegrityProof.", code="proof_type_not_supported")
    suite = proof.get("cryptosuite") if kind == "DataIntegrityProof" else kind
    if kind == "DataIntegrityProof" and suite == ED25519_SIGNATURE_2020:
        raise ProofError("A proof's type is not a cryptosuite.", code="cryptosuite_not_supported")
    if proof.get("proofPurpose") != purpose:
        raise ProofError(f"The proof was not made for the purpose {purpose}.", code="purpose_mismatch")
    method = as_text(proof.get("verificationMethod"), "The proof's verificationMethod")
    value = as_text(proof.get("proofValue"), "The proofValue", max_chars=65_536)
    created, expires = _time(proof, "created"), _time(proof, "expires")
    if now is not None and created is not None and created > now + CLOCK_SKEW:
        raise ProofError("The proof is dated in the future.", code="proof_not_yet_valid")
    if expires is not None and any(moment is not None and expires <= moment for moment in (now, created)):
        raise ProofError("The proof has expired.", code="proof_expired")
    _check_forms(proof)
    found_challenge = proof.get("challenge")
    if challenge is not None and not hmac.compare_digest(
        (found_challenge or "").encode("utf-8", "surrogatepass"), challenge.encode("utf-8", "surrogatepass")
    ):
        raise ProofError("The proof answers another request (challenge).", code="challenge_mismatch")
    domains = as_list(proof.get("domain"))
    if domain is not None and domain not in domains:
        raise ProofError("The proof is addressed to somebody else (domain).", code="domain_mismatch")
    return _Members(
        suite, method, value, created, expires, found_challenge, tuple(str(entry) for entry in domains)
    )


def _check_forms(proof: Mapping[str, Any]) -> None:
    """Check the members that a proof may have beside those that are always looked at (section 2.1)."""
    for name in ("challenge", "nonce"):
        if name in proof and not isinstance(proof[name], str):
            raise MalformedError(f"The proof's {name} must be a string.")
    if "domain" in proof:
        domain = proof["domain"]
        entries = domain if isinstance(domain, list) else [domain]
        if not all(isinstance(entry, str) for entry in entries):
            raise MalformedError("The proof's domain must be a string or strings.")
    if "id" in proof and not (isinstance(proof["id"], str) and _URL.fullmatch(proof["id"])):
        raise MalformedError("The proof's id must be one URL.")


def _time(proof: Mapping[str, Any], name: str) -> datetime | None:
    if name not in proof:
        return None
    return parse_datetime(proof[name], f"The proof's {name}", zone_required=False)


def _proofs(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    proofs: list[dict[str, Any]] = []
    for proof in as_list(document.get("proof")):
        if not isinstance(proof, dict):
            raise MalformedError("A proof must be an object.")
        proofs.append(proof)
    return proofs


def _unsecured(
    document: Mapping[str, Any], proofs: Sequence[Mapping[str, Any]], proof: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a proof covers: the document without proofs, or with those that it follows in a chain."""
    unsecured = dict(document)
    unsecured.pop("proof", None)
    if "previousProof" not in proof:
        return unsecured
    previous = []
    for wanted in as_list(proof["previousProof"]):
        matching = [p for p in proofs if p is not proof and p.get("id") == wanted]
        if not isinstance(wanted, str) or len(matching) != 1:
            raise ProofError("A proof of the chain is missing or not unique.", code="previous_proof_missing")
        previous.append(dict(matching[0]))
    if not previous:
        raise ProofError("previousProof names no proof.", code="previous_proof_missing")
    return {**unsecured, "proof": previous}


def _suite(name: object, suites: Mapping[str, Cryptosuite]) -> Cryptosuite:
    if not isinstance(name, str) or name not in suites:
        raise ProofError("The proof's cryptosuite is not accepted here.", code="cryptosuite_not_supported")
    return suites[name]
