"""What one root costs, and so one credential, beside three other ways, all on one chain in one run.

- *calldata*: a transaction to no contract that carries the root as its data, as Blockcerts does;
- *document store*: ``issue(bytes32)`` of OpenAttestation's own contract, the bytecode that its npm package
  ``@govtechsg/document-store`` ships, installed with the other peers;
- *a transaction a credential*: either of them, or our own registry, without a tree.
"""

import re
import secrets
import time
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from digital_resume.adapters.chain.submitter import TransactionReceipt
from issuer.chain.account import ChainWriter
from scripts.bench.chain_deployment import Deployment
from scripts.bench.figures import Figures
from scripts.bench.installing import FOLDER, install_node_peers

_SIZES: Final = (1_000, 40_000, 1_000_000)
_STORE: Final = "node_modules/@govtechsg/document-store/dist/contracts/factories/contracts"
_TRIES: Final = 3
_GAS_LIMIT: Final = 3_000_000
ROOT_GAS: Final = 48_000


def bench_gas(deployment: Deployment, figures: Figures) -> None:
    """Send each kind of transaction and read from its receipt what it took."""
    chain = ChainWriter.from_settings(deployment.settings)
    registry = chain.reader.deployments.anchor_registry.address
    store = _create(chain, _document_store(chain.submitter.address))
    submitter = chain.submitter
    anchor = keccak(text="anchor(bytes32)")[:4]
    issue = keccak(text="issue(bytes32)")[:4]
    ways = {
        "this product: AnchorRegistry.anchor(root)": [_send(chain, registry, anchor) for _ in range(_TRIES)],
        "calldata, as Blockcerts": [_send(chain, submitter.address, b"") for _ in range(_TRIES)],
        "OpenAttestation: DocumentStore.issue(root)": [_send(chain, store, issue) for _ in range(_TRIES)],
    }
    print(f"  {'gas':<44}{'one root':>10}" + "".join(f"{f'each of {n:,}':>20}" for n in _SIZES))
    for name, gas in ways.items():
        print(f"  {name:<44}{max(gas):>10,}" + "".join(f"{max(gas) / n:>20,.3f}" for n in _SIZES))
    ours = max(ways["this product: AnchorRegistry.anchor(root)"])
    for name, gas in ways.items():
        print(f"  {'without a tree, ' + name:<58}{max(gas):>8,} a credential, at any number")
    figures.add("root-gas", ours, "gas", ROOT_GAS)
    for size in _SIZES:
        figures.add(f"gas-per-credential-{size}", ours / size, "gas", ROOT_GAS / size)


def _send(chain: ChainWriter, to: str | None, selector: bytes) -> int:
    return _mine(chain, to, selector + secrets.token_bytes(32)).gas_used


def _create(chain: ChainWriter, code: bytes) -> str:
    address = _mine(chain, None, code).contract
    assert address is not None
    return address


def _mine(chain: ChainWriter, to: str | None, data: bytes) -> TransactionReceipt:
    submitter = chain.submitter
    call: Any = {"data": data} if to is None else {"to": to, "data": data}
    nonce, fees = submitter.mined_nonce(), submitter.suggest_fees()
    transaction = submitter.build(call, nonce=nonce, gas=_GAS_LIMIT, fees=fees)
    submitter.send(transaction)
    until = time.monotonic() + 20
    while (receipt := submitter.receipt(transaction.hash)) is None and time.monotonic() < until:
        time.sleep(0.01)
    assert receipt is not None
    assert receipt.succeeded
    return receipt


def _document_store(owner: str) -> bytes:
    """Return what creates a document store of ``owner``, as the peer's package deploys it."""
    install_node_peers()
    factory = (FOLDER / _STORE / "DocumentStore__factory.js").read_text("utf-8")
    found = re.search(r'_bytecode = "0x([0-9a-f]+)"', factory)
    assert found is not None
    return bytes.fromhex(found[1]) + encode(["string", "address"], ["bench", owner])
