"""Custom errors of the contracts, in words for the person who administers the registry."""

from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import (
    filter_abi_by_type,
    function_abi_to_4byte_selector,
    get_abi_input_names,
    get_abi_input_types,
)

from digital_resume.adapters.chain.artifacts import ContractArtifact
from digital_resume.adapters.chain.errors import RegistryRejectedError

# name of the error → (Korean, English); the arguments of the error can be used by name
_WORDS: dict[str, tuple[str, str]] = {
    "AccessControlUnauthorizedAccount": (
        "계정 {account}에는 이 작업에 필요한 역할이 없습니다. 관리자에게 역할을 요청하세요.",
        "Account {account} lacks the role for this. Ask the registry's admin to grant it.",
    ),
    "IssuerRegistryNotAllowed": (
        "계정 {caller}은(는) 이 기관의 정보를 바꿀 수 없습니다. 담당 인증기관 계정으로 하세요.",
        "Account {caller} may not change this institution. Use the account of its accreditor.",
    ),
    "IssuerRegistryUnknownIssuer": (
        "등록되지 않은 기관입니다. 먼저 기관을 등록하세요.",
        "The institution is not registered. Register it first.",
    ),
    "IssuerRegistryAlreadyRegistered": (
        "이미 등록된 기관(DID)입니다. 이름이나 주소를 바꾸려면 변경 기능을 쓰세요.",
        "This DID is registered already. To change names or URL, set the names.",
    ),
    "IssuerRegistryTypeNotDelegated": (
        "위임받은 계정 {delegate}은(는) '{credentialType}' 종류를 인증할 수 없습니다. 위임을 요청하세요.",
        "The delegated accreditor {delegate} may not accredit for {credentialType}. Ask for that type.",
    ),
    "IssuerRegistryTimeInPast": (
        "과거 시각({time})은 쓸 수 없습니다. 현재 블록 시각은 {blockTime}입니다. 지금 이후의 시각을 주세요.",
        "The time {time} lies before the block's time {blockTime}. Give a time from now on, or 0 for now.",
    ),
    "IssuerRegistryZeroTime": ("시각이 비어 있습니다. 시각을 주세요.", "No time was given. Give one."),
    "IssuerRegistryNoRunningPeriod": (
        "진행 중인 기간이 없습니다. 이미 끝난 기간은 바꿀 수 없고, 새로 시작해야 합니다.",
        "No period is running. One that has ended stays ended; start a new one.",
    ),
    "IssuerRegistryEndNotMoved": (
        "종료 시각을 {current}에서 {wanted}(으)로 옮길 수 없습니다. 인증은 늦추기만, 종료는 당기기만 됩니다.",
        "The end cannot move from {current} to {wanted}: accrediting moves it later, ending earlier.",
    ),
    "IssuerRegistryZeroAddress": ("주소가 비어 있습니다. 주소를 주세요.", "The address is zero. Give one."),
    "IssuerRegistryZeroKey": ("키 값이 비어 있습니다. 키를 주세요.", "The key digest is zero. Give the key."),
    "IssuerRegistryKeyExists": (
        "이미 등록된 키입니다. 만료된 키는 다시 쓸 수 없으니 새 키를 만드세요.",
        "The key is in the log already. A retired key never comes back; make a new one.",
    ),
    "IssuerRegistryUnknownKey": (
        "이 기관에 등록되지 않은 키입니다. 키를 확인하세요.",
        "The key is not in this institution's log. Check the key.",
    ),
    "IssuerRegistrySinceNotEarlier": (
        "유출 시각은 앞당기기만 할 수 있습니다(현재 {current}, 요청 {wanted}).",
        "A compromise time only moves earlier (now {current}, asked {wanted}).",
    ),
    "IssuerRegistryNoRequest": (
        "이 시각으로 다른 계정이 낸 신고가 없습니다. 신고한 시각과 같은 값으로 확인하세요.",
        "No other account asked for this time. Confirm exactly the time that was reported.",
    ),
    "IssuerRegistrySameStatus": ("이미 그 상태입니다.", "The institution has that standing already."),
    "IssuerRegistryBadSuccessor": (
        "승계 기관이 올바르지 않습니다. 합병일 때만, 등록된 다른 기관의 DID를 주세요.",
        "The successor does not fit: give the DID of another registered institution, and only for a merger.",
    ),
    "IssuerRegistryTooMany": (
        "한 기관에 둘 수 있는 항목 수({maximum})를 넘었습니다.",
        "The institution has {maximum} entries of this kind already, the most there can be.",
    ),
    "IssuerRegistryZeroAdmin": ("관리자 주소가 없습니다.", "No admin address was given."),
    "RegistryTextLength": (
        "글자 길이({length}바이트)가 1~{maximum}바이트가 아닙니다. 줄여서 다시 하세요.",
        "The text has {length} bytes; 1 to {maximum} are accepted. Shorten it.",
    ),
    "RegistryTextCharacter": (
        "{position}번째 바이트에 쓸 수 없는 문자가 있습니다. 제어 문자나 보이지 않는 문자를 지우세요.",
        "Byte {position} begins a character that is not accepted. Remove control and invisible characters.",
    ),
    "RegistryTextPrefix": (
        "'{prefix}'(으)로 시작해야 합니다.",
        "The text must begin with {prefix} and go on.",
    ),
    "AnchorRegistryZeroRoot": ("빈 루트는 기록할 수 없습니다.", "A zero root cannot be anchored."),
    "StatusRegistryZeroRoot": ("빈 루트는 게시할 수 없습니다.", "A zero root cannot be published."),
}


def decode_revert(contract: ContractArtifact, data: bytes | None) -> RegistryRejectedError:
    """Return the error that says in words why ``contract`` refused a call.

    Args:
        contract: the contract that was called.
        data: the revert data, ``None`` when the node sent none.
    """
    decoded = decode_error(contract, data or b"")
    if decoded is None:
        return RegistryRejectedError(
            f"{contract.name} refused the transaction without a reason that is known here.",
            f"{contract.name} 컨트랙트가 거래를 거절했습니다(알 수 없는 사유).",
            error_name="",
        )
    name, arguments = decoded
    shown: dict[str, Any] = {k: "0x" + v.hex() if isinstance(v, bytes) else v for k, v in arguments.items()}
    korean, english = _WORDS.get(name, (f"컨트랙트 오류 {name}", f"Contract error {name}."))
    return RegistryRejectedError(english.format(**shown), korean.format(**shown), error_name=name)


def decode_error(contract: ContractArtifact, data: bytes) -> tuple[str, dict[str, Any]] | None:
    """Return name and arguments of the custom error in revert data; ``None`` when it is not the contract's.

    web3 hands custom errors on undecoded.
    """
    for entry in filter_abi_by_type("error", contract.abi):
        if function_abi_to_4byte_selector(entry) == data[:4]:
            try:
                values = decode(get_abi_input_types(entry), data[4:])
            except (DecodingError, ValueError, OverflowError):
                return None
            return entry["name"], dict(zip(map(str, get_abi_input_names(entry)), values, strict=True))
    return None


def known_errors() -> frozenset[str]:
    """Return the names of the custom errors that have words."""
    return frozenset(_WORDS)
