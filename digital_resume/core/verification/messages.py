"""What every check's outcome means and says: one row a (check, outcome, code), in Korean and English.

Data, not logic. The row's verdict is what this outcome alone makes of the item; the worst of all rows is the
item's verdict. Texts are short and say what to do where something can be done. A test proves that every code
the pipeline can give has a row and that no row is unused.
"""

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


_F, _P, _H, _S = "format", "proof", "holder", "same_person"
_I, _A, _T, _V, _C = "issuer", "anchor", "status", "validity", "schema"
_PASS, _FAIL, _UNKNOWN, _NONE, _CAUTION = "pass", "fail", "unknown", "not_applicable", "caution"

_NAME_DIFFERS: Final = Both("이름이 다름", "Name differs")
_ASK_ABOUT_NAME: Final = Both(
    "이름이 바뀌었거나 달리 적힌 것일 수 있습니다. 본인에게 묻고, 필요하면 개명 증명을 받으세요.",
    "The name may have changed or be spelt differently. Ask the person and, if it matters, for proof of it.",
)
_SHARE_AGAIN: Final = Both(
    "내용을 읽을 수 없으니 판단하지 마세요. 본인에게 이력서를 다시 공유해 달라고 요청하세요.",
    "It cannot be read, which says nothing against it. Ask the person to share the resume again.",
)
_CLOCK: Final = Both(
    "내용에는 문제가 없습니다. 본인에게 기기의 시계를 맞추고 다시 공유해 달라고 하면 됩니다.",
    "Nothing is wrong with the contents. Ask the person to set the device's clock and share again.",
)

_NOT_REACHED: Final = Message("verified", "앞선 확인에서 멈추었습니다.", "An earlier check stopped here.")

