"""Random identifiers and what is kept of secrets."""

from issuer import bearer_secrets

KEY = b"0123456789abcdef0123456789abcdef"


def test_a_transaction_code_is_kept_salted_and_keyed() -> None:
    mac = bearer_secrets.transaction_code_mac(KEY, "offer", "123456")
    assert mac != bearer_secrets.transaction_code_mac(KEY, "other", "123456")
    assert mac != bearer_secrets.transaction_code_mac(KEY[::-1], "offer", "123456")


def test_identifiers_and_secrets_have_their_length() -> None:
    assert len(bearer_secrets.new_identifier()) == 22
    assert len(bearer_secrets.new_secret()) == 43
    assert len(bearer_secrets.new_transaction_code()) == 6
