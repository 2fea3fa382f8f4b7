"""What each verdict is called and what to do next, in Korean and English: data, not logic."""

from typing import Final, NamedTuple


class VerdictText(NamedTuple):
    """What a verdict is called and what to do next."""

    title_ko: str
    title_en: str
    next_ko: str
    next_en: str


VERDICT_TEXTS: Final[dict[str, VerdictText]] = {
    "verified": VerdictText(
        "확인됨",
        "Verified",
        "더 하실 일이 없습니다. 발급 기관에 따로 확인하지 않아도 됩니다.",
        "Nothing more to do. There is no need to ask the institutions.",
    ),
    "caution": VerdictText(
        "주의",
        "Caution",
        "표시된 항목을 읽고, 필요하면 본인에게 새 증명서를 요청하세요.",
        "Read the marked item and, if it matters, ask the person for a newer credential.",
    ),
    "superseded": VerdictText(
        "정정됨",
        "Superseded",
        "더 새로운 증명서가 있습니다. 본인에게 새 이력서를 요청하세요.",
        "A newer version exists. Ask the person for a new resume.",
    ),
    "not_in_force": VerdictText(
        "효력 없음",
        "Not in force",
        "발급 기관이 효력을 멈춘 증명서입니다. 이 증명서를 근거로 삼지 마세요.",
        "The institution has withdrawn this credential. Do not rely on it.",
    ),
    "unknown_issuer": VerdictText(
        "미등록 기관",
        "Unknown issuer",
        "이 종류의 증명서를 발급하도록 등록된 기관이 아닙니다. 발급처를 직접 확인하세요.",
        "The issuer is not registered for this kind of credential. Check the issuer yourself.",
    ),
    "could_not_check": VerdictText(
        "확인하지 못함",
        "Could not check",
        "지금은 판단할 수 없습니다. 잠시 뒤 다시 확인하세요.",
        "It cannot be judged now. Try again in a while.",
    ),
    "not_genuine": VerdictText(
        "진본 아님",
        "Not genuine",
        "받아들이지 마세요. 본인에게 지갑에서 이력서를 다시 공유해 달라고 요청하세요.",
        "Do not accept it. Ask the person to share the resume again from their wallet.",
    ),
    "sharing_ended": VerdictText(
        "공유 종료",
        "Sharing ended",
        "이 공유는 끝났습니다. 본인에게 새 링크를 요청하세요.",
        "This share has ended. Ask the person for a new link.",
    ),
}
