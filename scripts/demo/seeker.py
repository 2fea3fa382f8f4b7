"""A seeker of the demonstration: the wallet's own protocol modules, driven under Node.

The very files that the browser loads do the claiming, composing and sharing; this module starts
``wallet/node/run.mjs`` and reads its JSON answers. A wallet's state is one file (0600). Offers, codes,
links and statements go over stdin: everybody on the machine can read a command line.
"""

import json
import shutil
import subprocess
import sys
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digital_resume.adapters.children import tie_to_parent

ROOT = Path(__file__).parents[2]
RUNNER = ROOT / "wallet" / "node" / "run.mjs"
COMMAND_SECONDS = 180


class SeekerError(Exception):
    """The wallet refused; the message is the wallet's own."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share that the wallet made; ``link`` carries the key after ``#``."""

    share_id: str
    link: str
    expires: int


@dataclass(frozen=True, slots=True)
class Seeker:
    """One wallet.

    Args:
        state: the wallet's state file; made by ``init`` when it is missing.
    """

    state: Path

    def _run(self, command: str, **options: str) -> Any:
        node = Path(sys.executable).with_name("node")
        arguments = [str(node) if node.exists() else "node", str(RUNNER), "--state", str(self.state)]
        done = subprocess.run(
            [*arguments, command, "--input", "-"],
            input=json.dumps({name.replace("_", "-"): value for name, value in options.items()}),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
            cwd=ROOT,
            # A killed demonstration leaves no wallet behind that still writes its state.
            preexec_fn=tie_to_parent(),  # nothing else ties a child to its parent's life
        )
        if done.returncode != 0:
            raise SeekerError((done.stdout.strip() or done.stderr.strip())[-800:])
        return json.loads(done.stdout)

    def init(self) -> Any:
        """Make the wallet's key unless it has one."""
        return self._run("init")

    def copy_to(self, state: Path) -> "Seeker":
        """Copy the wallet, so that a case can be played without touching the original."""
        state.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.state, state)
        state.chmod(0o600)
        return Seeker(state)

    def claim(self, offer_uri: str, tx_code: str | None = None) -> Any:
        """Claim the credential behind an offer (OpenID4VCI, pre-authorized code)."""
        return self._run("claim", offer=offer_uri, **({"tx_code": tx_code} if tx_code else {}))

    def claim_by_identity(self, credential_issuer: str) -> Any:
        """Present the identity credential to an institution and claim all that it holds for one."""
        return self._run("claim-identity", issuer=credential_issuer)

    def finish(self) -> Any:
        """Ask again for what a lost answer or a killed wallet left pending."""
        return self._run("finish")

    def is_waiting(self) -> bool:
        """Tell whether something is left pending."""
        return bool(json.loads(self.state.read_text()).get("pending"))

    def held_types(self) -> set[str]:
        """Return the types of the credentials held."""
        return {entry["type"] for entry in json.loads(self.state.read_text())["entries"]}

    def fetch_receipts(self, wait: float = 0) -> Any:
        """Fetch the receipts of everything held, waiting up to ``wait`` seconds for those still missing."""
        return self._run("receipts", wait=str(int(wait)))

    def newest(self, credential_type: str) -> str:
        """Return the id, within the wallet, of the credential of a type that was claimed last."""
        held = [c for c in self.list()["credentials"] if c["type"] == credential_type]
        return str(held[-1]["id"])

    def status_of(self, credential_type: str) -> tuple[str, int]:
        """Return the status list URI and index that the newest credential of a type names."""
        entries = json.loads(self.state.read_text())["entries"]
        entry = [e for e in entries if e["type"] == credential_type][-1]
        payload = entry["credential"].split(".")[1]
        status = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["status"]["status_list"]
        return str(status["uri"]), int(status["idx"])

    def list(self) -> Any:
        """List what the wallet holds."""
        return self._run("list")

    def share(
        self,
        wallet_url: str,
        verifier_url: str,
        *,
        hide: tuple[str, ...] | None = None,
        statement: str = "",
        days: int = 30,
        only: tuple[str, ...] = (),
    ) -> Share:
        """Compose, sign, encrypt and share the resume; returns its link.

        What is hidden is what each credential's type says, unless ``hide`` names the claims; none when empty.
        """
        options = {"wallet_url": wallet_url, "verifier_url": verifier_url, "days": str(days)}
        chosen = {"statement": statement, "only": ",".join(only)}
        options |= {name: text for name, text in chosen.items() if text}
        if hide is not None:
            options["hide"] = ",".join(hide)
        answer = self._run("compose-share", **options)
        return Share(answer["shareId"], answer["link"], int(answer["expires"]))

    def stop(self, share_id: str) -> Any:
        """Stop a share: the wallet server erases its ciphertext."""
        return self._run("stop-share", share_id=share_id)
