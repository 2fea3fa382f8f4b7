"""The blind index finds a person, and is an institution's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.records.blind_index import blind_index

KEY = b"0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("name", ["Nguyen Thi Lan", " NGUYEN  THI LAN ", "ＮＧＵＹＥＮ thi lan"])
def test_a_person_is_found_however_the_name_is_written(name: str) -> None:
    assert blind_index(KEY, name, "1998-07-01") == blind_index(KEY, "nguyen thi lan", "1998-07-01")


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_blind_index_is_the_institutions_own(name: str, birth_date: str) -> None:
    assert blind_index(KEY, name, birth_date) != blind_index(KEY[::-1], name, birth_date)
