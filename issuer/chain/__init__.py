"""The anchoring account: the doors to the chain, one owner of its nonces, one transaction at a time."""
