"""``resume index``: says how far it is, compares, rebuilds; exit codes for who runs it by a timer."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from digital_resume.adapters.chain.deployments import write_deployments
from tests.commands import run_resume
from tests.fakes.faulty_node import FaultyNode
from tests.integration.chain.rig import DID, NAMES, Chain
from tests.integration.verifier.index.conftest import Index
from tests.integration.verifier.index.test_follower import altering, root
from verifier.index.follower import try_lock
from verifier.index.store import IndexMovedError
from verifier.models import AnchoredRoot

pytestmark = pytest.mark.integration


@pytest.fixture
def resume(own_chain: Chain, empty_url: str, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Give the command, on a chain with an institution and an anchored root."""
    own_chain.admin.register_issuer(DID, *NAMES)
    own_chain.anchor(root(1))
    file = tmp_path / "deployments.json"
    write_deployments(file, own_chain.deployments)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DATABASE_URL": empty_url,
        "RPC_URLS": own_chain.node.url,
        "DEPLOYMENTS_FILE": str(file),
    }

    def run(*arguments: str) -> tuple[int, str]:
        done = run_resume("index", *arguments, environment=environment)
        return done.returncode, done.stdout + done.stderr

    return run


def test_without_an_index_it_says_what_to_do(resume: Callable[..., tuple[int, str]]) -> None:
    for command in ("status", "check"):
        code, said = resume(command)
        assert code == 1
        assert "색인이 아직 없습니다" in said
        assert "resume index rebuild" in said


def test_it_is_rebuilt_compared_and_told(
    resume: Callable[..., tuple[int, str]], own_chain: Chain, index_of: Callable[..., Index]
) -> None:
    code, said = resume("rebuild", "--yes")
    assert code == 0, said
    assert "left 0" in said
    code, said = resume("status")
    assert code == 0, said
    assert "institutions 1" in said
    assert "anchored roots 1" in said
    code, said = resume("check")
    assert code == 0, said
    assert "the same as the chain" in said
    index = index_of(own_chain)
    with index.store.engine.begin() as connection:
        connection.execute(AnchoredRoot.__table__.delete())
    code, said = resume("check")
    assert code == 1
    assert root(1).hex() in said
    assert "1 differences" in said
    code, said = resume("rebuild", "--yes")
    assert code == 0
    assert resume("check", "--sample", "1")[0] == 0


def test_another_node_can_be_asked(
    resume: Callable[..., tuple[int, str]], own_chain: Chain, make_proxy: Callable[[str], FaultyNode]
) -> None:
    assert resume("rebuild", "--yes")[0] == 0
    other = make_proxy(own_chain.node.url)
    other.act = altering(lambda method, params, result: [] if method == "eth_getLogs" else result)
    code, said = resume("check", "--rpc", other.url)
    assert code == 1
    assert "chain lacks it" in said


def test_while_another_process_follows_it_is_that_one_that_rebuilds_it(
    resume: Callable[..., tuple[int, str]], own_chain: Chain, index_of: Callable[..., Index]
) -> None:
    import threading

    index = index_of(own_chain)
    assert try_lock(index.connection)
    index.catch_up()
    done = threading.Event()

    def follow() -> None:
        while not done.wait(0.1):
            with contextlib.suppress(IndexMovedError):  # the index was dropped in between: as a worker does
                index.follower.catch_up(index.connection)

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        code, said = resume("rebuild", "--yes")
    finally:
        done.set()
        follower.join()
    assert code == 0, said
    assert "running verifier rebuilds it" in said
    assert index.check().differences == ()
