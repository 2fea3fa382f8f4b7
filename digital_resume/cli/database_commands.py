"""``resume migrate`` and ``resume database-roles``: schemas and roles of every installed service."""

from typing import Annotated

import typer


def migrate(
    new_passwords: Annotated[
        bool, typer.Option("--new-passwords", help="역할의 비밀번호를 새로 · for roles without a file here")
    ] = False,
) -> None:
    """모든 스키마를 최신으로, 서비스마다 역할도 · bring every schema and service's role up to date."""
    from digital_resume.adapters.database.roles import DatabaseRoleError
    from digital_resume.adapters.database.setting_up import ensure_roles, migrate_all
    from digital_resume.settings import CommonSettings

    settings = CommonSettings()
    url, folder = settings.database_url.get_secret_value(), settings.data_dir / "database"
    for schema, version in migrate_all(url).items():
        typer.echo(f"{schema:<18}{version}")
    try:
        known = ensure_roles(url, folder, renew=new_passwords)
    except DatabaseRoleError as error:
        if error.code != "database_roles_not_permitted":
            raise
        typer.secho(f"! 서비스별 역할은 만들지 못했습니다.\n  {error.message}", fg="yellow", err=True)
    else:
        for service in known:
            typer.echo(f"{service:<18}DATABASE_URL={folder / service}.url")


def database_roles() -> None:
    """역할을 손으로 만드는 SQL · print the SQL that makes the services' roles by hand."""
    from digital_resume.adapters.database.roles import statements_by_hand
    from digital_resume.settings import CommonSettings

    typer.echo(statements_by_hand(CommonSettings().database_url.get_secret_value()))
