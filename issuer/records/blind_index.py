"""The blind index: a person's waiting records are found without name or birth date in the clear.

It finds every record that may be the person's: those whose names have the same letters in any order
(``digital_resume.core.resume.names.search_key``). Which are is for ``is_one_person`` to say, by the rule of
every verification, once their claims are decrypted.
"""

import hashlib
import hmac

from digital_resume.core.resume.names import search_key


def blind_index(key: bytes, name: str, birth_date: str) -> bytes:
    """Return the keyed digest by which records of a name and birth date are found."""
    # What has no letter is nobody's name, and found by nobody else's.
    letters = search_key(name) or f"-{name}"
    message = b"vdr-person-2|" + birth_date.encode() + b"|" + letters.encode()
    return hmac.new(key, message, hashlib.sha256).digest()
