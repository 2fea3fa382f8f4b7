"""Credentials and presentations as JOSE tokens: ``vc+jwt``, ``vp+jwt``, ``vc+sd-jwt``, ``vp+sd-jwt``.

Securing Verifiable Credentials using JOSE and COSE, sections 3.1 and 3.2: the payload *is* the VCDM document;
registered claims may stand beside it and must not contradict it; claims named ``vc`` and ``vp`` are
forbidden. The older JWT encoding of VC 1.1 (``vc``/``vp`` claims, typ ``JWT``) is verified on request,
never issued. Structure of the document is ``digital_resume.core.credentials.vcdm``'s, in force or not the
caller's.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from digital_resume.core.encoding.bounded_json import as_list, as_seconds, as_text, check_json_value
from digital_resume.core.encoding.dates import format_datetime, parse_datetime
from digital_resume.core.errors import MalformedError, ProofError
from digital_resume.core.identifiers.did import parse_did_url, verification_key
from digital_resume.core.keys.signing import PublicKey
from digital_resume.core.ports import Signer
from digital_resume.core.securing.jws import (
    CompactJws,
    check_header,
    parse_compact,
    sign_compact,
    verify_parsed,
)
from digital_resume.core.securing.sd_jwt import KeyBinding, Path, issue_sd_jwt, peek_sd_jwt, verify_sd_jwt

Form = Literal["vc+jwt", "vp+jwt", "vc+sd-jwt", "vp+sd-jwt"]
FORMS: Final[tuple[Form, ...]] = ("vc+jwt", "vp+jwt", "vc+sd-jwt", "vp+sd-jwt")
CLOCK_SKEW: Final = timedelta(minutes=5)

KeyResolver = Callable[[str, str], PublicKey]
"""Returns the key of a verification method if its controller allows it for the purpose."""

# Section 3.2.1 and RFC 9901 section 10: what a verifier relies on to accept the document is never issued as
# disclosable here. Others do that; then what is shown counts, and ``hidden_above`` tells that some is not.
_NEVER_HIDDEN: Final = frozenset(
    {
        "@context",
        "type",
        "id",
        "issuer",
        "holder",
        "validFrom",
        "validUntil",
        "credentialStatus",
        "credentialSchema",
        "relatedResource",
        "verifiableCredential",
        *("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce"),
    }
)
_REGISTERED: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce"})
_PURPOSES: Final = {"vc": "assertionMethod", "vp": "authentication"}
_MEMBERS: Final = {"vc": "issuer", "vp": "holder"}


@dataclass(frozen=True, slots=True)
class VerifiedJose:
    """A token whose signature and claims hold.

    Attributes:
        document: the credential or presentation, registered claims left out.
        form: which of the forms it is; ``jwt`` for the VC 1.1 encoding.
        header: protected header.
        claims: every claim, disclosures restored.
        verification_method: the key's DID URL.
        controller: its DID.
        key: the key.
        signing_input: signed bytes, for the anchor leaf.
        signature: raw signature, for the anchor leaf.
        key_binding: of an SD-JWT that has one.
        hidden: number of claims (and decoys) left undisclosed.
        hidden_above: how many of them stand beside the document's own members, where a hidden one may be
            ``validUntil`` or ``credentialStatus``.
    """

    document: dict[str, Any]
    form: str
    header: dict[str, Any]
    claims: dict[str, Any]
    verification_method: str
    controller: str
    key: PublicKey
    signing_input: bytes
    signature: bytes
    key_binding: KeyBinding | None = None
    hidden: int = 0
    hidden_above: int = 0


def key_in_identifier(verification_method: str, _purpose: str) -> PublicKey:
    """Resolve a key that travels in the identifier (did:key, did:jwk, did:web with a multikey fragment)."""
    return verification_key(verification_method)


# --- issue ----------------------------------------------------------------------------------------------


def issue_jwt(
    document: Mapping[str, Any],
    signer: Signer,
    *,
    form: Literal["vc+jwt", "vp+jwt"] = "vc+jwt",
    claims: Mapping[str, Any] | None = None,
) -> str:
    """Secure a credential or presentation as a compact JWS.

    Args:
        document: the VCDM document.
        signer: the issuer's or holder's key; becomes ``kid``.
        form: ``vc+jwt`` or ``vp+jwt``.
        claims: registered claims to put beside it, such as ``iat``, ``aud`` and ``nonce``.

    Raises:
        MalformedError: a claim that is not a registered one, contradicts the document, or ``vc``/``vp``.
    """
    payload = _payload(document, claims, form)
    header = {"kid": signer.verification_method, "typ": form, "cty": form[:2]}
    return sign_compact(header, payload, signer)


def issue_sd(
    document: Mapping[str, Any],
    disclosable: Iterable[Path],
    signer: Signer,
    *,
    form: Literal["vc+sd-jwt", "vp+sd-jwt"] = "vc+sd-jwt",
    claims: Mapping[str, Any] | None = None,
    decoys: int = 0,
) -> str:
    """Secure a credential or presentation as an SD-JWT with every disclosure attached.

    Args:
        document: the VCDM document.
        disclosable: paths in it to make selectively disclosable.
        signer: the issuer's or holder's key; becomes ``kid``.
        form: ``vc+sd-jwt`` or ``vp+sd-jwt``.
        claims: registered claims; ``cnf`` binds the credential to a holder's key.
        decoys: decoy digests for each object that hides some.

    Raises:
        MalformedError: as ``issue_jwt``; or a member that must stay visible is to be hidden.
    """
    paths = set(disclosable)
    if any(_must_be_visible(path) for path in paths):
        raise MalformedError("A member that must always be visible cannot be selectively disclosable.")
    payload = _payload(document, claims, form)
    return issue_sd_jwt(payload, paths, signer, decoys=decoys, header={"cty": form[:2]}, typ=form)


def _payload(document: Mapping[str, Any], claims: Mapping[str, Any] | None, form: Form) -> dict[str, Any]:
    check_json_value(dict(document))
    extra = dict(claims or {})
    if not _REGISTERED.issuperset(extra) or not _REGISTERED.isdisjoint(document):
        raise MalformedError("Only registered JWT claims may stand beside the document.")
    payload = {**document, **extra}
    _refuse_old_claims(payload)
    _check_agreement(payload, form[:2])
    return payload


# --- verify ---------------------------------------------------------------------------------------------


def verify_token(
    token: str,
    *,
    form: Form,
    now: datetime,
    resolve_key: KeyResolver = key_in_identifier,
    nonce: str | None = None,
    audience: str | None = None,
    require_key_binding: bool = False,
) -> VerifiedJose:
    """Verify a token of one of the four forms.

    1. parse; 2. header: algorithm, ``typ`` where there is one (a SHOULD), ``cty``; 3. the key that ``kid``
    names, allowed by its controller for the purpose; 4. signature (and disclosures, key binding);
    5. registered claims: times, and no contradiction with the document. That the key's controller is the
    issuer or holder is the caller's question.

    Args:
        token: the token.
        form: which form it must be.
        now: present moment, timezone-aware.
        resolve_key: gives the key of its verification method.
        nonce: nonce that the token must carry, or its key binding; ``None`` accepts any. A credential that
            carries none answers no request, and is refused where one is asked for.
        audience: audience it must carry; ``None`` accepts any.
        require_key_binding: refuse an SD-JWT without key binding.

    Raises:
        MalformedError: the form is broken.
        ProofError: it does not hold; ``code`` says which check.
        IdentifierError: the key cannot be resolved.
    """
    kind = form[:2]
    if form.endswith("sd-jwt"):
        peeked = peek_sd_jwt(token)
        peeked = peeked._replace(jws=_typed(peeked.jws, form))
        method, key = _key(peeked.jws, kind, resolve_key)
        asked = kind == "vc" and (nonce is not None or audience is not None)
        verified = verify_sd_jwt(
            peeked,
            key=key,
            now=now,
            expected_nonce=nonce if kind == "vc" else None,
            expected_audience=audience if kind == "vc" else None,
            require_key_binding=require_key_binding or asked,
            typ=form,
        )
        jws, claims = peeked.jws, verified.payload
        binding, hidden = verified.key_binding, verified.hidden
        above = len(as_list(peeked.payload.get("_sd"))) - sum(len(path) == 1 for path in verified.disclosed)
    else:
        jws, above = _typed(parse_compact(token), form), 0
        method, key = _key(jws, kind, resolve_key)
        verify_parsed(jws, key=key, typ=form)
        claims, binding, hidden = jws.claims(), None, 0
    if jws.header.get("cty", kind) not in (kind, f"application/{kind}"):
        raise ProofError("The token's content type is another one.", code="wrong_cty")
    _refuse_old_claims(claims)
    _check_times(claims, now)
    _check_agreement(claims, kind)
    if kind == "vp" or not form.endswith("sd-jwt"):
        _check_request(claims, nonce, audience)
    document = {name: value for name, value in claims.items() if name not in _REGISTERED}
    verified_token = _verified(document, form, jws, claims, signed_by=(method, key), binding=binding)
    return replace(verified_token, hidden=hidden, hidden_above=max(0, above))


def verify_jwt_v1(
    token: str,
    *,
    kind: Literal["vc", "vp"],
    now: datetime,
    resolve_key: KeyResolver = key_in_identifier,
    nonce: str | None = None,
    audience: str | None = None,
) -> VerifiedJose:
    """Verify the older JWT encoding, whose document is in a ``vc`` or ``vp`` claim (VC 1.1, section 6.3.1).

    Registered claims set what the document leaves out, and must not contradict what it says: ``iss`` its
    issuer or holder, ``jti`` its id, ``sub`` the subject's id, ``nbf`` and ``exp`` its dates.

    Arguments and errors as ``verify_token``; ``typ`` is ``JWT`` or absent.
    """
    jws = parse_compact(token)
    method, key = _key(jws, kind, resolve_key)
    check_header({**jws.header, "typ": jws.header.get("typ", "JWT")}, typ="JWT")
    if jws.header["alg"] != key.algorithm:
        raise ProofError(
            "The token's algorithm is not that of the key it names.", code="algorithm_not_allowed"
        )
    key.verify(jws.signature, jws.signing_input)
    claims = jws.claims()
    document = claims.get(kind)
    if not isinstance(document, dict):
        raise MalformedError(f"The token has no '{kind}' claim.")
    _check_times(claims, now)
    document = _completed(document, claims, kind)
    _check_agreement({**document, **{n: claims[n] for n in ("iss", "jti", "sub") if n in claims}}, kind)
    _check_request(claims, nonce, audience)
    return _verified(document, "jwt", jws, claims, signed_by=(method, key))


def _verified(
    document: dict[str, Any],
    form: str,
    jws: CompactJws,
    claims: dict[str, Any],
    *,
    signed_by: tuple[str, PublicKey],
    binding: KeyBinding | None = None,
) -> VerifiedJose:
    return VerifiedJose(
        document=document,
        form=form,
        header=jws.header,
        claims=claims,
        verification_method=signed_by[0],
        controller=parse_did_url(signed_by[0]).did,
        key=signed_by[1],
        signing_input=jws.signing_input,
        signature=jws.signature,
        key_binding=binding,
    )


def _typed(jws: CompactJws, form: str) -> CompactJws:
    """Return a token whose ``typ`` says its form where it says nothing: ``typ`` is a SHOULD.

    That it is the form is then shown by its payload, which is the document itself.
    """
    return jws if "typ" in jws.header else jws._replace(header={**jws.header, "typ": form})


def _completed(document: dict[str, Any], claims: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return a document of VC 1.1 with what its token says "instead of, or in addition to" it."""
    whole = dict(document)
    if "iss" in claims:
        whole.setdefault(_MEMBERS[kind], claims["iss"])
    if "jti" in claims:
        whole.setdefault("id", claims["jti"])
    if kind == "vp":
        return whole
    for claim, member in (("nbf", "issuanceDate"), ("exp", "expirationDate")):
        if claim not in claims:
            continue
        seconds = as_seconds(claims[claim], f"The token's {claim}")
        moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
        said = whole.setdefault(member, format_datetime(moment))
        if parse_datetime(said, member, zone_required=False).replace(microsecond=0) != moment:
            raise ProofError(f"The token's {claim} is not the document's {member}.", code="claim_mismatch")
    if "sub" in claims:
        subject = whole.setdefault("credentialSubject", {})
        subjects = [each for each in as_list(subject) if isinstance(each, dict)]
        if len(subjects) != 1:
            raise ProofError("The token names one subject, its document several.", code="claim_mismatch")
        named = {"id": claims["sub"], **subjects[0]}
        whole["credentialSubject"] = [named] if isinstance(subject, list) else named
    return whole


