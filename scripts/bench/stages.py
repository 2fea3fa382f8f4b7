"""Where the time of one verification goes: ``make bench-core BENCH_ARGS=--stages``.

Each stage runs by itself in short windows; the best window is printed, so that what else the machine does
stays out. The stages do not add up to the whole exactly: run together they share the processor's caches.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from digital_resume.core.credentials.vcdm import validate_credential
from digital_resume.core.encoding.base64url import b64u_decode, to_standard
from digital_resume.core.encoding.bounded_json import parse_json_object
from digital_resume.core.encoding.jcs import canonicalize
from digital_resume.core.identifiers.did import verification_key
from digital_resume.core.keys.multikey import multibase_decode, multibase_encode
from digital_resume.core.keys.signing import LocalSigner, public_key_from_jwk
from digital_resume.core.securing.disclosures import Assembly, digest_of, parse_disclosures
from digital_resume.core.securing.jws import parse_compact, verify_parsed
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer
from digital_resume.core.securing.linked_data.configurations import Configurations
from digital_resume.core.securing.sd_jwt import peek_sd_jwt
from scripts.bench.installing import FOLDER
from scripts.bench.material import make_material
from scripts.bench.ours import DataIntegrity, floor_work, verify_token

_WINDOWS, _RUNS = 150, 16


def stage(name: str, work: Callable[[], object]) -> None:
    """Print the best window of a stage in microseconds."""
    for _ in range(4 * _RUNS):
        work()
    best = float("inf")
    for _ in range(_WINDOWS):
        begun = time.perf_counter_ns()
        for _ in range(_RUNS):
            work()
        best = min(best, (time.perf_counter_ns() - begun) / _RUNS)
    print(f"{name:<58}{best / 1000:>8.1f} µs", flush=True)


def data_integrity(path: Path) -> None:
    """Print the stages of ``eddsa-jcs-2022`` and ``eddsa-rdfc-2022``."""
    material = json.loads(path.read_text("utf-8"))
    signer = LocalSigner("Ed25519", b64u_decode(material["ed25519"]["seed"]))
    text = material["jcs"]["secured"][0].encode()
    unsigned = material["rdfc"]["unsigned"][0].encode()
    document = parse_json_object(text)
    proof = document.pop("proof")
    signature = multibase_decode(proof["proofValue"])
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    canonical = canonicalize(document)
    signed = signer.sign(canonical[:64])
    method = proof["verificationMethod"]
    canonicalizer = default_canonicalizer()
    configurations = Configurations(canonicalizer)
    own_options = {name: value for name, value in options.items() if name != "@context"}
    lines = canonicalizer.canonicalize(document)
    own = configurations.canonicalize(own_options, document["@context"], hash_name="sha256")
    floor = floor_work(material)
    jcs, rdfc = (DataIntegrity(f"eddsa-{name}-2022", signer) for name in ("jcs", "rdfc"))
    stage("floor: orjson, SHA-256, Ed25519 verify", lambda: floor(0))
    stage("eddsa-jcs-2022 verify, whole", lambda: jcs.verify(text))
    stage("  parse, refusing what I-JSON refuses", lambda: parse_json_object(text))
    stage("  structure of VCDM 2.0", lambda: validate_credential(document, parsed=True))
    stage("  did:key", lambda: verification_key(method))
    stage("  JCS of document and options", lambda: (canonicalize(document), canonicalize(options)))
    stage("  SHA-256 of the document", lambda: hashlib.sha256(canonical).digest())
    stage("  base58 of the signature", lambda: multibase_decode(proof["proofValue"]))
    stage("  Ed25519 verify", lambda: signer.public_key.verify(signed, canonical[:64]))
    stage("eddsa-rdfc-2022 issue, whole", lambda: rdfc.issue(unsigned))
    stage("  parse, refusing what I-JSON refuses", lambda: parse_json_object(unsigned))
    stage("  structure of VCDM 2.0", lambda: validate_credential(document, parsed=True))
    stage("  RDFC-1.0 of the document", lambda: canonicalizer.canonicalize(document))
    stage(
        "  RDFC-1.0 of the options, a template",
        lambda: configurations.canonicalize(own_options, document["@context"], hash_name="sha256"),
    )
    stage("  SHA-256 of both", lambda: (hashlib.sha256(lines).digest(), hashlib.sha256(own).digest()))
    stage("  base58 of the signature", lambda: multibase_encode(signature))
    stage("  Ed25519 sign", lambda: signer.sign(canonical[:64]))


def sd_jwt(path: Path) -> None:
    """Print the stages of verifying an SD-JWT with key binding."""
    token = json.loads(path.read_text("utf-8"))["sdJwt"]["presented"][0]
    peeked = peek_sd_jwt(token)
    key = verification_key(peeked.kid or "")
    jwk = peeked.payload["cnf"]["jwk"]
    holder = public_key_from_jwk(jwk)
    binding = parse_compact(peeked.key_binding or "")
    texts = [disclosure.encoded for disclosure in peeked.disclosures]
    encoded = [to_standard(text) for text in texts]
    stage("SD-JWT verify, whole", lambda: verify_token(token))
    stage("  parse the token", lambda: peek_sd_jwt(token))
    stage("    of it the 8 disclosures", lambda: parse_disclosures(texts, encoded))
    stage("  issuer's ES256 signature", lambda: verify_parsed(peeked.jws, key=key, typ="dc+sd-jwt"))
    stage("  put the disclosures back", peeked.reassemble)
    stage("    of it their digests", lambda: Assembly(peeked.disclosures, "sha-256"))
    stage("  SHA-256 of what the holder bound", lambda: digest_of(peeked.bound))
    stage("  parse the key binding", lambda: parse_compact(peeked.key_binding or "").claims())
    stage("  holder's key", lambda: public_key_from_jwk(jwk))
    stage("  holder's ES256 signature", lambda: verify_parsed(binding, key=holder, typ="kb+jwt"))


def print_stages() -> None:
    """Print every stage."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"{datetime.now(UTC):%Y-%m-%d}, load {os.getloadavg()[0]:.1f}")
    path = make_material(FOLDER)
    data_integrity(path)
    sd_jwt(path)
