"""Administering the registry: who may do what, and every refusal in words before anything is sent."""

import hashlib

import pytest
from eth_account import Account

from digital_resume.adapters.chain.errors import RegistryRejectedError
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.errors import MalformedError, SourceUnavailableError
from digital_resume.core.trust.issuers import IssuerRecord, IssuerStatus
from tests.integration.chain.rig import DID, NAMES, Chain

pytestmark = pytest.mark.integration
KEY = hashlib.sha256(b"zDnKey").digest()
DAY = 24 * 3600


def record_of(chain: Chain, did: str = DID) -> IssuerRecord:
    record = ChainTrustDirectory(chain.client, chain.deployments).issuer(did)
    assert record is not None
    return record


def now(chain: Chain) -> int:
    return int(chain.client.head().time.timestamp())


@pytest.fixture
def registered(chain: Chain) -> Chain:
    """Register an institution with a key and a controller (account 4)."""
    chain.admin.register_issuer(DID, *NAMES)
    chain.admin.add_key(DID, KEY)
    chain.admin.set_controller(DID, chain.account(4).address)
    return chain


def test_names_are_changed(registered: Chain) -> None:
    registered.admin.set_names(
        DID, "노을대학교(시연용)", "Noeul University (demo)", "http://localhost:8001/i/noeul"
    )
    assert record_of(registered).name_ko == "노을대학교(시연용)"


def test_name_that_looks_like_another_is_refused(registered: Chain) -> None:
    for ko, en in (("새벽 대학교(시연용)", "Other"), ("다른학교", "SAEBYEOK UNIVERSITY DEMO")):
        with pytest.raises(RegistryRejectedError) as caught:
            registered.admin.register_issuer("did:web:other", ko, en, "http://localhost:8001/i/o")
        assert caught.value.error_name == "LookAlikeName"
        assert "새벽" in caught.value.message_ko or "Saebyeok" in caught.value.message_ko


def test_invisible_name_is_refused_before_sending(registered: Chain) -> None:
    with pytest.raises(MalformedError):
        registered.admin.register_issuer("did:web:other", "새\u200b벽", "Other", "http://localhost:8001/i/o")


def test_stranger_is_told_that_it_may_not(registered: Chain) -> None:
    stranger = registered.admin_of(registered.account(5))
    before = registered.client.head().number
    with pytest.raises(RegistryRejectedError) as caught:
        stranger.accredit(DID, "UniversityDegree")
    assert caught.value.error_name == "IssuerRegistryNotAllowed"
    assert registered.account(5).address.lower() in caught.value.message
    assert registered.client.head().number == before


def test_account_without_money_is_no_revert(registered: Chain) -> None:
    poor = RegistryAdmin(registered.client, registered.deployments, Account.create())
    with pytest.raises((RegistryRejectedError, SourceUnavailableError)):
        poor.accredit(DID, "UniversityDegree")


def test_controller_retires_and_reports_and_adds_nothing(registered: Chain) -> None:
    controller = registered.admin_of(registered.account(4))
    controller.retire_key(DID, KEY)
    controller.report_compromise(DID, KEY, now(registered) - 60)
    for forbidden in (
        lambda: controller.add_key(DID, hashlib.sha256(b"other").digest()),
        lambda: controller.authorize_anchorer(DID, registered.account(4).address),
        lambda: controller.accredit(DID, "UniversityDegree"),
        lambda: controller.set_status(DID, IssuerStatus.CLOSED),
    ):
        with pytest.raises(RegistryRejectedError) as caught:
            forbidden()
        assert caught.value.error_name == "IssuerRegistryNotAllowed"


def test_compromise_further_back_waits_for_the_guardian(registered: Chain) -> None:
    controller = registered.admin_of(registered.account(4))
    guardian = registered.admin_of(registered.account(2))
    since = now(registered) - 10 * DAY
    controller.report_compromise(DID, KEY, since)
    reported = record_of(registered).keys[0].compromised_since
    assert reported is not None
    assert int(reported.timestamp()) > since + 8 * DAY
    with pytest.raises(RegistryRejectedError):
        guardian.confirm_compromise(DID, KEY, since - 1)
    guardian.confirm_compromise(DID, KEY, since)
    confirmed = record_of(registered).keys[0].compromised_since
    assert confirmed is not None
    assert int(confirmed.timestamp()) == since


def test_guardian_suspends_and_the_accreditor_reinstates(registered: Chain) -> None:
    guardian = registered.admin_of(registered.account(2))
    guardian.set_status(DID, IssuerStatus.SUSPENDED)
    with pytest.raises(RegistryRejectedError):
        guardian.set_status(DID, IssuerStatus.ACTIVE)
    registered.admin.set_status(DID, IssuerStatus.ACTIVE)
    assert [c.status.value for c in record_of(registered).status_log] == ["active", "suspended", "active"]


def test_delegated_accreditor_serves_its_own_companies(registered: Chain) -> None:
    delegate_account = registered.account(6)
    delegate = registered.admin_of(delegate_account)
    registered.admin.grant_role("DELEGATE", delegate_account.address)
    assert registered.admin.has_role("DELEGATE", delegate_account.address)
    registered.admin.set_delegate_type(delegate_account.address, "EmploymentRecord", True)
    company = "did:web:small.example"
    delegate.register_issuer(
        company, "작은회사(시연용)", "Small Company (demo)", "http://localhost:8001/i/small"
    )
    delegate.accredit(company, "EmploymentRecord", now(registered) + DAY)
    with pytest.raises(RegistryRejectedError, match="may not accredit"):
        delegate.accredit(company, "UniversityDegree")
    registered.admin.set_registrar(company, registered.account(0).address)
    with pytest.raises(RegistryRejectedError):
        delegate.end_accreditation(company, "EmploymentRecord")
    registered.admin.revoke_role("DELEGATE", delegate_account.address)
    assert not registered.admin.has_role("DELEGATE", delegate_account.address)


def test_past_times_are_refused(registered: Chain) -> None:
    past = now(registered) - 60
    for forbidden in (
        lambda: registered.admin.accredit(DID, "UniversityDegree", past),
        lambda: registered.admin.add_key(DID, hashlib.sha256(b"other").digest(), past),
        lambda: registered.admin.retire_key(DID, KEY, past),
    ):
        with pytest.raises(RegistryRejectedError) as caught:
            forbidden()
        assert caught.value.error_name == "IssuerRegistryTimeInPast"


def test_unmined_transaction_is_reported_as_unknown(own_chain: Chain) -> None:
    own_chain.admin.register_issuer(DID, *NAMES)
    own_chain.client.request("evm_setAutomine", [False])
    impatient = RegistryAdmin(own_chain.client, own_chain.deployments, own_chain.account(0), wait_seconds=0.2)
    with pytest.raises(SourceUnavailableError, match="look it up"):
        impatient.accredit(DID, "UniversityDegree")
    own_chain.mine()
    assert record_of(own_chain).accreditations


def test_unknown_role_is_refused(chain: Chain) -> None:
    with pytest.raises(ValueError, match="no role"):
        chain.admin.grant_role("KING", chain.account(1).address)
