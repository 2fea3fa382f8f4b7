"""A seeker's wallet: a P-256 key and what it holds."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from digital_resume.core.anchoring.receipt import Receipt
from digital_resume.core.credentials.sd_jwt_vc import SUBJECT
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.resume.presentation import ChosenCredential, compose_resume
from digital_resume.core.securing.sd_jwt import Path, create_key_binding, peek_sd_jwt, present


class HolderWallet:
    """A holder's key with the credentials it was given."""

    def __init__(self) -> None:
        self.signer = LocalSigner.generate("P-256")
        self.tokens: list[str] = []
        self.receipts: list[Receipt] = []

    @property
    def did(self) -> str:
        """The holder's did:key."""
        return self.signer.verification_method.partition("#")[0]

    @property
    def jwk(self) -> dict[str, str]:
        """The holder's public key, for an institution to bind credentials to."""
        return self.signer.public_key.jwk()

    def keep(self, tokens: Iterable[str], receipts: Iterable[Receipt] = ()) -> None:
        """Take credentials and receipts into the wallet."""
        self.tokens += tokens
        self.receipts += receipts

    def share(
        self,
        *,
        challenge: str,
        domain: str,
        at: datetime,
        hide: Sequence[str] = (),
        tokens: Sequence[str] | None = None,
        receipts: Sequence[Any] | None = None,
        statements: Sequence[str] = (),
        days: int = 30,
    ) -> dict[str, Any]:
        """Compose and sign a resume that discloses everything but the claims named in ``hide``."""
        chosen = self.tokens if tokens is None else tokens
        return compose_resume(
            [ChosenCredential(token, disclosable_paths(token, hide)) for token in chosen],
            self.signer,
            challenge=challenge,
            domain=domain,
            created=at,
            expires=at + timedelta(days=days),
            statements=statements,
            receipts=self.receipts if receipts is None else receipts,
        )

    def present(
        self, token: str, *, nonce: str, audience: str, at: datetime, hide: Sequence[str] = ()
    ) -> str:
        """Present one credential by itself, e.g. to prove one's identity to an institution."""
        kept = present(token, disclosable_paths(token, hide))
        return create_key_binding(kept, self.signer, nonce=nonce, audience=audience, issued_at=at)


def disclosable_paths(token: str, hide: Sequence[str]) -> tuple[Path, ...]:
    """Return the paths of all claims that can be disclosed, without those under a name of ``hide``."""
    paths = peek_sd_jwt(token).reassemble().disclosed
    return tuple(path for path in paths if path[len(SUBJECT)] not in hide)
