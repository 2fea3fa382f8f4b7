"""Verify VC 1.1 credentials through didkit: supervise its child, and check what didkit does not.

1. bounded input, strict JSON, structure of VCDM 1.1; contexts by URL and plain names only, because didkit
verifies statements and what is read is the JSON; 2. exactly one proof, of a type that is accepted, made for
the purpose by a key that travels in its identifier and is the issuer's, in its time; 3. the signature, by
didkit; 4. ``issuanceDate`` and ``expirationDate``. Nothing is fetched: a credential of a did:web issuer is
refused by name.
"""

import importlib.util
import json
import os
import re
import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from digital_resume.adapters.children import minimal_environment
from digital_resume.adapters.didkit.worker import MAX_REQUEST, NO_DIDKIT, NOT_ISOLATED
from digital_resume.core.credentials.vcdm import validate_credential_v1
from digital_resume.core.credentials.vcdm_values import read_date
from digital_resume.core.encoding.bounded_json import as_text, parse_json_object
from digital_resume.core.encoding.dates import parse_datetime
from digital_resume.core.errors import (
    IdentifierError,
    LimitError,
    MalformedError,
    ProofError,
    SchemaError,
    SourceUnavailableError,
)
from digital_resume.core.identifiers.did import parse_did_url

PROOF_TYPES: Final = frozenset(
    {
        "Ed25519Signature2018",
        "Ed25519Signature2020",
        "JsonWebSignature2020",
        "Eip712Signature2021",
        "EthereumEip712Signature2021",
    }
)
DID_METHODS: Final = frozenset({"key", "jwk", "pkh"})
"""Methods whose keys travel in the identifier; for others didkit would need the network."""

MAX_CREDENTIAL_BYTES: Final = 131_072
CLOCK_SKEW: Final = timedelta(minutes=5)
START_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 3.0
REQUESTS_EACH: Final = 500
"""A child is replaced after so many requests, so that whatever it leaks ends."""

