"""Credential offer objects."""

from issuer.openid4vci.offers import PRE_AUTHORIZED_GRANT, offer_object


def test_an_offer_says_whether_it_needs_a_transaction_code() -> None:
    bare = offer_object("http://x", "T", "c", needs_transaction_code=False)
    assert "tx_code" not in bare["grants"][PRE_AUTHORIZED_GRANT]
    counter = offer_object("http://x", "T", "c", needs_transaction_code=True)["grants"][PRE_AUTHORIZED_GRANT]
    assert counter["tx_code"]["length"] == 6
    assert len(counter["tx_code"]["description"]) <= 300
