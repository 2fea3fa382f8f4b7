"""``resume tiles export``; checking the files needs no issuer and is in ``digital_resume.cli``."""

import typer

from digital_resume.cli.receipt_commands import parse_hash
from digital_resume.cli.tiles_commands import Batch, Folder, progress_bar


def export(folder: Folder, batch: Batch = None) -> None:
    """앵커된 모든 묶음을 파일로; 멈추면 이어서 함 · write every anchored batch; goes on where it stopped."""
    from digital_resume.adapters.chain.deployments import read_deployments
    from digital_resume.core.errors import SourceUnavailableError
    from digital_resume.settings import CommonSettings
    from issuer.commands.tiles import export_tiles

    settings = CommonSettings()
    if settings.deployments_file is None:
        raise SourceUnavailableError("DEPLOYMENTS_FILE is not set: it names the chain of the batches.")
    chain = read_deployments(settings.deployments_file).anchor_chain
    root = parse_hash(batch) if batch else None
    with progress_bar() as progress:
        done = export_tiles(
            settings.database_url.get_secret_value(), chain, folder, root=root, progress=progress
        )
    typer.echo(
        f"✔ 새로 쓴 묶음 {done.written}, 이미 있던 묶음 {done.present} · "
        f"{done.written} batches written, {done.present} were there"
    )
