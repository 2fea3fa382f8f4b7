"""The audit log tells what was done, and nothing of a person."""

import re

from tests.integration.issuer.rig import Rig, Wallet


async def test_the_audit_log_holds_no_personal_data(rig: Rig, wallet: Wallet) -> None:
    _, made = await rig.offered()
    answer = await wallet.claim(made["offer"], made["txCode"])
    # Without moments and ids, whose digits may be those of a code.
    columns = "concat_ws(' ', actor, action, subject, detail)"
    log = await rig.scalar(f"select string_agg({columns}, ' ') from issuer.audit_event")
    log = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", log)
    for action in ("record.received", "record.offered", "offer.redeemed", "credential.issued"):
        assert action in log
    for secret in ("김하늘", "2001-03-14", made["txCode"], answer["access_token"]):
        assert secret not in log
