"""Random identifiers and digests of secrets, in one place so that every secret is treated alike.

Codes, tokens and nonces are random (>= 128 bits) and only their SHA-256 is kept, so a copy of the
database opens nothing. A transaction code is short: it is kept as an HMAC under the institution's own
key, salted by its offer, because a plain digest of six digits can be turned back by trying them all.
"""

import hashlib
import hmac
import secrets

from digital_resume.core.encoding.base64url import b64u_encode


def new_identifier() -> str:
    """Return 128 random bits as 22 characters."""
    return b64u_encode(secrets.token_bytes(16))


def new_secret() -> str:
    """Return 256 random bits as 43 characters."""
    return b64u_encode(secrets.token_bytes(32))


def new_transaction_code() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def digest(secret: str) -> bytes:
    """Return what is kept of a random secret: SHA-256 of its UTF-8 form."""
    return hashlib.sha256(secret.encode("utf-8")).digest()


def transaction_code_mac(key: bytes, offer_id: str, code: str) -> bytes:
    """Return what is kept of a transaction code."""
    return hmac.new(key, b"vdr-tx-code|" + offer_id.encode() + b"|" + code.encode(), hashlib.sha256).digest()


def same(left: bytes, right: bytes) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left, right)
