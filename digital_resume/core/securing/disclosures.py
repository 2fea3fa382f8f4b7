"""Disclosures and digests of SD-JWT: hiding claims, and putting them back (RFC 9901 sections 4.2 and 7.1).

A path names a claim from the top of the payload; an integer is an index into an array *as it stands in the
reassembled payload*. Signatures, key binding and the token's form are left to ``sd_jwt``.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from digital_resume.core.encoding.base64url import b64u_encode, b64u_encode_all, decode_standard
from digital_resume.core.encoding.bounded_json import MAX_DEPTH, MAX_VALUES, dump_json, parse_json
from digital_resume.core.errors import LimitError, MalformedError, ProofError

Path = tuple[str | int, ...]

MAX_NESTING: Final = 64

HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "sha-256": hashlib.sha256,
    "sha-384": hashlib.sha384,
    "sha-512": hashlib.sha512,
}
_RESERVED: Final = frozenset({"_sd", "...", "_sd_alg"})
_END: Final = ord("]")
_SALT_BYTES: Final = 16
# By step of a path: whether the claim itself is hidden, and what is below it.
_Tree = dict[str | int, tuple[bool, "_Tree"]]


class Disclosure(NamedTuple):
    """One disclosure as it came in.

    Attributes:
        encoded: its text.
        name: the claim's name, ``None`` for an array element.
        value: the claim's value.
        whole: whether surely no disclosure of its token holds digests of further ones.
    """

    encoded: str
    name: str | None
    value: Any
    whole: bool = False


class Hiding:
    """One run over a payload that replaces the claims to be disclosed selectively by digests.

    Args:
        paths: the claims.
        decoys: decoy digests added to each object that hides claims.
    """

    def __init__(self, paths: Iterable[Path], decoys: int) -> None:
        self._decoys = decoys
        self._tree: _Tree = {}
        self.missing = 0
        for path in set(paths):
            branch = self._tree
            for step in path[:-1]:
                branch = branch.setdefault(step, (False, {}))[1]
            branch[path[-1]] = (True, branch.get(path[-1], (False, {}))[1])
            self.missing += 1
        self._salts = secrets.token_bytes(_SALT_BYTES * self.missing)
        self.disclosures: list[str] = []

    def hide(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the payload with digests in place of the claims, the deepest first.

        Afterwards ``disclosures`` holds theirs, and ``missing`` tells how many claims were not found. What
        hides nothing is taken over as it is, not copied.
        """
        return self._object(payload, self._tree)

    def _object(self, node: Mapping[str, Any], tree: "_Tree") -> dict[str, Any]:
        visible = dict(node)
        contents: list[list[Any]] = []
        for name in [name for name in node if name in tree]:
            hidden, branch = tree[name]
            value = self._inner(visible[name], branch)
            if hidden:
                del visible[name]
                contents.append([name, value])
            else:
                visible[name] = value
        if contents:
            digests = self._disclose(contents)
            digests += digests_of(secrets.token_urlsafe(32) for _ in range(self._decoys))
            # Sorted by digest, so that the order says nothing of the claims (RFC 9901 section 4.2.4.1).
            visible["_sd"] = sorted(digests)
        return visible

    def _inner(self, value: Any, tree: "_Tree") -> Any:
        if tree and isinstance(value, dict):
            return self._object(value, tree)
        if tree and isinstance(value, list):
            return [
                self._element(element, *tree[index]) if index in tree else element
                for index, element in enumerate(value)
            ]
        return value

    def _element(self, element: Any, hidden: bool, tree: "_Tree") -> Any:
        inner = self._inner(element, tree)
        return {"...": self._disclose([[inner]])[0]} if hidden else inner

    def _disclose(self, contents: list[list[Any]]) -> list[str]:
        """Make disclosures of names and values, and return their digests."""
        used = len(self.disclosures) * _SALT_BYTES
        fresh = self._salts[used : used + len(contents) * _SALT_BYTES]
        salts = b64u_encode_all([fresh[at : at + _SALT_BYTES] for at in range(0, len(fresh), _SALT_BYTES)])
        texts = [
            b64u_encode(dump_json([salt, *content])) for salt, content in zip(salts, contents, strict=True)
        ]
        self.disclosures += texts
        self.missing -= len(texts)
        return digests_of(texts)


def digest_of(text: str, algorithm: str = "sha-256") -> str:
    """Return the base64url digest of an ASCII text; ``algorithm`` is one of ``HASHES``."""
    return b64u_encode(HASHES[algorithm](text.encode("ascii")).digest())


def digests_of(texts: Iterable[str], algorithm: str = "sha-256") -> list[str]:
    """Return the digests of several texts, each as ``digest_of``."""
    digest = HASHES[algorithm]
    return b64u_encode_all([digest(text.encode("ascii")).digest() for text in texts])


def refuse_reserved_names(names: Iterable[str]) -> None:
    """Refuse claims named as SD-JWT's own members; raises ``MalformedError``."""
    if not _RESERVED.isdisjoint(names):
        raise MalformedError("Claims named '_sd', '_sd_alg' or '...' are reserved.", code="reserved_claim")


def parse_disclosures(texts: Sequence[str], encoded: Sequence[bytes]) -> tuple[Disclosure, ...]:
    """Parse the disclosures of a token of bounded size.

    Args:
        texts: the disclosures.
        encoded: the same as ``to_standard`` wrote them.

    Raises:
        MalformedError: one is not ``[salt, value]`` or ``[salt, name, value]`` in base64url.
        LimitError: a value is too deep or too large.
    """
    raws = list(map(decode_standard, encoded))
    contents = _parse_together(raws)
    if contents is None:
        contents = list(map(parse_json, raws))
    joined = b"".join(raws)
    # Without escapes a reserved name would be seen in the text.
    whole = b"_sd" not in joined and b"..." not in joined and b"\\" not in joined
    found = []
    for text, content in zip(texts, contents, strict=True):
        if type(content) is not list or len(content) not in (2, 3) or type(content[0]) is not str:
            raise MalformedError("A disclosure is not [salt, value] or [salt, name, value].")
        if len(content) == 2:
            found.append(Disclosure(text, None, content[1], whole))
            continue
        _, name, value = content
        if type(name) is not str:
            raise MalformedError("A disclosure's claim name is not a string.")
        found.append(Disclosure(text, name, value, whole))
    return tuple(found)


