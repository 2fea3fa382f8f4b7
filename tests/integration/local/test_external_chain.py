"""Accounts on an external chain: made once, with the funds they need named when they cannot pay."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.keystore import FileKeystore, KeyCipher
from digital_resume.local.external_chain import PAYING, check_funds, make_accounts
from digital_resume.local.host import EmbeddedError
from digital_resume.local.running import ROLES
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import Chain


@pytest.fixture
def keys(tmp_path: Path) -> FileKeystore:
    keys = FileKeystore(tmp_path / "keys", KeyCipher(secrets.token_bytes(32)))
    make_accounts(keys, ROLES)
    return keys


def quiet(_korean: str, _english: str) -> None:
    pass


def test_accounts_are_made_once(keys: FileKeystore) -> None:
    before = [keys.account(role).address for role in ROLES]
    make_accounts(keys, ROLES)
    assert [keys.account(role).address for role in ROLES] == before
    assert len(set(before)) == len(ROLES)


def test_a_development_node_gives_the_funds(chain: Chain, keys: FileKeystore) -> None:
    told: list[str] = []
    check_funds(ChainClient([chain.node.url]), keys, lambda korean, _english: told.append(korean))
    for line, role in zip(told, PAYING, strict=True):
        assert keys.account(role).address in line


def test_on_another_chain_it_says_whom_to_fund(
    chain: Chain, keys: FileKeystore, make_proxy: Callable[[str], FaultyNode]
) -> None:
    proxy = make_proxy(chain.node.url)
    proxy.fault = lambda method: proxy.answer("Geth/v1") if method == "web3_clientVersion" else None
    client = ChainClient([proxy.url])
    with pytest.raises(EmbeddedError) as refused:
        check_funds(client, keys, quiet)
    assert refused.value.code == "chain_unfunded"
    assert "hardhat_setBalance" not in proxy.methods
    for role in PAYING:
        assert keys.account(role).address in refused.value.message
        chain.client.request("anvil_setBalance", [keys.account(role).address, hex(10**18)])
    check_funds(client, keys, quiet)


def test_a_development_node_without_funds_to_give_is_told_of_too(
    chain: Chain, keys: FileKeystore, make_proxy: Callable[[str], FaultyNode]
) -> None:
    proxy = make_proxy(chain.node.url)
    proxy.fault = lambda method: proxy.error("no") if method == "hardhat_setBalance" else None
    with pytest.raises(EmbeddedError, match="Fund them"):
        check_funds(ChainClient([proxy.url]), keys, quiet)
