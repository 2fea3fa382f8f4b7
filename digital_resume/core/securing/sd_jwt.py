"""SD-JWT: issue, present, bind to the holder's key, verify (RFC 9901).

A path names a claim from the top of the payload, e.g. ``("ld", "credentialSubject", "birthDate")``; an
integer is an index into an array *as it stands in the reassembled payload*. The issuer-signed part never
changes with what is disclosed, so an anchor over it holds for every presentation.
Validity times and the meaning of the claims are left to ``sd_jwt_vc`` and the verification pipeline.
"""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from digital_resume.core.anchoring.leaf import Mechanism, SignedContent
from digital_resume.core.encoding.base64url import to_standard
from digital_resume.core.encoding.bounded_json import as_seconds, check_json_value
from digital_resume.core.errors import LimitError, MalformedError, ProofError
from digital_resume.core.keys.signing import PublicKey, public_key_from_jwk
from digital_resume.core.ports import Signer
from digital_resume.core.securing.disclosures import (
    HASHES,
    Assembly,
    Disclosure,
    Hiding,
    Path,
    digest_of,
    parse_disclosures,
    refuse_reserved_names,
)
from digital_resume.core.securing.jws import (
    CompactJws,
    parse_compact,
    parse_standard,
    sign_compact,
    verify_parsed,
)

SD_JWT_TYPE: Final = "dc+sd-jwt"
KEY_BINDING_TYPE: Final = "kb+jwt"
MAX_TOKEN_CHARS: Final = 524_288
MAX_DISCLOSURES: Final = 1_024
MAX_DECOYS: Final = 64
CLOCK_SKEW: Final = timedelta(minutes=5)
_SKEW_SECONDS: Final = CLOCK_SKEW.total_seconds()
MAX_KEY_BINDING_AGE: Final = timedelta(days=201)
"""A share lives at most 200 days; whoever asked with a nonce of its own passes a far smaller age."""


class PeekedSdJwt(NamedTuple):
    """A parsed SD-JWT of which nothing is trusted yet.

    Attributes:
        header: protected header of the issuer-signed JWT.
        payload: its payload as signed, digests and all.
        disclosures: in the order they came.
        key_binding: the key-binding JWT's text, or ``None``.
        signing_input: ASCII ``header.payload`` of the issuer-signed JWT.
        signature: its decoded signature.
        bound: the text that ``sd_hash`` covers: everything before the key-binding JWT.
        jws: the issuer-signed JWT.
    """

    header: dict[str, Any]
    payload: dict[str, Any]
    disclosures: tuple[Disclosure, ...]
    key_binding: str | None
    signing_input: bytes
    signature: bytes
    bound: str
    jws: CompactJws

    @property
    def kid(self) -> str | None:
        """The header's ``kid``."""
        return self.jws.kid

    @property
    def content(self) -> SignedContent:
        """What the issuer signed."""
        return SignedContent(Mechanism.JOSE, self.signing_input, self.signature)

    def reassemble(self) -> "Reassembled":
        """Put the disclosures back into the payload; errors as ``verify_sd_jwt``."""
        return _reassemble(self)


class Reassembled(NamedTuple):
    """A payload with its disclosures restored.

    Attributes:
        payload: claims without ``_sd``, ``...`` and ``_sd_alg``; objects that hold none of these are those of
            the payload as signed, so treat both as read-only.
        disclosed: path of each disclosed claim.
        hidden: number of digests without disclosure, decoys included.
        sources: the disclosure behind each path.
    """

    payload: dict[str, Any]
    disclosed: frozenset[Path]
    hidden: int
    sources: dict[Path, str]


class KeyBinding(NamedTuple):
    """A verified key-binding JWT."""

    nonce: str
    audience: str
    issued_at: datetime
    key: PublicKey


class VerifiedSdJwt(NamedTuple):
    """An SD-JWT whose signature, disclosures and key binding (if any) hold.

    Attributes:
        header: protected header.
        payload: reassembled claims.
        disclosed: paths of the claims that were disclosed selectively.
        hidden: number of claims (and decoys) left undisclosed.
        key_binding: ``None`` when the token has none.
        content: what the issuer signed, for the anchor leaf.
        kid: the header's ``kid``.
    """

    header: dict[str, Any]
    payload: dict[str, Any]
    disclosed: frozenset[Path]
    hidden: int
    key_binding: KeyBinding | None
    content: SignedContent
    kid: str | None


# --- issue ----------------------------------------------------------------------------------------------


