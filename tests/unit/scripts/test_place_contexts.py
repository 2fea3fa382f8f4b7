"""The set-up puts the pinned JSON-LD contexts in place, and no others."""

import hashlib
import json
from pathlib import Path

import pytest

from scripts.place_contexts import ContextsError, context_text, place_contexts

MODULE = """/* a comment with { braces */
'use strict';

module.exports = {
  "@context": {
    id: "@id",
    "type": '@type',
    last: "urn:last",
  },
};
"""


def manifest(folder: Path, source: str, digest: str) -> Path:
    file = folder / "contexts.json"
    entry = {"url": "urn:c", "file": "c.jsonld", "source": source, "sha256": digest}
    file.write_text(json.dumps({"contexts": [entry]}), "utf-8")
    return file


def test_module_is_read_without_being_run(tmp_path: Path) -> None:
    module = tmp_path / "c.js"
    module.write_text(MODULE, "utf-8")
    document = json.loads(context_text(module))
    assert document == {"@context": {"id": "@id", "type": "@type", "last": "urn:last"}}
    module.write_text("module.exports = require('./other');", "utf-8")
    with pytest.raises(ValueError, match="Expecting value"):
        context_text(module)


def test_pinned_context_is_placed_and_an_old_one_goes(tmp_path: Path) -> None:
    packages, target = tmp_path / "packages", tmp_path / "build" / "contexts"
    packages.mkdir()
    (packages / "c.jsonld").write_text("{}", "utf-8")
    target.mkdir(parents=True)
    (target / "old.jsonld").write_text("{}", "utf-8")
    place_contexts(manifest(tmp_path, "c.jsonld", hashlib.sha256(b"{}").hexdigest()), packages, target)
    assert [file.name for file in target.iterdir()] == ["c.jsonld"]


def test_another_or_missing_context_is_refused_and_the_old_stay(tmp_path: Path) -> None:
    packages, target = tmp_path / "packages", tmp_path / "contexts"
    packages.mkdir()
    target.mkdir()
    (target / "c.jsonld").write_text("{}", "utf-8")
    for text in (None, '{"@context": {}}'):
        if text is not None:
            (packages / "c.jsonld").write_text(text, "utf-8")
        with pytest.raises(ContextsError, match=r"c\.jsonld"):
            place_contexts(manifest(tmp_path, "c.jsonld", "00"), packages, target)
    assert (target / "c.jsonld").read_text("utf-8") == "{}"
