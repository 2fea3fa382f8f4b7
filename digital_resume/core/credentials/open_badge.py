"""Open Badges 3.0: a credential as displayers of badges read it, from a type's ``openBadge`` mapping.

1EdTech Open Badges 3.0, data model (AchievementCredential). A badge says what was achieved and by whom: the
claims that lead the type, its results where the mapping names any, and the holder's name, which every type
shows. What else the holder may hide is left out, since a badge shows everything.

The mapping of a type: ``achievementType``; ``byClaim``, another one by the value of a claim; ``results``, the
claims that are scores. It is a form for others: a resume holds the credential itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from digital_resume.core.credentials.catalog import CredentialType
from digital_resume.core.credentials.embedded_vc import IssuedDocument, secure_document
from digital_resume.core.credentials.issuance import settle
from digital_resume.core.credentials.status_entry import ENTRY_TYPE
from digital_resume.core.credentials.vcdm import CONTEXT_V2
from digital_resume.core.encoding.dates import format_datetime
from digital_resume.core.errors import SchemaError
from digital_resume.core.ports import Signer
from digital_resume.core.securing.cryptosuites import CRYPTOSUITES

CONTEXT: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CRYPTOSUITE: Final = "eddsa-rdfc-2022"
"""The one that verifiers of badges have in common."""

TYPE: Final = "OpenBadgeCredential"


def issue_open_badge(
    credential_type: CredentialType,
    claims: Mapping[str, Any],
    *,
    issuer: str,
    issuer_name: str,
    issuer_url: str,
    signer: Signer,
    holder: str,
    status_uri: str,
    status_index: int,
    issued_at: datetime,
    valid_from: datetime | None,
    valid_until: datetime | None,
    credential_id: str | None = None,
) -> IssuedDocument:
    """Sign a badge of ``credential_type``; arguments as ``issue_embedded``.

    Args:
        credential_type: has an ``openBadge`` mapping.
        claims: claims of the subject; validated.
        issuer: the issuer's DID; the signer's key must be one of its.
        issuer_name: its name.
        issuer_url: its address.
        signer: the issuer's Ed25519 key.
        holder: the holder's DID.
        status_uri: the status list's URI, without ``/bitstring/…``.
        status_index: its index there.
        issued_at: moment of signing.
        valid_from: begin of validity; ``issued_at`` when ``None``.
        valid_until: end of validity; by the type's rule when ``None``.
        credential_id: ``urn:uuid:`` of version 4; made when ``None``.

    Raises:
        SchemaError: the claims break the type's rules; ``open_badge_unavailable``: the type is no badge.
        MalformedError: another argument is wrong.
        ProofError: the key is not an Ed25519 key.
    """
    mapping = credential_type.open_badge
    if mapping is None:
        raise SchemaError(
            f"{credential_type.name} is no achievement, and has no form as an Open Badge.",
            code="open_badge_unavailable",
        )
    terms = settle(
        credential_type,
        claims,
        issuer=issuer,
        signer=signer,
        issued_at=issued_at,
        valid_from=valid_from,
        valid_until=valid_until,
        credential_id=credential_id,
    )
    terms.require_order()
    achievement = _achievement(credential_type, claims, mapping, issuer)
    status_list = f"{status_uri}/bitstring/revocation"
    document: dict[str, Any] = {
        "@context": [CONTEXT_V2, CONTEXT],
        "id": terms.identifier,
        "type": ["VerifiableCredential", TYPE],
        "name": achievement["name"],
        "issuer": {"id": issuer, "type": ["Profile"], "name": issuer_name, "url": issuer_url},
        "validFrom": format_datetime(terms.begin),
        **({} if terms.end is None else {"validUntil": format_datetime(terms.end)}),
        # The schema has room for one entry. Revocation is the one that is final.
        "credentialStatus": {
            "id": f"{status_list}#{status_index}",
            "type": ENTRY_TYPE,
            "statusPurpose": "revocation",
            "statusListIndex": str(status_index),
            "statusListCredential": status_list,
        },
        "credentialSubject": _subject(claims, mapping, achievement, holder),
    }
    return secure_document(document, signer, CRYPTOSUITES[CRYPTOSUITE], issued_at)


def _achievement(
    credential_type: CredentialType, claims: Mapping[str, Any], mapping: Mapping[str, Any], issuer: str
) -> dict[str, Any]:
    named = [str(claims[name]) for name in credential_type.resume.lead if name in claims]
    name = " · ".join(named) or credential_type.title.ko
    # The same for everybody who achieved the same, so that badges can be counted together.
    identifier = uuid5(NAMESPACE_URL, "\n".join((issuer, credential_type.vct, name)))
    title, description = credential_type.title, credential_type.description
    achievement: dict[str, Any] = {
        "id": f"urn:uuid:{identifier}",
        "type": ["Achievement"],
        "achievementType": _achievement_type(claims, mapping),
        "name": name,
        "description": f"{description.ko} · {description.en}",
        "criteria": {"narrative": f"{title.ko} · {title.en}"},
    }
    results = [claim for claim in map(credential_type.claim, _results(claims, mapping)) if claim]
    if results:
        achievement["resultDescription"] = [
            {
                "id": f"{achievement['id']}#{claim.name}",
                "type": ["ResultDescription"],
                "name": f"{claim.label.ko} · {claim.label.en}",
                "resultType": "RawScore",
            }
            for claim in results
        ]
    return achievement


def _achievement_type(claims: Mapping[str, Any], mapping: Mapping[str, Any]) -> str:
    for claim, values in mapping.get("byClaim", {}).items():
        found = values.get(claims.get(claim))
        if found is not None:
            return str(found)
    return str(mapping["achievementType"])


def _results(claims: Mapping[str, Any], mapping: Mapping[str, Any]) -> list[str]:
    return [name for name in mapping.get("results", ()) if name in claims]


def _subject(
    claims: Mapping[str, Any], mapping: Mapping[str, Any], achievement: Mapping[str, Any], holder: str
) -> dict[str, Any]:
    subject: dict[str, Any] = {
        "id": holder,
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": claims["name"],
                "identityType": "name",
            }
        ],
        "achievement": dict(achievement),
    }
    results = _results(claims, mapping)
    if results:
        subject["result"] = [
            {
                "type": ["Result"],
                "resultDescription": f"{achievement['id']}#{name}",
                "value": str(claims[name]),
            }
            for name in results
        ]
    return subject
