"""The settings of the product that `make up` runs on a data folder, for commands beside it.

What the environment says goes first: against another deployment the folder is not looked at.
"""

import json
import os
from pathlib import Path

_DOORS = ("issuer", "wallet", "verifier", "modules")


def use_data_folder(folder: Path, service: str = "issuer") -> bool:
    """Put the folder's settings into the environment unless it names a database; tell whether it did.

    Args:
        folder: what `make up` was given, ``data`` by default.
        service: whose role in the database is used.
    """
    if os.environ.get("DATABASE_URL") or not (folder / "database" / f"{service}.url").is_file():
        return False
    for name, value in environment_of(folder.absolute(), service).items():
        os.environ.setdefault(name, value)
    return True


def environment_of(folder: Path, service: str = "issuer") -> dict[str, str]:
    """Return the settings that the files of a data folder say."""
    found = {
        "DATABASE_URL": (folder / "database" / f"{service}.url").read_text("utf-8").strip(),
        "DEPLOYMENTS_FILE": str(folder / "deployments.json"),
        "KEY_ENCRYPTION_KEY_FILE": str(folder / "kek"),
        "DATA_DIR": str(folder),
    }
    chain = folder / "chain" / "port"
    if chain.is_file():
        found["RPC_URLS"] = f"http://127.0.0.1:{chain.read_text('ascii').strip()}"
        found["CHAIN_SNAPSHOT_FILE"] = str(folder / "chain" / "state.json")
    ports = json.loads((folder / "ports.json").read_text("utf-8"))
    found |= {f"{door.upper()}_URL": f"http://localhost:{ports[door]}" for door in _DOORS if door in ports}
    return found
