"""The share envelope: how a resume is encrypted for one link, and the link itself.

    plaintext  = uint32be length ‖ presentation ‖ zeros up to a multiple of 4096
    blob       = iv(12) ‖ AES-256-GCM(key, iv, plaintext, aad = "vdr-share|1|<id>|<expiry>") ‖ tag(16)
    link       = <verifier>/v/<id>#<key>

Id and expiry are additional data, so a server cannot swap ciphertexts or stretch a share's life unseen,
and padding hides how much a resume holds. The key is made for one share and lives in the link's fragment
only: it never reaches a server. ``digital_resume/web/static/protocol/envelope.js`` is the same format for
the pages; ``tests/vectors/share-envelope.json`` drives both.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from digital_resume.core.errors import EnvelopeError

ENVELOPE_VERSION: Final = 1
SHARE_ID_BYTES: Final = 16
SHARE_KEY_BYTES: Final = 32
BLOCK_BYTES: Final = 4096
MAX_BLOB_BYTES: Final = 512 * 1024
"""What a share may weigh, for every service and page: the wallet server stores it, browsers open it."""
MAX_LINK_BYTES: Final = 200
"""What a QR code of version 10, level M, that ordinary cameras read, has room for."""

_IV_BYTES: Final = 12
_TAG_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
MAX_PRESENTATION_BYTES: Final = (
    MAX_BLOB_BYTES - _IV_BYTES - _TAG_BYTES
) // BLOCK_BYTES * BLOCK_BYTES - _LENGTH_BYTES
"""The largest resume that a share has room for: 508 KiB."""
_MAX_EXPIRES: Final = 1 << 34
_ID_FORM: Final = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_KEY_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_LINK_FORM: Final = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
    r"(?P<authority>(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?)"
    r"(?P<path>(?:/[A-Za-z0-9_~.-]{1,40}){0,4})/v/(?P<id>[A-Za-z0-9_-]{22})(?:#(?P<fragment>[$-~]*))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link to a share, taken apart. The key is kept out of ``repr`` and so out of logs."""

    verifier_url: str
    share_id: str
    key: bytes = field(repr=False)


def new_share_id() -> str:
    """Return a fresh share id: 128 random bits, base64url."""
    return _encode(secrets.token_bytes(SHARE_ID_BYTES))


def new_share_key() -> bytes:
    """Return a fresh 256-bit key; one key seals one share."""
    return secrets.token_bytes(SHARE_KEY_BYTES)


def seal_share(presentation: bytes, *, key: bytes, share_id: str, expires: datetime) -> bytes:
    """Encrypt a resume for one share.

    Args:
        presentation: the signed presentation, UTF-8 JSON.
        key: 32 fresh random bytes.
        share_id: 22 characters of base64url.
        expires: when the share ends; whole seconds count.

    Returns:
        The blob that the wallet server stores.

    Raises:
        EnvelopeError: too large, or an id, key or expiry that does not have its form.
    """
    return _seal(presentation, key, share_id, int(expires.timestamp()), secrets.token_bytes(_IV_BYTES))


def _seal(presentation: bytes, key: bytes, share_id: str, expires: int, iv: bytes) -> bytes:
    """Seal with a given iv; apart from the vectors' test only ``seal_share`` may choose it."""
    _check_parts(key, share_id, expires)
    if len(presentation) > MAX_PRESENTATION_BYTES:
        raise EnvelopeError(
            f"This resume is larger than {MAX_PRESENTATION_BYTES} bytes; share fewer credentials at once.",
            code="share_too_large",
        )
    plaintext = len(presentation).to_bytes(_LENGTH_BYTES, "big") + presentation
    plaintext += bytes(-len(plaintext) % BLOCK_BYTES)
    return iv + AESGCM(key).encrypt(iv, plaintext, _additional_data(share_id, expires))


