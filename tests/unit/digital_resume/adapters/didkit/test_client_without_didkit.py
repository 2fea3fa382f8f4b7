"""didkit is optional: without it the product runs, and says what to do when it is asked for."""

import importlib.util
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from digital_resume.adapters.didkit import DidkitVerifier
from digital_resume.core.errors import SourceUnavailableError

_CREDENTIAL = (
    b'{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],'
    b'"issuer":"did:key:z6Mk","issuanceDate":"2020-01-01T00:00:00Z","credentialSubject":{"id":"did:a:b"},'
    b'"proof":{"type":"Ed25519Signature2018","proofPurpose":"assertionMethod",'
    b'"verificationMethod":"did:key:z6Mk#z6Mk"}}'
)


def test_its_absence_is_said_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    verifier = DidkitVerifier()
    assert not verifier.is_available()
    with pytest.raises(SourceUnavailableError, match=r"requirements/didkit\.txt") as caught:
        verifier.verify(_CREDENTIAL, now=datetime.now(UTC))
    assert caught.value.code == "didkit_missing"
    assert verifier.pid is None


def test_the_product_never_imports_it() -> None:
    code = "import sys; from digital_resume.adapters.didkit import worker; sys.exit('didkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
