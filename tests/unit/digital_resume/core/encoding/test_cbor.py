"""CBOR: what cbor2 makes is read, in its one canonical form."""

from typing import Any

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_resume.core.encoding.cbor import MAX_DEPTH, decode_cbor, encode_cbor
from digital_resume.core.errors import MalformedError

relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


_plain = st.recursive(
    st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=300), st.text(max_size=300)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.integers(0, 70_000), inner, max_size=3)
    ),
    max_leaves=4,
).filter(lambda value: depth(value) <= MAX_DEPTH)


@settings(relaxed, max_examples=200)
@given(_plain)
def test_cbor_is_that_of_cbor2(value: Any) -> None:
    encoded = encode_cbor(value)
    assert encoded == cbor2.dumps(value)
    assert decode_cbor(encoded) == value


def test_byte_strings_tagged_as_arrays_are_read() -> None:
    assert decode_cbor(cbor2.dumps(cbor2.CBORTag(64, b"abc"))) == b"abc"


@pytest.mark.parametrize("data", ["", "9f01ff", "c074323031332d30332d32315432303a30343a30305a", "1b", "0101"])
def test_other_cbor_is_refused(data: str) -> None:
    with pytest.raises(MalformedError):
        decode_cbor(bytes.fromhex(data))
