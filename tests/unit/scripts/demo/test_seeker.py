"""The demonstration's wallet is started without a secret in its command line."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts.demo.seeker import Seeker


def test_nothing_private_stands_in_the_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[list[str], dict[str, Any]]] = []
    real = subprocess.run

    def watched(arguments: list[str], **options: Any) -> Any:
        calls.append((arguments, json.loads(options["input"])))
        return real(["echo", '{"shareId": "s", "link": "l", "expires": 1}'], capture_output=True, text=True)

    monkeypatch.setattr(subprocess, "run", watched)
    seeker = Seeker(tmp_path / "state.json")
    seeker.claim("openid-credential-offer://veiled-offer", "493536")
    seeker.share(
        "http://w", "http://v", statement="veiled-statement", hide=("birthDate",), only=("Internship",)
    )
    seeker.share("http://w", "http://v")
    seeker.share("http://w", "http://v", hide=())
    seeker.stop("veiled-share")
    for arguments, _ in calls:
        assert "veiled" not in " ".join(arguments)
        assert "493536" not in arguments
    assert calls[0][1] == {"offer": "openid-credential-offer://veiled-offer", "tx-code": "493536"}
    assert calls[1][1]["statement"] == "veiled-statement"
    assert calls[1][1]["wallet-url"] == "http://w"
    hidden = [given.get("hide") for _, given in calls[1:4]]
    assert hidden == ["birthDate", None, ""], "what the types say, unless told, and nothing when told so"
