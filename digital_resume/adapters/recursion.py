"""Python's recursion limit, kept where it was: a package that ``eth_account`` imports raises it to 100,000.

At that limit nested input overruns the C stack and ends the process where it should be refused.
"""

import sys

_LIMIT = 1_000


def restore_recursion_limit() -> None:
    """Put the limit back; whoever imports ``eth_account`` calls this."""
    sys.setrecursionlimit(_LIMIT)
