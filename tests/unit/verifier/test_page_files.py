"""The page's words, and the path it draws."""

import json
import re
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from digital_resume.cli.verdict_text import _COLOURS, _MARKS, _SIGNS, _WORDS
from digital_resume.core.anchoring.merkle import MerkleTree, hash_node
from digital_resume.core.verification.verdict import CheckName, Outcome, VerdictKind
from digital_resume.core.verification.verdict_texts import VERDICT_TEXTS
from digital_resume.web.hosting import SHARED

WEB = Path(__file__).parents[3] / "verifier" / "web"
NODE = Path(__file__).parents[3] / ".venv" / "bin" / "node"
WORDS = {
    language: json.loads((WEB / "messages" / f"{language}.json").read_text("utf-8"))
    for language in ("ko", "en")
}


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["ko"].keys() == WORDS["en"].keys()
    assert all(text.strip() for words in WORDS.values() for text in words.values())
    for key, text in WORDS["ko"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", WORDS["en"][key])), key


def test_every_word_that_the_page_asks_for_is_there() -> None:
    asked: set[str] = set(re.findall(r'data-t(?:-\w+)?="([^"]+)"', (WEB / "index.html").read_text("utf-8")))
    for script in WEB.rglob("*.js"):
        asked |= set(re.findall(r'\bt\("([a-zA-Z.0-9_]+)"', script.read_text("utf-8")))
    assert asked <= WORDS["ko"].keys(), asked - WORDS["ko"].keys()


def test_every_problem_has_a_title_a_reason_and_what_to_do() -> None:
    screens = dict(
        re.findall(r'^  (\w+): "(\w+)",$', (WEB / "views" / "problem.js").read_text("utf-8"), re.M)
    )
    assert screens["share_unreadable"] == "key_damaged"
    thrown: set[str] = set()
    for script in (*WEB.rglob("*.js"), *(SHARED / "protocol").glob("*.js")):
        thrown |= set(re.findall(r'new ResumeError\(\s*"(\w+)"', script.read_text("utf-8")))
    thrown |= set(screens) | {"verification_refused", "verifier_busy", "unexpected", "key_missing", "timeout"}
    assert "share_padding_invalid" in thrown
    for code in thrown - {
        "link_too_long",  # of sealing, which this page does not do
        "camera_stopped",  # the person's own press
    }:
        for part in ("title", "why", "next"):
            assert f"problem.{screens.get(code, code)}.{part}" in WORDS["ko"], code


def test_every_check_outcome_and_verdict_has_its_word_and_shape() -> None:
    emblems = (WEB / "views" / "emblem.js").read_text("utf-8")
    for check in CheckName:
        assert f"check.{check}" in WORDS["ko"]
        assert check.value in _WORDS
    for outcome in Outcome:
        assert f"outcome.{outcome}" in WORDS["ko"]
        assert outcome.value in _MARKS
    for kind in VerdictKind:
        assert re.search(rf"\b{kind}: \[", emblems)
        assert kind.value in _COLOURS
        assert kind.value in _SIGNS
        assert kind.value in VERDICT_TEXTS


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 31])
def test_the_drawn_sides_lead_to_the_root(size: int) -> None:
    leaves = [sha256(bytes((n,))).digest() for n in range(size)]
    tree = MerkleTree(leaves)
    script = (
        f"import {{ sidesOf }} from {json.dumps(str(SHARED / 'protocol' / 'merkle_path.js'))};"
        f"console.log(JSON.stringify({json.dumps(list(range(size)))}.map((index) => sidesOf(index, {size}))))"
    )
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    for index, sides in enumerate(json.loads(done.stdout)):
        root = leaves[index]
        for side, sibling in zip(sides, tree.path(index), strict=True):
            root = hash_node(sibling, root) if side == "left" else hash_node(root, sibling)
        assert root == tree.root
