"""Whatever can go wrong is told in Korean, too, out of one table; nothing in the table is unused."""

import ast
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from digital_resume.adapters.chain.errors import RegistryRejectedError
from digital_resume.adapters.chain.revert import known_errors
from digital_resume.core.errors import MalformedError, ProofError, ResumeError, SourceUnavailableError
from digital_resume.error_words import all_words, particular, words_for
from digital_resume.web.problems import ProblemCatalogue
from issuer.credentials.service import label
from issuer.status.lists import Status

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
#: Files whose Korean is not an error's, or cannot come out of the table, and why.
NO_ERRORS = {
    "digital_resume/cli/*": "help, prompts and answers of commands",
    "issuer/commands/*": "help, prompts and answers of commands",
    "verifier/commands/*": "help, prompts and answers of commands",
    "digital_resume/vc_api/commands.py": "help of a command",
    "digital_resume/local/*": "what a start shows of its steps",
    "digital_resume/*openapi.py": "what the documents of the APIs say",
    "digital_resume/vc_api/app.py": "what the documents of the APIs say",
    "issuer/app.py": "what the documents of the APIs say",
    "issuer/signing_api/bodies.py": "examples in the documents of the APIs",
    "issuer/openid4vci/offers.py": "what a wallet says when it asks for the code",
    "verifier/openapi.py": "examples in the documents of the APIs",
    "digital_resume/adapters/chain/deploying.py": "the name of a demonstration's chain",
    "digital_resume/settings.py": "names a fault of settings before anything is set up",
    "digital_resume/web/validation.py": "faults of one field, a table of its own by pydantic's types of them",
    "digital_resume/core/credentials/catalog.py": "core imports nothing: the sentence lists the known types",
    "digital_resume/core/credentials/claims.py": "core imports nothing: faults of claims, in both languages",
    "digital_resume/core/credentials/text.py": "words that a resident registration number is disguised with",
    "digital_resume/core/verification/*": "outcomes and verdicts, which are not errors, in both languages",
}
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
        for case, sentence in words.particulars.items():
            assert _HANGUL.search(sentence), case
            assert sentence.endswith(".") or case in {"unreadable"}, case
        assert bool(words.title) == bool(words.title_ko), code


def test_nothing_is_said_twice_and_nothing_of_no_code() -> None:
    said = [words.ko for words in all_words().values()]
    said += [sentence for words in all_words().values() for sentence in words.particulars.values()]
    assert len(said) == len(set(said))
    text = "".join(
        file.read_text("utf-8") for folder in (*PRODUCT, "scripts") for file in (ROOT / folder).rglob("*.py")
    )
    assert [code for code in all_words() if f'"{code}"' not in text] == []


def test_each_case_is_told_somewhere_and_each_that_is_told_has_its_sentence() -> None:
    told = {("registry_rejected", name) for name in known_errors()}
    told |= {("status_change_refused", label(status)) for status in (Status.REVOKED, Status.SUPERSEDED)}
    for _, tree in trees(*PRODUCT):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "particular":
                code, case = node.args[:2]
                if isinstance(code, ast.Constant) and isinstance(case, ast.Constant):
                    told.add((code.value, case.value))
    told.add(("rate_limited", "per_minute"))  # the middleware has its code in a constant
    assert told == {(code, case) for code, words in all_words().items() for case in words.particulars}


def test_what_is_not_found_is_named_in_korean_too() -> None:
    made = [
        (place, node)
        for place, tree in trees(*PRODUCT)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "NotFoundError"
    ]
    assert len(made) >= 8, "they are found"
    generic = [place for place, call in made if "message_ko" not in {word.arg for word in call.keywords}]
    assert generic == []


def test_the_values_of_a_case_are_filled_in() -> None:
    said = particular("registry_rejected", "LookAlikeName", clash="{서울대}")
    assert "'{서울대}'" in said, "a value is no pattern"
    with pytest.raises(KeyError):
        particular("registry_rejected", "LookAlikeName")


def test_the_table_is_sorted_and_names_each_code_once() -> None:
    pairs = json.loads(
        (ROOT / "digital_resume" / "error_words.json").read_text("utf-8"), object_pairs_hook=list
    )
    codes = [code for code, _ in pairs]
    assert codes == sorted(set(codes))


def test_korean_of_errors_stands_nowhere_else() -> None:
    """Titles and sentences of problems are made of the table; only modules may write their own."""
    found = {}
    for place, tree in trees(*PRODUCT):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and place != "digital_resume/web/problems.py":
                assert ast.unparse(node.func) != "ProblemKind", place
        if lines := [line for line, text in strings(tree) if _HANGUL.search(text)]:
            found[place] = lines
    unexplained = {
        place: lines
        for place, lines in found.items()
        if not any(fnmatch(place, pattern) for pattern in NO_ERRORS)
    }
    assert unexplained == {}, "move it into error_words.json, or say what it is if no error"
    idle = [pattern for pattern in NO_ERRORS if not any(fnmatch(place, pattern) for place in found)]
    assert idle == [], "nothing Korean is there any more"


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the literals of a file with their lines, docstrings left out."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_korean_in_a_literal_is_seen_and_in_a_docstring_is_not() -> None:
    tree = ast.parse('"""설명"""\nraise E(f"{x} 오류")\nsay("english")\n')
    assert [line for line, text in strings(tree) if _HANGUL.search(text)] == [2]


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
