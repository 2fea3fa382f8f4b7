"""Status entries of a credential, of any purpose and size."""

from typing import Any

import pytest

from digital_resume.core.credentials.status_entry import read_status_entries, read_status_entry
from digital_resume.core.errors import SchemaError

URL = "https://status.example/1"
MESSAGES = [{"status": "0x0", "message": "대기 · waiting"}, {"status": "0x1", "message": "완료 · done"}]


def entry(**changes: Any) -> dict[str, Any]:
    base = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": URL,
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": f"{URL}#94567"},
        {"statusListIndex": "0"},
        {"statusSize": 1},
        {"statusMessage": MESSAGES},
        {"statusPurpose": "message", "statusMessage": MESSAGES},
        {"statusReference": "https://status.example/about"},
        {"statusReference": ["https://status.example/a", "https://status.example/b"]},
        {"statusSize": 2, "statusMessage": [{"status": hex(i), "message": str(i)} for i in range(4)]},
    ],
)
def test_entries_of_the_specification_are_read(changes: dict[str, Any]) -> None:
    assert read_status_entries({"credentialStatus": entry(**changes)})[0].list_url == URL


@pytest.mark.parametrize(
    "changes",
    [
        {"statusPurpose": ...},
        {"statusPurpose": 5},
        {"statusPurpose": "message"},
        {"statusListIndex": 94567},
        {"statusListIndex": "-1"},
        {"statusListIndex": "007"},
        {"statusListIndex": "1.5"},
        {"statusListIndex": "９"},
        {"statusListCredential": "list"},
        {"id": URL},
        {"statusSize": 0},
        {"statusSize": "1"},
        {"statusSize": 2},
        {"statusSize": 64},
        {"statusSize": 2, "statusMessage": MESSAGES},
        {"statusMessage": {}},
        {"statusMessage": MESSAGES[:1]},
        {"statusMessage": [MESSAGES[0], MESSAGES[0]]},
        {"statusMessage": [MESSAGES[0], {"status": "1", "message": "x"}]},
        {"statusMessage": [MESSAGES[0], {"status": "0x1"}]},
        {"statusReference": []},
        {"statusReference": "no url"},
    ],
)
def test_malformed_entries_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaError) as caught:
        read_status_entry(entry(**changes))
    assert caught.value.code == "status_entry"
