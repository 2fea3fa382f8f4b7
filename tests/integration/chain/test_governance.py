"""Who may change the registry on a real network: a multisig behind a timelock, guardians, delegates.

docs/governance.md describes the same; the Safe is the published one, the timelock OpenZeppelin's.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from digital_resume.adapters.chain.artifacts import TIMELOCK, load_contract
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deploying import ZERO_ADDRESS, deploy, deploy_timelock
from digital_resume.adapters.chain.deployments import parse_deployments, read_deployments
from digital_resume.adapters.chain.errors import RegistryRejectedError, RpcError
from digital_resume.adapters.chain.revert import decode_error
from digital_resume.adapters.chain.submitter import TransactionReceipt
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.trust.issuers import IssuerRecord, IssuerStatus
from digital_resume.local.anvil import EmbeddedAnvil
from tests.commands import resume
from tests.integration.chain.multisig import Multisig, encoded, send
from tests.integration.chain.rig import DID, NAMES, Chain

pytestmark = pytest.mark.integration

DELAY = 2 * 24 * 3600
KEY = hashlib.sha256(b"zDnKey").digest()
SALT = bytes(32)
NO_PREDECESSOR = bytes(32)
SMALL = "did:web:small.example"
SMALL_NAMES = ("작은회사(시연용)", "Small Company (demo)", "http://localhost:8001/i/small")
UNAUTHORISED = "AccessControlUnauthorizedAccount"
OTHER = "did:web:other.example"
OTHER_NAMES = ("다른회사(시연용)", "Elsewhere Limited (demo)", "http://localhost:8001/i/elsewhere")


class Governed(Chain):
    """The contracts under a 2-of-3 multisig behind a timelock of two days. Nobody is accreditor yet."""

    safe: Multisig
    timelock: str

    @property
    def registry(self) -> str:
        return self.deployments.contracts["IssuerRegistry"].address

    @property
    def guardian(self) -> LocalAccount:
        return self.account(2)

    @property
    def accreditor(self) -> LocalAccount:
        return self.account(6)

    @property
    def delegate(self) -> LocalAccount:
        return self.account(7)

    def grant_of(self, account: LocalAccount) -> bytes:
        registry = self.client.contract("IssuerRegistry", self.registry)
        return encoded(registry, "grantRole", registry.functions.ACCREDITOR_ROLE().call(), account.address)

    def schedule(self, call: bytes, delay: int = DELAY) -> bytes:
        return self.timelock_call("schedule", self.registry, 0, call, NO_PREDECESSOR, SALT, delay)

    def timelock_call(self, function: str, *arguments: Any) -> bytes:
        return encoded(self.client.contract(TIMELOCK, self.timelock), function, *arguments)

    def carry_out(self, call: bytes) -> TransactionReceipt:
        """Execute what is ripe, as anybody."""
        data = self.timelock_call("execute", self.registry, 0, call, NO_PREDECESSOR, SALT)
        return send(self.client, self.account(9), self.timelock, data)

    def wait_for(self, seconds: int) -> None:
        self.client.request("evm_increaseTime", [seconds])
        self.mine()

    def is_accreditor(self, account: LocalAccount) -> bool:
        return self.admin.has_role("ACCREDITOR", account.address)

    def record(self, did: str) -> IssuerRecord:
        record = ChainTrustDirectory(self.client, self.deployments).issuer(did)
        assert record is not None
        return record


@pytest.fixture
def governed(fresh_anvil: EmbeddedAnvil) -> Governed:
    """Deploy as on a real network: 0 pays and keeps nothing, 3 to 5 own the multisig, 2 is guardian."""
    node, deployer = fresh_anvil, fresh_anvil.account(0)
    client = ChainClient([node.url])
    safe = Multisig(client, deployer, [node.account(i) for i in (3, 4, 5)], threshold=2)
    timelock = deploy_timelock(node.url, deployer, delay=DELAY, proposers=(safe.address,))
    raw = deploy(
        node.url,
        deployer,
        admin=timelock.address,
        accreditor=ZERO_ADDRESS,
        guardian=node.account(2).address,
    )
    deployments = parse_deployments(raw)
    chain = Governed(node, deployments, ChainClient([node.url], deployments))
    chain.safe, chain.timelock = safe, timelock.address
    return chain


@pytest.fixture
def working(governed: Governed) -> Governed:
    """Carry the appointment of an accreditor (account 6) through, who appoints a delegate (account 7)."""
    call = governed.grant_of(governed.accreditor)
    governed.safe.execute(governed.timelock, governed.schedule(call), governed.safe.owners[:2])
    governed.wait_for(DELAY)
    governed.carry_out(call)
    ministry = governed.admin_of(governed.accreditor)
    ministry.grant_role("DELEGATE", governed.delegate.address)
    ministry.set_delegate_type(governed.delegate.address, "EmploymentRecord", True)
    return governed


def refused(action: Callable[[], object]) -> str:
    """Return the reason with which the chain refuses: a custom error's name, or a Safe's code."""
    with pytest.raises(RpcError) as caught:
        action()
    data = caught.value.data or b""
    for contract in (TIMELOCK, "IssuerRegistry"):
        error = decode_error(load_contract(contract), data)
        if error is not None:
            return error[0]
    return caught.value.rpc_message


def test_two_of_three_appoint_an_accreditor_after_the_delay(governed: Governed) -> None:
    call = governed.grant_of(governed.accreditor)
    governed.safe.execute(governed.timelock, governed.schedule(call), governed.safe.owners[1:])
    assert not governed.is_accreditor(governed.accreditor)
    governed.wait_for(DELAY)
    governed.carry_out(call)
    assert governed.is_accreditor(governed.accreditor)


def test_nothing_is_carried_out_before_the_delay(governed: Governed) -> None:
    call = governed.grant_of(governed.accreditor)
    governed.safe.execute(governed.timelock, governed.schedule(call), governed.safe.owners[:2])
    assert refused(lambda: governed.carry_out(call)) == "TimelockUnexpectedOperationState"
    governed.wait_for(DELAY - 60)
    assert refused(lambda: governed.carry_out(call)) == "TimelockUnexpectedOperationState"
    assert not governed.is_accreditor(governed.accreditor)


def test_a_shorter_delay_is_not_accepted(governed: Governed) -> None:
    call = governed.schedule(governed.grant_of(governed.accreditor), delay=DELAY - 1)
    two = governed.safe.owners[:2]
    assert refused(lambda: governed.safe.execute(governed.timelock, call, two)) == "TimelockInsufficientDelay"


def test_one_signer_alone_proposes_nothing(governed: Governed) -> None:
    call = governed.schedule(governed.grant_of(governed.accreditor))
    one = governed.safe.owners[0]
    assert "GS020" in refused(lambda: governed.safe.execute(governed.timelock, call, [one]))
    # twice the same, and somebody who is no owner
    assert "GS026" in refused(lambda: governed.safe.execute(governed.timelock, call, [one, one]))
    stranger = governed.account(8)
    assert "GS026" in refused(lambda: governed.safe.execute(governed.timelock, call, [one, stranger]))
    # nor around the multisig, or around the timelock
    grant, two = governed.grant_of(governed.accreditor), governed.safe.owners[:2]
    for around in (
        lambda: send(governed.client, one, governed.timelock, call),
        lambda: send(governed.client, one, governed.registry, grant),
        lambda: governed.safe.execute(governed.registry, grant, two),
    ):
        assert refused(around) == UNAUTHORISED


def test_what_was_proposed_can_be_cancelled(governed: Governed) -> None:
    call = governed.grant_of(governed.accreditor)
    governed.safe.execute(governed.timelock, governed.schedule(call), governed.safe.owners[:2])
    hashing = governed.timelock_call("hashOperation", governed.registry, 0, call, NO_PREDECESSOR, SALT)
    operation = governed.client.call(governed.timelock, hashing)
    governed.safe.execute(
        governed.timelock, governed.timelock_call("cancel", operation), governed.safe.owners[1:]
    )
    governed.wait_for(DELAY)
    assert refused(lambda: governed.carry_out(call)) == "TimelockUnexpectedOperationState"


def test_deployer_keeps_nothing(governed: Governed) -> None:
    deployer = governed.account(0)
    for role in ("ACCREDITOR", "GUARDIAN", "DELEGATE"):
        assert not governed.admin.has_role(role, deployer.address)
    grant = governed.grant_of(deployer)
    for to, data in ((governed.registry, grant), (governed.timelock, governed.schedule(grant))):
        assert refused(lambda to=to, data=data: send(governed.client, deployer, to, data)) == UNAUTHORISED


def test_guardian_acts_at_once(working: Governed) -> None:
    ministry, guardian = working.admin_of(working.accreditor), working.admin_of(working.guardian)
    ministry.register_issuer(DID, *NAMES)
    ministry.add_key(DID, KEY)
    head = working.client.head().time
    guardian.set_status(DID, IssuerStatus.SUSPENDED)
    guardian.report_compromise(DID, KEY, int(head.timestamp()))
    record = working.record(DID)
    assert record.status_at(working.client.head().time) is IssuerStatus.SUSPENDED
    assert record.keys[0].compromised_since == head
    # it takes away and never gives
    for forbidden in (
        lambda: guardian.set_status(DID, IssuerStatus.ACTIVE),
        lambda: guardian.add_key(DID, hashlib.sha256(b"other").digest()),
        lambda: guardian.grant_role("ACCREDITOR", working.guardian.address),
    ):
        with pytest.raises(RegistryRejectedError):
            forbidden()


def test_delegate_serves_its_companies_and_its_types_only(working: Governed) -> None:
    ministry, delegate = working.admin_of(working.accreditor), working.admin_of(working.delegate)
    ministry.register_issuer(OTHER, *OTHER_NAMES)
    delegate.register_issuer(SMALL, *SMALL_NAMES)
    delegate.accredit(SMALL, "EmploymentRecord")
    delegate.authorize_anchorer(SMALL, working.account(1).address)
    delegate.add_key(SMALL, KEY)
    now = working.client.head().time
    assert working.record(SMALL).accredited_at("EmploymentRecord", now)
    with pytest.raises(RegistryRejectedError) as caught:
        delegate.accredit(SMALL, "UniversityDegree")
    assert caught.value.error_name == "IssuerRegistryTypeNotDelegated"
    for forbidden in (
        lambda: delegate.accredit(OTHER, "EmploymentRecord"),
        lambda: delegate.set_names(OTHER, "가로챈 이름", "Taken name", OTHER_NAMES[2]),
        lambda: delegate.authorize_anchorer(OTHER, working.delegate.address),
        lambda: delegate.add_key(OTHER, KEY),
        lambda: delegate.set_status(OTHER, IssuerStatus.SUSPENDED),
    ):
        with pytest.raises(RegistryRejectedError) as caught:
            forbidden()
        assert caught.value.error_name == "IssuerRegistryNotAllowed"
    # dismissed, it can do nothing with its own companies either
    ministry.revoke_role("DELEGATE", working.delegate.address)
    with pytest.raises(RegistryRejectedError):
        delegate.add_key(SMALL, hashlib.sha256(b"later").digest())


def test_command_deploys_behind_a_timelock(
    anvil: EmbeddedAnvil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "d.json"
    monkeypatch.setenv("RPC_URLS", anvil.url)
    monkeypatch.setenv("DEPLOYER_PRIVATE_KEY", anvil.account(0).key.hex())
    common = ["--demonstration", "--file", str(file)]
    proposer = anvil.account(5).address
    for wrong in (
        ["--timelock-delay", "60"],
        ["--proposer", proposer],
        ["--timelock-delay", "0", "--proposer", proposer],
        ["--timelock-delay", "60", "--proposer", ZERO_ADDRESS],
        ["--timelock-delay", "60", "--proposer", "nobody"],
        ["--timelock-delay", "60", "--proposer", proposer, "--admin", proposer],
    ):
        assert resume("deploy", *common, *wrong) == 2
    assert not file.exists()
    right = [*common, "--timelock-delay", "60", "--proposer", proposer]
    assert resume("deploy", *right) == 0
    printed = capsys.readouterr().out
    timelock = next(line.split()[1] for line in printed.splitlines() if line.startswith(TIMELOCK))
    deployments = read_deployments(file)
    client = ChainClient([anvil.url], deployments)
    registry = client.contract("IssuerRegistry", deployments.contracts["IssuerRegistry"].address)
    assert registry.functions.hasRole(bytes(32), timelock).call() is True
    # once more: nothing is deployed, no second timelock
    block = client.head().number
    assert resume("deploy", *right) == 0
    assert client.head().number == block
    assert TIMELOCK not in capsys.readouterr().out
