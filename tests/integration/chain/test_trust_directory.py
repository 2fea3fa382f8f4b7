"""The registry of institutions: what the chain says of them, and nothing while it cannot be read."""

import hashlib
from collections.abc import Callable

import pytest

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.ports import TrustDirectory
from digital_resume.core.trust.issuers import IssuerStatus
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import DID, NAMES, Chain

pytestmark = pytest.mark.integration
MakeProxy = Callable[[str], FaultyNode]
KEY = hashlib.sha256(b"zDnKey").digest()
ROOT = hashlib.sha256(b"root").digest()


@pytest.fixture
def registered(chain: Chain) -> Chain:
    """Register an institution with everything it needs."""
    chain.admin.register_issuer(DID, *NAMES)
    chain.admin.accredit(DID, "UniversityDegree")
    chain.admin.authorize_anchorer(DID, chain.account(1).address)
    chain.admin.add_key(DID, KEY)
    return chain


def test_everything_about_an_institution_is_read(registered: Chain) -> None:
    directory: TrustDirectory = ChainTrustDirectory(registered.client, registered.deployments)
    record = directory.issuer(DID)
    assert record is not None
    now = registered.client.head().time
    assert (record.did, record.name_ko, record.name_en, record.url) == (DID, *NAMES)
    assert record.status_at(now) is IssuerStatus.ACTIVE
    assert record.accredited_at("UniversityDegree", now)
    assert not record.accredited_at("AcademicTranscript", now)
    assert record.anchorer_at(registered.account(1).address.lower(), now)
    key = record.key(KEY)
    assert key is not None
    assert key.compromised_since is None


def test_changes_are_seen_at_the_next_question(registered: Chain) -> None:
    directory = ChainTrustDirectory(registered.client, registered.deployments)
    directory.issuer(DID)
    heir = "did:web:localhost%3A8001:i:heir"
    admin = registered.admin
    admin.register_issuer(
        heir, "이어받은대학교(시연용)", "Heir University (demo)", "http://localhost:8001/i/heir"
    )
    admin.set_status(DID, IssuerStatus.MERGED, heir)
    admin.end_accreditation(DID, "UniversityDegree")
    admin.end_anchorer(DID, registered.account(1).address)
    admin.retire_key(DID, KEY)
    admin.report_compromise(DID, KEY, int(registered.client.head().time.timestamp()))
    record = directory.issuer(DID)
    assert record is not None
    assert record.status_log[-1].status is IssuerStatus.MERGED
    assert record.status_log[-1].successor == heir
    assert record.accreditations[0].period.end is not None
    assert record.anchorers[0].period.end is not None
    assert record.keys[0].period.end is not None
    assert record.keys[0].compromised_since is not None


@pytest.mark.parametrize("did", ["did:web:nobody", "", "x" * 300, "did:web:\ud800", "가"])
def test_unknown_institution_is_none(chain: Chain, did: str) -> None:
    assert ChainTrustDirectory(chain.client, chain.deployments).issuer(did) is None


def test_unchanged_head_is_answered_from_memory(registered: Chain, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(registered.node.url)
    directory = ChainTrustDirectory(ChainClient([proxy.url], registered.deployments), registered.deployments)
    for _ in range(4):
        assert directory.issuer(DID) is not None
        assert directory.issuer("did:web:nobody") is None
    assert proxy.count("eth_call") == 2
    registered.mine()
    directory.issuer(DID)
    assert proxy.count("eth_call") == 3


def test_memory_does_not_answer_for_a_chain_that_cannot_be_read(
    registered: Chain, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(registered.node.url)
    client = ChainClient([proxy.url], registered.deployments)
    directory = ChainTrustDirectory(client, registered.deployments)
    log = ChainAnchorLog(client, registered.deployments)
    registered.anchor(ROOT)
    chain_ref, submitter = registered.deployments.anchor_chain, registered.account(1).address
    assert directory.issuer(DID) is not None
    assert log.anchored_at(chain_ref, submitter, ROOT) is not None
    proxy.fault = lambda method: 503
    with pytest.raises(SourceUnavailableError):
        directory.issuer(DID)
    with pytest.raises(SourceUnavailableError):
        log.anchored_at(chain_ref, submitter, ROOT)
