"""``resume serve``: an installed service, hardened (``digital_resume.web.serving``)."""

from typing import Annotated

import typer

from digital_resume.core.errors import ResumeError


class ServiceUnknownError(ResumeError):
    """A service that no installed distribution brings."""

    code = "service_unknown"


def serve(
    service: Annotated[str, typer.Argument(help="issuer, wallet, verifier, modules")],
    host: Annotated[str, typer.Option(help="듣는 주소 · address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="포트 · its port")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="프로세스 수 · processes")] = 1,
) -> None:
    """서비스 하나 · serve one installed service until told to stop."""
    from digital_resume.extensions import SERVICES, declared
    from digital_resume.web.serving import serve as run

    factories = {entry.name: entry.value for entry in declared(SERVICES)}
    if service not in factories:
        raise ServiceUnknownError(
            f"There is no service named {service!r} here; installed are: {', '.join(factories)}."
        )
    run(factories[service], host=host, port=port, workers=workers)
