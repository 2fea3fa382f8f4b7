"""The anchoring account on a PKCS#11 token: SoftHSM makes the signatures, the chain accepts them."""

import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from coincurve import PrivateKey
from eth_account import Account
from pydantic import SecretStr, ValidationError
from typer.testing import CliRunner

from digital_resume.adapters import token_account
from digital_resume.adapters.token_account import TokenAccount, TokenError, create_key, recoverable
from digital_resume.cli.app import app
from issuer.chain.account import anchoring_account
from issuer.settings import IssuerSettings
from scripts.softhsm import find_or_install_softhsm
from tests.integration.issuer.anchoring.test_machine import add_leaves, anchored_events, assert_anchored_once
from tests.integration.issuer.rig import Rig
from tests.integration.issuer.test_worker import wait_until_anchored
from tests.integration.issuer.workers import Workers

PIN = "7391-forty-two"
LABEL = "vdr-test"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True)
class Token:
    """A token in software."""

    module: Path
    label: str
    pin: str

    def make(self, label: str) -> None:
        """Make a further token."""
        subprocess.run(
            [
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                label,
                "--pin",
                self.pin,
                "--so-pin",
                "12345678",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def account(self, key: str, pin: str = "") -> TokenAccount:
        """Open an account."""
        return TokenAccount(self.module, self.label, key, pin or self.pin)

    def create(self) -> TokenAccount:
        """Make a key pair under a new label."""
        return create_key(self.module, self.label, secrets.token_hex(4), self.pin)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """Make a token in a folder of its own; the library reads the setting when it is loaded."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    module = find_or_install_softhsm()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        token = Token(module, LABEL, PIN)
        token.make(LABEL)
        yield token


def fields(nonce: int = 0, **more: object) -> dict[str, object]:
    """Return a transaction."""
    return {
        "type": 2,
        "chainId": 20261,
        "nonce": nonce,
        "gas": 100_000,
        "maxFeePerGas": 2 * 10**9,
        "maxPriorityFeePerGas": 10**9,
        "value": 0,
        "data": "0x",
        "to": "0x00000000000000000000000000000000000000AA",
        **more,
    }


def test_signatures_lead_back_to_the_address(token: Token) -> None:
    account = token.create()
    for nonce in range(16):
        signed = account.sign_transaction(fields(nonce))
        assert Account.recover_transaction(signed.raw_transaction) == account.address


def test_a_creation_is_signed_too(token: Token) -> None:
    account = token.create()
    creation = {name: value for name, value in fields().items() if name != "to"}
    assert Account.recover_transaction(account.sign_transaction(creation).raw_transaction) == account.address


def test_the_same_key_is_found_again(token: Token) -> None:
    account = token.create()
    assert token.account(account._key).address == account.address


@pytest.mark.parametrize("high", [False, True])
def test_both_parities_and_high_s_become_what_the_chain_accepts(high: bool) -> None:
    parities = set()
    for number in range(1, 20):
        key, digest = PrivateKey(bytes([number]) * 32), bytes([number]) * 32
        signature = key.sign_recoverable(digest, hasher=None)
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64])
        v, _, low = recoverable(r, ORDER - s if high else s, digest, key.public_key.format(compressed=False))
        assert (v, low) == (signature[64], s)
        parities.add(v)
    assert parities == {0, 1}


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (5, 7)])
def test_a_signature_of_another_key_is_refused(r: int, s: int) -> None:
    point = PrivateKey(b"\x01" * 32).public_key.format(compressed=False)
    with pytest.raises(TokenError) as refused:
        recoverable(r, s, b"\x02" * 32, point)
    assert refused.value.code == "token_failed"


def test_the_private_key_cannot_leave_the_token(token: Token) -> None:
    import pkcs11  # loads the library, which reads the fixture's setting

    account = token.create()
    with account._session() as session:
        key = account._private(session)
        with pytest.raises(pkcs11.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]
        assert key[pkcs11.Attribute.NEVER_EXTRACTABLE]


def test_a_key_that_may_leave_the_token_is_refused(token: Token) -> None:
    import pkcs11  # as above

    with token.create()._session(write=True) as session:
        curve = {pkcs11.Attribute.EC_PARAMS: token_account._SECP256K1_PARAMS}
        parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        loose = {pkcs11.Attribute.SENSITIVE: False, pkcs11.Attribute.EXTRACTABLE: True}
        parameters.generate_keypair(label="loose", store=True, private_template=loose)
    assert code_of(lambda: token.account("loose")) == "token_key_unfit"


def test_a_key_on_another_curve_is_refused(token: Token) -> None:
    import pkcs11  # as above

    with token.create()._session(write=True) as session:
        curve = {pkcs11.Attribute.EC_PARAMS: bytes.fromhex("06082a8648ce3d030107")}
        parameters = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        parameters.generate_keypair(label="p256", store=True)
    assert code_of(lambda: token.account("p256")) == "token_key_unfit"


def code_of(action: Callable[[], object]) -> str:
    """Return the code of the error that an action raises."""
    with pytest.raises(TokenError) as refused:
        action()
    assert PIN not in str(refused.value)
    return refused.value.code


def test_what_is_missing_has_a_code_of_its_own(token: Token, tmp_path: Path) -> None:
    assert code_of(lambda: token.account("nobody")) == "token_key_missing"
    assert code_of(lambda: TokenAccount(token.module, "nowhere", "k", PIN)) == "token_missing"
    assert code_of(lambda: TokenAccount(tmp_path / "no.so", LABEL, "k", PIN)) == "token_library_missing"
    taken = token.create()._key
    assert code_of(lambda: create_key(token.module, LABEL, taken, PIN)) == "token_key_exists"


def test_without_the_package_the_error_says_what_to_install(
    token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(token_account.importlib, "import_module", absent)
    with pytest.raises(TokenError, match=r"requirements/pkcs11\.txt"):
        token.account("k")


def test_a_refused_pin_is_not_tried_again(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    key = token.create()._key
    assert code_of(lambda: token.account(key, "wrong-pin")) == "token_pin_refused"
    asked: list[str] = []
    find = token_account._find_token
    monkeypatch.setattr(token_account, "_find_token", lambda *words: asked.append("asked") or find(*words))
    for _ in range(20):
        assert code_of(lambda: token.account(key, "wrong-pin")) == "token_pin_refused"
    assert asked == []
    assert token.account(key).address


def test_a_token_that_is_connected_later_is_found(token: Token) -> None:
    assert code_of(lambda: TokenAccount(token.module, "later", "k", PIN)) == "token_missing"
    token.make("later")
    assert code_of(lambda: TokenAccount(token.module, "later", "k", PIN)) == "token_key_missing"


@pytest.fixture
def settings(own: Rig, token: Token, tmp_path: Path) -> IssuerSettings:
    """Let the issuer anchor with a token."""
    (tmp_path / "pin").write_text(PIN + "\n")
    own.settings.anchorer_pkcs11_module = token.module
    own.settings.anchorer_pkcs11_token_label = LABEL
    own.settings.anchorer_pkcs11_key_label = secrets.token_hex(4)
    own.settings.anchorer_pkcs11_pin_file = tmp_path / "pin"
    return own.settings


def fund(own: Rig, address: str) -> None:
    """Give an account funds."""
    own.chain.reader.client.request("anvil_setBalance", [address, hex(10**18)])


async def test_a_batch_is_anchored_with_a_token(own: Rig, settings: IssuerSettings, token: Token) -> None:
    account = create_key(token.module, LABEL, settings.anchorer_pkcs11_key_label, PIN)
    fund(own, account.address)
    own._chain = None
    assert own.chain.submitter.address == account.address
    leaves = await add_leaves(own)
    assert (await own.tick()).batches == 1
    await assert_anchored_once(own, leaves)
    assert await own.scalar("select submitter from issuer.batch") == account.address


async def test_a_stuck_transaction_of_a_token_is_replaced(
    own: Rig, settings: IssuerSettings, token: Token
) -> None:
    account = create_key(token.module, LABEL, settings.anchorer_pkcs11_key_label, PIN)
    fund(own, account.address)
    own._chain = None
    client = own.chain.reader.client
    settings.transaction_stuck_seconds, settings.transaction_wait_seconds = 0.8, 3.0
    client.request("evm_setAutomine", [False])
    leaves = await add_leaves(own)
    await own.tick()
    assert await own.scalar("select count(*) from issuer.chain_transaction where state = 'replaced'") >= 1
    client.request("evm_setAutomine", [True])
    client.request("anvil_mine", [])
    await own.tick()
    await assert_anchored_once(own, leaves)
    assert anchored_events(own) == 1


async def test_a_worker_waits_for_the_key_that_resume_makes(
    own: Rig, settings: IssuerSettings, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        "SOFTHSM2_CONF": os.environ["SOFTHSM2_CONF"],
        "ANCHORER_PKCS11_MODULE": str(token.module),
        "ANCHORER_PKCS11_TOKEN_LABEL": LABEL,
        "ANCHORER_PKCS11_KEY_LABEL": settings.anchorer_pkcs11_key_label,
        "ANCHORER_PKCS11_PIN_FILE": str(settings.anchorer_pkcs11_pin_file),
    }
    leaves = await add_leaves(own)
    client = own.chain.reader.client
    with Workers(settings, variables) as workers:
        workers.start()
        workers.wait_for("(token_key_missing)", "resume anchorer --create")
        for name, value in {**variables, "DATABASE_URL": settings.database_url.get_secret_value()}.items():
            monkeypatch.setenv(name, value)
        made = CliRunner().invoke(app, ["anchorer", "--create"])
        assert made.exit_code == 0, made.output
        address = made.output.strip()
        assert CliRunner().invoke(app, ["anchorer"]).output.strip() == address
        workers.wait_for("(insufficient_funds)", address)
        client.request("anvil_setBalance", [address, hex(10**18)])
        wait_until_anchored(settings.database_url.get_secret_value())
        assert PIN not in workers.log.read_text("utf-8")
    own._chain = None
    assert anchoring_account(settings).address == address
    await assert_anchored_once(own, leaves)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"anchorer_pkcs11_pin": SecretStr("1")}, "TOKEN_LABEL"),
        ({"anchorer_pkcs11_token_label": "t"}, "ANCHORER_PKCS11_PIN"),
        (
            {
                "anchorer_pkcs11_token_label": "t",
                "anchorer_pkcs11_pin": SecretStr("1"),
                "anchorer_pkcs11_pin_file": Path("pin"),
            },
            "one of",
        ),
    ],
)
def test_settings_of_half_a_token_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        IssuerSettings.model_validate(
            {"database_url": "postgresql://x", "anchorer_pkcs11_module": Path("x.so"), **values}
        )
