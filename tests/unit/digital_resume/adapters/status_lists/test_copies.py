"""Whose published list counts: a copy a submitter, closed institutions, others' lists."""

import hashlib
import json
import random
import threading
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from digital_resume.adapters.status_lists.copies import StatusCopies
from digital_resume.adapters.status_lists.stores import Memory, MemoryStore
from digital_resume.core.anchoring.leaf import status_leaf
from digital_resume.core.anchoring.merkle import MerkleTree
from digital_resume.core.errors import SourceUnavailableError, StatusError
from digital_resume.core.ports import StatusListCopy
from digital_resume.core.status.status_array import MAX_ENTRIES, Status, StatusArray
from digital_resume.core.status.token_status_list import build_status_list_token
from digital_resume.core.trust.issuers import ChainRef, IssuerStatus
from digital_resume.core.trust.logs import StatusHead
from tests.fakes import Institution, World


@dataclass
class Heads:
    """The chain's ``StatusRegistry``, in memory."""

    world: World
    heads: dict[str, StatusHead] = field(default_factory=dict)

    @property
    def chain(self) -> ChainRef:
        """Return the pinned chain."""
        return self.world.chain

    def publish(self, submitter: str, root: bytes) -> None:
        """Publish a root now."""
        now = self.world.now
        self.heads[submitter] = StatusHead(root, now, now, 1, now, 1)

    def latest(self, submitter: str) -> StatusHead | None:
        """Return the head as it is read now."""
        head = self.heads.get(submitter)
        return replace(head, read_at=self.world.now) if head else None


class Web:
    """The servers of the lists."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.asked = 0
        self.open = threading.Event()
        self.open.set()

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        """Return a document, when the line is open."""
        self.asked += 1
        assert self.open.wait(10)
        document = self.documents.get(url)
        assert document is None or len(document) <= max_bytes
        if url not in self.documents:
            raise SourceUnavailableError("Switched off by the test.")
        return self.documents[url]


class Scene:
    """Copies over a chain and servers that a test turns."""

    def __init__(self) -> None:
        self.world = World()
        self.univ = self.world.institution("saebyeok", "UniversityDegree")
        self.other = self.world.institution("mallory", "UniversityDegree")
        self.heads, self.web = Heads(self.world), Web()
        self.copies = StatusCopies(
            MemoryStore(),
            fetcher=self.web,
            trust=self.world.trust,
            heads=self.heads,
            clock=self,
            max_age=timedelta(hours=12),
            retry_after=0.0,
        )

    def remembering(self) -> StatusCopies:
        """Return copies that remember what failed."""
        return StatusCopies(
            MemoryStore(),
            fetcher=self.web,
            trust=self.world.trust,
            heads=self.heads,
            clock=self,
            max_age=timedelta(hours=12),
            retry_after=60.0,
        )

    def now(self) -> datetime:
        """Return the world's moment."""
        return self.world.now

    def publish(self, by: Institution, *, sequence: int, also: bytes = b"") -> None:
        """Publish a list under the university's URI, signed and anchored by an institution."""
        array, uri = by.statuses, self.univ.status_uri
        leaf = status_leaf(uri, len(array), sequence, array.raw)
        tree = MerkleTree([hashlib.sha256(also).digest(), leaf])
        self.heads.publish(by.anchorer, tree.root)
        now, chain = self.world.now, self.world.chain
        token = build_status_list_token(
            array, uri=uri, signer=by.signer, issued_at=now, expires_at=now + timedelta(hours=1), ttl=300
        )
        anchor = {
            **{"uri": uri, "size": len(array), "sequence": sequence, "index": 1, "treeSize": 2},
            "digest": hashlib.sha256(array.raw).hexdigest(),
            "path": [urlsafe_b64encode(node).rstrip(b"=").decode() for node in tree.path(1)],
            "root": tree.root.hex(),
            "chain": {
                **{"id": chain.id, "genesis": chain.genesis},
                **{"contract": chain.contract, "codeHash": chain.code_hash},
            },
            "submitter": by.anchorer,
        }
        self.web.documents = {uri: token.encode(), f"{uri}/anchor": json.dumps(anchor).encode()}

    def ask(self) -> StatusListCopy:
        """Ask for the university's list."""
        return self.copies.status_list(self.univ.status_uri, self.world.trust.records[self.univ.did])


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_another_institutions_list_under_ones_uri_is_refused_and_leaves_no_trace(scene: Scene) -> None:
    scene.publish(scene.other, sequence=1 << 40)
    with pytest.raises(StatusError) as caught:
        scene.ask()
    assert caught.value.code == "status_not_issuers"
    scene.univ.statuses.set(7, Status.REVOKED)
    scene.publish(scene.univ, sequence=1)
    assert scene.ask().statuses == scene.univ.statuses.raw


def test_a_huge_sequence_of_another_anchorer_blocks_nothing(scene: Scene) -> None:
    scene.publish(scene.other, sequence=1 << 40)
    kept = scene.copies.status_list(scene.univ.status_uri, scene.world.trust.records[scene.other.did])
    assert kept.submitter == scene.other.anchorer  # asked for in the other's name, and the other's own
    scene.publish(scene.univ, sequence=1)
    copy = scene.ask()
    assert (copy.submitter, copy.sequence, copy.current) == (scene.univ.anchorer, 1, True)
    scene.publish(scene.univ, sequence=2)
    assert scene.ask().sequence == 2


