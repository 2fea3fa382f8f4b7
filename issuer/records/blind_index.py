"""The blind index: a person's waiting records are found without name or birth date in the clear."""

import hashlib
import hmac
import unicodedata


def blind_index(key: bytes, name: str, birth_date: str) -> bytes:
    """Return the keyed digest by which a person's waiting records are found.

    Names are compared in Unicode NFKC, without regard to case and to the number of spaces.
    """
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return hmac.new(
        key, b"vdr-person|" + birth_date.encode() + b"|" + folded.encode(), hashlib.sha256
    ).digest()
