"""Accrediting an institution: everything it needs, once, and the rest of it after a crash."""

import pytest

from digital_resume.adapters.chain.accreditation import Accreditable, accredit
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.core.trust.issuers import IssuerRecord, key_digest
from tests.integration.chain.rig import DID, NAMES, Chain

pytestmark = pytest.mark.integration

INSTITUTION = Accreditable(DID, *NAMES, ("UniversityDegree", "AcademicTranscript"), key_digest("zDnKey"))


def accredited(chain: Chain, anchorer: str) -> int:
    directory = ChainTrustDirectory(chain.client, chain.deployments)
    return accredit(INSTITUTION, chain.admin, directory, anchorer)


def record_of(chain: Chain) -> IssuerRecord:
    record = ChainTrustDirectory(chain.client, chain.deployments).issuer(DID)
    assert record is not None
    return record


def test_names_types_anchorer_and_key_are_entered_once(chain: Chain) -> None:
    anchorer = chain.account(1).address
    assert accredited(chain, anchorer) == 5
    record = record_of(chain)
    assert (record.name_ko, record.name_en, record.url) == NAMES
    assert {each.credential_type for each in record.accreditations} == set(INSTITUTION.credential_types)
    assert [grant.address for grant in record.anchorers] == [anchorer]
    assert record.key(INSTITUTION.key_digest) is not None
    assert accredited(chain, anchorer) == 0


def test_what_a_crash_left_out_is_entered_by_the_next_run(chain: Chain) -> None:
    chain.admin.register_issuer(DID, *NAMES)
    chain.admin.accredit(DID, "AcademicTranscript")
    assert accredited(chain, chain.account(1).address) == 3
    assert {each.credential_type for each in record_of(chain).accreditations} == set(
        INSTITUTION.credential_types
    )
