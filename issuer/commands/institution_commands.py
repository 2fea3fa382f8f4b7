"""``resume institution``: list, add, accredit, rotate-key, api-key, and those of ``registry_commands``.

Every transaction is shown before it is sent, and sent when it is agreed to; ``--yes`` agrees to all. In
production a multisig with a timelock accredits by its own tools; what is shown here is what it sends.
"""

from pathlib import Path
from typing import Annotated

import typer

from digital_resume.cli.agreement import ask
from digital_resume.local.data_folder import use_data_folder
from issuer.commands import registry_commands

app = typer.Typer(help="기관 · institutions of the issuer", no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="make up의 자료 폴더 · data folder of make up")]
Slug = Annotated[str, typer.Argument(help="주소에 쓰는 이름 · its name in addresses")]
Account = Annotated[str, typer.Option(help="인가 기관의 키 · the accreditor's key in DATA_DIR/keys")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="모두 보냄 · send every transaction shown")]


@app.command("list")
def list_institutions(data: Data = Path("data")) -> None:
    """기관 목록 · every institution of the issuer."""
    use_data_folder(data)
    from issuer.commands.institutions import listed

    for slug, name, did, types in listed():
        typer.echo(f"{slug:<16}{name}  {did}  {', '.join(types)}")


@app.command()
def add(
    slug: Slug,
    name_ko: Annotated[str, typer.Option(help="한글 이름")],
    name_en: Annotated[str, typer.Option(help="name in English")],
    types: Annotated[list[str], typer.Option("--type", help="발급할 종류 · type it issues, repeat it")],
    data: Data = Path("data"),
) -> None:
    """기관을 더함 · add an institution; its API key is shown this once."""
    use_data_folder(data)
    from issuer.commands.institutions import add as add_institution

    made = add_institution(slug, name_ko, name_en, types)
    typer.echo(f"DID      {made.accreditable.did}\nkey      {made.verification_method}")
    typer.echo(f"API key  {made.api_key}")
    typer.echo(f"다음 · next: resume institution accredit {slug}")


@app.command()
def application(slug: Slug, data: Data = Path("data")) -> None:
    """인가 신청서 · what the authority is asked to enter, as JSON for `resume accredit FILE.json`."""
    use_data_folder(data)
    from issuer.commands.institutions import application as application_of

    typer.echo(application_of(slug))


@app.command()
def accredit(
    who: Annotated[
        str, typer.Argument(help="이름이나 신청서 · its slug, or its application", metavar="SLUG|FILE.json")
    ],
    account: Account = "admin",
    yes: Yes = False,
    data: Data = Path("data"),
) -> None:
    """체인에서 기관을 인가 · accredit an institution on the chain; what is there stays."""
    use_data_folder(data)
    if who.endswith(".json"):
        from issuer.commands.registry import accredit as accredit_applicant

        sent = accredit_applicant(Path(who), account=account, before=ask(yes))
    else:
        from issuer.commands.institutions import accredit as accredit_own

        sent = accredit_own(who, account, before=ask(yes))
    typer.echo(f"거래 {sent}건 · transactions sent")


@app.command("rotate-key")
def rotate_key(
    slug: Slug,
    *,
    account: Account = "admin",
    yes: Yes = False,
    grace_hours: Annotated[
        float, typer.Option(min=0.2, max=8_760, help="옛 키가 끝날 때까지 · until the old key ends")
    ] = 24.0,
    wait_seconds: Annotated[
        float, typer.Option(min=1, help="앵커를 기다릴 초 · seconds for the anchor")
    ] = 300.0,
    ed25519: Annotated[bool, typer.Option("--ed25519", help="Ed25519 키를 · the Ed25519 key")] = False,
    data: Data = Path("data"),
) -> None:
    """서명 키 교체 · a new signing key; interrupted, run it again and it goes on."""
    use_data_folder(data)
    from issuer.commands.institutions import rotate

    done = rotate(
        slug,
        account,
        before=ask(yes),
        grace_hours=grace_hours,
        wait_seconds=wait_seconds,
        curve="Ed25519" if ed25519 else "P-256",
    )
    typer.echo(f"새 키 · signs now      {done.new}")
    typer.echo(f"옛 키 · signs no more  {done.old}")


@app.command("add-key")
def add_key(slug: Slug, *, account: Account = "admin", yes: Yes = False, data: Data = Path("data")) -> None:
    """Ed25519 키를 더함 · an Ed25519 key beside the other, for eddsa proofs; interrupted, run it again."""
    use_data_folder(data)
    from issuer.commands.institutions import add_key as add_key_to

    typer.echo(f"키 · signs now  {add_key_to(slug, account, before=ask(yes))}")


@app.command("certificate-request")
def certificate_request(slug: Slug, data: Data = Path("data")) -> None:
    """인증서 신청서 · a request (PKCS#10) for a certificate of the signing key, for an authority of X.509."""
    use_data_folder(data)
    from issuer.commands.institutions import certificate_request as request_of

    typer.echo(request_of(slug), nl=False)


@app.command()
def certificate(
    slug: Slug,
    file: Annotated[
        Path | None,
        typer.Argument(help="PEM 파일, 키의 것 먼저 · its own first; none: take them away"),
    ] = None,
    data: Data = Path("data"),
) -> None:
    """증명에 실을 인증서 · certificates of the signing key, which its credentials carry as x5c."""
    use_data_folder(data)
    from issuer.commands.institutions import set_certificates

    set_certificates(slug, file)
    typer.echo("저장함 · kept" if file else "지움 · taken away")


@app.command("api-key")
def api_key(
    slug: Slug,
    *,
    label: Annotated[str, typer.Option(help="목록에 보일 이름 · its name in lists")] = "",
    scopes: Annotated[list[str] | None, typer.Option("--scope", help="권한 · all if none is given")] = None,
    revoke: Annotated[str, typer.Option(help="폐기할 키의 id · id of a key to revoke")] = "",
    show: Annotated[bool, typer.Option("--list", help="키 목록 · list the keys")] = False,
    data: Data = Path("data"),
) -> None:
    """API 키를 만들거나 폐기하거나 나열 · make a key (shown this once), revoke or list them."""
    use_data_folder(data)
    from issuer.commands import institutions

    if show:
        for line in institutions.api_keys_of(slug):
            typer.echo(line)
    elif revoke:
        institutions.revoke_api_key(slug, revoke)
        typer.echo(f"폐기함 · revoked: {revoke}")
    else:
        typer.echo(institutions.new_api_key(slug, label or "made by the operator", scopes or None))


registry_commands.add_to(app)
