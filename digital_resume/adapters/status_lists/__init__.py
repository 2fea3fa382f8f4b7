"""Status lists for whoever verifies: fetched, checked against the chain, kept (verifier, identity claims)."""
