"""Receipts over HTTP: cacheable without end once final, never before. And from static files alone."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from digital_resume.adapters.chain.storage_proof import fetch_checkpoint
from digital_resume.cli import app as cli
from digital_resume.core.anchoring.receipt import MAX_RECEIPT_BYTES, parse_receipt
from digital_resume.core.chain_proofs.storage_proof import parse_storage_proof, verify_storage_proof
from tests.integration.issuer.anchoring.test_machine import add_leaves
from tests.integration.issuer.rig import Rig


async def test_a_final_receipt_is_immutable_and_has_a_tag(rig: Rig) -> None:
    (leaf, *_) = await add_leaves(rig, 300)
    await rig.tick()
    answer = await rig.http.get(f"/receipts/{leaf.hex()}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(answer.content) <= MAX_RECEIPT_BYTES
    parse_receipt(answer.json()).verify_path()
    tag = answer.headers["etag"]
    again = await rig.http.get(f"/receipts/{leaf.hex()}", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["cache-control"] == answer.headers["cache-control"]
    other = await rig.http.get(f"/receipts/{leaf.hex()}", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize("anchored", [False, True])
async def test_what_may_still_change_is_kept_by_nobody(rig: Rig, anchored: bool) -> None:
    (leaf,) = await add_leaves(rig, 1)
    if anchored:
        await rig.crashing_tick("anchor:final")  # on the chain, and not confirmed yet
    pending = await rig.http.get(f"/receipts/{leaf.hex()}", headers={"If-None-Match": "*"})
    assert (pending.status_code, pending.json()) == (202, {"state": "pending"})
    unknown = await rig.http.get(f"/receipts/{'0' * 64}", headers={"If-None-Match": "*"})
    assert unknown.status_code == 404
    malformed = await rig.http.get("/receipts/xyz")
    assert malformed.status_code == 422
    for answer in (pending, unknown, malformed):
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


async def test_a_damaged_tree_is_the_operators_error_and_no_receipt(rig: Rig) -> None:
    (leaf, *_) = await add_leaves(rig, 300)
    await rig.tick()
    async with rig.context.database.engine.begin() as connection:
        await connection.exec_driver_sql("delete from issuer.tile where level = 1")
    answer = await rig.http.get(f"/receipts/{leaf.hex()}")
    assert (answer.status_code, answer.json()["code"]) == (503, "tiles_damaged")
    assert answer.headers["cache-control"] == "no-store"


def resume(*arguments: str | Path) -> Result:
    """Run the command as a person does."""
    return CliRunner().invoke(cli.app, [str(each) for each in arguments])


async def test_receipts_are_made_from_static_files_alone_and_verify_offline(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = await add_leaves(rig, 5_000)
    await rig.tick()
    leaves += await add_leaves(rig, 3)
    await rig.tick()
    monkeypatch.setenv("DATABASE_URL", rig.settings.database_url.get_secret_value())
    monkeypatch.setenv("DEPLOYMENTS_FILE", str(rig.settings.deployments_file))
    mirror = tmp_path / "mirror"
    done = resume("tiles", "export", mirror)
    assert done.exit_code == 0, done.output
    assert "2 batches written, 0 were there" in done.output
    served = {}
    for leaf in (leaves[0], leaves[256], leaves[4_999], leaves[5_000], leaves[5_002]):
        served[leaf] = (await rig.http.get(f"/receipts/{leaf.hex()}")).json()

    monkeypatch.delenv("DATABASE_URL")  # from here on nobody is asked
    monkeypatch.delenv("DEPLOYMENTS_FILE")
    assert resume("tiles", "verify", mirror).exit_code == 0
    for leaf, expected in served.items():
        made = resume("receipt", "make", leaf.hex(), "--from", mirror)
        assert made.exit_code == 0, made.output
        assert json.loads(made.output) == expected
        at = ("--batch", expected["root"], "--index", str(expected["index"]))
        assert json.loads(resume("receipt", "make", leaf.hex(), "--from", mirror, *at).output) == expected
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(expected))
    good = resume("receipt", "verify", file, "--root", "0x" + expected["root"])
    assert (good.exit_code, good.output.count("✔")) == (0, 2)
    other = resume("receipt", "verify", file, "--root", "00" * 32)
    assert (other.exit_code, other.output.count("✘")) == (1, 1)
    nobody = resume("receipt", "verify", file)
    assert nobody.exit_code == 1
    assert "체인은 확인하지 않음" in nobody.output


async def test_an_export_goes_on_where_it_stopped_and_finishes_only_what_is_whole(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_leaves(rig, 1_000)
    await rig.tick()
    monkeypatch.setenv("DATABASE_URL", rig.settings.database_url.get_secret_value())
    monkeypatch.setenv("DEPLOYMENTS_FILE", str(rig.settings.deployments_file))
    assert resume("tiles", "export", tmp_path).exit_code == 0
    (place,) = (tmp_path / "batch").iterdir()
    tile = place / "tile" / "0" / "002"
    good, kept = tile.read_bytes(), (place / "tile" / "0" / "001").stat().st_mtime_ns

    (place / "manifest.json").unlink()  # as if it had been killed
    tile.unlink()
    again = resume("tiles", "export", tmp_path)
    assert "1 batches written" in again.output
    assert tile.read_bytes() == good
    assert (place / "tile" / "0" / "001").stat().st_mtime_ns == kept
    assert "0 batches written, 1 were there" in resume("tiles", "export", tmp_path).output

    (place / "manifest.json").unlink()
    tile.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))  # of the right length, and wrong
    refused = resume("tiles", "export", tmp_path)
    assert refused.exit_code != 0
    assert not (place / "manifest.json").exists()


async def test_a_storage_proof_travels_beside_the_receipt(rig: Rig) -> None:
    (leaf,) = await add_leaves(rig, 1)
    pending = await rig.http.get(f"/receipts/{leaf.hex()}/proof")
    assert (pending.status_code, pending.headers["cache-control"]) == (202, "no-store")
    await rig.tick()
    receipt = parse_receipt((await rig.http.get(f"/receipts/{leaf.hex()}")).json())
    checkpoint = fetch_checkpoint(rig.chain.reader.client, rig.chain.reader.deployments)
    newest = await rig.http.get(f"/receipts/{leaf.hex()}/proof")
    assert newest.headers["cache-control"] == "no-store"  # another one at the next block
    answer = await rig.http.get(f"/receipts/{leaf.hex()}/proof?block={checkpoint.number}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    proof = parse_storage_proof(answer.json())
    assert len(answer.content) <= 8_192
    time = verify_storage_proof(proof, receipt.chain, block_hash=checkpoint.hash)
    assert (proof.root, time) == (receipt.root, receipt.block_time)
    for block in (receipt.block_number - 1, checkpoint.number + 1_000):
        refused = await rig.http.get(f"/receipts/{leaf.hex()}/proof?block={block}")
        assert (refused.status_code, refused.json()["code"]) == (503, "block_not_final")
