"""Each package of the issuer says in one sentence what it is."""

import ast
from pathlib import Path

import pytest

import issuer

PACKAGES = sorted(path.parent for path in Path(issuer.__file__).parent.rglob("__init__.py"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_says_in_one_sentence_what_it_is(package: Path) -> None:
    said = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8")))
    assert said is not None
    assert "\n" not in said
    assert said.endswith(".")
