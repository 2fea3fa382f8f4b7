"""Anchoring: leaves into batches, batches onto the chain, receipts out."""