MESSAGES: Final[dict[tuple[str, str, str], Message]] = {
    # --- format -----------------------------------------------------------------------------------------
    (_F, _PASS, "well_formed"): Message("verified", "형식이 올바릅니다.", "The form is right."),
    (_F, _UNKNOWN, "malformed"): Message(
        "could_not_check",
        "디지털 증명서의 형식이 아니어서 읽지 않았습니다.",
        "It does not have the form of a digital credential, so it was not read.",
        advice=_SHARE_AGAIN,
    ),
    (_F, _UNKNOWN, "too_large"): Message(
        "could_not_check",
        "받아들일 수 있는 크기보다 커서 읽지 않았습니다.",
        "It is larger than is accepted, so it was not read.",
        advice=Both(
            "본인에게 증명서를 나누어 여러 번 공유해 달라고 요청하세요.",
            "Ask the person to share fewer credentials at a time.",
        ),
    ),
    (_F, _FAIL, "unsigned"): Message(
        "not_genuine",
        "서명이 없는 항목이라 받아들이지 않았습니다.",
        "This item carries no institution's signature and was refused.",
    ),
    (_F, _CAUTION, "duplicate_item"): Message(
        "caution",
        "같은 증명서가 두 번 들어 있습니다. 한 번만 세고, 두 번째 것은 보여주지 않습니다.",
        "The same credential is in the resume twice. It counts once; the second one is not shown.",
        word=Both("중복", "Duplicate"),
        advice=Both("더 하실 일이 없습니다. 한 번만 세세요.", "Nothing more to do. Count it once."),
    ),
    (_F, _UNKNOWN, "unsupported_form"): Message(
        "could_not_check",
        "이 검증기가 읽지 못하는 형식입니다.",
        "This form is not read here, which says nothing against it.",
        advice=Both(
            "기관이 발급한 그대로 다시 공유해 달라고 요청하세요.",
            "Ask for the credential exactly as the institution issued it.",
        ),
    ),
    (_F, _CAUTION, "no_institution_items"): Message(
        "caution",
        "기관이 발급한 증명서가 하나도 없습니다. 본인이 적은 내용뿐입니다.",
        "No institution's credential is in this resume: only the person's own words.",
    ),
    # --- proof ------------------------------------------------------------------------------------------
    (_P, _PASS, "signature_valid"): Message(
        "verified",
        "서명이 맞고, 서명된 뒤 한 글자도 바뀌지 않았습니다.",
        "The signature holds; nothing was altered.",
    ),
    (_P, _FAIL, "proof_invalid"): Message(
        "not_genuine",
        "서명이 맞지 않습니다. 서명된 뒤 내용이 바뀌었거나 위조되었습니다.",
        "The signature does not hold: it was altered after signing, or forged.",
    ),
    (_P, _FAIL, "disclosure_invalid"): Message(
        "not_genuine",
        "보여준 항목이 기관이 서명한 내용과 다릅니다.",
        "A claim that is shown is not the one the institution signed.",
    ),
    (_P, _FAIL, "key_not_of_signer"): Message(
        "not_genuine",
        "서명한 열쇠가 발급 기관이나 본인의 것이 아닙니다.",
        "The signing key does not belong to whom it should.",
    ),
    (_P, _NONE, "not_reached"): _NOT_REACHED,
    # --- holder -----------------------------------------------------------------------------------------
    (_H, _PASS, "bound_to_presenter"): Message(
        "verified",
        "보여준 사람의 지갑에 묶여 있습니다.",
        "It is bound to the wallet of the person who shows it.",
    ),
    (_H, _PASS, "made_for_this_share"): Message(
        "verified", "이 공유를 위해 만들어졌습니다.", "It was made for this very share."
    ),
    (_H, _CAUTION, "clock_differs"): Message(
        "caution",
        "보여준 사람의 것이지만, 서명한 기기의 시계가 실제와 다릅니다.",
        "It is the presenter's, but the clock of the device that signed is off.",
        advice=_CLOCK,
    ),
    (_H, _FAIL, "key_binding_missing"): Message(
        "not_genuine",
        "보여준 사람이 이 증명서의 주인이라는 증명이 없습니다.",
        "There is no proof that the person who shows it is its holder.",
    ),
    (_H, _FAIL, "key_binding_invalid"): Message(
        "not_genuine",
        "보여준 사람이 이 증명서의 주인이라는 증명이 맞지 않습니다.",
        "The proof that the person who shows it is its holder does not hold.",
    ),
    (_H, _FAIL, "bound_to_other_key"): Message(
        "not_genuine",
        "다른 사람의 지갑에 묶인 증명서입니다.",
        "The credential is bound to somebody else's wallet.",
    ),
    (_H, _FAIL, "nonce_mismatch"): Message(
        "not_genuine",
        "다른 공유나 요청을 위해 만들어진 것을 다시 쓴 것입니다.",
        "It was made for another share or request and used again here.",
    ),
    (_H, _FAIL, "audience_mismatch"): Message(
        "not_genuine",
        "다른 곳에 보여주려고 만든 것입니다.",
        "It was made to be shown to somebody else.",
    ),
    (_H, _FAIL, "expiry_mismatch"): Message(
        "not_genuine",
        "서명된 만료 시각이 공유의 만료 시각과 다릅니다.",
        "The signed expiry is not the share's.",
    ),
    (_H, _NONE, "not_reached"): _NOT_REACHED,
    # --- same person ------------------------------------------------------------------------------------
    (_S, _PASS, "names_agree"): Message(
        "verified",
        "다른 증명서와 이름도 생년월일도 같습니다.",
        "Name and birth date agree with the other credentials.",
    ),
    (_S, _PASS, "names_agree_only"): Message(
        "verified",
        "이름이 같습니다. 생년월일은 가려져 있어 비교하지 않았습니다.",
        "The names agree. Birth dates are hidden, so they were not compared.",
        label=Both("이름 같음", "Same name"),
    ),
    (_S, _NONE, "only_item"): Message(
        "verified", "비교할 다른 증명서가 없습니다.", "There is no other credential to compare it with."
    ),
    (_S, _NONE, "no_other_agrees"): Message(
        "verified",
        "이름이 같은 다른 기관의 증명서가 없습니다.",
        "No other institution's credential has the same name.",
    ),
    (_S, _NONE, "nobody_to_compare"): Message(
        "verified",
        "등록된 기관의 증명서가 없어 이름을 비교하지 않았습니다.",
        "Without a registered institution's credential no names were compared.",
    ),
    (_S, _CAUTION, "name_differs"): Message(
        "caution",
        "다른 증명서들과 이름이 다릅니다. 개명했을 수도, 다른 사람의 것일 수도 있습니다.",
        "Its name differs from the others': the name may have changed, or it may be another person's.",
        word=_NAME_DIFFERS,
        advice=_ASK_ABOUT_NAME,
    ),
    (_S, _CAUTION, "name_differs_born_same_day"): Message(
        "caution",
        "다른 증명서들과 이름은 다르고 생년월일은 같습니다. 개명했을 수 있습니다.",
        "Its name differs from the others', its birth date does not: the name may have changed.",
        word=_NAME_DIFFERS,
        advice=_ASK_ABOUT_NAME,
    ),
    (_S, _CAUTION, "name_partly_differs"): Message(
        "caution",
        "다른 증명서들의 이름과 일부만 같습니다. 가운데 이름 등이 빠지거나 줄어 있습니다.",
        "Its name agrees with the others' in part: a middle name or the like is missing or abbreviated.",
        word=_NAME_DIFFERS,
        advice=_ASK_ABOUT_NAME,
    ),
    (_S, _CAUTION, "name_in_other_script"): Message(
        "caution",
        "이름이 다른 글자로만 적혀 있어 비교하지 못했습니다.",
        "Its name is in another script than the others', so they could not be compared.",
        advice=Both(
            "두 가지 글자로 이름이 적힌 증명서(모바일 신분증 등)를 함께 공유해 달라고 요청하세요.",
            "Ask for a credential that has the name in both scripts, such as the identity credential.",
        ),
    ),
    (_S, _FAIL, "person_differs"): Message(
        "not_genuine",
        "이름도 생년월일도 다른 증명서들과 다릅니다. 다른 사람의 증명서입니다.",
        "Name and birth date differ from the other credentials: it is another person's.",
    ),
    (_S, _FAIL, "birth_date_differs"): Message(
        "not_genuine",
        "다른 증명서들과 생년월일이 다릅니다. 이름이 같은 다른 사람일 수 있습니다.",
        "Its birth date differs from the other credentials: it may be a namesake's.",
    ),
    (_S, _CAUTION, "no_name"): Message(
        "caution",
        "이름이 없어 누구의 증명서인지 비교하지 못했습니다. 본인에게 확인하세요.",
        "It has no name to compare. Ask the person about it.",
    ),
    (_S, _NONE, "not_reached"): _NOT_REACHED,
    # --- issuer -----------------------------------------------------------------------------------------
    (_I, _PASS, "accredited"): Message(
        "verified",
        "이 종류의 증명서를 발급하도록 등록된 기관입니다.",
        "The institution is accredited for this type.",
    ),
    (_I, _PASS, "anchored_before_compromise"): Message(
        "verified",
        "기관의 열쇠가 나중에 유출되었지만, 이 증명서는 그전에 체인에 기록되었습니다.",
        "The institution's key was compromised later, but this was anchored before.",
    ),
    (_I, _CAUTION, "not_then"): Message(
        "caution",
        "그날에는 이 기관이 아직 이 열쇠로 이 종류의 증명서를 발급하지 않았습니다.",
        "On that day the institution did not issue this type with this key yet.",
    ),
    (_I, _CAUTION, "anchor_covers_part"): Message(
        "caution",
        "기관의 열쇠가 나중에 유출되었고, 골라 보인 항목은 체인 기록으로 확인되지 않습니다.",
        "The institution's key was compromised later; the anchor does not cover what was disclosed singly.",
    ),
    (_I, _FAIL, "issuer_unknown"): Message(
        "unknown_issuer",
        "등록되지 않은 기관이 서명했습니다.",
        "It was signed by somebody the registry does not know.",
    ),
    (_I, _FAIL, "type_not_accredited"): Message(
        "unknown_issuer",
        "등록된 기관이지만 이 종류의 증명서는 발급할 수 없습니다.",
        "The institution is registered, but not for this type of credential.",
    ),
    (_I, _FAIL, "issuer_not_active"): Message(
        "unknown_issuer",
        "이 증명서가 기록될 때 기관의 자격이 멈추어 있었습니다.",
        "The institution was not in good standing when this was anchored.",
    ),
    (_I, _FAIL, "key_not_of_issuer"): Message(
        "not_genuine",
        "이 기관이 쓴 적이 없는 열쇠로 서명되었습니다.",
        "It was signed with a key that never was this institution's.",
    ),
    (_I, _UNKNOWN, "key_not_final"): Message(
        "could_not_check",
        "기관이 방금 등록한 열쇠라 아직 확정되지 않았습니다. 잠시 뒤 다시 확인하세요.",
        "The institution has only just registered this key. Try again in a few minutes.",
    ),
    (_I, _FAIL, "key_not_yet_valid"): Message(
        "not_genuine",
        "기관이 이 열쇠를 쓰기 전의 것으로 되어 있습니다.",
        "It is dated before the institution used this key.",
    ),
    (_I, _FAIL, "key_retired"): Message(
        "not_genuine",
        "기관이 더는 쓰지 않는 열쇠로 서명되었고, 그 열쇠를 쓰던 때의 기록이 없습니다.",
        "The institution no longer uses this key, and nothing was anchored while it did.",
    ),
    (_I, _FAIL, "key_compromised"): Message(
        "not_genuine",
        "유출된 열쇠로 서명되었고, 유출되기 전의 기록이 없습니다.",
        "The key was compromised, and nothing shows that this was anchored before.",
    ),
    (_I, _UNKNOWN, "registry_unavailable"): Message(
        "could_not_check",
        "기관 등록부를 읽지 못했습니다. 잠시 뒤 다시 확인하세요.",
        "The registry of institutions could not be read. Try again in a while.",
    ),
    (_I, _UNKNOWN, "anchor_undecided"): Message(
        "could_not_check",
        "체인에 기록된 때를 확인하지 못해 그때의 자격을 판단할 수 없습니다.",
        "The time of anchoring could not be read, so the institution's standing then is open.",
    ),
    (_I, _NONE, "not_reached"): _NOT_REACHED,
    # --- anchor -----------------------------------------------------------------------------------------
    (_A, _PASS, "anchored"): Message(
        "verified", "기관이 체인에 기록한 증명서입니다.", "The institution anchored it on the chain."
    ),
    (_A, _CAUTION, "not_anchored"): Message(
        "caution",
        "아직 체인에 기록되지 않았습니다. 몇 분 뒤 다시 공유해 달라고 요청하세요.",
        "It is not anchored yet. Ask the person to share it again in a few minutes.",
    ),
    (_A, _NONE, "not_anchored_accepted"): Message(
        "verified",
        "아직 체인에 기록되지 않았지만 여기서는 필요하지 않습니다.",
        "It is not anchored yet; that is not needed here.",
    ),
    (_A, _CAUTION, "anchorer_not_authorised"): Message(
        "caution",
        "체인에 기록한 이가 이 기관의 기록자가 아니어서 기록으로 치지 않았습니다.",
        "Whoever anchored it was not this institution's anchorer, so it does not count.",
    ),
    (_A, _CAUTION, "anchored_later"): Message(
        "caution",
        "그날에는 아직 체인에 기록되지 않았고, 그 뒤에 기록되었습니다.",
        "On that day it was not anchored yet; it was anchored later.",
    ),
    (_A, _FAIL, "receipt_invalid"): Message(
        "not_genuine",
        "기록 영수증이 이 증명서와 맞지 않습니다.",
        "The anchoring receipt does not lead from this credential to its root.",
    ),
    (_A, _FAIL, "not_on_chain"): Message(
        "not_genuine",
        "영수증이 말하는 기록이 체인에 없습니다.",
        "The chain has no such anchor as the receipt names.",
    ),
    (_A, _UNKNOWN, "chain_behind"): Message(
        "could_not_check",
        "방금 기록된 것으로 되어 있으나 아직 체인에서 읽지 못했습니다. 잠시 뒤 다시 확인하세요.",
        "The anchor is said to be very new and was not seen on the chain yet. Try again soon.",
    ),
    (_A, _UNKNOWN, "unknown_chain"): Message(
        "could_not_check",
        "이 검증기가 알지 못하는 체인의 영수증입니다.",
        "The receipt names a chain that this verifier does not know.",
    ),
    (_A, _UNKNOWN, "receipt_version_unsupported"): Message(
        "could_not_check",
        "이 검증기가 아직 읽지 못하는 새 형식의 영수증입니다. 검증기를 갱신하세요.",
        "The receipt is of a newer form; update this verifier.",
    ),
    (_A, _UNKNOWN, "chain_unavailable"): Message(
        "could_not_check",
        "체인을 읽지 못했습니다. 잠시 뒤 다시 확인하세요.",
        "The chain could not be read. Try again in a while.",
    ),
    (_A, _UNKNOWN, "registry_unavailable"): Message(
        "could_not_check",
        "기관 등록부를 읽지 못해 누가 기록했는지 확인할 수 없습니다.",
        "Without the registry of institutions nobody can tell who may anchor for this one.",
    ),
    (_A, _NONE, "not_reached"): _NOT_REACHED,
    # --- status -----------------------------------------------------------------------------------------
    (_T, _PASS, "in_force"): Message("verified", "효력이 있습니다.", "It is in force."),
    (_T, _PASS, "was_in_force"): Message(
        "verified", "그날 효력이 있었습니다.", "It was in force on that day."
    ),
    (_T, _UNKNOWN, "status_not_kept"): Message(
        "could_not_check",
        "이 검증기가 보관한 목록 가운데 그날의 것이 없습니다. 그날의 결과나 발급 기관에 확인하세요.",
        "This verifier kept no list for that day. Look at that day's result, or ask the institution.",
    ),
    (_T, _NONE, "no_status"): Message(
        "verified",
        "효력을 멈출 수 없는 종류의 증명서입니다.",
        "This credential is of a kind that is not withdrawn.",
    ),
    (_T, _FAIL, "revoked"): Message(
        "not_in_force", "발급 기관이 취소했습니다.", "The institution has revoked it."
    ),
    (_T, _FAIL, "suspended"): Message(
        "not_in_force", "발급 기관이 효력을 잠시 멈추었습니다.", "The institution has suspended it."
    ),
    (_T, _CAUTION, "superseded"): Message(
        "superseded",
        "더 새로운 증명서로 바뀌었습니다. 새것을 요청하세요.",
        "A newer version replaced it. Ask for that one.",
    ),
    (_T, _CAUTION, "in_force_when_last_read"): Message(
        "caution",
        "마지막으로 읽었을 때는 효력이 있었으나 그 뒤 목록이 바뀌었습니다. 나중에 다시 확인하세요.",
        "It was in force when the list was last read; the list has changed since. Check again later.",
    ),
    (_T, _CAUTION, "status_heartbeat_old"): Message(
        "caution",
        "효력이 있다고 되어 있으나, 기관이 목록을 확인해 준 지 오래되었습니다. 기관에 확인하세요.",
        "It was in force, but its institution has not confirmed the list for long. Ask the institution.",
    ),
    (_T, _UNKNOWN, "status_unavailable"): Message(
        "could_not_check",
        "효력 목록을 읽지 못했습니다. 잠시 뒤 다시 확인하세요.",
        "The status list could not be read. Try again in a while.",
    ),
    (_T, _UNKNOWN, "status_too_old"): Message(
        "could_not_check",
        "가진 효력 목록이 너무 오래되었습니다. 잠시 뒤 다시 확인하세요.",
        "The status list at hand is too old. Try again in a while.",
    ),
    (_T, _UNKNOWN, "status_list_outdated"): Message(
        "could_not_check",
        "옛 효력 목록을 지금 것처럼 받았습니다.",
        "An older status list was served as if it were the present one.",
    ),
    (_T, _UNKNOWN, "status_list_differs"): Message(
        "could_not_check",
        "받은 효력 목록이 체인에 기록된 것과 다릅니다.",
        "The status list that was served is not the one on the chain.",
    ),
    (_T, _UNKNOWN, "status_list_invalid"): Message(
        "could_not_check",
        "받은 효력 목록을 쓸 수 없습니다. 발급 기관에 알려 주세요.",
        "The status list that was served cannot be used. Tell the institution.",
    ),
    (_T, _UNKNOWN, "status_not_issuers"): Message(
        "could_not_check",
        "효력 목록을 올린 이가 이 기관의 기록자가 아닙니다.",
        "The status list was not published by this institution's anchorer.",
    ),
    (_T, _UNKNOWN, "status_index_out_of_range"): Message(
        "could_not_check",
        "효력 목록에 이 증명서의 자리가 없습니다. 발급 기관에 알려 주세요.",
        "The status list has no place for this credential. Tell the institution.",
    ),
    (_T, _UNKNOWN, "registry_unavailable"): Message(
        "could_not_check",
        "기관 등록부를 읽지 못해 효력 목록을 믿을 수 없습니다.",
        "Without the registry of institutions the status list cannot be trusted.",
    ),
    (_T, _NONE, "not_reached"): _NOT_REACHED,
    # --- validity ---------------------------------------------------------------------------------------
    (_V, _PASS, "valid_now"): Message(
        "verified", "유효 기간 안에 있습니다.", "It is within its period of validity."
    ),
    (_V, _CAUTION, "expired"): Message(
        "caution",
        "유효 기간이 지났습니다. 필요하면 새 증명서를 요청하세요.",
        "Its validity has ended. Ask for a newer one if it matters.",
    ),
    (_V, _CAUTION, "not_yet_valid"): Message(
        "caution", "아직 유효 기간이 시작되지 않았습니다.", "Its validity has not begun yet."
    ),
    (_V, _CAUTION, "made_in_future"): Message(
        "caution",
        "만든 때가 미래로 되어 있습니다. 만든 기기의 시계가 빠릅니다.",
        "It is dated in the future: the clock of the device that made it is fast.",
        advice=_CLOCK,
    ),
    (_V, _FAIL, "share_expired"): Message(
        "sharing_ended", "공유 기간이 끝났습니다.", "The share's time is over."
    ),
    (_V, _FAIL, "share_stopped"): Message(
        "sharing_ended", "본인이 공유를 멈추었습니다.", "The person has stopped this share."
    ),
    (_V, _FAIL, "share_unknown"): Message(
        "sharing_ended", "이런 공유는 없거나 지워졌습니다.", "There is no such share, or it was deleted."
    ),
    (_V, _NONE, "not_reached"): _NOT_REACHED,
    # --- schema -----------------------------------------------------------------------------------------
    (_C, _PASS, "fits_type"): Message(
        "verified", "내용이 이 종류의 증명서에 맞습니다.", "The contents fit this type of credential."
    ),
    (_C, _FAIL, "schema_violation"): Message(
        "could_not_check",
        "내용이 이 종류의 증명서 규칙에 맞지 않아 보여주지 않습니다. 발급 기관에 알려 주세요.",
        "The contents break this type's rules and are not shown. Tell the institution.",
    ),
    (_C, _UNKNOWN, "unknown_type"): Message(
        "could_not_check",
        "이 검증기가 알지 못하는 종류의 증명서입니다.",
        "This verifier does not know this type of credential.",
    ),
    (_C, _NONE, "not_reached"): _NOT_REACHED,
}