def issue_sd_jwt(
    payload: Mapping[str, Any],
    disclosable: Iterable[Path],
    signer: Signer,
    *,
    decoys: int = 0,
    header: Mapping[str, Any] | None = None,
    typ: str = SD_JWT_TYPE,
) -> str:
    """Issue an SD-JWT with every disclosure attached.

    Args:
        payload: all claims in the clear.
        disclosable: paths to make selectively disclosable; nested ones are allowed.
        signer: issuer's key; its verification method becomes ``kid``.
        decoys: decoy digests added beside the claims of each object that hides some.
        header: further protected header members.
        typ: media type for the header.

    Returns:
        ``jwt~disclosure~…~``.

    Raises:
        MalformedError: a reserved claim name, or a path that leads nowhere.
        LimitError: too many disclosures or decoys.
    """
    refuse_reserved_names(check_json_value(dict(payload)))
    paths = set(disclosable)
    if len(paths) > MAX_DISCLOSURES or not 0 <= decoys <= MAX_DECOYS:
        raise LimitError(
            f"At most {MAX_DISCLOSURES} disclosures and {MAX_DECOYS} decoys an object are possible."
        )
    if () in paths:
        raise MalformedError("The whole payload cannot be one disclosure.")
    hiding = Hiding(paths, decoys)
    hidden = hiding.hide(payload)
    if hiding.missing:
        raise MalformedError("A claim to make selectively disclosable is not in the payload.")
    if hiding.disclosures:
        hidden["_sd_alg"] = "sha-256"
    protected = {"typ": typ, "kid": signer.verification_method, **(header or {})}
    return "~".join([sign_compact(protected, hidden, signer), *hiding.disclosures, ""])


# --- parse ----------------------------------------------------------------------------------------------


def peek_sd_jwt(token: str) -> PeekedSdJwt:
    """Parse an SD-JWT, with or without key binding, without trusting it.

    Raises:
        LimitError: too large or too many disclosures.
        MalformedError: not ``jwt~(disclosure~)*[kb-jwt]``.
    """
    if len(token) > MAX_TOKEN_CHARS:
        raise LimitError(f"The SD-JWT is longer than {MAX_TOKEN_CHARS} characters.")
    if not token.isascii():
        raise MalformedError("An SD-JWT has ASCII characters only.")
    bound = token[: token.rfind("~") + 1]
    if not bound:
        raise MalformedError("The token is not an SD-JWT: it has no '~' after its signature.")
    first, *texts, _ = bound.split("~")
    if len(texts) > MAX_DISCLOSURES:
        raise LimitError(f"The SD-JWT has more than {MAX_DISCLOSURES} disclosures.")
    signed, *encoded = to_standard(bound).split(b"~")
    jws = parse_standard(first, signed)
    return PeekedSdJwt(
        jws.header,
        jws.claims(),
        parse_disclosures(texts, encoded[:-1]),
        token[len(bound) :] or None,
        jws.signing_input,
        jws.signature,
        bound,
        jws,
    )


# --- verify ---------------------------------------------------------------------------------------------


def verify_sd_jwt(
    token: str | PeekedSdJwt,
    *,
    key: PublicKey,
    now: datetime,
    expected_nonce: str | None,
    expected_audience: str | None,
    require_key_binding: bool,
    max_key_binding_age: timedelta = MAX_KEY_BINDING_AGE,
    check_age: bool = True,
    typ: str = SD_JWT_TYPE,
) -> VerifiedSdJwt:
    """Verify an SD-JWT by RFC 9901 section 7.

    1. parse; 2. header (algorithm, type, no extensions) and issuer's signature; 3. disclosures against
    digests; 4. key binding when there is one or one is required. ``exp`` and ``nbf`` are *not* judged here.

    Args:
        token: the presented SD-JWT, or what ``peek_sd_jwt`` made of it: whoever peeked to learn which key it
            names need not have it parsed again.
        key: the issuer's key; that it may sign for the issuer is the caller's check.
        now: present moment, timezone-aware.
        expected_nonce: nonce the key-binding JWT must carry; ``None`` accepts any.
        expected_audience: audience it must carry; ``None`` accepts any.
        require_key_binding: refuse a token without key binding.
        max_key_binding_age: oldest key binding accepted.
        check_age: whether the key binding's ``iat`` is judged here; else it is the caller's check.
        typ: required media type.

    Raises:
        MalformedError: the form is broken.
        ProofError: signature, digests or key binding do not hold; ``code`` says which.
    """
    peeked = peek_sd_jwt(token) if isinstance(token, str) else token
    verify_parsed(peeked.jws, key=key, typ=typ)
    whole = _reassemble(peeked)
    binding = None
    if peeked.key_binding is not None:
        binding = _verify_key_binding(
            peeked,
            whole.payload,
            now=now,
            expected_nonce=expected_nonce,
            expected_audience=expected_audience,
            max_age=max_key_binding_age if check_age else None,
        )
    elif require_key_binding:
        raise ProofError(
            "The credential was presented without proof that its holder presented it.",
            code="key_binding_missing",
        )
    return VerifiedSdJwt(
        peeked.header,
        whole.payload,
        whole.disclosed,
        whole.hidden,
        binding,
        peeked.content,
        peeked.kid,
    )


def _digest_algorithm(peeked: PeekedSdJwt) -> str:
    algorithm = peeked.payload.get("_sd_alg", "sha-256")
    if not isinstance(algorithm, str) or algorithm not in HASHES:
        raise ProofError("The SD-JWT's digest algorithm is not accepted.", code="algorithm_not_allowed")
    return algorithm


