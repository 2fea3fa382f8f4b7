"""The host of modules."""
