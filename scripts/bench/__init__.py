"""Measuring: ``product`` what the design counts on, ``core`` the credential core beside other libraries."""
