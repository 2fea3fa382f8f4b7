"""Debian's packages, for tests: installed when we are root and the machine has apt, else left to others."""

import os
import shutil
import subprocess
import time
from typing import Final

#: A mirror that falters is asked again; another apt, as of a machine that has just started, is waited for.
_OPTIONS: Final = ("-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300")
_TRIES: Final = 3


def install_packages(*packages: str) -> bool:
    """Install packages without asking anything and tell whether they are there."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    update, install = ["update"], ["install", "-y", "--no-install-recommends", *packages]
    for attempt in range(1, _TRIES + 1):
        # Lists that could not be renewed may still do.
        for words in (update, install):
            done = subprocess.run(
                [apt, *_OPTIONS, *words], env=environment, stdout=subprocess.DEVNULL, check=False
            )
        if done.returncode == 0:
            return True
        if attempt < _TRIES:
            time.sleep(5.0 * attempt)
    return False