BUSY_SECONDS: Final = 5.0
"""How long a verification waits for those before it."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}", re.ASCII)
_MAX_ANSWER: Final = 65_536
_WORKER: Final = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, slots=True)
class ForeignCredential:
    """A verified VC 1.1 credential.

    Attributes:
        credential: the document, proof included.
        issuer: the issuer's DID.
        proof_type: type of its proof.
        verification_method: DID URL of the key.
        issued_at: ``issuanceDate``.
        expires_at: ``expirationDate``, or ``None``.
        warnings: what didkit found odd.
    """

    credential: Mapping[str, Any]
    issuer: str
    proof_type: str
    verification_method: str
    issued_at: datetime
    expires_at: datetime | None
    warnings: tuple[str, ...]


class DidkitVerifier:
    """Verifies credentials one after the other through one supervised child.

    Args:
        python: interpreter that has didkit; the product's own by default.
        answer_seconds: how long one verification may take.
        worker: the child's program.
    """

    def __init__(
        self,
        python: Path | None = None,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        worker: Path = _WORKER,
    ) -> None:
        self._own_python = python is None
        self._python = python or Path(sys.executable)
        self._answer_seconds = answer_seconds
        self._worker = worker
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._served = 0
        self.network = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the child, ``None`` when none runs."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def is_available(self) -> bool:
        """Tell whether didkit is installed for the product's own interpreter, or another one was named."""
        return not self._own_python or importlib.util.find_spec("didkit") is not None

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._stop()

    def verify(self, text: bytes, *, now: datetime) -> ForeignCredential:
        """Verify a credential.

        Args:
            text: the credential as it came in.
            now: present moment, timezone-aware.

        Raises:
            MalformedError: too large, or not JSON.
            SchemaError: not a VCDM 1.1 credential; ``respelled_member``.
            ProofError: ``proof_missing``, ``proof_not_single``, ``proof_type_not_supported``,
                ``purpose_mismatch``, ``wrong_signer``, ``proof_not_yet_valid``, ``proof_expired``,
                ``credential_not_yet_valid``, ``credential_expired``, or the signature does not hold.
            IdentifierError: ``methodNotSupported``: the key would have to be fetched.
            SourceUnavailableError: ``didkit_missing``, ``didkit_crashed``, ``didkit_timeout``,
                ``didkit_busy`` or ``didkit_not_isolated``: unknown whether it holds.
        """
        if len(text) > MAX_CREDENTIAL_BYTES:
            raise LimitError(f"A VC 1.1 credential is larger than {MAX_CREDENTIAL_BYTES} bytes.")
        credential = parse_json_object(text)
        validate_credential_v1(credential)
        _check_spelling(credential)
        proof = _single_proof(credential)
        issuer, method = _check_proof(credential, proof, now)
        answer = self._ask(
            {"credential": text.decode("utf-8"), "options": '{"proofPurpose":"assertionMethod"}'}
        )
        warnings = _check_answer(answer)
        issued, expires = read_date(credential, "issuanceDate"), read_date(credential, "expirationDate")
        assert issued is not None
        if issued > now + CLOCK_SKEW:
            raise ProofError("The credential is not valid yet.", code="credential_not_yet_valid")
        if expires is not None and expires <= now:
            raise ProofError("The credential has expired.", code="credential_expired")
        return ForeignCredential(credential, issuer, str(proof["type"]), method, issued, expires, warnings)

    def _ask(self, request: Mapping[str, str]) -> dict[str, Any]:
        message = json.dumps(request).encode()
        if len(message) > MAX_REQUEST:
            raise LimitError(f"A VC 1.1 credential is larger than {MAX_REQUEST} bytes.")
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise SourceUnavailableError(
                "Other VC 1.1 credentials are being verified. Try again in a moment.", code="didkit_busy"
            )
        try:
            # A child that crashed is replaced and asked once more; one that hangs is only replaced.
            for attempt in (1, 2):
                child = self._running()
                try:
                    assert child.stdin is not None
                    child.stdin.write(struct.pack(">I", len(message)) + message)
                    child.stdin.flush()
                    self._served += 1
                    return self._read(child, self._answer_seconds)
                except TimeoutError:
                    self._stop()
                    raise SourceUnavailableError(
                        "The verification of the VC 1.1 credential took too long and was stopped.",
                        code="didkit_timeout",
                    ) from None
                except (OSError, EOFError, ValueError) as error:
                    self._stop()
                    if attempt == 2:
                        raise SourceUnavailableError(
                            "The program that verifies VC 1.1 credentials crashed on this one, twice.",
                            code="didkit_crashed",
                        ) from error
        finally:
            self._lock.release()
        raise AssertionError("unreachable")

    def _running(self) -> subprocess.Popen[bytes]:
        child = self._child
        if child is not None and child.poll() is None and self._served < REQUESTS_EACH:
            return child
        self._stop()
        if not self.is_available():
            raise _missing()
        self._child = child = subprocess.Popen(  # noqa: S603 -- our own program, no shell
            [self._python, "-I", self._worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=minimal_environment(),
            start_new_session=True,
        )
        self._served = 0
        try:
            self.network = str(self._read(child, START_SECONDS).get("network", ""))
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            ended = self._stop()
            if ended == NO_DIDKIT:
                raise _missing() from error
            code = "didkit_not_isolated" if ended == NOT_ISOLATED else "didkit_crashed"
            raise SourceUnavailableError(
                "The program that verifies VC 1.1 credentials could not be started behind its limits.",
                code=code,
            ) from error
        return child

    def _read(self, child: subprocess.Popen[bytes], seconds: float) -> dict[str, Any]:
        """Read one answer.

        Raises:
            TimeoutError: it did not come in time.
            EOFError: the child ended.
            ValueError: it is not an answer.
        """
        assert child.stdout is not None
        deadline = time.monotonic() + seconds
        (length,) = struct.unpack(">I", _exactly(child.stdout.fileno(), 4, deadline))
        if length > _MAX_ANSWER:
            raise ValueError("the answer is too long")
        answer = json.loads(_exactly(child.stdout.fileno(), length, deadline))
        if not isinstance(answer, dict):
            raise ValueError("the answer is not an object")  # noqa: TRY004 -- as any broken answer
        return answer

    def _stop(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    # What was not written any more is of no interest.
                    continue
        try:
            return child.wait(0.5)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()


def _exactly(descriptor: int, count: int, deadline: float) -> bytes:

    found = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while len(found) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise TimeoutError
            part = os.read(descriptor, count - len(found))
            if not part:
                raise EOFError
            found += part
    return found


def _missing() -> SourceUnavailableError:
    return SourceUnavailableError(
        "VC 1.1 credentials of other ecosystems cannot be verified: didkit is not installed. Install it with "
        "'uv pip install --require-hashes -r requirements/didkit.txt'; it has packages for Python 3.11 and "
        "3.12 only.",
        code="didkit_missing",
    )


def _check_spelling(credential: Mapping[str, Any]) -> None:
    """Accept plain names, contexts by URL and named objects by URL.

    Raises:
        SchemaError: ``respelled_member``.
    """
    contexts = credential["@context"]
    plain = all(isinstance(entry, str) for entry in (contexts if isinstance(contexts, list) else [contexts]))
    level: list[object] = [value for name, value in credential.items() if name not in ("@context", "proof")]
    names: list[str] = [name for name in credential if name != "@context"]
    while level and plain:
        following: list[object] = []
        for item in level:
            if isinstance(item, dict):
                names += item
                plain = plain and not str(item.get("id", "")).startswith("_:")
                following += item.values()
            elif isinstance(item, list):
                following += item
        level = following
    if not plain or not all(_NAME.fullmatch(name) for name in names):
        raise SchemaError(
            "A VC 1.1 credential of another ecosystem is read only with contexts by URL and plain names.",
            code="respelled_member",
        )


def _single_proof(credential: Mapping[str, Any]) -> dict[str, Any]:
    proof = credential.get("proof")
    if isinstance(proof, list) and len(proof) == 1:
        proof = proof[0]
    if isinstance(proof, list) and proof:
        # didkit is content when one of several holds.
        raise ProofError("The credential must have exactly one proof.", code="proof_not_single")
    if not isinstance(proof, dict):
        raise ProofError("The credential has no proof.", code="proof_missing")
    return proof


def _check_proof(credential: Mapping[str, Any], proof: Mapping[str, Any], now: datetime) -> tuple[str, str]:
    """Check everything of the proof except its signature; return issuer and verification method."""
    kind = proof.get("type")
    if not isinstance(kind, str) or kind not in PROOF_TYPES:
        raise ProofError(
            "The proof's type is not one that is accepted here.", code="proof_type_not_supported"
        )
    if proof.get("proofPurpose") != "assertionMethod":
        raise ProofError("The proof was not made for the purpose assertionMethod.", code="purpose_mismatch")
    named = credential["issuer"]
    issuer = as_text(named.get("id") if isinstance(named, dict) else named, "The issuer")
    method = as_text(proof.get("verificationMethod"), "The proof's verificationMethod")
    url = parse_did_url(method)
    if url.method not in DID_METHODS:
        raise IdentifierError(
            f"Keys of the method did:{url.method} cannot be read from the identifier, and nothing is fetched "
            "for VC 1.1 credentials.",
            code="methodNotSupported",
        )
    if url.did != issuer:
        raise ProofError("The proof's key is not the issuer's.", code="wrong_signer")
    if "created" in proof and parse_datetime(proof["created"], "The proof's created") > now + CLOCK_SKEW:
        raise ProofError("The proof is dated in the future.", code="proof_not_yet_valid")
    for name in ("expires", "expirationDate"):
        if name in proof and parse_datetime(proof[name], f"The proof's {name}") <= now:
            raise ProofError("The proof has expired.", code="proof_expired")
    return issuer, method


def _check_answer(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Accept only an answer that says that the proof was checked and nothing was wrong."""
    if "error" in answer:
        raise MalformedError("The VC 1.1 credential cannot be read by the program that verifies it.")
    result = answer.get("result")
    checks, errors, warnings = (
        (result.get(name) for name in ("checks", "errors", "warnings"))
        if isinstance(result, dict)
        else (None, None, None)
    )
    if checks != ["proof"] or errors != [] or not isinstance(warnings, list):
        raise ProofError("The signature does not match the credential and the key.")
    return tuple(str(warning) for warning in warnings)
