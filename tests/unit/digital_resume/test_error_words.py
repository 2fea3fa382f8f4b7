"""Whatever can go wrong is told in Korean, too, out of one table; nothing in the table is unused."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from digital_resume.adapters.chain.errors import RegistryRejectedError
from digital_resume.core.errors import MalformedError, ProofError, ResumeError, SourceUnavailableError
from digital_resume.error_words import all_words, words_for
from digital_resume.web.problems import ProblemCatalogue

ROOT = Path(__file__).resolve().parents[3]
#: Whose errors a person may meet; modules bring their own words.
PRODUCT = ("digital_resume", "issuer", "wallet", "verifier", "plugins/host")
#: Whose codes are told as they are: what core says of a credential is a check's outcome, with words there.
TOLD = (
    "digital_resume/adapters",
    "digital_resume/cli",
    "digital_resume/local",
    "digital_resume/modules",
    "digital_resume/web",
    "issuer",
    "wallet",
    "verifier",
    "plugins/host",
)
_HANGUL = re.compile(r"[가-힣]")


def trees(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text("utf-8"))


def codes_of_classes() -> dict[str, str]:
    """Return the code of every class of errors, with a place where it stands."""
    found = {}
    for place, tree in trees(*PRODUCT):
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef) or not node.name.endswith("Error"):
                continue
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code":
                    found[ast.literal_eval(line.value)] = f"{place}: {node.name}"
    return found


def codes_given() -> dict[str, str]:
    """Return every code that an error is given where it is made, with a place."""
    found = {}
    for place, tree in trees(*TOLD):
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        for keyword in (keyword for call in calls for keyword in call.keywords if keyword.arg == "code"):
            for part in ast.walk(keyword.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found[part.value] = place
    return found


def test_every_class_of_errors_and_every_code_that_is_told_has_korean_words() -> None:
    codes = {**codes_given(), **codes_of_classes()}
    assert len(codes) > 120, "the codes are found"
    assert {code: place for code, place in codes.items() if code not in all_words()} == {}


def test_words_are_korean_sentences_and_titles_come_in_both_languages() -> None:
    for code, words in all_words().items():
        assert _HANGUL.search(words.ko), code
        assert words.ko.endswith("."), code
        assert bool(words.title) == bool(words.title_ko), code


def test_nothing_is_said_twice_and_nothing_of_no_code() -> None:
    said = [words.ko for words in all_words().values()]
    assert len(said) == len(set(said))
    text = "".join(
        file.read_text("utf-8") for folder in (*PRODUCT, "scripts") for file in (ROOT / folder).rglob("*.py")
    )
    assert [code for code in all_words() if f'"{code}"' not in text] == []


def test_the_table_is_sorted_and_names_each_code_once() -> None:
    pairs = json.loads(
        (ROOT / "digital_resume" / "error_words.json").read_text("utf-8"), object_pairs_hook=list
    )
    codes = [code for code, _ in pairs]
    assert codes == sorted(set(codes))


def test_korean_of_errors_stands_nowhere_else() -> None:
    """Titles and sentences of problems are made of the table; only modules may write their own."""
    for place, tree in trees(*PRODUCT):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or place == "digital_resume/web/problems.py":
                continue
            assert ast.unparse(node.func) != "ProblemKind", place


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MalformedError("x", code="never_heard_of"), "malformed"),
        (ProofError("x", code="challenge_mismatch"), "proof_invalid"),
        (SourceUnavailableError("x", code="wallet_unreachable"), "wallet_unreachable"),
        (ResumeError("x"), "resume_error"),
        (RegistryRejectedError("x", "가", error_name="X"), "registry_rejected"),
    ],
)
def test_an_error_is_told_by_its_code_or_by_its_nearest_family(error: ResumeError, code: str) -> None:
    assert words_for(error) == all_words()[code]


def test_http_and_the_command_line_say_the_same() -> None:
    error = SourceUnavailableError("x", code="status_list_behind")
    kind = ProblemCatalogue().kind_of(error)
    assert (kind.status, kind.detail_ko) == (503, words_for(error).ko)
