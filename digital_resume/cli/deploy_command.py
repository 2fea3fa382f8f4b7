"""``resume deploy``: the contracts, and with ``--timelock-delay`` a timelock as their admin."""

import os
from pathlib import Path
from typing import Annotated

import typer

from digital_resume.error_words import words_of


def deploy(
    *,
    rpc_url: Annotated[
        str, typer.Option(help="노드, 없으면 RPC_URLS의 첫째 · the node; the first of RPC_URLS if none")
    ] = "",
    file: Annotated[
        Path, typer.Option(envvar="DEPLOYMENTS_FILE", help="배포 파일 · deployments file to write")
    ] = Path("data/deployments.json"),
    admin: Annotated[
        str | None, typer.Option(help="관리자, 없으면 배포 계정 · the registry's admin; the deployer if none")
    ] = None,
    timelock_delay: Annotated[
        int | None, typer.Option(help="초; 타임락을 관리자로 · seconds: deploys a timelock as admin")
    ] = None,
    proposer: Annotated[
        list[str] | None, typer.Option(help="타임락의 제안자, 반복 가능 · the timelock's, may be repeated")
    ] = None,
    accreditor: Annotated[
        str | None,
        typer.Option(help="인가자, 없으면 배포 계정 · the deployer if none; nobody with a timelock"),
    ] = None,
    guardian: Annotated[str | None, typer.Option(help="보안 감시자 · guardian")] = None,
    name_ko: Annotated[str | None, typer.Option(help="체인의 한글 이름 · the chain's Korean name")] = None,
    name_en: Annotated[str | None, typer.Option(help="영문 이름 · its English name")] = None,
    confirmations: Annotated[
        int, typer.Option(min=0, help="최종으로 볼 때까지의 블록 · blocks until a block is final")
    ] = 0,
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="시연용 체인 · proves nothing outside a demonstration")
    ] = False,
) -> None:
    """스마트 계약 배포, 키는 DEPLOYER_PRIVATE_KEY · deploy the contracts; the key is in the environment."""
    node = rpc_url or os.environ.get("RPC_URLS", "").split(",")[0].strip()
    # Never an argument: everybody on the machine can read a command line.
    key = os.environ.get("DEPLOYER_PRIVATE_KEY", "")
    _check(node, key, name_ko, name_en, demonstration)
    proposers = tuple(proposer or ())
    if timelock_delay is not None or proposers:
        _check_timelock(timelock_delay, proposers, admin)
    from eth_utils.address import to_checksum_address

    from digital_resume.adapters.chain import deploying
    from digital_resume.adapters.chain.artifacts import TIMELOCK
    from digital_resume.adapters.chain.evm import Account

    account = Account.from_key(key)
    # a file that is there already names its contracts, and their admin is theirs
    if timelock_delay is not None and not file.exists():
        timelock = deploying.deploy_timelock(
            node,
            account,
            delay=timelock_delay,
            proposers=tuple(to_checksum_address(address) for address in proposers),
            confirmations=confirmations,
        )
        typer.echo(f"{TIMELOCK:<18} {timelock.address}  block {timelock.block}")
        admin, accreditor = timelock.address, accreditor or deploying.ZERO_ADDRESS
    deployments = deploying.deploy(
        node,
        account,
        deployments_file=file,
        admin=admin,
        accreditor=accreditor,
        guardian=guardian,
        name={"ko": name_ko, "en": name_en} if name_ko and name_en else None,
        demonstration=demonstration,
        confirmations=confirmations,
    )
    for name, contract in deployments["contracts"].items():
        typer.echo(f"{name:<18} {contract['address']}  block {contract['block']}")
    typer.echo(f"배포 파일 · deployments file: {file}")


def _check(node: str, key: str, name_ko: str | None, name_en: str | None, demonstration: bool) -> None:
    if not node or not key:
        raise typer.BadParameter(
            words_of("deploy_node_missing").ko + " · "
            "RPC_URLS (or --rpc-url) and DEPLOYER_PRIVATE_KEY must be set."
        )
    if bool(name_ko) != bool(name_en) or not (name_ko or demonstration):
        raise typer.BadParameter(
            words_of("deploy_name_missing").ko + " · Give --name-ko and --name-en, or --demonstration."
        )


def _check_timelock(delay: int | None, proposers: tuple[str, ...], admin: str | None) -> None:
    """Refuse a timelock's options that are not whole: delay, and proposers that are somebody's address."""
    from eth_utils.address import is_hex_address

    from digital_resume.adapters.chain.deploying import ZERO_ADDRESS

    named = all(is_hex_address(address) and address != ZERO_ADDRESS for address in proposers)
    if not (delay and delay > 0 and proposers and named and not admin):
        raise typer.BadParameter(
            words_of("deploy_timelock_incomplete").ko + " · "
            "A timelock needs --timelock-delay of at least one second and the address of each --proposer, "
            "and takes the place of --admin."
        )
