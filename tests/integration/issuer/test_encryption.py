"""Encryption at rest: the database alone tells nothing."""

from sqlalchemy import text

from tests.integration.issuer.rig import PRE_AUTHORIZED, Rig, Wallet


async def test_the_database_never_holds_a_claim_a_code_or_a_token_in_the_clear(
    rig: Rig, wallet: Wallet
) -> None:
    _, made = await rig.offered()
    answer = await wallet.claim(made["offer"], made["txCode"])
    code = made["offer"]["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    secrets = [
        "김하늘",
        code,
        answer["access_token"],
        answer["credentials"][0]["credential"],
        rig.institutions["univ"].api_key.split("_", 2)[2],  # whole: a secret may hold "_" itself
        rig.settings.key_encryption_key.get_secret_value(),
    ]
    async with rig.context.database.sessions() as session:
        tables = await session.scalars(
            text("select table_name from information_schema.tables where table_schema = 'issuer'")
        )
        dump = ""
        for table in list(tables):
            rows = await session.execute(text(f"select t::text from issuer.{table} t"))
            dump += "".join(row[0] for row in rows)
    for secret in secrets:
        assert secret not in dump
        assert secret.encode().hex() not in dump
