"""A service as a process: ``python -m digital_resume.web.serving issuer.app:create_app --port 8001``.

uvicorn with everything that a service on the open internet needs; ``resume serve`` and ``make up`` start
services by it.
"""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import Any, Final

import uvicorn
from pydantic import ValidationError

from digital_resume.settings import settings_problem
from digital_resume.web.bounded_http import BoundedHttp
from digital_resume.web.server_settings import ServerSettings

if sys.platform != "win32":
    import resource

_DESCRIPTORS: Final = 16_384
#: What holds wherever a service is served, also by uvicorn's own command.
HARDENED: Final[dict[str, Any]] = {
    "http": BoundedHttp,
    "ws": "none",
    # Whom a request counts for is what TRUSTED_PROXY_HOPS says, never what a header says by itself.
    "proxy_headers": False,
    # Paths hold ids of shares and receipts.
    "access_log": False,
    "server_header": False,
    # So many connections are accepted before the first of them is looked at.
    "backlog": 128,
    "timeout_graceful_shutdown": 5,
}
#: One form for every line, with its time. Libraries say warnings only: some log whole addresses below that.
LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"timed": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "timed"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"uvicorn": {"level": "INFO"}},
}


def serve(
    factory: str, *, host: str = "127.0.0.1", port: int = 8000, workers: int = 1, log_level: str = "info"
) -> None:
    """Serve an app until the process is told to stop.

    Args:
        factory: what makes the app, ``issuer.app:create_app``.
        host: address to listen on.
        port: its port.
        workers: processes.
        log_level: of the server.

    Raises:
        pydantic.ValidationError: a limit of connections is malformed.
    """
    raise_descriptors()
    ServerSettings()
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level=log_level,
        log_config=LOGGING,
        **HARDENED,
    )


def raise_descriptors() -> None:
    """Raise the limit of file descriptors to what a server needs, as far as the system allows."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve what the command line names."""
    parser = argparse.ArgumentParser(prog="digital_resume.web.serving", description=__doc__)
    parser.add_argument("factory")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log-level", default="info")
    chosen = parser.parse_args(arguments)
    try:
        serve(chosen.factory, host=chosen.host, port=chosen.port, log_level=chosen.log_level)
    except ValidationError as error:
        sys.stderr.write(f"✘ {settings_problem(error)}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
