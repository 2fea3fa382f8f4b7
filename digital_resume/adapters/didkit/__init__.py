"""VC 1.1 credentials of other ecosystems, verified by didkit in a process of its own.

didkit is optional (``requirements/didkit.txt``): it crashed under load when it was measured, ignores
``expirationDate`` and would fetch did:web by itself. So it runs in a child without network and with limits
(``worker``), and ``client`` starts, watches and replaces that child and makes the checks that didkit leaves
out.
"""

from digital_resume.adapters.didkit.client import PROOF_TYPES, DidkitVerifier, ForeignCredential

__all__ = ["PROOF_TYPES", "DidkitVerifier", "ForeignCredential"]
