"""Private keys at rest: AES-256-GCM under a key-encryption key that is never in the database.

A blob is ``VDK1 ‖ 4 bytes naming the key-encryption key ‖ 12 bytes nonce ‖ ciphertext and tag``. Its
additional data names the kind and the key's id, so a blob moved to another row or file does not
open. Each kind is encrypted under its own key derived by HKDF-SHA256 (RFC 5869), so that a counter
of records never eats into the safe number of messages of the signing keys.

Blobs live in files of mode 0600 (``FileKeystore``) or in rows of the service that owns them
(``KeyCipher``).
"""

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from digital_resume.core.errors import IdentifierError, ResumeError
from digital_resume.core.keys.multikey import Curve
from digital_resume.core.keys.signing import LocalSigner, generate_secret_key

if TYPE_CHECKING:
    from digital_resume.adapters.chain.evm import LocalAccount

_MAGIC = b"VDK1"
_HEADER = len(_MAGIC) + 4
_NONCE = 12
_TAG = 16
_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:#%-]{0,254}")

SIGNING = "signing-p256"
ACCOUNT = "evm-account"


class KeystoreError(ResumeError):
    """A key that cannot be read: missing, damaged, moved, or under another key-encryption key."""

    code = "keystore_unreadable"


class KeyCipher:
    """Encrypts and decrypts blobs under one key-encryption key.

    Args:
        key_encryption_key: 32 bytes; ``CommonSettings.load_key_encryption_key()``.
    """

    def __init__(self, key_encryption_key: bytes) -> None:
        if len(key_encryption_key) != 32:
            raise ValueError("A key-encryption key is 32 bytes long.")
        self._key = key_encryption_key
        self._name = hashlib.sha256(b"vdr-kek|" + key_encryption_key).digest()[:4]
        self._ciphers: dict[str, AESGCM] = {}
        self._mac_keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        """Name the key without telling it."""
        return f"KeyCipher({self._name.hex()})"

    def encrypt(self, key_id: str, plaintext: bytes, *, kind: str = "blob") -> bytes:
        """Encrypt ``plaintext`` so that it opens only as ``kind`` and ``key_id``."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher(kind).encrypt(nonce, plaintext, self._additional(kind, key_id))
        return _MAGIC + self._name + nonce + sealed

    def decrypt(self, key_id: str, blob: bytes, *, kind: str = "blob") -> bytes:
        """Return the plaintext of a blob made for ``kind`` and ``key_id``.

        Raises:
            KeystoreError: damaged, of another id or kind, or under another key-encryption key.
        """
        if len(blob) < _HEADER + _NONCE + _TAG or not blob.startswith(_MAGIC):
            raise KeystoreError("A stored key is damaged: it has not the form of a key blob.")
        if blob[len(_MAGIC) : _HEADER] != self._name:
            raise KeystoreError(
                "A stored key was encrypted under another key-encryption key. "
                "Set KEY_ENCRYPTION_KEY to the one it was made with.",
                code="keystore_wrong_key",
            )
        nonce, sealed = blob[_HEADER : _HEADER + _NONCE], blob[_HEADER + _NONCE :]
        try:
            return self._cipher(kind).decrypt(nonce, sealed, self._additional(kind, key_id))
        except InvalidTag:
            raise KeystoreError(
                "A stored key does not open: it was altered, or belongs to another key."
            ) from None

    def mac(self, kind: str, *parts: bytes) -> bytes:
        """Return the HMAC-SHA-256 of ``parts`` under a key of ``kind``'s own.

        A digest over personal data is always made this way: a plain one is undone by trying the few values
        that a birth date or a number can have. Each part is counted by its length, so that no two lists of
        parts give the same bytes.
        """
        if kind not in self._mac_keys:
            self._mac_keys[kind] = self._derive(kind + "|mac")
        made = hmac.new(self._mac_keys[kind], digestmod=hashlib.sha256)
        for part in parts:
            made.update(len(part).to_bytes(8, "big") + part)
        return made.digest()

    def _cipher(self, kind: str) -> AESGCM:
        if kind not in self._ciphers:
            self._ciphers[kind] = AESGCM(self._derive(kind))
        return self._ciphers[kind]

    def _derive(self, info: str) -> bytes:
        return HKDF(hashes.SHA256(), 32, salt=b"vdr-keystore", info=info.encode()).derive(self._key)

    def _additional(self, kind: str, key_id: str) -> bytes:
        return b"vdr-key|1|" + self._name + b"|" + kind.encode() + b"|" + key_id.encode()

    def seal_signing_key(self, key_id: str, secret: bytes, *, curve: Curve = "P-256") -> bytes:
        """Encrypt a secret key (the scalar or seed of 32 bytes) as a blob for a database row."""
        return self.encrypt(key_id, secret, kind=_signing(curve))

    def signer(
        self, key_id: str, blob: bytes, did: str | None = None, *, curve: Curve = "P-256"
    ) -> LocalSigner:
        """Return the signer of a sealed key; ``did`` is its controller.

        Raises:
            KeystoreError: the blob does not open or holds no key of the curve.
        """
        secret = self.decrypt(key_id, blob, kind=_signing(curve))
        try:
            return LocalSigner(curve, secret, did)
        except IdentifierError:
            raise KeystoreError(f"A stored key is not a {curve} key.") from None

    def certificate_request(self, key_id: str, blob: bytes, *, name: str, uris: Sequence[str]) -> bytes:
        """Return a PKCS#10 request for a certificate of a sealed P-256 key, in PEM form.

        Args:
            key_id: its id.
            blob: as ``seal_signing_key`` made it.
            name: organisation of the subject.
            uris: the subject's names as URIs.

        Raises:
            KeystoreError: the blob does not open.
        """
        scalar = int.from_bytes(self.decrypt(key_id, blob, kind=SIGNING), "big")
        request = (
            x509.CertificateSigningRequestBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]))
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris]),
                critical=False,
            )
            .sign(ec.derive_private_key(scalar, ec.SECP256R1()), hashes.SHA256())
        )
        return request.public_bytes(Encoding.PEM)


def _signing(curve: Curve) -> str:
    """Return the kind of a curve's keys: the bytes of one must not open as another's."""
    return SIGNING if curve == "P-256" else f"signing-{curve.lower()}"


def generate_signing_key(curve: Curve = "P-256") -> bytes:
    """Make a secret key: the scalar of P-256 or the seed of Ed25519, 32 bytes."""
    return generate_secret_key(curve)


def generate_key_encryption_key() -> bytes:
    """Make a key-encryption key."""
    return secrets.token_bytes(32)


class FileKeystore:
    """Keys as encrypted files of mode 0600 in a folder of mode 0700.

    Args:
        folder: made when missing; its parents are left as they are.
        cipher: opens and closes the files.
    """

    def __init__(self, folder: Path, cipher: KeyCipher) -> None:
        self.folder = folder
        self._cipher = cipher
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def has(self, key_id: str) -> bool:
        """Tell whether a key of that id is kept."""
        return self._path(key_id).is_file()

    def ids(self) -> list[str]:
        """Return the ids of all keys kept."""
        return sorted(_unescape(path.stem) for path in self.folder.glob("*.key"))

    def generate_signing_key(self, key_id: str, did: str | None = None) -> LocalSigner:
        """Make and keep a P-256 key; an id that is taken is never overwritten.

        Raises:
            KeystoreError: the id is taken or not an id.
        """
        secret = generate_signing_key()
        self._write(key_id, self._cipher.seal_signing_key(key_id, secret))
        return LocalSigner("P-256", secret, did)

    def signer(self, key_id: str, did: str | None = None) -> LocalSigner:
        """Return the signer of a kept P-256 key; ``did`` is its controller.

        Raises:
            KeystoreError: missing, damaged, moved or of another kind.
        """
        return self._cipher.signer(key_id, self._read(key_id), did)

    def generate_account(self, key_id: str) -> "LocalAccount":
        """Make and keep an EVM account of its own.

        Raises:
            KeystoreError: the id is taken or not an id.
        """
        return self.import_account(key_id, secrets.token_bytes(32))

    def import_account(self, key_id: str, private_key: bytes) -> "LocalAccount":
        """Keep an EVM account whose private key is given, 32 bytes.

        Raises:
            KeystoreError: the id is taken or not an id.
        """
        account = _account_of(private_key)
        self._write(key_id, self._cipher.encrypt(key_id, private_key, kind=ACCOUNT))
        return account

    def account(self, key_id: str) -> "LocalAccount":
        """Return a kept EVM account.

        Raises:
            KeystoreError: missing, damaged, moved or of another kind.
        """
        return _account_of(self._cipher.decrypt(key_id, self._read(key_id), kind=ACCOUNT))

    def _path(self, key_id: str) -> Path:
        if not _KEY_ID.fullmatch(key_id):
            raise KeystoreError("A key's id is 1 to 255 letters, digits and . _ : # % -")
        return self.folder / f"{_escape(key_id)}.key"

    def _read(self, key_id: str) -> bytes:
        try:
            return self._path(key_id).read_bytes()
        except OSError:
            raise KeystoreError("A key is missing or its file cannot be read.", code="key_missing") from None

    def _write(self, key_id: str, blob: bytes) -> None:
        path = self._path(key_id)
        # Whole or not at all, and never over an existing key: link() fails when the name is taken.
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(blob)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(name, path)
            except FileExistsError:
                raise KeystoreError(
                    "A key of that id exists; keys are never overwritten.", code="key_exists"
                ) from None
        finally:
            Path(name).unlink(missing_ok=True)


def _escape(key_id: str) -> str:
    return key_id.replace("%", "%25").replace(":", "%3A").replace("#", "%23")


def _unescape(stem: str) -> str:
    return stem.replace("%23", "#").replace("%3A", ":").replace("%25", "%")


def _account_of(private_key: bytes) -> "LocalAccount":
    from digital_resume.adapters.chain.evm import Account  # noqa: PLC0415  # a second that few processes need

    account: LocalAccount = Account.from_key(private_key)
    return account
