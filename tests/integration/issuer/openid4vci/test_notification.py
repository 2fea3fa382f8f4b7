"""The notification endpoint refuses what it cannot understand."""

import pytest

from tests.integration.issuer.answers import assert_protocol_error, granted
from tests.integration.issuer.rig import Rig, Wallet


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "invalid_notification_request"),
        ({"notification_id": "x", "event": "credential_eaten"}, "invalid_notification_request"),
        ({"notification_id": "unknown", "event": "credential_accepted"}, "invalid_notification_id"),
    ],
)
async def test_a_wrong_notification_is_refused(
    rig: Rig, wallet: Wallet, body: dict[str, str], error: str
) -> None:
    headers = {"Authorization": f"Bearer {await granted(rig, wallet)}"}
    before = await rig.state()
    answer = await rig.http.post("/i/univ/notification", json=body, headers=headers)
    assert_protocol_error(answer, 400, error)
    assert await rig.state() == before
