"""How a command says what went wrong: two lines, Korean and English, never a stack trace."""

from collections.abc import Callable

import typer

from digital_resume.core.errors import ResumeError

SERVICES_EXTRA = "verifiable-digital-resume[services]"

#: What went wrong, for people; the English message after it has the particulars.
_KOREAN = {
    "as_of_in_future": "아직 오지 않은 날입니다. 오늘이나 지난 날을 넣어 주세요.",
    "as_of_malformed": "날짜를 2026-03-02처럼 넣어 주세요.",
    "database_role": "데이터베이스 역할이 서비스에 맞지 않습니다.",
    "already_running": "이미 실행 중입니다. 먼저 실행한 창에서 Ctrl-C로 끝낸 뒤 다시 해 주세요.",
    "chain_unfunded": "체인 계정에 잔액이 부족합니다. 아래 주소에 입금한 뒤 다시 시작해 주세요.",
    "declined": "보내지 않았습니다.",
    "deployments_file_invalid": "배포 파일이 이 체인과 맞지 않습니다.",
    "embedded_failed": "시작하지 못했습니다. 아래 설명을 확인해 주세요.",
    "batch_missing": "자리를 주려면 묶음의 뿌리도 주어야 합니다 (--batch).",
    "batch_unknown": "그런 묶음이 없습니다. 뿌리나 폴더를 확인해 주세요.",
    "bundle_malformed": "오프라인 묶음 파일이 아닙니다.",
    "checkpoint_differs": "체크포인트가 이 노드의 말과 달라 서명하지 않았습니다.",
    "checkpoint_in_the_future": "체크포인트가 미래의 것입니다. 이 컴퓨터의 시계를 확인해 주세요.",
    "checkpoint_malformed": "체크포인트 파일이 아닙니다.",
    "checkpoint_other_chain": "고정해 둔 체인의 체크포인트가 아닙니다.",
    "checkpoint_other_contracts": "같은 체인이지만 고정해 둔 계약의 체크포인트가 아닙니다.",
    "checkpoint_too_old": "체크포인트가 너무 오래되었습니다. 새것을 받아 주세요.",
    "checkpoint_witnesses_missing": "믿는 증인 가운데 서명한 사람이 모자랍니다.",
    "facts_differ": "사실 파일이 이 체크포인트의 것이 아닙니다.",
    "file_exists": "파일이 이미 있어 그대로 두었습니다.",
    "file_unreadable": "파일을 읽을 수 없습니다.",
    "offline_incomplete": "--offline에는 --checkpoint와 --witnesses가 필요합니다.",
    "storage_proof_unavailable": "노드가 그 블록의 증명을 주지 않습니다. 상태를 보관하는 노드가 필요합니다.",
    "witnesses_malformed": "증인 파일이 올바르지 않습니다.",
    "hash_malformed": "해시는 16진수 64자리여야 합니다.",
    "index_damaged": "색인 파일이 손상되었습니다. 다시 내보내거나 다른 미러를 써 주세요.",
    "leaf_unknown": "이 폴더의 묶음에 그런 잎이 없습니다.",
    "leaf_out_of_range": "묶음에 그런 자리가 없습니다.",
    "manifest_malformed": "묶음의 목록표가 올바르지 않습니다.",
    "module_beside_keys": "모듈을 실행하는 프로세스에 키 암호화 키를 주지 마세요.",
    "module_refused": "모듈을 받아들일 수 없습니다.",
    "path_mismatch": "경로가 뿌리에 닿지 않습니다. 영수증이나 파일이 바뀌었습니다.",
    "index_missing": "이 체인의 색인이 아직 없습니다.",
    "quorum_malformed": "RPC_QUORUM은 1부터 16까지의 정수여야 합니다.",
    "port_taken": "필요한 포트를 다른 프로그램이 쓰고 있습니다. 그 프로그램을 끝낸 뒤 다시 해 주세요.",
    "receipt_malformed": "영수증의 형식이 올바르지 않습니다.",
    "root_mismatch": "타일이 이 뿌리의 것이 아닙니다. 다른 미러에서 받아 주세요.",
    "tile_damaged": "타일 파일이 손상되었습니다. 다시 내보내거나 다른 미러를 써 주세요.",
    "tile_missing": "파일이 빠졌습니다. 다시 내보내거나 다른 미러를 써 주세요.",
    "receipt_invalid": "영수증이 올바르지 않습니다. 발급기관에서 다시 받아 주세요.",
    "share_unreadable": "링크나 공유가 손상되었습니다. 보낸 분에게 링크를 다시 받아 주세요.",
    "source_unavailable": "지금 연결할 수 없습니다. 잠시 뒤 다시 시도해 주세요.",
    "token_failed": "토큰이 응답하지 않습니다. 연결을 확인해 주세요.",
    "token_key_exists": "토큰에 그 이름의 키가 이미 있습니다. 키는 덮어쓰지 않습니다.",
    "token_key_missing": "토큰에 그 이름의 키가 없습니다. resume anchorer --create 로 만들 수 있습니다.",
    "token_key_unfit": "토큰의 키를 앵커링에 쓸 수 없습니다.",
    "token_library_missing": "PKCS#11 라이브러리를 불러오지 못했습니다.",
    "token_missing": "토큰을 찾지 못했습니다. 연결과 이름을 확인해 주세요.",
    "token_pin_refused": "토큰이 PIN을 받아들이지 않았습니다. 여러 번 틀리면 토큰이 잠깁니다.",
    "worker_part": "작업자가 맡을 일을 다시 지정해 주세요.",
    "unknown_chain": "고정해 둔 체인이 아닙니다.",
}


def reporting(work: Callable[[], object]) -> int:
    """Run a command; what it raises of ours, or of its settings, is told in two lines.

    Args:
        work: the command.

    Returns:
        The exit code.
    """
    try:
        work()
    except ResumeError as error:
        korean = getattr(error, "message_ko", None) or _KOREAN.get(error.code, "작업을 마치지 못했습니다.")
        return _tell(korean, error.message, 1)
    except ValueError as error:  # pydantic's too: settings that are missing or refused
        typer.secho(f"✘ {_settings_problem(error)}", fg="red", err=True)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"", "digital_resume"}:
            raise
        return _tell(
            f"이 명령에 필요한 패키지 {error.name}이(가) 없습니다. pip install '{SERVICES_EXTRA}'",
            f"This command needs the package {error.name}: pip install '{SERVICES_EXTRA}'",
            2,
        )
    return 0


def _tell(korean: str, english: str, code: int) -> int:
    typer.secho(f"✘ {korean}\n  {english}", fg="red", err=True)
    return code


def _settings_problem(error: ValueError) -> str:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    places = [
        f"{'_'.join(map(str, item['loc'])).upper() or 'settings'}: {item['msg']}" for item in error.errors()
    ]
    return "설정을 확인해 주세요 · check the settings\n  " + "\n  ".join(places)