def _key(jws: CompactJws, kind: str, resolve_key: KeyResolver) -> tuple[str, PublicKey]:
    """Find the key by ``kid``: an absolute DID URL, or a fragment of ``iss`` (section 4.1.2).

    Without ``kid``, whoever the token says it is from must be a DID that names one key and no other.
    """
    kid = as_text(_sole_key_did(jws, kind) if "kid" not in jws.header else jws.kid, "The token's kid")
    if not kid.startswith("did:"):
        issuer = jws.header.get("iss", jws.claims().get("iss"))
        if not isinstance(issuer, str) or not issuer.startswith("did:"):
            raise ProofError("The token's kid does not name a key.", code="key_unknown")
        kid = f"{issuer}#{kid.removeprefix('#')}"
    elif "#" not in kid:
        # A did:key names one key, so its fragment says nothing more.
        kid = f"{kid}#{kid.rsplit(':', 1)[-1]}" if kid.startswith("did:key:") else f"{kid}#0"
    return kid, resolve_key(kid, _PURPOSES[kind])


def _sole_key_did(jws: CompactJws, kind: str) -> str | None:
    claims = jws.claims()
    inner = claims.get(kind)
    said = jws.header.get("iss", claims.get("iss"))
    for document in (claims, inner if isinstance(inner, dict) else {}):
        member = document.get(_MEMBERS[kind])
        said = said if said is not None else member.get("id") if isinstance(member, dict) else member
    return said if isinstance(said, str) and said.startswith(("did:key:", "did:jwk:")) else None


