"""The cases of the demonstration: each makes one thing happen for real and gives the link to verify.

`make demo` plays them in the terminal, the landing page of `make up` behind its buttons. A case works on
a copy of the graduate's wallet, so that it can be played again and leaves the others as they were.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from scripts.demo.cast import GRADUATE, LANGUAGE, SOMEBODY_ELSE
from scripts.demo.forge import alter_claim, sign_as_stranger
from scripts.demo.seeker import Seeker
from scripts.demo.stack import Part, Stack, Tell


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        key: name in the address of the landing page.
        title_ko: what is done, for people; ``title_en`` the same in English.
        expected: code of the verdict that must come out.
        play: makes the case happen and returns the link to open.
        without: part of the product that is switched off while the link is verified.
        words: the verdict in both languages.
    """

    key: str
    title_ko: str
    title_en: str
    expected: str
    words: tuple[str, str]
    play: Callable[[Stack, Tell], str]
    without: Part | None = None


def _copy(stack: Stack, name: str) -> Seeker:
    tag = secrets.token_hex(4)
    return stack.wallet(GRADUATE.key).copy_to(stack.wallets / "cases" / f"{name}-{tag}.json")


def _share(stack: Stack, seeker: Seeker, *types: str) -> str:
    share = seeker.share(stack.wallet_url, stack.verifier_url, statement=GRADUATE.statement, only=types)
    return share.link


def _genuine(stack: Stack, tell: Tell) -> str:
    tell("김하늘의 이력서를 그대로 공유합니다.", "Haneul's resume is shared as it is.")
    return _share(stack, stack.wallet(GRADUATE.key))


def _altered(stack: Stack, tell: Tell) -> str:
    seeker = _copy(stack, "altered")
    tell("어학 점수 885를 985로 고칩니다.", "The language score 885 is changed to 985.")
    alter_claim(seeker.state, "LanguageTestScore", "total", 985)
    tell("고친 증명서로 이력서를 다시 서명합니다.", "The resume is signed again with the forged credential.")
    return _share(stack, seeker)


def _revoked(stack: Stack, tell: Tell) -> str:
    seeker = _copy(stack, "revoked")
    original = next(r for r in GRADUATE.records if r.credential_type == "LanguageTestScore")
    tell("어학 성적 증명서를 한 장 더 받습니다.", "One more language score is claimed.")
    record_id = stack.claim_at_counter(seeker, replace(original, counter=True))
    tell("블록체인에 고정되기를 기다립니다.", "Waiting for it to be anchored.")
    stack.wait_for_receipts(seeker)
    uri, _ = seeker.status_of("LanguageTestScore")
    before = stack.status_sequence(uri)
    credential_id = stack.credential_of(LANGUAGE.slug, record_id)
    link = _share(stack, seeker, "IdentityCredential", seeker.newest("LanguageTestScore"))
    tell("기관이 그 증명서를 취소합니다.", "The institution revokes it.")
    stack.credential_status(LANGUAGE.slug, credential_id, "revoked")
    tell(
        "새 상태 목록이 체인에 올라가기를 기다립니다.", "Waiting for the new status list to reach the chain."
    )
    stack.wait_for_status(uri, before)
    stack.wait_until_read(link)
    return link


def _somebody_else(stack: Stack, tell: Tell) -> str:
    seeker = _copy(stack, "somebody-else")
    tell(
        "다른 사람(이서준)의 성적을 같은 지갑에 받습니다.",
        "Another person's score is claimed into this wallet.",
    )
    stack.claim_at_counter(seeker, SOMEBODY_ELSE)
    tell("블록체인에 고정되기를 기다립니다.", "Waiting for it to be anchored.")
    stack.wait_for_receipts(seeker)
    # Birth dates are shown: names alone would be a caution, for names change.
    chosen = ("IdentityCredential", seeker.newest("LanguageTestScore"))
    return seeker.share(stack.wallet_url, stack.verifier_url, only=chosen, hide=("nationality",)).link


def _unaccredited(stack: Stack, tell: Tell) -> str:
    seeker = _copy(stack, "unaccredited")
    tell(
        "등록부에 없는 발급자가 제 열쇠로 성적에 서명합니다.",
        "An issuer that the registry does not know signs a score with a key of its own.",
    )
    sign_as_stranger(seeker.state, "LanguageTestScore")
    return _share(stack, seeker, "IdentityCredential", seeker.newest("LanguageTestScore"))


def _issuer_off(stack: Stack, tell: Tell) -> str:
    tell("이력서를 공유합니다.", "The resume is shared.")
    link = _share(stack, stack.wallet(GRADUATE.key))
    tell("모든 발급기관 서버를 끕니다.", "Every issuer server is switched off.")
    return link


def _chain_off(stack: Stack, tell: Tell) -> str:
    tell("이력서를 공유합니다.", "The resume is shared.")
    link = _share(stack, stack.wallet(GRADUATE.key))
    tell(
        "체인을 끊고, 검증자의 색인이 오래될 때까지 기다립니다.",
        "The chain is cut off, until the verifier's index of it is too old.",
    )
    return link


def _stopped(stack: Stack, tell: Tell) -> str:
    seeker = _copy(stack, "stopped")
    share = seeker.share(stack.wallet_url, stack.verifier_url)
    tell("공유한 뒤, 구직자가 공유를 멈춥니다.", "The seeker shares and then stops the share.")
    seeker.stop(share.share_id)
    return share.link


GENUINE = Case("genuine", "그대로 보여주기", "As it is", "verified", ("확인됨", "Verified"), _genuine)

CASES = (
    Case(
        "altered",
        "점수를 한 글자 고치면",
        "One character altered",
        "not_genuine",
        ("진본 아님", "Not genuine"),
        _altered,
    ),
    Case(
        "revoked",
        "기관이 취소하면",
        "Revoked by the institution",
        "not_in_force",
        ("효력 없음", "Not in force"),
        _revoked,
    ),
    Case(
        "somebody-else",
        "남의 증명서를 넣으면",
        "Somebody else's credential",
        "not_genuine",
        ("진본 아님", "Not genuine"),
        _somebody_else,
    ),
    Case(
        "unaccredited",
        "등록되지 않은 기관이면",
        "An unaccredited issuer",
        "unknown_issuer",
        ("미등록 기관", "Unknown issuer"),
        _unaccredited,
    ),
    Case(
        "issuer-off",
        "발급기관 서버가 모두 꺼지면",
        "Every issuer server off",
        "verified",
        ("여전히 확인됨", "Still verified"),
        _issuer_off,
        without="issuer",
    ),
    Case(
        "chain-off",
        "체인이 끊기면",
        "The chain cut off",
        "could_not_check",
        ("확인하지 못함", "Could not check"),
        _chain_off,
        without="chain",
    ),
    Case(
        "stopped",
        "구직자가 공유를 멈추면",
        "The share stopped",
        "sharing_ended",
        ("공유 종료", "Sharing ended"),
        _stopped,
    ),
)