def _reassemble(peeked: PeekedSdJwt) -> Reassembled:
    assembly = Assembly(peeked.disclosures, _digest_algorithm(peeked))
    payload = dict(assembly.build(peeked.payload, ()))
    payload.pop("_sd_alg", None)
    if len(assembly.sources) != len(assembly.by_digest):
        raise ProofError(
            "A disclosure belongs to no digest of the credential.", code="disclosure_unreferenced"
        )
    return Reassembled(payload, frozenset(assembly.sources), assembly.hidden, assembly.sources)


def _verify_key_binding(
    peeked: PeekedSdJwt,
    payload: dict[str, Any],
    *,
    now: datetime,
    expected_nonce: str | None,
    expected_audience: str | None,
    max_age: timedelta | None,
) -> KeyBinding:
    confirmation = payload.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(jwk, dict):
        raise ProofError("The credential names no holder key (cnf.jwk).", code="holder_key_missing")
    key = public_key_from_jwk(jwk)
    jws = parse_compact(peeked.key_binding or "")
    verify_parsed(jws, key=key, typ=KEY_BINDING_TYPE)
    claims = jws.claims()
    nonce, audience = claims.get("nonce"), claims.get("aud")
    if not isinstance(nonce, str) or not isinstance(audience, str):
        raise ProofError("The key binding lacks its nonce or audience.", code="key_binding_incomplete")
    issued = as_seconds(claims.get("iat"), "The key binding's iat")
    current = now.timestamp()
    if max_age is not None and issued > current + _SKEW_SECONDS:
        raise ProofError("The key binding is dated in the future.", code="key_binding_not_yet_valid")
    if max_age is not None and issued < current - max_age.total_seconds() - _SKEW_SECONDS:
        raise ProofError("The key binding is too old.", code="key_binding_too_old")
    if "exp" in claims and as_seconds(claims["exp"], "The key binding's exp") <= current:
        raise ProofError("The key binding has expired.", code="key_binding_too_old")
    if expected_nonce is not None and not hmac.compare_digest(
        nonce.encode("utf-8", "surrogatepass"), expected_nonce.encode("utf-8", "surrogatepass")
    ):
        raise ProofError("The presentation answers another request (nonce).", code="nonce_mismatch")
    if expected_audience is not None and audience != expected_audience:
        raise ProofError("The presentation is addressed to somebody else (aud).", code="audience_mismatch")
    if claims.get("sd_hash") != digest_of(peeked.bound, _digest_algorithm(peeked)):
        raise ProofError(
            "The key binding was made for another set of disclosures (sd_hash).", code="sd_hash_mismatch"
        )
    return KeyBinding(nonce, audience, datetime.fromtimestamp(issued, now.tzinfo), key)


# --- present --------------------------------------------------------------------------------------------


def present(sd_jwt: str, disclose: Iterable[Path]) -> str:
    """Keep only the disclosures of ``disclose`` and of whatever contains them; drop a key binding.

    Args:
        sd_jwt: token with all disclosures the holder has.
        disclose: paths in the reassembled payload.

    Raises:
        MalformedError: a path is not a selectively disclosable claim of this token.
    """
    peeked = peek_sd_jwt(sd_jwt)
    whole = _reassemble(peeked)
    wanted: set[str] = set()
    for path in set(disclose):
        if path not in whole.sources:
            raise MalformedError("A claim to disclose is not among the credential's disclosures.")
        for length in range(1, len(path) + 1):
            source = whole.sources.get(path[:length])
            if source is not None:
                wanted.add(source)
    kept = [d.encoded for d in peeked.disclosures if d.encoded in wanted]
    return "~".join([peeked.bound.split("~", 1)[0], *kept, ""])


def create_key_binding(sd_jwt: str, signer: Signer, *, nonce: str, audience: str, issued_at: datetime) -> str:
    """Append a key-binding JWT signed with the holder's key (RFC 9901 section 4.3).

    Raises:
        MalformedError: ``sd_jwt`` already has one or is not an SD-JWT.
    """
    peeked = peek_sd_jwt(sd_jwt)
    if peeked.key_binding is not None:
        raise MalformedError("The SD-JWT already has a key binding; present() drops it.")
    algorithm = _digest_algorithm(peeked)
    claims = {
        "iat": int(issued_at.timestamp()),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": digest_of(sd_jwt, algorithm),
    }
    return sd_jwt + sign_compact({"typ": KEY_BINDING_TYPE}, claims, signer)


__all__ = [
    "KEY_BINDING_TYPE",
    "MAX_KEY_BINDING_AGE",
    "SD_JWT_TYPE",
    "Disclosure",
    "KeyBinding",
    "Path",
    "PeekedSdJwt",
    "Reassembled",
    "VerifiedSdJwt",
    "create_key_binding",
    "issue_sd_jwt",
    "peek_sd_jwt",
    "present",
    "verify_sd_jwt",
]
