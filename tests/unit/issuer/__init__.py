"""The issuer's parts that need no server."""
