"""The form of a message: what a check's outcome means and says, in Korean and English."""

from typing import Final, NamedTuple


class Both(NamedTuple):
    """A text in both languages."""

    ko: str
    en: str


class Message(NamedTuple):
    """One row: the verdict and the text.

    Attributes:
        verdict: what this outcome alone makes of the item.
        ko: the text in Korean.
        en: the text in English.
        word: what to call the verdict when this is its only reason; its own name when ``None``.
        advice: what to do then; what the verdict itself says when ``None``.
        label: what the check is to be called here, where its name would say more than was found.
    """

    verdict: str
    ko: str
    en: str
    word: Both | None = None
    advice: Both | None = None
    label: Both | None = None


Messages = dict[tuple[str, str, str], Message]
"""Messages by check, outcome and code."""

NOT_REACHED: Final = Message("verified", "앞선 확인에서 멈추었습니다.", "An earlier check stopped here.")
