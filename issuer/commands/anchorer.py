"""``resume anchorer``: the account that anchors, for whoever funds and authorises it."""

from typing import Annotated

import typer


def anchorer(
    create: Annotated[
        bool, typer.Option("--create", help="토큰 안에 키를 만듦 · make the key in the PKCS#11 token")
    ] = False,
) -> None:
    """앵커링 계정의 주소 · print the anchoring account's address; fund and authorise it."""
    from digital_resume.adapters.token_account import create_key
    from issuer.chain.account import anchoring_account, token_of
    from issuer.settings import IssuerSettings

    settings = IssuerSettings()
    account = create_key(*token_of(settings)) if create else anchoring_account(settings)
    typer.echo(account.address)
