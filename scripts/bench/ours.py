"""The credential core as it is measured: from text to text, every check done each time.

Started by ``scripts.bench.core`` with the material's path.
"""

import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nacl.bindings
import orjson

from digital_resume.core.credentials.sd_jwt_vc import read_credential
from digital_resume.core.credentials.vcdm import validate_credential
from digital_resume.core.credentials.vcdm_values import read_date
from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.encoding.bounded_json import as_seconds, dump_json, parse_json_object
from digital_resume.core.errors import ProofError
from digital_resume.core.identifiers.did import verification_key
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.data_integrity import add_proof, verify_proof
from digital_resume.core.securing.sd_jwt import VerifiedSdJwt, issue_sd_jwt, peek_sd_jwt, verify_sd_jwt
from scripts.bench.material import AUDIENCE, NONCE, PATHS, degrees
from scripts.bench.measuring import serve

_PURPOSE = "assertionMethod"


class DataIntegrity:
    """Issue and verify with one cryptosuite."""

    def __init__(self, cryptosuite: str, signer: LocalSigner) -> None:
        self._cryptosuite = cryptosuite
        self._signer = signer

    def issue(self, text: bytes) -> bytes:
        """Parse, check the structure, sign, write."""
        credential = parse_json_object(text)
        validate_credential(credential, parsed=True)
        secured = add_proof(
            credential,
            self._signer,
            cryptosuite=self._cryptosuite,
            purpose=_PURPOSE,
            created=datetime.now(UTC),
            parsed=True,
        )
        return dump_json(secured)

    def verify(self, text: bytes) -> None:
        """Parse, check structure and dates, resolve the did:key, check the proof and whose it is."""
        credential = parse_json_object(text)
        validate_credential(credential, parsed=True)
        now = datetime.now(UTC)
        begin, end = read_date(credential, "validFrom"), read_date(credential, "validUntil")
        if (begin is not None and now < begin) or (end is not None and now > end):
            raise ProofError("The credential is not in force.", code="not_in_force")
        proof = verify_proof(credential, purpose=_PURPOSE, now=now, parsed=True)
        issuer = credential["issuer"]
        if proof.controller != (issuer["id"] if isinstance(issuer, dict) else issuer):
            raise ProofError("The proof is not the issuer's.", code="wrong_signer")


def verify_token(token: str) -> VerifiedSdJwt:
    """Check an SD-JWT with its key binding: did:key of the issuer, signatures, disclosures, dates."""
    now = datetime.now(UTC)
    peeked = peek_sd_jwt(token)
    verified = verify_sd_jwt(
        peeked,
        key=verification_key(peeked.kid or ""),
        now=now,
        expected_nonce=NONCE,
        expected_audience=AUDIENCE,
        require_key_binding=True,
    )
    current, payload = now.timestamp(), verified.payload
    if not as_seconds(payload["nbf"], "nbf") <= current <= as_seconds(payload["exp"], "exp"):
        raise ProofError("The credential is not in force.", code="not_in_force")
    return verified


def floor_work(material: dict[str, Any]) -> Callable[[int], object]:
    """Return what no verification can do without: one parse, one SHA-256, one Ed25519 verification."""
    texts = [text.encode() for text in material["jcs"]["secured"]]
    public, secret = nacl.bindings.crypto_sign_seed_keypair(b64u_decode(material["ed25519"]["seed"]))
    signed = [nacl.bindings.crypto_sign(hashlib.sha256(text).digest() * 2, secret) for text in texts]
    count = len(texts)

    def work(number: int) -> None:
        index = number % count
        text = texts[index]
        orjson.loads(text)
        hashlib.sha256(text).digest()
        nacl.bindings.crypto_sign_open(signed[index], public)

    return work


def stream(suite: DataIntegrity, issuer: str, counts: list[int]) -> list[dict[str, float]]:
    """Issue and verify distinct credentials; report time of each stretch and the memory after it.

    Args:
        suite: the suite to use.
        issuer: the issuer's DID.
        counts: how many credentials have gone through at each report.
    """
    reports: list[dict[str, float]] = []
    done, used = 0, 0.0
    for number, degree in enumerate(degrees(issuer, max(counts)), start=1):
        # Making the degree is not what is measured, so its time is taken out again.
        text = json.dumps(degree, ensure_ascii=False, separators=(",", ":")).encode()
        start = time.process_time()
        suite.verify(suite.issue(text))
        used += time.process_time() - start
        if number in counts:
            reports.append({"count": number, "each": used / (number - done), "memory": resident()})
            done, used = number, 0.0
    return reports


def resident() -> float:
    """Return this process's resident memory in bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
    return float(pages * resource.getpagesize())


def main() -> None:
    """Serve the measuring loop."""
    material = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    ed25519 = LocalSigner("Ed25519", b64u_decode(material["ed25519"]["seed"]))
    p256 = LocalSigner("P-256", b64u_decode(material["sdJwt"]["issuer"]["scalar"]))
    works: dict[str, Callable[[int], object]] = {"floor": floor_work(material)}
    suites: dict[str, DataIntegrity] = {}
    for name, kind in (("eddsa-rdfc-2022", "rdfc"), ("eddsa-jcs-2022", "jcs")):
        suite = suites[name] = DataIntegrity(name, ed25519)
        works |= _works(
            suite, name, *([t.encode() for t in material[kind][k]] for k in ("unsigned", "secured"))
        )
    payloads, presented = material["sdJwt"]["payloads"], material["sdJwt"]["presented"]
    pool = len(payloads)
    works["issue SD-JWT"] = lambda number: issue_sd_jwt(payloads[number % pool], PATHS, p256)
    works["verify SD-JWT"] = lambda number: verify_token(presented[number % pool])
    works["verify SD-JWT and read the W3C credential"] = lambda number: read_credential(
        verify_token(presented[number % pool])
    )
    rdfc = suites["eddsa-rdfc-2022"]
    serve(
        works,
        {
            "issue": lambda text: rdfc.issue(text.encode()).decode(),
            "verify": lambda text: rdfc.verify(text.encode()),
            "issue SD-JWT": lambda payload: issue_sd_jwt(payload, PATHS, p256),
            "verify SD-JWT": lambda token: bool(verify_token(token)),
            "stream": lambda counts: stream(rdfc, material["ed25519"]["did"], counts),
        },
    )


def _works(
    suite: DataIntegrity, name: str, unsigned: list[bytes], secured: list[bytes]
) -> dict[str, Callable[[int], object]]:
    return {
        f"issue {name}": lambda number: suite.issue(unsigned[number % len(unsigned)]),
        f"verify {name}": lambda number: suite.verify(secured[number % len(secured)]),
    }


if __name__ == "__main__":
    main()
