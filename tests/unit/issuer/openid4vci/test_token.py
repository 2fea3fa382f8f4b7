"""Token requests: read or refused."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.openid4vci.errors import ProtocolError
from issuer.openid4vci.offers import PRE_AUTHORIZED_GRANT
from issuer.openid4vci.token import TokenRequest, parse_token_request


@given(
    st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=12), min_size=1, max_size=2), max_size=4)
)
def test_any_token_form_is_read_or_refused(form: Mapping[str, Sequence[str]]) -> None:
    with pytest.raises(ProtocolError):
        parse_token_request(form)


def test_a_token_form_is_read() -> None:
    form = {"grant_type": [PRE_AUTHORIZED_GRANT], "pre-authorized_code": ["abc"], "tx_code": ["123456"]}
    assert parse_token_request(form) == TokenRequest("abc", "123456")