def _parse_together(raws: list[bytes]) -> list[Any] | None:
    """Parse disclosures as one array, if that surely gives what each gives by itself; else ``None``.

    Each begins with a string in an array and ends an array, and nowhere but between two of them does an array
    follow another that way; so where the values part is where the texts part.
    """
    for raw in raws:
        if not raw.startswith(b'["') or raw[-1] != _END:
            return None
    joined = b"[" + b",".join(raws) + b"]"
    try:
        contents: list[Any] = orjson.loads(joined)
    except ValueError:
        return None
    exact = len(contents) == len(raws) == joined.count(b'],["') + 1
    # As in parse_json: nothing was lost in reading, and the bounds cannot be passed.
    if not exact or len(joined) > MAX_VALUES or joined.count(b"{") + joined.count(b"[") > MAX_DEPTH:
        return None
    return contents if orjson.dumps(contents) == joined else None


class Assembly:
    """One run over a payload: every digest met at most once, every disclosure used exactly once.

    What holds no digest is taken over as it is, not copied.
    """

    def __init__(self, disclosures: Sequence[Disclosure], algorithm: str) -> None:
        digests = digests_of([disclosure.encoded for disclosure in disclosures], algorithm)
        self.by_digest = dict(zip(digests, disclosures, strict=True))
        if len(self.by_digest) != len(digests):
            raise ProofError("The same disclosure is attached twice.", code="disclosure_duplicate")
        self.met: set[str] = set()
        self.sources: dict[Path, str] = {}
        self.hidden = 0

    def take(self, digest: object) -> Disclosure | None:
        """Meet a digest: return its disclosure, or count it as hidden."""
        if type(digest) is not str:
            raise MalformedError("A digest in the SD-JWT is not a string.")
        if digest in self.met:
            raise ProofError("A digest stands in the SD-JWT twice.", code="digest_duplicate")
        self.met.add(digest)
        found = self.by_digest.get(digest)
        if found is None:
            self.hidden += 1
        return found

    def build(self, node: dict[str, Any], at: Path) -> dict[str, Any]:
        """Return an object with its disclosures restored (section 7.1, step 3)."""
        if len(at) > MAX_NESTING:
            raise LimitError("The disclosures are nested too deeply.")
        if "..." in node:
            raise MalformedError("The reserved name '...' stands where no array element is.")
        result = node
        for member, value in node.items():
            kind = type(value)
            built: Any
            if kind is dict:
                built = self.build(value, (*at, member))
            elif kind is list and member != "_sd":
                built = self._array(value, at, member)
            else:
                continue
            if built is not value:
                result = dict(node) if result is node else result
                result[member] = built
        if "_sd" not in node:
            return result
        result = dict(node) if result is node else result
        self._claims(result, result.pop("_sd"), at)
        return result

    def _claims(self, result: dict[str, Any], digests: object, at: Path) -> None:
        """Put the claims that ``_sd`` hides beside those that are there."""
        if type(digests) is not list:
            raise MalformedError("'_sd' is not an array of digests.")
        take, sources = self.take, self.sources
        for digest in digests:
            disclosure = take(digest)
            if disclosure is None:
                continue
            encoded, name, value, whole = disclosure
            if name is None or name in result or name in _RESERVED:
                name = _claim_name(name, result, at)
            path = (*at, name)
            sources[path] = encoded
            # What is whole need not be looked through: payload and value, of MAX_DEPTH each, are together no
            # deeper than MAX_NESTING.
            result[name] = value if whole else self._inner(value, path)

    def _inner(self, value: Any, at: Path) -> Any:
        if type(value) is dict:
            return self.build(value, at)
        if type(value) is list:
            return self._array(value, at[:-1], at[-1])
        if len(at) > MAX_NESTING:
            raise LimitError("The disclosures are nested too deeply.")
        return value

    def _array(self, node: list[Any], outside: Path, step: str | int) -> list[Any]:
        for element in node:
            kind = type(element)
            if kind is dict or kind is list:
                break
        else:
            # Most arrays are of strings.
            if len(outside) >= MAX_NESTING:
                raise LimitError("The disclosures are nested too deeply.")
            return node
        at = (*outside, step)
        if len(at) > MAX_NESTING:
            raise LimitError("The disclosures are nested too deeply.")
        result: list[Any] = []
        changed = False
        for element in node:
            if type(element) is not dict or "..." not in element:
                built = self._inner(element, (*at, len(result)))
                changed = changed or built is not element
                result.append(built)
                continue
            changed = True
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
            self.sources[path] = disclosure.encoded
            result.append(self._inner(disclosure.value, path))
        return result if changed else node


def _claim_name(name: str | None, beside: Mapping[str, Any], at: Path) -> str:
    """Return the name of a claim's disclosure, if it may stand beside the claims that are there."""
    if name is None:
        raise ProofError("An array element's disclosure is used for a claim.", code="disclosure_misused")
    if name in {"_sd", "..."}:
        raise ProofError("A disclosure uses a reserved claim name.", code="reserved_claim")
    if name in beside or (not at and name == "_sd_alg"):
        raise ProofError("A disclosure repeats a claim that is already there.", code="claim_collision")
    return name
