"""SoftHSM, a PKCS#11 token in software, for tests: the installed one, else Debian's package.

``python -m scripts.softhsm`` finds or installs it and prints where its library is.
"""

import os
import shutil
import sys
from pathlib import Path

from scripts.apt import install_packages

_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


class SoftHsmError(Exception):
    """No SoftHSM could be had; the message says what to do."""


def find_softhsm() -> Path | None:
    """Return the library, if library and command are there; ``SOFTHSM2_MODULE=/path`` goes first."""
    named = os.environ.get("SOFTHSM2_MODULE")
    places = [Path(named)] if named else []
    places += [Path(place) for place in _PLACES]
    places += sorted(Path("/usr/lib").glob("*/softhsm/libsofthsm2.so"))
    if shutil.which("softhsm2-util") is None:
        return None
    return next((place for place in places if place.is_file()), None)


def find_or_install_softhsm() -> Path:
    """Return the library; install Debian's package when there is none.

    Raises:
        SoftHsmError: it could not be installed.
    """
    found = find_softhsm()
    if found is None and install_packages("softhsm2"):
        found = find_softhsm()
    if found is None:
        raise SoftHsmError(
            "SoftHSM을 설치하지 못했습니다. softhsm2를 설치하거나 SOFTHSM2_MODULE=/경로 로 알려 주세요.\n"
            "SoftHSM could not be installed. Install softhsm2, or name it: SOFTHSM2_MODULE=/path"
        )
    return found


def main() -> int:
    """Find or install SoftHSM; return the exit code."""
    try:
        print(find_or_install_softhsm())
    except SoftHsmError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
