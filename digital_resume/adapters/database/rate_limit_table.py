"""The table that a service's processes count requests in, where they share their limits.

It is no part of the service's migrations: it is in no write-ahead log, empty after a crash, and worth nothing
after two minutes.
"""

TABLE = "rate_limit"


def table_of(schema: str) -> str:
    """Return the quoted name of a schema's table of counts."""
    return f'"{schema}".{TABLE}'


def creation_of(schema: str) -> str:
    """Return the statement that creates it where there is none."""
    return (
        f"create unlogged table if not exists {table_of(schema)} (key text primary key, "
        "began timestamptz not null, current int not null, previous int not null, "
        "expires timestamptz not null)"
    )
