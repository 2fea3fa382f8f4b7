"""Databases of tests: migrated once, then copied for whoever wants one."""

import contextlib
import secrets
from collections.abc import Iterator

import psycopg
from psycopg import sql

from digital_resume.adapters.database.migrate import upgrade
from digital_resume.adapters.database.queues import apply_schema
from digital_resume.local.postgres import EmbeddedPostgres


class Databases:
    """A server with a template for each set of services that a test wants.

    Args:
        server: keeps the templates as long as it runs.
    """

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._templates: dict[tuple[str, ...], str] = {}

    @contextlib.contextmanager
    def new(self, *services: str) -> Iterator[str]:
        """Give the address of a database with the schemas of some services, and drop it in the end."""
        with self.copy_of(self._server.url_of(self._template(services))) as url:
            yield url

    @contextlib.contextmanager
    def copy_of(self, template_url: str) -> Iterator[str]:
        """Give the address of a copy of a database that nobody is connected to, and drop it in the end."""
        template = template_url.rpartition("/")[2]
        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self._server.url_of("postgres"), autocommit=True) as connection:
            # to copy files costs a quarter of what to log each page costs
            statement = sql.SQL("create database {} template {} strategy file_copy")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield self._server.url_of(name)
        finally:
            self._server.drop_database(name)

    def _template(self, services: tuple[str, ...]) -> str:
        if not services:
            return "template1"
        if services not in self._templates:
            name = "_".join(("template_of", *services))
            url = self._server.create_database(name)
            for service in services:
                upgrade(url, service)
            if "issuer" in services:
                apply_schema(url)
            self._templates[services] = name
        return self._templates[services]
