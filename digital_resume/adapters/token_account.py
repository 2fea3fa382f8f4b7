"""An EVM account whose key never leaves a PKCS#11 token: a hardware security module, or a token in software.

It is a ``TransactionSigner`` (``digital_resume.adapters.chain.submitter``): the token makes an ECDSA
signature (CKM_ECDSA) over the keccak-256 digest of the EIP-1559 transaction; here it is brought to low s
(EIP-2), and its recovery id is found by trial, since PKCS#11 has none. The address is that of the token's
public key.

Each signature opens a session of its own and logs out after it, so that a token that was taken out and put
back, or a network HSM that was away, needs no restart. A PIN that was refused is never tried twice by one
process: tokens lock themselves after a few.

The library ``python-pkcs11`` (``requirements/pkcs11.txt``) is needed only by who configures a token.
"""

import hashlib
import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from digital_resume.core.errors import ResumeError

if TYPE_CHECKING:
    from pkcs11 import Session, Token

_ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
_SECP256K1_PARAMS: Final = bytes.fromhex("06052b8104000a")  # the curve's OID, 1.3.132.0.10, in DER
_POINT_PREFIX: Final = bytes.fromhex("0441")  # an OCTET STRING of 65 bytes

# PKCS#11 logs in a process, not a thread.
_lock = threading.Lock()
# Digests of PINs that a token refused; per process, because an account is reopened after every failure.
_refused: set[bytes] = set()


class TokenError(ResumeError):
    """A PKCS#11 token that cannot be used.

    Codes: ``token_library_missing``, ``token_missing``, ``token_pin_refused``, ``token_key_missing``,
    ``token_key_exists``, ``token_key_unfit`` and ``token_failed``.
    """

    code = "token_failed"


@dataclass(frozen=True, slots=True)
class SignedRaw:
    """A signed transaction, as ``eth_account`` returns one."""

    raw_transaction: bytes
    hash: bytes


class TokenAccount:
    """An account on a token.

    Args:
        module: the token's PKCS#11 library.
        token: the token's label.
        key: the label of its key pair.
        pin: the user's PIN.

    Raises:
        TokenError: library, token or key is missing, the PIN is refused, or the key is not fit for it.
    """

    def __init__(self, module: Path, token: str, key: str, pin: str) -> None:
        self._module, self._token, self._key, self._pin = module, token, key, pin
        with self._session() as session:
            self._point = self._read_point(session)
            self._check_private(self._private(session))
        self.address: str = to_checksum_address(keccak(self._point[1:])[-20:])

    def __repr__(self) -> str:
        """Name the account without its PIN."""
        return f"TokenAccount({self._token}/{self._key})"

    def sign_transaction(self, transaction_dict: dict[str, Any]) -> SignedRaw:
        """Sign an EIP-1559 transaction.

        Raises:
            TokenError: the token is away or refuses.
        """
        from digital_resume.adapters.chain.evm import TypedTransaction  # noqa: PLC0415  # takes a second

        digest = bytes(TypedTransaction.from_dict(transaction_dict).hash())
        v, r, s = self._sign(digest)
        raw = bytes(TypedTransaction.from_dict({**transaction_dict, "v": v, "r": r, "s": s}).encode())
        return SignedRaw(raw, keccak(raw))

    def _sign(self, digest: bytes) -> tuple[int, int, int]:
        import pkcs11  # noqa: PLC0415  # an extra

        with self._session() as session:
            signature = self._private(session).sign(digest, mechanism=pkcs11.Mechanism.ECDSA)
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        return recoverable(r, s, digest, self._point)

    def _read_point(self, session: "Session") -> bytes:
        import pkcs11  # noqa: PLC0415  # an extra

        public = self._find(session, pkcs11.ObjectClass.PUBLIC_KEY)
        if public[pkcs11.Attribute.EC_PARAMS] != _SECP256K1_PARAMS:
            raise TokenError(
                f"Key {self._key!r} of token {self._token!r} is not on the curve secp256k1. Make another "
                "with `resume anchorer --create`.",
                code="token_key_unfit",
            )
        point = bytes(public[pkcs11.Attribute.EC_POINT]).removeprefix(_POINT_PREFIX)
        if len(point) != 65 or point[0] != 4:
            raise TokenError(f"The public key of {self._key!r} cannot be read.", code="token_key_unfit")
        return point

    def _check_private(self, private: Any) -> None:
        import pkcs11  # noqa: PLC0415  # an extra

        if private[pkcs11.Attribute.EXTRACTABLE] or not private[pkcs11.Attribute.SENSITIVE]:
            raise TokenError(
                f"Key {self._key!r} of token {self._token!r} may leave the token. Make one that may not with "
                "`resume anchorer --create`.",
                code="token_key_unfit",
            )

    def _private(self, session: "Session") -> Any:
        import pkcs11  # noqa: PLC0415  # an extra

        return self._find(session, pkcs11.ObjectClass.PRIVATE_KEY)

    def _find(self, session: "Session", kind: Any) -> Any:
        import pkcs11  # noqa: PLC0415  # an extra

        try:
            return session.get_key(object_class=kind, key_type=pkcs11.KeyType.EC, label=self._key)
        except pkcs11.NoSuchKey:
            raise TokenError(
                f"Token {self._token!r} has no key pair {self._key!r}. Make it with "
                "`resume anchorer --create`, or correct ANCHORER_PKCS11_KEY_LABEL.",
                code="token_key_missing",
            ) from None
        except pkcs11.MultipleObjectsReturned:
            raise TokenError(
                f"Token {self._token!r} has several keys {self._key!r}. Give the right one its own label.",
                code="token_key_unfit",
            ) from None

    def _session(self, *, write: bool = False) -> Any:
        return _open(self._module, self._token, self._pin, write=write)


