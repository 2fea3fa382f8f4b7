"""Type metadata of SD-JWT VCs: what a ``vct`` means, how it is shown, which claims may be hidden.

SD-JWT-based Verifiable Credentials (draft-ietf-oauth-sd-jwt-vc), sections 4.4 to 4.6 and 6: documents are
parsed and bounded, ``extends`` is followed through a ``Fetcher`` with its integrity checked and circles
refused, and a credential is held against ``claims``. Our own credential types give such a document too.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from digital_resume.core.credentials.catalog import CredentialType
from digital_resume.core.encoding.bounded_json import parse_json_object
from digital_resume.core.errors import LimitError, MalformedError, ProofError, SchemaError
from digital_resume.core.ports import Fetcher
from digital_resume.core.securing.disclosures import Path

MEDIA_TYPE: Final = "application/json"
RESUME_MEMBER: Final = "urn:vdr:resume"
"""The member of metadata that says how a type stands in a resume, in the form of its file."""
LOCALES: Final = {"ko": "ko-KR", "en": "en-US"}
MAX_BYTES: Final = 262_144
MAX_EXTENSIONS: Final = 4
MAX_CLAIMS: Final = 512

Disclosability = Literal["always", "allowed", "never"]
ClaimPath = tuple[str | int | None, ...]
"""Strings are names, integers indices, ``None`` all elements of an array (section 6.6.1)."""

_INTEGRITY = re.compile(r"sha(256|384|512)-([A-Za-z0-9+/]{1,128}={0,2})", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClaimMetadata:
    """What is said of one claim.

    Attributes:
        path: where it stands.
        disclosable: whether it must, may or must not be selectively disclosable.
        mandatory: whether it must be in the credential as issued.
        labels: what it is called, by language tag.
    """

    path: ClaimPath
    disclosable: Disclosability
    mandatory: bool
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TypeMetadata:
    """One type's metadata, what it extends merged in.

    Attributes:
        vct: the type.
        name: for developers, not for people who hold credentials.
        labels: its name for people, by language tag.
        claims: its claims by path.
        extends: the types it extends, the nearest first.
    """

    vct: str
    name: str | None
    labels: Mapping[str, str]
    claims: Mapping[ClaimPath, ClaimMetadata]
    extends: tuple[str, ...] = ()


def parse_type_metadata(document: Mapping[str, Any]) -> TypeMetadata:
    """Parse one document, what it extends left aside.

    Raises:
        MalformedError: a member is missing or not what it must be.
    """
    vct = _text(document.get("vct"), "vct")
    entries = document.get("claims", [])
    if not isinstance(entries, list) or len(entries) > MAX_CLAIMS:
        raise _malformed(f"'claims' must be an array of at most {MAX_CLAIMS} objects.")
    claims: dict[ClaimPath, ClaimMetadata] = {}
    for entry in entries:
        claim = _claim(entry)
        if claim.path in claims:
            raise _malformed("A claim is described twice.")
        claims[claim.path] = claim
    name = document.get("name")
    if name is not None and not isinstance(name, str):
        raise _malformed("'name' must be a string.")
    return TypeMetadata(vct, name, _labels(document.get("display", []), "name"), claims)


def resolve_type_metadata(vct: str, fetcher: Fetcher, *, integrity: str | None = None) -> TypeMetadata:
    """Fetch a type's metadata and that of the types it extends, and merge them.

    Args:
        vct: the type; only https URLs are fetched.
        fetcher: fetches.
        integrity: ``vct#integrity`` of the credential; ``None`` when it has none.

    Raises:
        MalformedError: a document is not type metadata, or says another ``vct``.
        ProofError: ``integrity_mismatch``: another document than the credential names.
        LimitError: too long a chain of extensions, or a circle.
        SchemaError: ``type_metadata_extension``: an extension weakens a rule of what it extends.
        SourceUnavailableError: a document cannot be had.
    """
    chain: list[TypeMetadata] = []
    wanted: str | None = vct
    while wanted is not None:
        if wanted in (found.vct for found in chain) or len(chain) > MAX_EXTENSIONS:
            raise LimitError("The type metadata extends itself, or too many types.")
        if urlsplit(wanted).scheme != "https":
            raise _malformed("Only type metadata at an https URL can be fetched.")
        body = fetcher.fetch(wanted, accept=MEDIA_TYPE, max_bytes=MAX_BYTES)
        if integrity is not None:
            check_integrity(body, integrity)
        document = parse_json_object(body, max_bytes=MAX_BYTES)
        found = parse_type_metadata(document)
        if found.vct != wanted:
            raise _malformed("The type metadata is that of another type.")
        chain.append(found)
        extended = document.get("extends")
        wanted = None if extended is None else _text(extended, "extends")
        given = document.get("extends#integrity")
        integrity = None if given is None else _text(given, "extends#integrity")
    return _merge(chain)


def check_integrity(body: bytes, integrity: str) -> None:
    """Check bytes against a W3C Subresource Integrity text; each digest it names must hold.

    Raises:
        MalformedError: it is not one.
        ProofError: ``integrity_mismatch``.
    """
    digests = integrity.split()
    if not digests:
        raise _malformed("An integrity text names no digest.")
    for text in digests:
        match = _INTEGRITY.fullmatch(text)
        try:
            expected = base64.b64decode(match[2], validate=True) if match else None
        except (ValueError, binascii.Error):
            expected = None
        if match is None or expected is None:
            raise _malformed("An integrity text must be such as sha256-<base64>.")
        if not hmac.compare_digest(hashlib.new(f"sha{match[1]}", body).digest(), expected):
            raise ProofError(
                "The type metadata has another content than was named.", code="integrity_mismatch"
            )


def check_claims(metadata: TypeMetadata, payload: Mapping[str, Any], disclosed: Collection[Path]) -> None:
    """Hold a credential against its type's rules.

    What is hidden is not seen, so a mandatory claim that may be hidden is not missed.

    Args:
        metadata: the type's metadata.
        payload: reassembled payload.
        disclosed: paths that were disclosed selectively.

    Raises:
        SchemaError: ``claim_missing`` or ``claim_disclosability``.
    """
    for claim in metadata.claims.values():
        places = _places(payload, claim.path)
        hidden = [place for place in places if place in disclosed]
        if claim.mandatory and claim.disclosable == "never" and not places:
            raise SchemaError("A claim that the credential's type demands is missing.", code="claim_missing")
        if (claim.disclosable == "never" and hidden) or (
            claim.disclosable == "always" and len(hidden) != len(places)
        ):
            raise SchemaError(
                "A claim is selectively disclosable against the rule of the credential's type.",
                code="claim_disclosability",
            )


def build_type_metadata(credential_type: CredentialType, *, prefix: Sequence[str] = ()) -> dict[str, Any]:
    """Build the type metadata document of one of our credential types.

    How the type stands in a resume is a member of ours, ``urn:vdr:resume``, which others pass over.

    Args:
        credential_type: the type.
        prefix: path under which the claims stand, such as ``("ld", "credentialSubject")``.
    """
    hidden = {
        name.removesuffix("[]"): name.endswith("[]") for name in credential_type.selectively_disclosable
    }
    required = set(credential_type.schema.get("required", ()))
    claims = []
    for claim in credential_type.claims:
        singly = hidden.get(claim.name)
        path: list[str | None] = [*prefix, claim.name, *([None] if singly else [])]
        claims.append(
            {
                "path": path,
                "sd": "never" if singly is None else "always",
                "mandatory": claim.name in required,
                "display": [
                    {"locale": tag, "label": claim.label.as_dict()[key]} for key, tag in LOCALES.items()
                ],
            }
        )
    title, description = credential_type.title.as_dict(), credential_type.description.as_dict()
    return {
        "vct": credential_type.vct,
        "name": credential_type.name,
        "description": credential_type.description.en,
        "display": [
            {"locale": tag, "name": title[key], "description": description[key]}
            for key, tag in LOCALES.items()
        ],
        "claims": claims,
        RESUME_MEMBER: credential_type.resume.to_json(),
    }


def _claim(entry: object) -> ClaimMetadata:
    if not isinstance(entry, dict):
        raise _malformed("Each claim must be an object.")
    path = entry.get("path")
    if not isinstance(path, list) or not 0 < len(path) <= 32 or not all(_is_step(step) for step in path):
        raise _malformed("A claim's path must be names, indices and nulls.")
    disclosable = entry.get("sd", "allowed")
    mandatory = entry.get("mandatory", False)
    if disclosable not in ("always", "allowed", "never") or not isinstance(mandatory, bool):
        raise _malformed("A claim's 'sd' must be always, allowed or never, and 'mandatory' a boolean.")
    return ClaimMetadata(tuple(path), disclosable, mandatory, _labels(entry.get("display", []), "label"))


def _is_step(step: object) -> bool:
    if step is None or isinstance(step, str):
        return True
    return isinstance(step, int) and not isinstance(step, bool) and step >= 0


def _labels(entries: object, member: str) -> dict[str, str]:
    if not isinstance(entries, list) or len(entries) > 64:
        raise _malformed("'display' must be an array of objects.")
    labels: dict[str, str] = {}
    for entry in entries:
        # Earlier drafts say ``lang``.
        tag = entry.get("locale", entry.get("lang")) if isinstance(entry, dict) else None
        text = entry.get(member) if isinstance(entry, dict) else None
        if not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag) or not isinstance(text, str):
            raise _malformed(f"Each display needs a locale and a {member}.")
        labels[tag] = text
    return labels


def _merge(chain: Sequence[TypeMetadata]) -> TypeMetadata:
    """Merge a type with what it extends: the extension's words win, its rules may only be stricter."""
    nearest = chain[0]
    claims: dict[ClaimPath, ClaimMetadata] = {}
    labels: dict[str, str] = {}
    for metadata in reversed(chain):
        labels |= metadata.labels
        for path, claim in metadata.claims.items():
            before = claims.get(path)
            if before is not None and (
                (before.disclosable not in ("allowed", claim.disclosable))
                or (before.mandatory and not claim.mandatory)
            ):
                raise SchemaError(
                    "A type's metadata weakens a rule of the type that it extends.",
                    code="type_metadata_extension",
                )
            words = {**before.labels, **claim.labels} if before else claim.labels
            claims[path] = ClaimMetadata(path, claim.disclosable, claim.mandatory, words)
    return TypeMetadata(nearest.vct, nearest.name, labels, claims, tuple(found.vct for found in chain[1:]))


def _places(payload: Any, path: ClaimPath) -> list[Path]:
    """Return the places in a payload that a claim path selects."""
    places: list[tuple[Path, Any]] = [((), payload)]
    for step in path:
        following: list[tuple[Path, Any]] = []
        for at, node in places:
            if isinstance(step, str) and isinstance(node, dict) and step in node:
                following.append(((*at, step), node[step]))
            elif isinstance(node, list) and step is None:
                following += [((*at, index), item) for index, item in enumerate(node)]
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                following.append(((*at, step), node[step]))
        places = following
    return [at for at, _ in places]


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 2_048:
        raise _malformed(f"'{name}' must be a string.")
    return value


def _malformed(message: str) -> MalformedError:
    return MalformedError(message, code="type_metadata")