def open_share(
    blob: bytes, *, key: bytes, share_id: str, expires: datetime, version: int = ENVELOPE_VERSION
) -> bytes:
    """Decrypt a share.

    Args:
        blob: what the wallet server stores under the share id.
        key: the key from the link's fragment.
        share_id: the id from the link.
        expires: the expiry that the server names; a false one does not open.
        version: the envelope's version that the server names.

    Returns:
        The presentation's bytes, exactly as they were sealed.

    Raises:
        EnvelopeError: ``share_version_unsupported``, ``share_too_large``, ``share_key_malformed``,
            ``share_id_malformed``, ``share_expiry_malformed``, ``share_unreadable`` (wrong key or altered)
            or ``share_padding_invalid``.
    """
    if version != ENVELOPE_VERSION or isinstance(version, bool):
        raise EnvelopeError(
            "This share was made by a newer wallet; reload the page and try again.",
            code="share_version_unsupported",
        )
    seconds = int(expires.timestamp())
    _check_parts(key, share_id, seconds)
    if len(blob) > MAX_BLOB_BYTES:
        raise EnvelopeError("This share is larger than a resume can be.", code="share_too_large")
    unreadable = EnvelopeError(
        "This share cannot be opened: the link's key is wrong or damaged, or the share was altered. "
        "Ask for the link again and copy all of it."
    )
    if len(blob) < _IV_BYTES + BLOCK_BYTES + _TAG_BYTES:
        raise unreadable
    try:
        plaintext = AESGCM(key).decrypt(
            blob[:_IV_BYTES], blob[_IV_BYTES:], _additional_data(share_id, seconds)
        )
    except InvalidTag:
        raise unreadable from None
    return _unpad(plaintext)


def _unpad(plaintext: bytes) -> bytes:
    """Take the presentation out of the padded plaintext; only the one canonical padding is accepted."""
    end = _LENGTH_BYTES + int.from_bytes(plaintext[:_LENGTH_BYTES], "big")
    padding = plaintext[end:]
    if len(plaintext) % BLOCK_BYTES or end > len(plaintext) or len(padding) >= BLOCK_BYTES or any(padding):
        raise EnvelopeError(
            "This share was not sealed the way shares are; ask for a new link.", code="share_padding_invalid"
        )
    return plaintext[_LENGTH_BYTES:end]


def build_link(verifier_url: str, share_id: str, key: bytes) -> str:
    """Build the link of a share: ``<verifier_url>/v/<id>#<key>``.

    Raises:
        EnvelopeError: ``link_too_long`` for a QR code that cameras read, or a malformed part.
    """
    _check_parts(key, share_id, 0)
    link = f"{verifier_url.rstrip('/')}/v/{share_id}#{_encode(key)}"
    if len(link.encode()) > MAX_LINK_BYTES:
        raise EnvelopeError(
            f"The link is longer than {MAX_LINK_BYTES} bytes; serve the verifier under a shorter address.",
            code="link_too_long",
        )
    return link


def parse_link(link: str) -> ShareLink:
    """Take a share's link apart.

    Raises:
        EnvelopeError: ``link_malformed``; ``share_key_malformed`` when only the key is missing or damaged.
    """
    malformed = EnvelopeError(
        "This is not the link of a shared resume. Scan the QR again or copy the whole link.",
        code="link_malformed",
    )
    place = _LINK_FORM.fullmatch(link.strip(" ")) if len(link) <= MAX_LINK_BYTES else None
    if place is None or not 1 <= int(place["port"] or 1) <= 65_535:
        raise malformed
    _check_id(place["id"])
    verifier_url = f"{place['scheme'].lower()}://{place['authority']}{place['path']}"
    return ShareLink(verifier_url, place["id"], decode_key(place["fragment"] or ""))


def encode_key(key: bytes) -> str:
    """Write a share key as the link's fragment."""
    return _encode(key)


def decode_key(text: str) -> bytes:
    """Read a share key from a link's fragment.

    Raises:
        EnvelopeError: ``share_key_malformed``.
    """
    if _KEY_FORM.fullmatch(text):
        key = urlsafe_b64decode(text + "=")
        if _encode(key) == text:
            return key
    raise _key_malformed()


def _key_malformed() -> EnvelopeError:
    return EnvelopeError(
        "The key at the end of the link is missing or damaged; copy the whole link, the part after # too.",
        code="share_key_malformed",
    )


def _check_id(share_id: str) -> None:
    if not _ID_FORM.fullmatch(share_id) or _encode(urlsafe_b64decode(share_id + "==")) != share_id:
        raise EnvelopeError("The share's id is damaged; copy the whole link.", code="share_id_malformed")


def _check_parts(key: bytes, share_id: str, expires: int) -> None:
    if len(key) != SHARE_KEY_BYTES:
        raise _key_malformed()
    _check_id(share_id)
    if not 0 <= expires < _MAX_EXPIRES:
        raise EnvelopeError("The share's expiry is out of range.", code="share_expiry_malformed")


def _additional_data(share_id: str, expires: int) -> bytes:
    return f"vdr-share|{ENVELOPE_VERSION}|{share_id}|{expires}".encode("ascii")


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
