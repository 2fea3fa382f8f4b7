"""`make demo` as people run it: the whole story in a terminal of its own, judged by its verdicts."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.e2e.browsers import ROOT

pytestmark = pytest.mark.e2e

CASES = (
    "진본 아님 · Not genuine",
    "효력 없음 · Not in force",
    "진본 아님 · Not genuine",
    "미등록 기관 · Unknown issuer",
    "확인됨 · Verified",
    "확인하지 못함 · Could not check",
    "공유 종료 · Sharing ended",
)


def test_the_demonstration_ends_with_the_eight_expected_verdicts() -> None:
    # Not one of pytest's folders: an unprivileged database user must be able to pass.
    with tempfile.TemporaryDirectory(prefix="vdr-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        done = subprocess.run(
            [sys.executable, "-m", "scripts.demo", "--data", str(folder / "data")],
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        assert (folder / "data" / "resume-qr.png").read_bytes().startswith(b"\x89PNG")
    said = done.stdout
    assert said.lstrip().startswith("다섯 기관 · 한 장의 이력서 · 한 번의 스캔")
    assert re.search(r"│\s+✔\s+확인됨\s+│", said), "the resume as it is"
    assert tuple(line.strip() for line in re.findall(r"▶ (.+)", said)) == CASES
    assert "8/8" in said
    assert "Traceback" not in said + done.stderr
