"""What accreditors, controllers and guardians do to ``IssuerRegistry``: one method a transaction.

Every method first asks the node whether the contract would accept, so that a refusal costs nothing and comes
with its reason; then sends, waits for the receipt and returns it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_utils.address import is_hex_address, to_checksum_address
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.artifacts import load_contract
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments
from digital_resume.adapters.chain.errors import RegistryRejectedError, RpcError
from digital_resume.adapters.chain.evm import ContractFunction
from digital_resume.adapters.chain.revert import decode_revert
from digital_resume.adapters.chain.submitter import (
    Submitter,
    TransactionReceipt,
    TransactionSigner,
    wait_until_final,
)
from digital_resume.adapters.chain.views import logs, read
from digital_resume.core.trust.institution_names import check_name, name_skeleton
from digital_resume.core.trust.issuers import IssuerStatus
from digital_resume.core.trust.registry import ISSUER_STATUSES, issuer_id
from digital_resume.error_words import particular

WAIT_SECONDS = 120.0
_STATUS_NUMBERS = {status: number for number, status in ISSUER_STATUSES.items()}
#: How far back a report of compromise acts without a guardian, in seconds; a constant of the contract.
MAX_BACKDATE = 86_400
NO_END = 0
NOW = 0


@dataclass(frozen=True, slots=True)
class PlannedTransaction:
    """A transaction that the contract would accept, not sent yet.

    Attributes:
        contract: address of the registry.
        gas: what it is estimated to take.
        most_wei: most that it can cost.
    """

    function: str
    arguments: tuple[Any, ...]
    contract: str
    sender: str
    gas: int
    most_wei: int


class RegistryAdmin:
    """Sends registry transactions of one account.

    Args:
        client: the chain.
        deployments: where the registry is.
        account: accreditor, delegated accreditor, controller or guardian.
        wait_seconds: time limit for a receipt.
        before: is shown each transaction before it is sent; what it raises keeps it from being sent.
    """

    def __init__(
        self,
        client: ChainClient,
        deployments: Deployments,
        account: TransactionSigner,
        *,
        wait_seconds: float = WAIT_SECONDS,
        before: Callable[[PlannedTransaction], None] | None = None,
    ) -> None:
        self._client = client
        self._deployments = deployments
        self._contract = client.contract("IssuerRegistry", deployments.issuer_registry.address)
        self._submitter = Submitter(client, deployments, account)
        self._wait_seconds = wait_seconds
        self._before = before
        self._lock = threading.Lock()

    def register_issuer(self, did: str, name_ko: str, name_en: str, url: str) -> TransactionReceipt:
        """Enter an institution, active from now on.

        Raises:
            MalformedError: a name could mislead its reader (``digital_resume.core.trust.institution_names``).
            RegistryRejectedError: the contract refuses, or a name looks like another institution's.
            SourceUnavailableError: the chain could not be read, or no receipt came in time.
        """
        self._check_names(did, name_ko, name_en)
        return self._transact("registerIssuer", did, name_ko, name_en, url)

    def set_names(self, did: str, name_ko: str, name_en: str, url: str) -> TransactionReceipt:
        """Set names and credential-issuer URL; raises as ``register_issuer``."""
        self._check_names(did, name_ko, name_en)
        return self._transact("setNames", issuer_id(did), name_ko, name_en, url)

    def set_controller(self, did: str, controller: str) -> TransactionReceipt:
        """Set the institution's own account."""
        return self._transact("setController", issuer_id(did), to_checksum_address(controller))

    def set_registrar(self, did: str, registrar: str) -> TransactionReceipt:
        """Hand the entry to another delegated accreditor."""
        return self._transact("setRegistrar", issuer_id(did), to_checksum_address(registrar))

    def set_status(self, did: str, status: IssuerStatus, successor: str = "") -> TransactionReceipt:
        """Change the standing from now on; ``successor`` is the DID of the heir of a merger."""
        return self._transact("setStatus", issuer_id(did), _STATUS_NUMBERS[status], successor)

    def accredit(self, did: str, credential_type: str, until: int = NO_END) -> TransactionReceipt:
        """Accredit for a type from now on, until a unix time or without end."""
        return self._transact("accredit", issuer_id(did), credential_type, until)

    def end_accreditation(self, did: str, credential_type: str, until: int = NOW) -> TransactionReceipt:
        """End the running accreditation now or at a unix time."""
        return self._transact("endAccreditation", issuer_id(did), credential_type, until)

    def authorize_anchorer(self, did: str, anchorer: str) -> TransactionReceipt:
        """Let an address anchor and publish status for the institution from now on."""
        return self._transact("authorizeAnchorer", issuer_id(did), to_checksum_address(anchorer))

    def end_anchorer(self, did: str, anchorer: str, until: int = NOW) -> TransactionReceipt:
        """End an anchorer's running period now or at a unix time."""
        return self._transact("endAnchorer", issuer_id(did), to_checksum_address(anchorer), until)

    def add_key(self, did: str, key_digest: bytes, start: int = NOW) -> TransactionReceipt:
        """Add a key (SHA-256 of its multikey's ASCII) from now on or from a unix time."""
        return self._transact("addKey", issuer_id(did), key_digest, start)

    def retire_key(self, did: str, key_digest: bytes, until: int = NOW) -> TransactionReceipt:
        """Retire a key now or at a unix time."""
        return self._transact("retireKey", issuer_id(did), key_digest, until)

    def report_compromise(self, did: str, key_digest: bytes, since: int) -> TransactionReceipt:
        """Report a key as compromised since a unix time; acts at once, at most 24 hours back."""
        return self._transact("reportCompromise", issuer_id(did), key_digest, since)

    def confirm_compromise(self, did: str, key_digest: bytes, since: int) -> TransactionReceipt:
        """Confirm, as a guardian, a compromise that was reported for exactly this unix time."""
        return self._transact("confirmCompromise", issuer_id(did), key_digest, since)

    def set_delegate_type(self, delegate: str, credential_type: str, allowed: bool) -> TransactionReceipt:
        """Let a delegated accreditor accredit for a type, or no longer."""
        return self._transact("setDelegateType", to_checksum_address(delegate), credential_type, allowed)

    def grant_role(self, role: str, account: str) -> TransactionReceipt:
        """Grant ``ACCREDITOR``, ``GUARDIAN`` or ``DELEGATE``; for the role's admin."""
        return self._transact("grantRole", _role_id(role), to_checksum_address(account))

    def revoke_role(self, role: str, account: str) -> TransactionReceipt:
        """Take a role away; for the role's admin."""
        return self._transact("revokeRole", _role_id(role), to_checksum_address(account))

    def has_role(self, role: str, account: str) -> bool:
        """Tell whether an account has a role."""
        if not is_hex_address(account):
            return False
        return bool(read(self._contract.functions.hasRole(_role_id(role), to_checksum_address(account))))

    def names(self) -> dict[bytes, tuple[str, str]]:
        """Return every institution's present names (ko, en) by issuer id, read from the events."""
        first, last = self._deployments.issuer_registry.block, self._client.head().number
        changed = logs(self._client, self._contract.events.NamesChanged, first, last)
        return {names["id"]: (names["nameKo"], names["nameEn"]) for names in changed}

    def _check_names(self, did: str, name_ko: str, name_en: str) -> None:
        wanted = set()
        for name in (name_ko, name_en):
            check_name(name)
            wanted.add(name_skeleton(name))
        own = issuer_id(did)
        for other, names in self.names().items():
            clash = next((n for n in names if name_skeleton(n) in wanted), None)
            if other != own and clash is not None:
                raise RegistryRejectedError(
                    f"The name looks like that of a registered institution, {clash!r}. Choose one that "
                    "cannot be mistaken.",
                    particular("registry_rejected", "LookAlikeName", clash=clash),
                    error_name="LookAlikeName",
                )

    def _transact(self, function: str, *arguments: Any) -> TransactionReceipt:
        call = self._contract.functions[function](*arguments)
        with self._lock:  # one nonce at a time
            gas = self._estimate(call)
            fees = self._submitter.suggest_fees()
            limit = gas + gas // 4
            if self._before is not None:
                planned = (function, arguments, self._contract.address, self._submitter.address, gas)
                self._before(PlannedTransaction(*planned, most_wei=limit * fees.max_fee))
            nonce = self._submitter.pending_nonce()
            transaction = self._submitter.build(call, nonce=nonce, gas=limit, fees=fees)
            self._submitter.send(transaction)
            confirmations = self._deployments.confirmations
            receipt = wait_until_final(self._client, transaction.hash, confirmations, self._wait_seconds)
        if not receipt.succeeded:
            self._estimate(call)  # what changed since the first question says why
            raise decode_revert(load_contract("IssuerRegistry"), None)
        return receipt

    def _estimate(self, call: ContractFunction) -> int:
        sender = self._submitter.address
        try:
            read(call, sender=sender)
            return call.estimate_gas({"from": sender})
        except RpcError as error:
            if error.data is not None or "revert" in error.rpc_message.lower():
                raise decode_revert(load_contract("IssuerRegistry"), error.data) from error
            raise


def _role_id(role: str) -> bytes:
    if role not in ("ACCREDITOR", "GUARDIAN", "DELEGATE"):
        raise ValueError(f"There is no role {role!r}; there are ACCREDITOR, GUARDIAN and DELEGATE.")
    return keccak(text=role)