def _refuse_old_claims(claims: Mapping[str, Any]) -> None:
    if "vc" in claims or "vp" in claims:
        raise MalformedError(
            "Claims named 'vc' and 'vp' are forbidden: the payload is the document itself.", code="vc_claim"
        )


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    current, skew = now.timestamp(), CLOCK_SKEW.total_seconds()
    for name in ("nbf", "iat"):
        if name in claims and as_seconds(claims[name], f"The token's {name}") > current + skew:
            raise ProofError("The token is dated in the future.", code="token_not_yet_valid")
    if "exp" in claims and as_seconds(claims["exp"], "The token's exp") <= current:
        raise ProofError("The token has expired.", code="token_expired")


def _check_agreement(claims: Mapping[str, Any], kind: str) -> None:
    """Check that registered claims say what the document says (section 3.1.3)."""
    member = claims.get(_MEMBERS[kind])
    member = member.get("id") if isinstance(member, dict) else member
    if "iss" in claims and member is not None and claims["iss"] != member:
        raise ProofError(f"The token's iss is not the document's {_MEMBERS[kind]}.", code="claim_mismatch")
    if "jti" in claims and "id" in claims and claims["jti"] != claims["id"]:
        raise ProofError("The token's jti is not the document's id.", code="claim_mismatch")
    if "sub" not in claims:
        return
    subjects = [each for each in as_list(claims.get("credentialSubject")) if isinstance(each, dict)]
    if any("id" in each and each["id"] != claims["sub"] for each in subjects):
        raise ProofError("The token's sub is not the subject's id.", code="claim_mismatch")


def _check_request(claims: Mapping[str, Any], nonce: str | None, audience: str | None) -> None:
    found = claims.get("nonce")
    if nonce is not None and not (
        isinstance(found, str)
        and hmac.compare_digest(
            found.encode("utf-8", "surrogatepass"), nonce.encode("utf-8", "surrogatepass")
        )
    ):
        raise ProofError("The token was not made for this request (nonce).", code="nonce_mismatch")
    if audience is not None and audience not in as_list(claims.get("aud")):
        raise ProofError("The token is not addressed to whom it was shown (aud).", code="audience_mismatch")


def _must_be_visible(path: Path) -> bool:
    return path[0] in _NEVER_HIDDEN or path[-1] in ("@context", "type")