def test_an_older_version_of_the_same_anchorer_is_still_outdated(scene: Scene) -> None:
    scene.publish(scene.univ, sequence=5)
    scene.ask()
    scene.publish(scene.univ, sequence=4)
    with pytest.raises(StatusError) as caught:
        scene.ask()
    assert caught.value.code == "status_list_outdated"


@pytest.mark.parametrize("kept", [True, False])
def test_the_list_of_a_closed_institution_stands_where_it_was_published_in_its_time(
    scene: Scene, kept: bool
) -> None:
    scene.publish(scene.univ, sequence=1)
    if kept:
        scene.ask()
    scene.world.now += timedelta(minutes=10)
    trust, did = scene.world.trust, scene.univ.did
    trust.set_status(did, IssuerStatus.CLOSED, at=scene.world.now)
    trust.end_anchorer(did, scene.univ.anchorer, until=scene.world.now)
    scene.world.now += timedelta(minutes=20)
    assert scene.ask().current
    if kept:
        scene.web.documents.clear()
        scene.world.now += timedelta(days=400)
        assert scene.ask().current


def test_a_shared_anchorers_later_root_over_the_same_list_keeps_its_time(scene: Scene) -> None:
    scene.publish(scene.univ, sequence=1)
    published = scene.ask().published_at
    scene.world.now += timedelta(minutes=10)
    trust, did = scene.world.trust, scene.univ.did
    trust.set_status(did, IssuerStatus.MERGED, at=scene.world.now)
    trust.end_anchorer(did, scene.univ.anchorer, until=scene.world.now)
    scene.world.now += timedelta(minutes=10)
    scene.publish(scene.univ, sequence=1, also=b"another institution's list changed")
    copy = scene.ask()
    assert (copy.published_at, copy.current) == (published, True)
    scene.univ.statuses.set(3, Status.REVOKED)
    scene.publish(scene.univ, sequence=2)
    with pytest.raises(StatusError) as caught:
        scene.ask()
    assert caught.value.code == "status_not_issuers"


def test_copies_in_memory_are_bounded(scene: Scene) -> None:
    store = MemoryStore()
    scene.copies._store = store
    scene.publish(scene.univ, sequence=1)
    scene.ask()
    (kept,) = store.load(scene.univ.status_uri)
    memory = Memory(most_lists=3, most_bytes=2 * len(kept.statuses))
    for number in range(5):
        memory.put(replace(kept, uri=f"urn:list:{number}"))
    assert [bool(memory.load(f"urn:list:{number}")) for number in range(5)] == [False] * 3 + [True] * 2
    for number in range(20):
        memory.put(replace(kept, uri="urn:one", submitter=f"0x{number:040x}"))
    assert len(memory.load("urn:one")) <= 8


def test_while_chain_and_list_differ_the_copy_answers_and_the_issuer_is_asked_once(scene: Scene) -> None:
    scene.copies = scene.remembering()
    scene.publish(scene.univ, sequence=1)
    assert scene.ask().current
    scene.heads.publish(scene.univ.anchorer, b"r" * 32)  # its worker stopped before the list was served
    scene.web.asked = 0
    answers = [scene.ask() for _ in range(200)]
    assert not any(answer.current for answer in answers)
    assert {answer.sequence for answer in answers} == {1}
    assert scene.web.asked == 1, "the anchor, once"


def test_a_list_that_differs_and_of_which_there_is_no_copy_is_remembered(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digital_resume.adapters.status_lists.copies._PAUSE", 0)
    scene.copies = scene.remembering()
    scene.publish(scene.univ, sequence=1)
    scene.heads.publish(scene.univ.anchorer, b"r" * 32)
    for _ in range(50):
        with pytest.raises(StatusError, match="not the one that the chain names"):
            scene.ask()
    assert scene.web.asked == 2 * 4, "anchor and token, of four attempts"


def test_while_one_reader_fetches_the_others_answer_from_the_copy(scene: Scene) -> None:
    scene.publish(scene.univ, sequence=1)
    assert scene.ask().current
    scene.univ.statuses.set(0, Status.REVOKED)
    scene.publish(scene.univ, sequence=2)
    scene.web.open.clear()
    first: list[StatusListCopy] = []
    reader = threading.Thread(target=lambda: first.append(scene.ask()))
    asked = scene.web.asked
    reader.start()
    while scene.web.asked == asked:
        reader.join(0.001)
    assert (scene.ask().sequence, scene.ask().current) == (1, False)
    scene.web.open.set()
    reader.join(10)
    assert (first[0].sequence, first[0].current) == (2, True)
    assert scene.ask().current


def test_those_who_wait_for_a_first_copy_share_one_fetch(scene: Scene) -> None:
    scene.publish(scene.univ, sequence=1)
    scene.web.open.clear()
    answers: list[StatusListCopy] = []
    readers = [threading.Thread(target=lambda: answers.append(scene.ask())) for _ in range(8)]
    for reader in readers:
        reader.start()
    while not scene.web.asked:
        readers[0].join(0.001)
    scene.web.open.set()
    for reader in readers:
        reader.join(10)
    assert [answer.current for answer in answers] == [True] * 8
    assert scene.web.asked <= 2 * 2, "anchor and token; once more for who came too late to wait"


def test_the_largest_list_that_an_issuer_may_publish_is_taken(scene: Scene) -> None:
    raw = random.Random(1).randbytes(MAX_ENTRIES // 4)  # statuses of no pattern do not compress
    scene.univ.statuses = StatusArray(raw)
    scene.publish(scene.univ, sequence=1)
    assert scene.ask().size == MAX_ENTRIES
