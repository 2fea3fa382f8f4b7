"""What views and events say: decoded as web3 decodes it, or refused."""

import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.views import EventDecoder, read
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.registry import parse_issuer
from digital_resume.core.verification.deployments import CONTRACT_NAMES


class Said(ChainClient):
    """A chain that answers every question with the same bytes."""

    answer = b""

    def request(self, method: str, params: Sequence[Any] = (), *, read_seconds: float | None = None) -> Any:
        return "0x" + self.answer.hex()


@given(st.binary(max_size=600))
def test_any_answer_is_decoded_or_refused(data: bytes) -> None:
    client = Said(["http://127.0.0.1:9"])
    client.answer = data
    registry = client.contract("IssuerRegistry", "0x" + "11" * 20)
    with contextlib.suppress(SourceUnavailableError):
        parse_issuer("did:web:x", read(registry.functions.getIssuer(bytes(32)), block=1))


@pytest.mark.parametrize("name", CONTRACT_NAMES)
def test_events_are_decoded_as_web3_decodes_them(name: str) -> None:
    client = Said(["http://127.0.0.1:9"])
    values = {"address": "0x" + "11" * 20, "bytes32": b"\x12" * 32, "string": "새벽 University", "bool": True}
    for event in client.contract(name, "0x" + "11" * 20).all_events():
        inputs = event.abi["inputs"]
        kinds = [(i["type"], values.get(i["type"], 3), i["indexed"]) for i in inputs]
        plain = [(kind, value) for kind, value, indexed in kinds if not indexed]
        data = encode([kind for kind, _ in plain], [value for _, value in plain])
        topics = [encode([kind], [value]) for kind, value, indexed in kinds if indexed]
        decoder = EventDecoder(event)
        place: Any = dict.fromkeys(
            ["logIndex", "transactionIndex", "transactionHash", "address", "blockHash", "blockNumber"]
        )
        whole = event.process_log({**place, "topics": [decoder.topic, *topics], "data": data})
        assert decoder.arguments([decoder.topic, *topics], data) == whole["args"]
        for wrong in ([decoder.topic], [decoder.topic, *topics, bytes(32)]):
            if len(wrong) != len(topics) + 1:
                with pytest.raises(ValueError, match="zip"):
                    decoder.arguments(wrong, data)