def create_key(module: Path, token: str, key: str, pin: str) -> TokenAccount:
    """Make a secp256k1 key pair in a token, of which the private key cannot leave it.

    Raises:
        TokenError: a key of that label exists, or as ``TokenAccount``.
    """
    with _open(module, token, pin, write=True) as session:
        import pkcs11  # noqa: PLC0415  # an extra

        if any(True for _ in session.get_objects({pkcs11.Attribute.LABEL: key})):
            raise TokenError(
                f"Token {token!r} has a key {key!r}; keys are never overwritten.", code="token_key_exists"
            )
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: _SECP256K1_PARAMS}, local=True
        )
        hidden = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
        parameters.generate_keypair(label=key, store=True, private_template=hidden)
    return TokenAccount(module, token, key, pin)


def recoverable(r: int, s: int, digest: bytes, point: bytes) -> tuple[int, int, int]:
    """Return ``(v, r, s)`` with low s (EIP-2), ``v`` being the parity that leads to the public key.

    Args:
        r: from the token.
        s: from the token, high or low.
        digest: what was signed, 32 bytes.
        point: the public key, uncompressed.

    Raises:
        TokenError: the signature is not one of this key.
    """
    from coincurve import PublicKey as Point  # noqa: PLC0415  # as above

    s = min(s, _ORDER - s)
    if 0 < r < _ORDER and s > 0:
        for v in (0, 1):
            signature = r.to_bytes(32) + s.to_bytes(32) + bytes([v])
            try:
                found = Point.from_signature_and_message(signature, digest, hasher=None)
            except Exception:  # noqa: S112  # coincurve's own: no point for this parity
                continue
            if found.format(compressed=False) == point:
                return v, r, s
    raise TokenError("The token's signature does not fit its public key. Do its labels name one key pair?")


@contextmanager
def _open(module: Path, label: str, pin: str, *, write: bool) -> "Iterator[Session]":
    """Open a session, one at a time in this process, and turn the library's errors into ours."""
    pkcs11 = _library()
    attempt = hashlib.sha256(f"{module}|{label}|{pin}".encode()).digest()
    with _lock:
        if attempt in _refused:
            raise _pin_refused(label)
        try:
            with _find_token(pkcs11, module, label).open(user_pin=pin, rw=write) as session:
                yield session
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked) as error:
            _refused.add(attempt)
            raise _pin_refused(label, type(error).__name__) from None
        except pkcs11.PKCS11Error as error:
            raise TokenError(
                f"Token {label!r} failed ({type(error).__name__}). Check that it is connected and works; "
                "the next try goes on."
            ) from error


def _library() -> Any:
    try:
        return importlib.import_module("pkcs11")
    except ImportError:
        raise TokenError(
            "The package python-pkcs11 is not installed, which a token needs. Install it: "
            "uv pip install --require-hashes -r requirements/pkcs11.txt",
            code="token_library_missing",
        ) from None


def _find_token(pkcs11: Any, module: Path, label: str) -> "Token":
    try:
        library = pkcs11.lib(str(module))
    except (pkcs11.PKCS11Error, OSError, RuntimeError) as error:
        raise TokenError(
            f"The PKCS#11 library {module} cannot be loaded ({type(error).__name__}). Correct "
            "ANCHORER_PKCS11_MODULE.",
            code="token_library_missing",
        ) from None
    for again in (False, True):
        if again:
            library.reinitialize()  # a token that was connected since then
        tokens = list(library.get_tokens(token_label=label))
        if len(tokens) == 1:
            found: Token = tokens[0]
            return found
    raise TokenError(
        f"There {'is no token' if not tokens else 'are several tokens'} {label!r}. Connect it, or correct "
        "ANCHORER_PKCS11_TOKEN_LABEL.",
        code="token_missing",
    )


def _pin_refused(label: str, why: str = "refused before, not tried again") -> TokenError:
    return TokenError(
        f"Token {label!r} does not accept the PIN ({why}). Correct ANCHORER_PKCS11_PIN or its file; the same "
        "PIN is not tried again by this process, because tokens lock themselves.",
        code="token_pin_refused",
    )
