"""Write the pinned chain and contracts (``digital_resume.core.verification.deployments``) atomically."""

import json
from pathlib import Path
from typing import Final

from digital_resume.adapters.private_files import write_whole
from digital_resume.core.verification.deployments import (
    DeployedContract,
    Deployments,
    DeploymentsFileError,
    parse_deployments,
)

__all__ = ["DeployedContract", "Deployments", "DeploymentsFileError", "parse_deployments"]
__all__ += ["read_deployments", "write_deployments"]

MAX_BYTES: Final = 64 * 1024


def read_deployments(path: Path) -> Deployments:
    """Read the deployments file.

    Raises:
        DeploymentsFileError: missing, too large or malformed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DeploymentsFileError(
            f"The deployments file {path} cannot be read. Deploy first (`resume deploy`), or set "
            "DEPLOYMENTS_FILE."
        ) from error
    if len(data) > MAX_BYTES:
        raise DeploymentsFileError(f"The deployments file {path} is larger than {MAX_BYTES} bytes.")
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DeploymentsFileError(f"The deployments file {path} is not JSON.") from error
    return parse_deployments(raw)


def write_deployments(path: Path, deployments: Deployments) -> None:
    """Write the deployments file atomically: a crash leaves the old file or the new one."""
    text = json.dumps(deployments.to_json(), ensure_ascii=False, indent=2) + "\n"
    write_whole(path, text.encode(), mode=0o644)
