"""Everything that the product does, on an EVM and a node that are not anvil's.

A record is handed in, claimed, anchored, shared and verified, then another revoked; nothing is set but
``DATABASE_URL`` and ``RPC_URLS``. The accounts are paid by a transfer, as on any chain but a developer's.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import read_deployments
from digital_resume.cli.share_client import verify_at
from digital_resume.core.anchoring.receipt import parse_receipt
from digital_resume.local.external_chain import PAYING
from digital_resume.local.host import EmbeddedError
from digital_resume.local.running import CONFIRMATIONS, Running
from scripts.demo.cases import CASES, GENUINE
from scripts.demo.cast import GRADUATE, LANGUAGE, MOBILE_ID
from scripts.demo.seed import seed_institutions, stack_of
from tests.integration.second_client.node import SecondClient

pytestmark = [pytest.mark.integration, pytest.mark.timeout(280)]


def test_the_whole_slice_runs_on_another_evm_implementation(
    server_folder: Path,
    second_client: SecondClient,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("RPC_URLS", second_client.url)
    ports = dict.fromkeys(("landing", "issuer", "wallet", "verifier", "modules"), 0)
    cast = (MOBILE_ID, LANGUAGE)
    person = replace(
        GRADUATE, records=tuple(r for r in GRADUATE.records if r.institution in {m.slug for m in cast})
    )
    folder = server_folder / "second-client-product"
    with Running(folder, preferred_ports=ports, tick_seconds=1, without=("modules",)) as product:
        product.start_servers()
        product.migrate()
        with second_client.consensus.running(hurry=True):
            with pytest.raises(EmbeddedError) as refused:
                product.deploy()
            assert refused.value.code == "chain_unfunded"
            second_client.fund(*(product.account(role).address for role in PAYING))
            product.deploy()
            keys = seed_institutions(product, cast, _quiet)
        with second_client.consensus.running():
            product.start_services()
            stack = stack_of(product, keys)
            seeker = stack.prepare(person, _quiet)
            receipts = stack.wait_for_receipts(seeker)
            assert len(receipts) == len(person.records)

            link = GENUINE.play(stack, _quiet)
            assert verify_at(link, product.url("verifier"))["verdict"] == "verified"

            revoked = next(case for case in CASES if case.key == "revoked")
            link = revoked.play(stack, _quiet)
            assert verify_at(link, product.url("verifier"))["verdict"] == "not_in_force"
        # A tick that fails is made up for by the next one, so the slice alone would not show it.
        assert "Anchoring waits" not in (product.log_dir / "worker.log").read_text("utf-8")
        deployments = read_deployments(product.deployments_file)
    assert deployments.confirmations == CONFIRMATIONS
    client = ChainClient([second_client.url], deployments)
    for document in receipts:
        receipt = parse_receipt(document)
        receipt.verify_path()
        assert client.head().number - receipt.block_number >= CONFIRMATIONS
        log = ChainAnchorLog(client, deployments)
        assert log.anchored_at(receipt.chain, receipt.submitter, receipt.root) == receipt.block_time


def _quiet(korean: str, english: str) -> None:
    del korean, english
