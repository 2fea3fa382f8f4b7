"""The command ``resume``: thin doors to what the services and adapters do.

What services and modules add comes by entry points (``digital_resume.cli.extending``): none is named here.
"""

import sys
from collections.abc import Sequence

import typer

from digital_resume.cli.checkpoint_commands import app as checkpoint_app
from digital_resume.cli.database_commands import database_roles, migrate
from digital_resume.cli.deploy_command import deploy
from digital_resume.cli.extending import ExtensibleGroup
from digital_resume.cli.receipt_commands import app as receipt_app
from digital_resume.cli.reporting import reporting
from digital_resume.cli.serve_command import serve
from digital_resume.cli.tiles_commands import app as tiles_app
from digital_resume.cli.verify_commands import bundle, verify
from digital_resume.cli.worker_command import worker

app = typer.Typer(
    cls=ExtensibleGroup,
    help="검증 가능한 디지털 이력서 · verifiable digital resume",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)
app.add_typer(receipt_app, name="receipt")
app.add_typer(checkpoint_app, name="checkpoint")
app.add_typer(tiles_app, name="tiles")
for command in (verify, bundle, deploy, migrate, database_roles, serve, worker):
    app.command()(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code of one that failed, and ends the process otherwise.

    Args:
        arguments: those of the command line when not given.
    """
    return reporting(lambda: app(arguments))


if __name__ == "__main__":
    sys.exit(main())
