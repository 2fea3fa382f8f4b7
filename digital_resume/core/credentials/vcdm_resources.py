"""Related resources and their digests (Verifiable Credentials Data Model 2.0, section 5.3).

A credential may name resources it leans on, each with a digest. Nothing is fetched here: a loader,
allow-listed by whoever injects it, gives the bytes that are at hand, and then a digest that differs is an
error. What is not at hand is left unchecked, as before the credential named it.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from digital_resume.core.credentials.vcdm_values import is_url
from digital_resume.core.encoding.bounded_json import as_list
from digital_resume.core.errors import IdentifierError, SchemaError
from digital_resume.core.keys.multikey import multibase_decode

ResourceLoader = Callable[[str], bytes | None]
"""Returns the bytes behind a URL, or ``None`` when they are not at hand."""

MAX_RESOURCES: Final = 256

_HASHES: Final[Mapping[str, Callable[..., Any]]] = {
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
_MULTIHASH: Final[Mapping[bytes, str]] = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512"}
_SRI = re.compile(r"sha(?:256|384|512)-[A-Za-z0-9+/_=-]{1,256}(?:\?[\x21-\x7e]*)?", re.ASCII)
_MULTIBASE = re.compile(r"[uzU][A-Za-z0-9_=-]{1,256}", re.ASCII)
# RFC 6838 section 4.2, with parameters after a semicolon.
_MEDIA_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(rf"{_MEDIA_NAME}/{_MEDIA_NAME}(?: ?;[\x20-\x7e]{{1,256}})?", re.ASCII)

# The base context as published at its address: now (appendix B.1 gives the SHA-256) and while 2.0 was a
# candidate. The copy of the npm package has the same statements in another layout, so its bytes do not tell.
PUBLISHED_DIGESTS: Final[Mapping[str, frozenset[str]]] = {
    "https://www.w3.org/ns/credentials/v2": frozenset(
        base64.b64decode(text).hex()
        for text in (
            "WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ=",
            "l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU",
            "JKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k=",
            "NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg",
        )
    ),
}
"""Hexadecimal SHA-256 and SHA-384 digests of resources whose published bytes are known without a copy."""


def check_related_resources(document: Mapping[str, Any], loader: ResourceLoader | None = None) -> None:
    """Check ``relatedResource``: objects with unique ids and a digest each, which must be the resource's.

    Args:
        document: credential or presentation.
        loader: gives the bytes at hand; ``None`` has none but the published digests.

    Raises:
        SchemaError: ``related_resource`` for the form, ``related_resource_digest`` when a digest differs.
    """
    if "relatedResource" not in document:
        return
    resources = as_list(document["relatedResource"])
    if not 0 < len(resources) <= MAX_RESOURCES:
        raise SchemaError("relatedResource must be one object or several.", code="related_resource")
    seen: set[str] = set()
    for resource in resources:
        if not isinstance(resource, dict) or not is_url(resource.get("id")):
            raise SchemaError(
                "Each relatedResource must be an object with a URL as id.", code="related_resource"
            )
        if resource["id"] in seen:
            raise SchemaError("A relatedResource is named twice.", code="related_resource")
        seen.add(resource["id"])
        media_type = resource.get("mediaType", "text/plain")
        if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type):
            raise SchemaError("A relatedResource's mediaType is not one.", code="related_resource")
        _check_digests(resource, loader)


def _check_digests(resource: Mapping[str, Any], loader: ResourceLoader | None) -> None:
    wanted = [("digestSRI", _SRI, _sri), ("digestMultibase", _MULTIBASE, _multibase)]
    present = [entry for entry in wanted if entry[0] in resource]
    if not present:
        raise SchemaError(
            "Each relatedResource needs a digestSRI or a digestMultibase.", code="related_resource"
        )
    content = loader(resource["id"]) if loader else None
    published = PUBLISHED_DIGESTS.get(resource["id"], frozenset())
    for name, form, read in present:
        # Subresource Integrity allows several digests, of which the strongest counts; each must hold here.
        value = resource[name]
        texts = value.split() if isinstance(value, str) and name == "digestSRI" else as_list(value)
        if not texts or not all(isinstance(text, str) and form.fullmatch(text) for text in texts):
            raise SchemaError(f"A relatedResource's {name} is not one.", code="related_resource")
        if name == "digestMultibase" and not all(_is_multihash(_multibase_bytes(str(t))) for t in texts):
            raise SchemaError(
                "A relatedResource's digestMultibase is not a multihash.", code="related_resource"
            )
        if content is None and not published:
            continue
        for text in texts:
            if not _matches(read(str(text)), content, published):
                raise SchemaError(
                    f"A relatedResource has another content than its {name} says.",
                    code="related_resource_digest",
                )


def _matches(digest: tuple[str, bytes] | None, content: bytes | None, published: frozenset[str]) -> bool:
    if digest is None:
        return False
    algorithm, value = digest
    if value.hex() in published:
        return True
    return content is not None and hmac.compare_digest(_HASHES[algorithm](content).digest(), value)


def _sri(text: str) -> tuple[str, bytes] | None:
    """Read ``sha384-<base64>``; a hexadecimal digest, as older credentials have it, is read as well."""
    algorithm, _, value = text.split("?", 1)[0].partition("-")
    size: int = _HASHES[algorithm]().digest_size
    if re.fullmatch(rf"[0-9a-fA-F]{{{2 * size}}}", value, re.ASCII):
        return algorithm, bytes.fromhex(value)
    raw = _base64(value)
    return (algorithm, raw) if raw is not None and len(raw) == size else None


def _multibase(text: str) -> tuple[str, bytes] | None:
    """Read a multibase multihash; a bare SHA-256 digest without multihash header is read as well."""
    raw = _multibase_bytes(text)
    if raw is None:
        return None
    algorithm = _MULTIHASH.get(raw[:2])
    if algorithm is not None and len(raw) == 2 + _HASHES[algorithm]().digest_size:
        return algorithm, raw[2:]
    return ("sha256", raw) if len(raw) == 32 else None


def _multibase_bytes(text: str) -> bytes | None:
    try:
        return multibase_decode(text) if text.startswith("z") else _base64(text[1:])
    except IdentifierError:
        return None


def _is_multihash(raw: bytes | None) -> bool:
    """Tell whether bytes are a multihash, of whatever algorithm, or a bare SHA-256 digest."""
    if raw is None or len(raw) == 32:
        return raw is not None
    # Code and length are varints: seven bits a byte, the last one below 128.
    rest = raw[next((i for i, byte in enumerate(raw[:9]) if byte < 128), len(raw)) + 1 :]
    return 1 < len(rest) == rest[0] + 1 <= 128


def _base64(text: str) -> bytes | None:
    """Decode base64 or base64url, padded or not."""
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
