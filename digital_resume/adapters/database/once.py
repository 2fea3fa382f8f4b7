"""Statements in a transaction of their own, for what stays consumed when the request fails.

Nonces, pre-authorized codes and challenges are consumed by one ``UPDATE … WHERE unused … RETURNING``
or ``DELETE … RETURNING`` that is committed at once: of two requests at the same moment one gets the
row, and a request that fails later has still used it up.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Executable, Row

from digital_resume.adapters.database.engine import Database


async def execute_once(
    database: Database, statement: Executable, parameters: Mapping[str, Any] | None = None
) -> Row[Any] | None:
    """Run one statement, commit it, and return its first row.

    Args:
        database: where to run it; never the request's own session.
        statement: a statement with ``RETURNING``, or one without result.
        parameters: bound values.

    Returns:
        The first row that was returned; ``None`` when nothing matched.
    """
    async with database.sessions.begin() as session:
        result = await session.execute(statement, dict(parameters or {}))
        # A statement on a mapped class answers a result of rows, one on a table the cursor's.
        return result.first() if getattr(result, "returns_rows", True) else None
