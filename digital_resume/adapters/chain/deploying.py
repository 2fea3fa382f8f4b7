"""Deploy the three contracts and write the deployments file.

Running it again changes nothing when the contracts that the file names are there. The deployer is no party to
anything afterwards: the admin is given to the constructor, and the two logs have no owner. A timelock may be
deployed first, to be the admin; docs/governance.md says the rest. The command is ``resume deploy``.
"""

from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.artifacts import TIMELOCK, load_contract
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import (
    DeployedContract,
    Deployments,
    DeploymentsFileError,
    read_deployments,
    write_deployments,
)
from digital_resume.adapters.chain.errors import ChainMismatchError
from digital_resume.adapters.chain.submitter import (
    TransactionSigner,
    build_transaction,
    suggest_fees,
    wait_until_final,
)
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.verification.deployments import CONTRACT_NAMES

ZERO_ADDRESS = "0x" + "0" * 40
DEFAULT_NAME = {"ko": "시연용 체인", "en": "Demonstration chain"}


def deploy(
    rpc_url: str,
    admin_account: TransactionSigner,
    *,
    deployments_file: Path | None = None,
    admin: str | None = None,
    accreditor: str | None = None,
    guardian: str | None = None,
    name: dict[str, str] | None = None,
    demonstration: bool = True,
    confirmations: int = 0,
    wait_seconds: float = 120.0,
) -> dict[str, Any]:
    """Deploy what is not there yet and return the deployments.

    Args:
        rpc_url: the chain's node.
        admin_account: who signs and pays.
        deployments_file: where the result is kept; not kept when ``None``.
        admin: the registry's admin; the account itself when not given. On a real network a timelock.
        accreditor: first accreditor; the account itself when not given.
        guardian: first guardian; none when not given.
        name: the chain's name, ``{"ko": …, "en": …}``.
        demonstration: whether the chain proves nothing outside a demonstration.
        confirmations: blocks on top of a block before it counts as final.
        wait_seconds: time limit for each receipt.

    Raises:
        DeploymentsFileError: a file is there and belongs to another chain, or to contracts that are gone.
        SourceUnavailableError: the chain could not be read, or a receipt did not come.
    """
    if deployments_file is not None and deployments_file.exists():
        return _check_existing(rpc_url, deployments_file).to_json()
    client = ChainClient([rpc_url])
    genesis = client.block(0)
    if genesis is None:
        raise SourceUnavailableError("The node does not know the chain's first block.")
    own = to_checksum_address(admin_account.address)
    arguments = {"IssuerRegistry": (admin or own, accreditor or own, guardian or ZERO_ADDRESS)}
    until = (confirmations, wait_seconds)
    contracts = [
        _create(client, admin_account, contract, arguments.get(contract, ()), until=until)
        for contract in CONTRACT_NAMES
    ]
    chosen = name or DEFAULT_NAME
    names = (chosen["ko"], chosen["en"])
    deployments = Deployments(
        client.web3.eth.chain_id, genesis.hash, demonstration, *names, confirmations, *contracts
    )
    ChainClient([rpc_url], deployments).verify()
    if deployments_file is not None:
        write_deployments(deployments_file, deployments)
    return deployments.to_json()


def deploy_timelock(
    rpc_url: str,
    account: TransactionSigner,
    *,
    delay: int,
    proposers: tuple[str, ...],
    confirmations: int = 0,
    wait_seconds: float = 120.0,
) -> DeployedContract:
    """Deploy a timelock that nobody but itself administers, to be the registry's admin.

    Args:
        rpc_url: the chain's node.
        account: who signs and pays, and is no party to anything afterwards.
        delay: seconds between a proposal and its execution.
        proposers: multisigs that propose, and may cancel. Whoever likes executes what is ripe.
        confirmations: blocks on top of a block before it counts as final.
        wait_seconds: time limit for the receipt.

    Raises:
        SourceUnavailableError: the chain could not be read, or the receipt did not come.
    """
    arguments = (delay, proposers, (ZERO_ADDRESS,), ZERO_ADDRESS)
    until = (confirmations, wait_seconds)
    return _create(ChainClient([rpc_url]), account, TIMELOCK, arguments, until=until)


def _check_existing(rpc_url: str, path: Path) -> Deployments:
    deployments = read_deployments(path)
    try:
        ChainClient([rpc_url], deployments).verify()
    except ChainMismatchError as error:
        raise DeploymentsFileError(
            f"{path} names contracts that this chain does not have. {error.message} To deploy again, move "
            "the file away first: what was anchored under it can then no longer be verified with the new one."
        ) from error
    return deployments


def _create(
    client: ChainClient,
    account: TransactionSigner,
    name: str,
    arguments: tuple[Any, ...],
    *,
    until: tuple[int, float],
) -> DeployedContract:
    artifact, eth = load_contract(name), client.web3.eth
    sender = to_checksum_address(account.address)
    creation = eth.contract(abi=artifact.abi, bytecode=artifact.bytecode).constructor(*arguments)
    gas, nonce = creation.estimate_gas({"from": sender}), eth.get_transaction_count(sender, "pending")
    limit, fees = gas + gas // 5, suggest_fees(client)
    transaction = build_transaction(account, eth.chain_id, creation, nonce=nonce, gas=limit, fees=fees)
    eth.send_raw_transaction(transaction.raw)
    receipt = wait_until_final(client, transaction.hash, *until)
    if not receipt.succeeded or receipt.contract is None:
        raise SourceUnavailableError(
            f"The creation of {name} was not carried out. Check the account's funds."
        )
    code = eth.get_code(to_checksum_address(receipt.contract))
    return DeployedContract(receipt.contract, "0x" + keccak(code).hex(), receipt.block_number)
