"""The issuer's doors to the chain, made from the settings: the domain's ports, and sending.

Everything here is synchronous and may block on the network: asynchronous code calls it through
``asyncio.to_thread``.
"""

from dataclasses import dataclass
from pathlib import Path

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments, read_deployments
from digital_resume.adapters.chain.roles import check_production_chain
from digital_resume.adapters.chain.status_registry import ChainStatusRegistry
from digital_resume.adapters.chain.submitter import Submitter, TransactionSigner
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.adapters.keystore import FileKeystore, KeyCipher
from digital_resume.adapters.token_account import TokenAccount, TokenError
from digital_resume.local.snapshot import write_snapshot
from issuer.errors import ChainStateError
from issuer.settings import IssuerSettings


@dataclass(frozen=True, slots=True)
class ChainReader:
    """What is read from the chain."""

    client: ChainClient
    deployments: Deployments
    anchor_log: ChainAnchorLog
    status_registry: ChainStatusRegistry
    trust_directory: ChainTrustDirectory

    @classmethod
    def from_settings(cls, settings: IssuerSettings, *, remember: bool = True) -> "ChainReader":
        """Open the chain of a deployment.

        Args:
            settings: name the nodes and the deployments file.
            remember: whether what was final once is not looked up again; see ``ChainAnchorLog``.

        Raises:
            ChainStateError: RPC_URLS or DEPLOYMENTS_FILE is not set.
            DeploymentsFileError: the deployments file cannot be read.
        """
        if not settings.rpc_urls or settings.deployments_file is None:
            raise ChainStateError(
                "RPC_URLS or DEPLOYMENTS_FILE is not set. Point them at the chain and at the file that "
                "the deployment wrote."
            )
        deployments = read_deployments(settings.deployments_file)
        client = ChainClient(settings.rpc_urls, deployments, quorum=settings.rpc_quorum)
        return cls(
            client=client,
            deployments=deployments,
            anchor_log=ChainAnchorLog(client, deployments, remember=remember),
            status_registry=ChainStatusRegistry(client, deployments),
            trust_directory=ChainTrustDirectory(client, deployments),
        )


@dataclass(frozen=True, slots=True)
class ChainWriter:
    """What is read from and sent to the chain, by the one owner of the anchoring account."""

    reader: ChainReader
    submitter: Submitter
    snapshot_file: Path | None

    @classmethod
    def from_settings(cls, settings: IssuerSettings) -> "ChainWriter":
        """Open the chain with the anchoring account.

        Raises:
            ChainStateError, DeploymentsFileError: as ``ChainReader.from_settings``.
            ChainStateError: ``fee_unlimited``: in production, no ``MAX_FEE_WEI``.
            ChainMismatchError: in production, a development chain or a well-known account.
            KeystoreError, TokenError: as ``anchoring_account``.
        """
        if settings.is_production and settings.max_fee_wei is None:
            raise ChainStateError(
                "ENVIRONMENT=production sends no transaction without MAX_FEE_WEI: a node that lies about "
                "prices would empty the anchoring account. Set the most wei that one gas may cost, such as "
                "ten times what the chain usually asks.",
                code="fee_unlimited",
            )
        reader = ChainReader.from_settings(settings, remember=False)
        account = anchoring_account(settings)
        submitter = Submitter(reader.client, reader.deployments, account, max_fee_cap=settings.max_fee_wei)
        if settings.is_production:
            check_production_chain(reader.client, [submitter.address])
        return cls(reader, submitter, settings.chain_snapshot_file)

    def make_final(self, block_number: int) -> None:
        """Write the embedded chain's snapshot, so that a restart cannot take ``block_number`` back.

        Does nothing on a chain that keeps its own blocks.

        Raises:
            SourceUnavailableError: the node could not dump its state, or the block is not in it.
        """
        if self.snapshot_file is None:
            return
        kept = write_snapshot(self.reader.client, self.snapshot_file)
        if kept < block_number:
            raise ChainStateError(
                "The chain's snapshot does not hold the block that was just mined; it is taken again."
            )


def anchoring_account(settings: IssuerSettings) -> TransactionSigner:
    """Return the account that anchors: on a PKCS#11 token when one is set, else from ``DATA_DIR/keys``.

    Raises:
        KeystoreError: the account's key is missing or does not open.
        TokenError: the token, its key or its library is missing, or the PIN is refused.
    """
    if settings.anchorer_pkcs11_module is not None:
        return TokenAccount(*token_of(settings))
    keystore = FileKeystore(settings.data_dir / "keys", KeyCipher(settings.load_key_encryption_key()))
    return keystore.account(settings.anchorer_account)


def token_of(settings: IssuerSettings) -> tuple[Path, str, str, str]:
    """Return the anchoring account's PKCS#11 library, token label, key label and PIN.

    Raises:
        TokenError: no token is set, or the PIN's file cannot be read.
    """
    module, pin = settings.anchorer_pkcs11_module, settings.anchorer_pkcs11_pin
    if module is None:
        raise TokenError("ANCHORER_PKCS11_MODULE is not set: there is no token.", code="token_missing")
    if pin is not None:
        word = pin.get_secret_value()
    else:
        assert settings.anchorer_pkcs11_pin_file is not None  # by the settings' own check
        try:
            word = settings.anchorer_pkcs11_pin_file.read_text("utf-8").strip()
        except (OSError, ValueError) as error:
            raise TokenError(
                f"ANCHORER_PKCS11_PIN_FILE cannot be read ({type(error).__name__}).", code="token_pin_refused"
            ) from None
    return module, settings.anchorer_pkcs11_token_label, settings.anchorer_pkcs11_key_label, word
