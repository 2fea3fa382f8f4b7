"""What is measured: the Open Badges degree of ``tests/vectors``, made distinct, for every library the same.

Everything a child needs is written to one JSON file: credentials to sign, the same ones signed, SD-JWTs with
eight disclosures and key binding, and the (throw-away) keys.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.keys.multikey import encode_secret_multikey
from digital_resume.core.keys.signing import LocalSigner, PublicKey, generate_secret_key
from digital_resume.core.securing.data_integrity import add_proof
from digital_resume.core.securing.sd_jwt import Path as ClaimPath
from digital_resume.core.securing.sd_jwt import create_key_binding, issue_sd_jwt

ROOT: Final = Path(__file__).resolve().parents[2]
DEGREE: Final = ROOT / "tests" / "vectors" / "open-badge-degree.json"
POOL: Final = 64
NONCE: Final = "n-0S6_WzA2MjVl3d9Xq1Zb"
AUDIENCE: Final = "https://verify.example"
ACHIEVEMENT: Final = ("ld", "credentialSubject", "achievement")
HIDDEN: Final = (
    "achievementType",
    "name",
    "description",
    "criteria",
    "fieldOfStudy",
    "humanCode",
    "image",
    "alignment",
)
PATHS: Final[list[ClaimPath]] = [(*ACHIEVEMENT, name) for name in HIDDEN]


def compact(value: object) -> str:
    """Write JSON as it travels."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def degrees(issuer: str, count: int) -> Iterator[dict[str, Any]]:
    """Make distinct degrees: other ids, holders, names and status entries."""
    base = json.loads(DEGREE.read_text("utf-8"))
    for number in range(count):
        degree = copy.deepcopy(base)
        degree["id"] = UUID(int=(0x4000 << 64) | (0x8 << 60) | number, version=4).urn
        degree["issuer"]["id"] = issuer
        degree["credentialSubject"]["id"] = f"did:example:holder:{number:012d}"
        degree["credentialSubject"]["achievement"]["humanCode"] = f"CS-{number}"
        degree["credentialStatus"]["statusListIndex"] = str(number)
        degree["credentialStatus"]["id"] = f"https://saebyeok.example/status/1#{number}"
        yield degree


def sd_jwt_payload(degree: Mapping[str, Any], issuer: str, holder: PublicKey) -> dict[str, Any]:
    """Make the VCLD payload of a degree: issuer, validity and status stand beside ``ld``, not in it."""
    outside = ("issuer", "validFrom", "validUntil", "credentialStatus")
    seconds = {name: int(datetime.fromisoformat(degree[name]).timestamp()) for name in outside[1:3]}
    status = degree["credentialStatus"]
    return {
        "iss": issuer,
        "vct": "urn:vdr:UniversityDegree:1",
        "iat": seconds["validFrom"],
        "nbf": seconds["validFrom"],
        "exp": seconds["validUntil"],
        "cnf": {"jwk": holder.jwk()},
        "status": {
            "status_list": {"idx": int(status["statusListIndex"]), "uri": status["statusListCredential"]}
        },
        "ld": {name: value for name, value in degree.items() if name not in outside},
    }


def make_material(folder: Path) -> Path:
    """Write ``material.json`` and return its path; only its owner may read the keys."""
    now = datetime.now(UTC)
    seed, scalar = generate_secret_key("Ed25519"), generate_secret_key("P-256")
    ed25519, p256 = LocalSigner("Ed25519", seed), LocalSigner("P-256", scalar)
    did, issuer = (signer.verification_method.split("#")[0] for signer in (ed25519, p256))
    documents = list(degrees(did, POOL))
    payloads, presented = [], []
    for degree in degrees(issuer, POOL):
        holder = LocalSigner.generate("P-256")
        payload = sd_jwt_payload(degree, issuer, holder.public_key)
        token = issue_sd_jwt(payload, PATHS, p256)
        payloads.append(payload)
        presented.append(create_key_binding(token, holder, nonce=NONCE, audience=AUDIENCE, issued_at=now))
    public = p256.public_key.jwk()
    material = {
        "ed25519": {
            "did": did,
            "publicKeyMultibase": ed25519.public_key.multikey,
            "secretKeyMultibase": encode_secret_multikey("Ed25519", seed),
            "seed": b64u_encode(seed),
        },
        "rdfc": _secured(documents, ed25519, "eddsa-rdfc-2022", now),
        "jcs": _secured(documents, ed25519, "eddsa-jcs-2022", now),
        "sdJwt": {
            "issuer": {
                "did": issuer,
                "verificationMethod": p256.verification_method,
                "scalar": b64u_encode(scalar),
                "publicJwk": public,
                "secretJwk": {**public, "d": b64u_encode(scalar)},
            },
            "payloads": payloads,
            "presented": presented,
            "frame": {"ld": {"credentialSubject": {"achievement": {"_sd": list(HIDDEN)}}}},
            "nonce": NONCE,
            "audience": AUDIENCE,
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "material.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(material, ensure_ascii=False), "utf-8")
    return path


def _secured(
    documents: list[dict[str, Any]], signer: LocalSigner, cryptosuite: str, now: datetime
) -> dict[str, list[str]]:
    secured = [
        add_proof(document, signer, cryptosuite=cryptosuite, purpose="assertionMethod", created=now)
        for document in documents
    ]
    return {
        "unsigned": [compact(document) for document in documents],
        "secured": [compact(document) for document in secured],
    }
