"""Measure what the design counts on: ``make bench``. Real parts, nothing warmed up beyond a first call.

Prints operations a second on one core, so that figures in the documents can be checked anywhere.
"""

import hashlib
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from digital_resume.core.anchoring.leaf import Mechanism, SignedContent
from digital_resume.core.anchoring.merkle import MerkleTree, root_from_path
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.sd_jwt import (
    create_key_binding,
    issue_sd_jwt,
    peek_sd_jwt,
    present,
    verify_sd_jwt,
)
from digital_resume.local.anvil import EmbeddedAnvil
from digital_resume.local.postgres import EmbeddedPostgres

SECONDS = 1.0
LEAVES = 200_000
ROWS = 20_000


def measure(name: str, work: Callable[[], object], unit: str = "/s") -> None:
    """Run ``work`` for a second and print how often it ran."""
    work()
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS:
        work()
        count += 1
    print(f"{name:<52}{count / (time.perf_counter() - begun):>12,.0f} {unit}", flush=True)


@contextmanager
def timed(name: str, count: int) -> Iterator[None]:
    """Print how many of ``count`` things were done a second."""
    begun = time.perf_counter()
    yield
    print(f"{name:<52}{count / (time.perf_counter() - begun):>12,.0f} /s", flush=True)


def bench_credentials() -> None:
    """Sign, present and verify one credential."""
    issuer = LocalSigner.generate("P-256", "did:web:bench.example")
    holder = LocalSigner.generate()
    subject = {"name": "시연", "birthDate": "2000-01-01", "degree": "학사", "gradeAverage": "4.1"}
    payload = {
        "iss": "did:web:bench.example",
        "vct": "urn:vdr:UniversityDegree:1",
        "iat": int(time.time()),
        "cnf": {"jwk": holder.public_key.jwk()},
        "ld": {"credentialSubject": subject},
    }
    hidden = [("ld", "credentialSubject", "birthDate"), ("ld", "credentialSubject", "gradeAverage")]
    token = issue_sd_jwt(payload, hidden, issuer)
    now = datetime.now(UTC)
    audience = "https://verify.example"
    shown = create_key_binding(present(token, []), holder, nonce="n" * 22, audience=audience, issued_at=now)
    measure("SD-JWT: sign", lambda: issue_sd_jwt(payload, hidden, issuer))
    measure("SD-JWT: read without trust", lambda: peek_sd_jwt(shown))
    measure("SD-JWT: verify, key binding included", lambda: _verify(shown, issuer, now, audience))
    measure("P-256: sign", lambda: issuer.sign(b"x" * 200))
    measure("leaf of a credential", lambda: SignedContent(Mechanism.JOSE, token.encode(), b"s" * 64).leaf)


def _verify(shown: str, issuer: LocalSigner, now: datetime, audience: str) -> None:
    verify_sd_jwt(
        shown,
        key=issuer.public_key,
        now=now,
        expected_nonce="n" * 22,
        expected_audience=audience,
        require_key_binding=True,
    )


def bench_tree() -> None:
    """Hash a tree, prove and check its leaves."""
    leaves = [hashlib.sha256(str(number).encode()).digest() for number in range(LEAVES)]
    with timed(f"tree of {LEAVES:,} leaves: leaves hashed", LEAVES):
        tree = MerkleTree(leaves)
    numbers = iter(range(10**12))
    measure("receipt: path out of the tiles", lambda: tree.path(next(numbers) * 7919 % LEAVES))
    path = tree.path(4711)
    measure("receipt: path checked", lambda: root_from_path(leaves[4711], 4711, LEAVES, path))


def bench_servers(folder: Path) -> None:
    """Start the embedded servers and write rows."""
    for name in ("first start", "later start"):
        begun = time.perf_counter()
        with EmbeddedPostgres(folder / "postgres") as server:
            print(f"{'PostgreSQL: ' + name:<52}{time.perf_counter() - begun:>12.2f} s", flush=True)
            if name == "later start":
                _write_rows(server.url)
    begun = time.perf_counter()
    with EmbeddedAnvil(folder / "chain"):
        print(f"{'chain: first start':<52}{time.perf_counter() - begun:>12.2f} s", flush=True)


def _write_rows(url: str) -> None:
    row = os.urandom(1250).hex()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table bench (n bigint primary key, body text)")
        with (
            timed("PostgreSQL: rows of 2.5 KB by COPY", ROWS),
            connection.cursor() as cursor,
            cursor.copy("copy bench from stdin") as copy,
        ):
            for number in range(ROWS):
                copy.write_row((number, row))
        numbers = iter(range(ROWS, 10**12))
        measure(
            "PostgreSQL: insert and commit",
            lambda: connection.execute("insert into bench values (%s, %s)", (next(numbers), row)),
        )


def main() -> None:
    """Measure everything."""
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, Python {platform.python_version()}")
    bench_credentials()
    bench_tree()
    with tempfile.TemporaryDirectory(prefix="vdr-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        bench_servers(folder)


if __name__ == "__main__":
    main()
