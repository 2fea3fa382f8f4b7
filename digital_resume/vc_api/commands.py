"""``resume vc-api``; it comes in by the entry-point group ``digital_resume.commands``, as others do."""

from typing import Annotated

import typer


def vc_api(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="포트 · port to listen on")] = 9000,
    host: Annotated[str, typer.Option(help="주소 · address to listen on")] = "127.0.0.1",
    *,
    https: Annotated[
        bool, typer.Option("--https", help="자체 서명 인증서로 · with a self-signed certificate")
    ] = False,
) -> None:
    """W3C VC-API · serve the VC-API for integrators and conformance suites."""
    from digital_resume.vc_api.serving import serve

    serve(host, port, https=https)
