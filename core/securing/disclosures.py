"""Disclosures and digests of SD-JWT: hiding claims, and putting them back (RFC 9901 sections 4.2 and 7.1).

A path names a claim from the top of the payload; an integer is an index into an array *as it stands in the
reassembled payload*. Signatures, key binding and the token's form are left to ``sd_jwt``.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from core.errors import LimitError, MalformedError, ProofError
from core.securing.encoding import b64u_decode, b64u_encode, dump_json, parse_json

Path = tuple[str | int, ...]

MAX_DISCLOSURE_BYTES: Final = 524_288
MAX_NESTING: Final = 64

HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "sha-256": hashlib.sha256,
    "sha-384": hashlib.sha384,
    "sha-512": hashlib.sha512,
}
_RESERVED: Final = frozenset({"_sd", "...", "_sd_alg"})


class Disclosure(NamedTuple):
    """One disclosure as it came in; ``name`` is ``None`` for an array element."""

    encoded: str
    name: str | None
    value: Any


def hide_claims(node: Any, at: Path, paths: set[Path], out: list[str], decoys: int) -> Any:
    """Return a copy of ``node`` with every path below it replaced by digests, the deepest first.

    Args:
        node: payload or part of it.
        at: path of ``node``.
        paths: paths to hide; those that were found are taken out.
        out: receives the disclosures.
        decoys: decoy digests added to each object that hides claims.
    """
    if isinstance(node, dict):
        visible: dict[str, Any] = {}
        digests: list[str] = []
        for name, value in node.items():
            path = (*at, name)
            inner = hide_claims(value, path, paths, out, decoys)
            if path in paths:
                paths.discard(path)
                digests.append(_disclose([name, inner], out))
            else:
                visible[name] = inner
        if digests:
            digests.extend(digest_of(secrets.token_urlsafe(32)) for _ in range(decoys))
            # Sorted by digest, so that the order says nothing of the claims (RFC 9901 section 4.2.4.1).
            visible["_sd"] = sorted(digests)
        return visible
    if isinstance(node, list):
        elements: list[Any] = []
        for index, value in enumerate(node):
            place = (*at, index)
            inner = hide_claims(value, place, paths, out, decoys)
            if place in paths:
                paths.discard(place)
                inner = {"...": _disclose([inner], out)}
            elements.append(inner)
        return elements
    return node


def _disclose(content: list[Any], out: list[str]) -> str:
    encoded = b64u_encode(dump_json([b64u_encode(secrets.token_bytes(16)), *content]))
    out.append(encoded)
    return digest_of(encoded)


def digest_of(text: str, algorithm: str = "sha-256") -> str:
    """Return the base64url digest of an ASCII text; ``algorithm`` is one of ``HASHES``."""
    return b64u_encode(HASHES[algorithm](text.encode("ascii")).digest())


def refuse_reserved_names(node: object) -> None:
    """Refuse claims named as SD-JWT's own members; raises ``MalformedError``."""
    if isinstance(node, dict):
        if not _RESERVED.isdisjoint(node):
            raise MalformedError(
                "Claims named '_sd', '_sd_alg' or '...' are reserved.", code="reserved_claim"
            )
        for value in node.values():
            refuse_reserved_names(value)
    elif isinstance(node, list):
        for value in node:
            refuse_reserved_names(value)


def parse_disclosure(encoded: str) -> Disclosure:
    """Parse one disclosure.

    Raises:
        MalformedError: not ``[salt, value]`` or ``[salt, name, value]`` in base64url.
    """
    content = parse_json(b64u_decode(encoded, max_bytes=MAX_DISCLOSURE_BYTES))
    if not isinstance(content, list) or len(content) not in (2, 3) or not isinstance(content[0], str):
        raise MalformedError("A disclosure is not [salt, value] or [salt, name, value].")
    if len(content) == 2:
        return Disclosure(encoded, None, content[1])
    name = content[1]
    if not isinstance(name, str):
        raise MalformedError("A disclosure's claim name is not a string.")
    return Disclosure(encoded, name, content[2])


class Assembly:
    """One run over a payload: every digest met at most once, every disclosure used exactly once."""

    def __init__(self, disclosures: Iterable[Disclosure], algorithm: str) -> None:
        self.by_digest: dict[str, Disclosure] = {}
        for disclosure in disclosures:
            digest = digest_of(disclosure.encoded, algorithm)
            if digest in self.by_digest:
                raise ProofError("The same disclosure is attached twice.", code="disclosure_duplicate")
            self.by_digest[digest] = disclosure
        self.met: set[str] = set()
        self.sources: dict[Path, str] = {}
        self.hidden = 0

    def take(self, digest: object) -> Disclosure | None:
        """Meet a digest: return its disclosure, or count it as hidden."""
        if not isinstance(digest, str):
            raise MalformedError("A digest in the SD-JWT is not a string.")
        if digest in self.met:
            raise ProofError("A digest stands in the SD-JWT twice.", code="digest_duplicate")
        self.met.add(digest)
        found = self.by_digest.get(digest)
        if found is None:
            self.hidden += 1
        return found

    def build(self, node: Any, at: Path) -> Any:
        """Return ``node`` with its disclosures put back (section 7.1, step 3)."""
        if len(at) > MAX_NESTING:
            raise LimitError("The disclosures are nested too deeply.")
        if isinstance(node, dict):
            return self._object(node, at)
        if isinstance(node, list):
            return self._array(node, at)
        return node

    def _object(self, node: dict[str, Any], at: Path) -> dict[str, Any]:
        if "..." in node:
            raise MalformedError("The reserved name '...' stands where no array element is.")
        result = dict(node)
        digests = result.pop("_sd", [])
        for member, value in result.items():
            kind = type(value)
            if kind is dict or kind is list:
                result[member] = self.build(value, (*at, member))
        if not isinstance(digests, list):
            raise MalformedError("'_sd' is not an array of digests.")
        for digest in digests:
            disclosure = self.take(digest)
            if disclosure is None:
                continue
            name = disclosure.name
            if name is None:
                raise ProofError(
                    "An array element's disclosure is used for a claim.", code="disclosure_misused"
                )
            if name in {"_sd", "..."}:
                raise ProofError("A disclosure uses a reserved claim name.", code="reserved_claim")
            if name in result or (not at and name == "_sd_alg"):
                raise ProofError(
                    "A disclosure repeats a claim that is already there.", code="claim_collision"
                )
            result[name] = self.build(disclosure.value, (*at, name))
            self.sources[(*at, name)] = disclosure.encoded
        return result

    def _array(self, node: list[Any], at: Path) -> list[Any]:
        result: list[Any] = []
        for element in node:
            if not isinstance(element, dict) or "..." not in element:
                nested = isinstance(element, (dict, list))
                result.append(self.build(element, (*at, len(result))) if nested else element)
                continue
            if len(element) != 1:
                raise MalformedError("An array element's digest has further members beside it.")
            disclosure = self.take(element["..."])
            if disclosure is None:
                continue
            if disclosure.name is not None:
                raise ProofError(
                    "A claim's disclosure is used for an array element.", code="disclosure_misused"
                )
            path = (*at, len(result))
            result.append(self.build(disclosure.value, path))
            self.sources[path] = disclosure.encoded
        return result
