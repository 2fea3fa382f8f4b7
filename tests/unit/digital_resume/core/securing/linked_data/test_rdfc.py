"""Labelling: published figures, and poison graphs."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from digital_resume.core.errors import LimitError
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer
from digital_resume.core.securing.linked_data.nquads import Quad, parse_nquads
from digital_resume.core.securing.linked_data.rdfc import canonicalize_quads

FIGURES = json.loads(
    (Path(__file__).parents[5] / "vectors" / "rdf_canon" / "figures.json").read_text("utf-8")
)["figures"]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure["name"])
def test_published_figures(figure: dict[str, Any]) -> None:
    quads = parse_nquads("\n".join(figure["input"]))
    found = canonicalize_quads(quads, hash_name=figure["hash"])
    assert [line.removesuffix("\n") for line in found.lines] == figure["expected"]


def clique(size: int) -> list[Quad]:
    nodes = [f"_:e{i}" for i in range(size)]
    return [Quad(a, "<urn:p>", b) for a in nodes for b in nodes if a != b]


def ring(size: int) -> list[Quad]:
    return [Quad(f"_:e{i}", "<urn:p>", f"_:e{(i + 1) % size}") for i in range(size)]


@pytest.mark.parametrize(
    "quads", [clique(10), clique(60), ring(5_000), [*clique(9), *ring(400)]], ids=["10", "60", "ring", "both"]
)
def test_poison_graph_is_refused_at_once(quads: list[Quad]) -> None:
    begun = time.process_time()
    with pytest.raises(LimitError) as caught:
        canonicalize_quads(quads)
    assert caught.value.code == "poison_graph"
    # 100 ms on an idle machine for graphs of a credential's size; the bound is on steps, so leave it room.
    assert time.process_time() - begun < 1.0


def test_what_names_no_other_object_costs_nothing_when_a_graph_is_poison() -> None:
    around = [Quad(node, "<urn:l>", f'"{number}"') for node in ("_:e0", "_:e1") for number in range(20_000)]
    begun = time.process_time()
    with pytest.raises(LimitError) as caught:
        canonicalize_quads([*clique(10), *around])
    assert caught.value.code == "poison_graph"
    assert time.process_time() - begun < 2.0


def test_poison_document_is_refused() -> None:
    inner = [{"a": [{"a": {}} for _ in range(9)]} for _ in range(2)]
    with pytest.raises(LimitError) as caught:
        default_canonicalizer().canonicalize({"@context": {"a": "urn:a"}, "a": inner})
    assert caught.value.code == "poison_graph"


def test_alike_objects_of_a_credential_are_no_poison() -> None:
    document = {"@context": {"a": "urn:a", "b": "urn:b"}, "a": [{"b": "same"} for _ in range(200)]}
    assert default_canonicalizer().canonicalize(document).count(b"\n") == 400
