"""The demonstration: a fictional cast, the stages of `make demo` and the landing page of `make up`."""
