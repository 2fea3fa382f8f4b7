"""What the checks of the document itself say: form, proof, holder, person, dates, contents."""

from typing import Final

from digital_resume.core.verification.message import NOT_REACHED, Both, Message, Messages

_F, _P, _H = "format", "proof", "holder"
_S, _V, _C = "same_person", "validity", "schema"
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

DOCUMENT_MESSAGES: Final[Messages] = {
    # --- format --------------------------------------------------------------------------------------
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
    # --- proof ---------------------------------------------------------------------------------------
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
    (_P, _NONE, "not_reached"): NOT_REACHED,
    # --- holder --------------------------------------------------------------------------------------
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
    (_H, _NONE, "not_reached"): NOT_REACHED,
    # --- same person ---------------------------------------------------------------------------------
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
    (_S, _NONE, "not_reached"): NOT_REACHED,
    # --- validity ------------------------------------------------------------------------------------
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
    (_V, _NONE, "not_reached"): NOT_REACHED,
    # --- schema --------------------------------------------------------------------------------------
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
    (_C, _NONE, "not_reached"): NOT_REACHED,
}
