"""What format, proof and holder (checks 1 to 3 of ``item``) leave of a credential, whichever form it has.

The reader of a form (``token_item``, ``embedded_item``) returns a ``HeldCredential`` or raises
``RefusedError``; what becomes of either is the work of ``item``.
"""

from dataclasses import dataclass
from datetime import datetime

from digital_resume.core.anchoring.leaf import SignedContent
from digital_resume.core.credentials.sd_jwt_vc import CredentialView
from digital_resume.core.errors import ResumeError
from digital_resume.core.keys.signing import PublicKey
from digital_resume.core.verification.verdict import CheckName, Outcome


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a presented credential must be bound to; ``None`` accepts any.

    Attributes:
        nonce: nonce of the key binding.
        audience: audience of the key binding.
        presenter: key it must be bound to.
        require_key_binding: refuse it without key binding.
        signed_at: when the presenter says that the whole was signed, by the same clock as the key binding.
    """

    nonce: str | None
    audience: str | None
    presenter: PublicKey | None
    require_key_binding: bool = True
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeldCredential:
    """A credential whose format, proof and holder hold.

    Attributes:
        view: what it says.
        type_name: its type.
        content: what its issuer signed: its identity and its leaf.
        key: the key that signed it.
        hidden: most claims that the holder may keep back.
        covers_part: whether the leaf does not cover every claim shown.
        clock_differs: whether the clock of the device that presented it is off.
    """

    view: CredentialView
    type_name: str
    content: SignedContent
    key: PublicKey
    hidden: int
    covers_part: bool = False
    clock_differs: bool = False


class RefusedError(ResumeError):
    """Format, proof or holder of a credential does not hold.

    Args:
        check: the check that stopped; those before it hold.
        code: why; with check and outcome it must be in ``messages.MESSAGES``.
        outcome: what the check found.
    """

    def __init__(self, check: CheckName, code: str, outcome: Outcome = Outcome.FAIL) -> None:
        super().__init__(f"The credential was refused: {check.value}, {code}.", code=code)
        self.check = check
        self.outcome = outcome
