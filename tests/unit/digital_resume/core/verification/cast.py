"""A seeker with four genuine credentials, and the tools with which the tests forge."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.encoding.base64url import b64u_decode, b64u_encode
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.resume.presentation import build_presentation, sign_presentation
from digital_resume.core.securing.sd_jwt import create_key_binding, issue_sd_jwt, peek_sd_jwt
from digital_resume.core.verification.verdict import Verdict
from tests.fakes import VERIFIER_URL, HolderWallet, Institution, Issued, World
from tests.fakes.wallet import disclosable_paths
from tests.fakes.world import SHARE_ID

PERSON = {"name": "김하늘", "birthDate": "2001-03-14"}
STRANGER = {"name": "박정수", "birthDate": "1964-05-05"}


class Cast:
    """The world of a seeker: institutions, a wallet with a genuine credential of each, all anchored."""

    def __init__(self) -> None:
        self.world = World()
        self.mobile_id = self.world.institution("mobile-id", "IdentityCredential")
        self.univ = self.world.institution("saebyeok", "UniversityDegree", name_ko="새벽대학교(시연용)")
        self.lang = self.world.institution("nuri", "LanguageTestScore")
        self.company = self.world.institution("pureunsup", "Internship")
        self.wallet = HolderWallet()
        self.issued_at = self.world.ago(days=30)
        self.shared_at = self.world.ago(hours=1)
        self.identity = self.hold(self.mobile_id, "IdentityCredential")
        self.degree = self.hold(self.univ, "UniversityDegree")
        self.score = self.hold(self.lang, "LanguageTestScore")
        self.internship = self.hold(self.company, "Internship")

    def hold(
        self,
        institution: Institution,
        credential_type: str,
        claims: dict[str, Any] | None = None,
        *,
        at: datetime | None = None,
        anchored: bool = True,
        **options: Any,
    ) -> Issued:
        """Issue a credential into the wallet, anchored with a receipt unless told otherwise."""
        moment = at or self.issued_at
        issued = institution.issue(
            credential_type, PERSON | (claims or {}), holder_jwk=self.wallet.jwk, at=moment, **options
        )
        receipts = institution.anchor(issued, at=moment) if anchored else []
        self.wallet.keep([issued.token], receipts)
        return issued

    @property
    def binding(self) -> dict[str, Any]:
        """What a key binding of this share is made with."""
        return {"nonce": SHARE_ID, "audience": VERIFIER_URL, "at": self.shared_at}

    def receipt(self, issued: Issued) -> Receipt:
        """Return the wallet's receipt of a credential."""
        return next(receipt for receipt in self.wallet.receipts if receipt.leaf == issued.leaf)

    def without_receipt(self, issued: Issued) -> list[Receipt]:
        """Return the wallet's receipts but one credential's."""
        return [receipt for receipt in self.wallet.receipts if receipt.leaf != issued.leaf]

    def share(self, **options: Any) -> dict[str, Any]:
        """Share everything in the wallet, or what the options choose."""
        arguments: dict[str, Any] = {
            "challenge": SHARE_ID,
            "domain": VERIFIER_URL,
            "at": self.shared_at,
            "hide": ("birthDate", "gradeAverage"),
        }
        return self.wallet.share(**arguments | options)

    def judge(self, **options: Any) -> Verdict:
        """Share and judge."""
        return self.world.verify(self.share(**options))

    def bind(
        self,
        token: str,
        *,
        signer: LocalSigner | None = None,
        nonce: str = SHARE_ID,
        audience: str = VERIFIER_URL,
    ) -> str:
        """Append a key binding to a token, even to one that was tampered with."""
        return create_key_binding(
            token, signer or self.wallet.signer, nonce=nonce, audience=audience, issued_at=self.shared_at
        )

    def sign(
        self, bound: Sequence[str] = (), *, declarations: Sequence[dict[str, Any]] = (), **members: Any
    ) -> dict[str, Any]:
        """Sign a resume over tokens as they are, forged or not."""
        unsigned = build_presentation(
            self.wallet.did, credentials=bound, self_declarations=declarations, receipts=self.wallet.receipts
        )
        return self.resign(unsigned | members)

    def resign(self, presentation: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Re-sign a presentation with the holder's key."""
        unsigned = {name: value for name, value in presentation.items() if name != "proof"}
        arguments: dict[str, Any] = {
            "challenge": SHARE_ID,
            "domain": VERIFIER_URL,
            "created": self.shared_at,
            "expires": self.shared_at + timedelta(days=30),
        }
        return sign_presentation(unsigned, self.wallet.signer, **arguments | options)

    def forge(
        self, token: str, change: Callable[[dict[str, Any]], None], signer: LocalSigner, *, hide: bool = False
    ) -> str:
        """Issue a changed copy of a credential with any key."""
        payload = peek_sd_jwt(token).reassemble().payload
        change(payload)
        return issue_sd_jwt(payload, disclosable_paths(token, ()) if hide else (), signer)


def alter_disclosure(token: str, claim: str, value: Any) -> str:
    """Change a disclosed claim without the issuer's key."""
    parts = token.split("~")
    for place, part in enumerate(parts[1:], 1):
        content = json.loads(b64u_decode(part)) if part else [None, None]
        if content[-2] == claim:
            content[-1] = value
            parts[place] = b64u_encode(json.dumps(content, ensure_ascii=False).encode())
    return "~".join(parts)


def alter_payload(token: str, old: str, new: str) -> str:
    """Change a character of the signed payload without the issuer's key."""
    jwt, _, rest = token.partition("~")
    header, payload, signature = jwt.split(".")
    changed = b64u_decode(payload).decode().replace(old, new)
    assert changed.encode() != b64u_decode(payload)
    return f"{header}.{b64u_encode(changed.encode())}.{signature}~{rest}"
