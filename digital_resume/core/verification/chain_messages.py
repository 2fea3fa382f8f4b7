"""What the checks against the chain say: issuer, anchor, status."""

from typing import Final

from digital_resume.core.verification.message import NOT_REACHED, Both, Message, Messages

_I, _A, _T = "issuer", "anchor", "status"
_PASS, _FAIL, _UNKNOWN, _NONE, _CAUTION = "pass", "fail", "unknown", "not_applicable", "caution"


CHAIN_MESSAGES: Final[Messages] = {
    # --- issuer --------------------------------------------------------------------------------------
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
    (_I, _UNKNOWN, "registry_entry_unreadable"): Message(
        "could_not_check",
        "등록부에 적힌 이 기관의 이름이나 항목을 읽을 수 없습니다. 발급 기관에 확인하세요.",
        "The registry's entry of this institution cannot be read. Ask the institution that issued it.",
    ),
    (_I, _UNKNOWN, "anchor_undecided"): Message(
        "could_not_check",
        "체인에 기록된 때를 확인하지 못해 그때의 자격을 판단할 수 없습니다.",
        "The time of anchoring could not be read, so the institution's standing then is open.",
    ),
    (_I, _NONE, "not_reached"): NOT_REACHED,
    # --- anchor --------------------------------------------------------------------------------------
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
    (_A, _NONE, "not_reached"): NOT_REACHED,
    # --- status --------------------------------------------------------------------------------------
    (_T, _PASS, "in_force"): Message("verified", "효력이 있습니다.", "It is in force."),
    (_T, _PASS, "was_in_force"): Message(
        "verified", "그날 효력이 있었습니다.", "It was in force on that day."
    ),
    (_T, _UNKNOWN, "status_not_kept"): Message(
        "could_not_check",
        "이 검증기는 그날의 효력 목록을 보관하지 않았습니다.",
        "This verifier kept no status list of that day.",
        advice=Both(
            "그날의 효력은 여기서 알 수 없고, 다시 물어도 같습니다. 그날의 결과나 발급 기관에 확인하세요.",
            "What was in force on that day cannot be known here, and asking again changes nothing. Look at "
            "the result of that day, or ask the institution.",
        ),
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
    (_T, _NONE, "not_reached"): NOT_REACHED,
}
