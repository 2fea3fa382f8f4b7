"""Whoever processes JSON-LD reads ``CONTEXTS_DIR`` when it starts, and does not start with a wrong one."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from digital_resume.adapters.clock import SystemClock
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.errors import MalformedError
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer, use_contexts
from digital_resume.vc_api.service import build_service
from digital_resume.vc_api.settings import VcApiSettings
from issuer.context import Context
from issuer.settings import IssuerSettings
from verifier.connections import open_connections
from verifier.settings import VerifierSettings

DATABASE = "postgresql://nobody@127.0.0.1:9/none"
URL = "https://example.org/degree/v1"


@pytest.fixture(autouse=True)
def installed_only() -> Iterator[None]:
    """Leave the next test the contexts that are shipped."""
    yield
    use_contexts({})


def start_vc_api(folder: Path) -> None:
    build_service(VcApiSettings(contexts_dir=folder))


def start_issuer(folder: Path) -> None:
    key = b64u_encode(bytes(range(32)))
    values = {"database_url": DATABASE, "key_encryption_key": key, "contexts_dir": folder}
    Context.from_settings(IssuerSettings.model_validate(values))


def start_verifier(folder: Path) -> None:
    settings = VerifierSettings.model_validate({"database_url": DATABASE, "contexts_dir": folder})
    # It goes on to the chain, which is not set up here.
    with suppress(ValueError):
        open_connections(settings, SystemClock())


@pytest.mark.parametrize("start", [start_vc_api, start_issuer, start_verifier])
def test_it_is_read_at_the_start(tmp_path: Path, start: Callable[[Path], None]) -> None:
    context = json.dumps({"@context": {"grade": "urn:own:grade"}}).encode()
    (tmp_path / "degree.jsonld").write_bytes(context)
    listed = {"url": URL, "file": "degree.jsonld", "sha256": hashlib.sha256(context).hexdigest()}
    (tmp_path / "contexts.json").write_text(json.dumps({"contexts": [listed]}), "utf-8")
    start(tmp_path)
    assert URL in default_canonicalizer().loader
    (tmp_path / "degree.jsonld").write_bytes(context + b"\n")
    with pytest.raises(MalformedError, match=r"degree\.jsonld is not the file"):
        start(tmp_path)
