"""What must hold of the product after any kill: all that was acknowledged is there, and nothing twice."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg

from digital_resume.adapters.chain.anchor_log import ChainAnchorLog
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments, read_deployments
from digital_resume.adapters.chain.status_registry import ChainStatusRegistry
from digital_resume.cli.share_client import judge_over_http, verify_target
from digital_resume.core.anchoring.merkle import root_from_path
from digital_resume.core.anchoring.receipt import parse_receipt
from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.identifiers.did import verification_key
from digital_resume.core.securing.jws import parse_compact
from digital_resume.core.status.token_status_list import verify_status_list_token
from scripts.demo.cast import EVERYONE, PEOPLE
from tests.integration.resilience.product import Product

SETTLED = """
select (select count(*) from issuer.leaf
        where number > (select coalesce(max(last_number), 0) from issuer.batch))
     + (select count(*) from issuer.batch where state <> 'confirmed')
     + (select count(*) from issuer.status_publication where state in ('sealed', 'submitted'))
     + (select count(*) from issuer.status_list where changed)
"""


@dataclass(slots=True)
class Acknowledged:
    """What clients were told has happened, beside the demonstration's own people.

    Attributes:
        records: ids of records by institution.
        leaves: leaves of credentials that wallets hold.
        open_shares: links that must verify.
        stopped_shares: links that must have ended.
    """

    records: list[tuple[str, str]] = field(default_factory=list)
    leaves: set[str] = field(default_factory=set)
    open_shares: list[str] = field(default_factory=list)
    stopped_shares: list[str] = field(default_factory=list)


def wait_until_settled(product: Product, seconds: float = 60.0) -> None:
    """Return when everything is anchored and every list published."""
    until = time.monotonic() + seconds
    waiting: Any = None
    while time.monotonic() < until:
        with psycopg.connect(product.database_url) as connection:
            waiting = connection.execute(SETTLED).fetchone()
        if waiting == (0,):
            return
        time.sleep(0.02)
    raise AssertionError(f"{waiting} are still pending:\n{product.logs()}")


def audit(product: Product, acknowledged: Acknowledged) -> None:
    """Check everything; call it while the product runs and nobody changes anything."""
    wait_until_settled(product)
    deployments = read_deployments(product.data / "deployments.json")
    client = ChainClient([product.rpc_url], deployments)
    with psycopg.connect(product.database_url) as connection, httpx.Client(timeout=20) as http:
        check_leaves(product, connection, http, client, deployments)
        check_wallets(product, connection, http, acknowledged)
        check_records(product, http, acknowledged)
        check_shares(product, connection, http, acknowledged)
        check_status_lists(connection, http, client, deployments)


def check_leaves(
    product: Product,
    connection: psycopg.Connection[Any],
    http: httpx.Client,
    client: ChainClient,
    deployments: Deployments,
) -> None:
    """Every leaf is once under one confirmed root, and its receipt is what the chain says."""
    leaves = connection.execute(
        "select encode(leaf.digest, 'hex'), batch.id, batch.size from issuer.leaf "
        "left join issuer.batch on leaf.number between batch.first_number and batch.last_number"
    ).fetchall()
    batches = connection.execute("select id, encode(root, 'hex'), size from issuer.batch").fetchall()
    sizes = Counter(batch for _, batch, _ in leaves)
    assert sizes == {number: size for number, _, size in batches}
    places: set[tuple[int, int]] = set()
    issued = connection.execute("select encode(leaf, 'hex') from issuer.credential").fetchall()
    assert Counter(leaf for (leaf,) in issued) == Counter(leaf for leaf, _, _ in leaves)
    roots = {number: root for number, root, _ in batches}
    # Each root was anchored by exactly one transaction: nothing went out twice.
    assert Counter(anchored_roots(client, deployments)) == Counter(roots.values())
    anchors = ChainAnchorLog(client, deployments)
    seen: dict[bytes, tuple[datetime | None, int]] = {}
    for leaf, batch, _ in leaves:
        answer = http.get(f"{product.url('issuer')}/receipts/{leaf}")
        assert answer.status_code == 200, answer.text
        receipt = parse_receipt(answer.json())
        receipt.verify_path()
        assert (receipt.leaf.hex(), receipt.root.hex()) == (leaf, roots[batch])
        assert (batch, receipt.index) not in places
        places.add((batch, receipt.index))
        if receipt.root not in seen:
            mined = client.request("eth_getTransactionReceipt", [receipt.transaction])
            assert int(mined["status"], 16) == 1
            anchored = anchors.anchored_at(receipt.chain, receipt.submitter, receipt.root)
            seen[receipt.root] = (anchored, int(mined["blockNumber"], 16))
        assert seen[receipt.root] == (receipt.block_time, receipt.block_number)


def anchored_roots(client: ChainClient, deployments: Deployments) -> Iterator[str]:
    """Yield the root of every transaction that called ``AnchorRegistry``, whatever came of it."""
    for number in range(client.head().number + 1):
        block = client.request("eth_getBlockByNumber", [hex(number), True])
        for transaction in block["transactions"]:
            if (transaction["to"] or "").lower() == deployments.anchor_registry.address.lower():
                yield transaction["input"][-64:]


def check_wallets(
    product: Product, connection: psycopg.Connection[Any], http: httpx.Client, acknowledged: Acknowledged
) -> None:
    """Every person holds each credential once; what a crash lost in transit is superseded."""
    held = set(acknowledged.leaves)
    for person in PEOPLE:
        state = json.loads((product.data / "demo" / "wallets" / f"{person.key}.json").read_text())
        types = Counter(entry["type"] for entry in state["entries"])
        assert types == Counter(record.credential_type for record in person.records), person.key
        leaves = {entry["leaf"] for entry in state["entries"]}
        # A person's credentials are once each in force.
        assert not leaves & held
        held |= leaves
    query = (
        "select encode(c.leaf, 'hex'), i.slug, c.id::text from issuer.credential c "
        "join issuer.institution i on i.id = c.institution_id"
    )
    keys = json.loads((product.data / "demo" / "api-keys.json").read_text())
    found = set()
    for leaf, slug, credential_id in connection.execute(query):
        found.add(leaf)
        answer = http.get(
            f"{product.url('issuer')}/api/v1/credentials/{credential_id}",
            headers={"authorization": f"Bearer {keys[slug]}"},
        ).raise_for_status()
        assert answer.json()["status"] == ("valid" if leaf in held else "superseded")
    assert held <= found


def check_records(product: Product, http: httpx.Client, acknowledged: Acknowledged) -> None:
    """Every record whose receipt was acknowledged is there."""
    keys = json.loads((product.data / "demo" / "api-keys.json").read_text())
    assert len(set(acknowledged.records)) == len(acknowledged.records)
    for slug, record_id in acknowledged.records:
        answer = http.get(
            f"{product.url('issuer')}/api/v1/records/{record_id}",
            headers={"authorization": f"Bearer {keys[slug]}"},
        )
        assert answer.status_code == 200, answer.text


def check_shares(
    product: Product, connection: psycopg.Connection[Any], http: httpx.Client, acknowledged: Acknowledged
) -> None:
    """Every share opens and verifies, every stopped one has ended, and none is there that nobody made."""
    people = http.get(f"{product.url('landing')}/api/state").raise_for_status().json()["people"]
    assert [person["key"] for person in people] == [person.key for person in PEOPLE]
    links = [person["link"] for person in people] + acknowledged.open_shares
    assert len(set(links)) == len(links)
    for link in links:
        assert verdict_of(product, link) == "verified", link
    for link in acknowledged.stopped_shares:
        assert verdict_of(product, link) == "sharing_ended"
    kept = connection.execute("select count(*) from wallet.share where ciphertext is not null").fetchone()
    assert kept == (len(links),)


def verdict_of(product: Product, link: str) -> str:
    """Return the verdict on a link, as an employer gets it once the verifier has read the newest lists."""
    judge = judge_over_http(product.url("verifier"))
    until = time.monotonic() + 20
    while True:
        verdict = verify_target(link, wallet_url=product.url("wallet"), judge=judge)
        codes = {check["code"] for item in verdict.get("items", []) for check in item["checks"]}
        # While a list is fetched that was published just now, the copy before it stands in, with a caution.
        if "in_force_when_last_read" not in codes or time.monotonic() > until:
            return str(verdict["verdict"])
        time.sleep(0.05)


def check_status_lists(
    connection: psycopg.Connection[Any], http: httpx.Client, client: ChainClient, deployments: Deployments
) -> None:
    """Every institution's list is served, signed by it, in the version that the chain names now."""
    rows = connection.execute("select uri from issuer.status_list").fetchall()
    assert len(rows) == len(EVERYONE)
    for (uri,) in rows:
        anchor = http.get(f"{uri}/anchor").raise_for_status().json()
        token = http.get(uri).raise_for_status().text
        kid = parse_compact(token).kid
        assert kid is not None
        listed = verify_status_list_token(
            token, key=verification_key(kid), uri=uri, now=datetime.now(UTC)
        ).statuses
        leaf = listed.leaf(uri, anchor["sequence"])
        path = [b64u_decode(node) for node in anchor["path"]]
        root = root_from_path(leaf, anchor["index"], anchor["treeSize"], path)
        latest = ChainStatusRegistry(client, deployments).latest(anchor["submitter"])
        assert latest is not None
        assert latest.root == root == bytes.fromhex(anchor["root"])
