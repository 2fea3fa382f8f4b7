"""JSON pointers and what they select."""

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_resume.core.errors import MalformedError
from digital_resume.core.securing.linked_data.selective import parse_pointer, select

relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(relaxed, max_examples=200)
@given(json_values, st.lists(st.text(alphabet="/~01-ab#", max_size=8), max_size=3))
def test_any_pointer_selects_or_is_refused(value: Any, pointers: list[str]) -> None:
    with contextlib.suppress(MalformedError):
        select({"@context": {}, "a": value, "b": [value, {"a": value}]}, pointers)


@pytest.mark.parametrize("pointer", ["a", "/~", "/~2", "#/a", "/" + "a" * 2_000, 7, None])
def test_text_that_is_no_pointer(pointer: Any) -> None:
    with pytest.raises(MalformedError):
        parse_pointer(pointer)


def test_pointers_into_arrays_keep_the_order() -> None:
    document = {"@context": {}, "a": [{"x": 0}, {"x": 1, "type": "T", "y": 2}, {"x": 3}], "b/c~": [1, 2, 3]}
    assert select(document, ["/a/2/x", "/a/1/y", "/b~1c~0/1"]) == {
        "@context": {},
        "a": [{"type": "T", "y": 2}, {"x": 3}],
        "b/c~": [2],
    }
    for pointer in ("/a/3", "/a/01", "/a/-", "/a/1/z", "/b~1c~0/1/0"):
        with pytest.raises(MalformedError):
            select(document, [pointer])
