"""The W3C CCG VC-API on the credential core, for integrators and for conformance suites."""
