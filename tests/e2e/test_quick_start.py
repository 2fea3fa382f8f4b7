"""The README's quick start, as somebody copies it: its very block runs against the running product."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.browsers import ROOT
from tests.e2e.product import Product

pytestmark = pytest.mark.e2e

_BLOCK = re.compile(r"<!-- quick start: .*? -->\n\n```sh\n(.*?)```", re.DOTALL)


def test_the_quick_start_of_the_readme_ends_with_a_verified_resume(product: Product) -> None:
    found = _BLOCK.search((ROOT / "README.md").read_text("utf-8"))
    assert found is not None
    # The product of the tests has ports and a data folder of its own; all else is run as it is printed.
    script = found[1]
    for printed, here in {
        "http://localhost:8001": product.url("issuer"),
        "http://localhost:8002": product.url("wallet"),
        "http://localhost:8003": product.url("verifier"),
        "--data data": f"--data {product.data_dir}",
        "$PWD/.venv/bin": str(Path(sys.executable).parent),
    }.items():
        assert printed in script
        script = script.replace(printed, here)
    for _ in ("on fresh data", "again, on the data of the first run"):
        shown = _run(script)
        assert "/api/v1/records\n" in shown, "the OpenAPI document lists the signing API"
        assert "확인됨" in shown
        assert "새벽대학교(시연용)" in shown


def _run(script: str) -> str:
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={**os.environ, "NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
