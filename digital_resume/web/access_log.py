"""A server's access log without what is nobody's business: ids of shares and receipts, queries, addresses.

uvicorn logs every request's whole path unless it is told not to. Whoever starts a service need not know that.
"""

import logging
import re
from typing import Final

_LOGGER: Final = "uvicorn.access"
#: Words of routes and names of files; what holds a digit or a capital may be an id.
_WORD: Final = re.compile(r"[a-z_.-]{1,40}|v\d", re.ASCII)
_MASK: Final = "…"


class _Masked(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the arguments of uvicorn's line: client, method, path, version, status."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            _, method, path, version, status = record.args
            record.args = (_MASK, method, masked_path(str(path)), version, status)
        return True


def masked_path(path: str) -> str:
    """Return a path without its query, and without what may be an id."""
    parts = path.partition("?")[0].split("/")
    return "/".join(part if not part or _WORD.fullmatch(part) else _MASK for part in parts)


def mask_access_log() -> None:
    """Mask what uvicorn logs of requests in this process; more than once does nothing."""
    logger = logging.getLogger(_LOGGER)
    if not any(isinstance(each, _Masked) for each in logger.filters):
        logger.addFilter(_Masked())
