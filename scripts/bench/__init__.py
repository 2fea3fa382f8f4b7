"""Measuring: ``product`` what the design counts on, ``core`` the core beside others, ``chain`` anchoring."""
