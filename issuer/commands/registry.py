"""What the accrediting authority, a guardian and an institution itself change in the registry.

Institutions are named by DID here, and nothing of the issuer is needed: the chain, the deployments file and
the account's key are enough.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final

from pydantic import SecretStr

from digital_resume.adapters.chain.accreditation import accredit as accredit_on_chain
from digital_resume.adapters.chain.client import ChainClient
from digital_resume.adapters.chain.deployments import Deployments, read_deployments
from digital_resume.adapters.chain.registry_admin import RegistryAdmin
from digital_resume.adapters.chain.trust_directory import ChainTrustDirectory
from digital_resume.adapters.keystore import FileKeystore, KeyCipher
from digital_resume.cli.agreement import Before, show_time
from digital_resume.core.errors import ResumeError
from digital_resume.core.trust.issuers import IssuerRecord, IssuerStatus, KeyEntry, key_digest
from digital_resume.local.snapshot import write_snapshot
from digital_resume.settings import CommonSettings
from issuer.commands.application import parse_application

_AGO: Final = re.compile(r"([1-9][0-9]{0,4})([mhd])", re.ASCII)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_DIGEST: Final = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_MULTIKEY: Final = re.compile(r"z[1-9A-HJ-NP-Za-km-z]{20,200}", re.ASCII)


class RegistrySettings(CommonSettings):
    """The shared settings; a database only where a slug is looked up."""

    needs_key_encryption_key: ClassVar[bool] = True

    database_url: SecretStr = SecretStr("")


@dataclass(frozen=True, slots=True)
class Registry:
    """The chain with the account of somebody who changes the registry."""

    client: ChainClient
    keys: FileKeystore
    admin: RegistryAdmin
    directory: ChainTrustDirectory

    @classmethod
    def open(cls, settings: CommonSettings, account: str, before: Before | None) -> "Registry":
        """Open the chain and an account of the keystore.

        Raises:
            ResumeError: the chain is not named, or there is no such account.
        """
        client, deployments = _connected(settings)
        keys = FileKeystore(settings.data_dir / "keys", KeyCipher(settings.load_key_encryption_key()))
        admin = RegistryAdmin(client, deployments, keys.account(account), before=before)
        return cls(client, keys, admin, ChainTrustDirectory(client, deployments))

    def keep(self, settings: CommonSettings) -> None:
        """Write the embedded chain's snapshot: what was sent must survive it."""
        if settings.chain_snapshot_file is not None:
            write_snapshot(self.client, settings.chain_snapshot_file)

    def record(self, did: str) -> IssuerRecord:
        """Return what the registry holds of an institution.

        Raises:
            ResumeError: it holds nothing of that DID.
        """
        return _known(self.directory, did)


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report of compromise came to.

    Attributes:
        digest: the key's digest.
        effective: since when the key counts as compromised now.
        asked: an earlier time that waits for a guardian, ``None`` when nothing does.
    """

    digest: bytes
    effective: datetime
    asked: datetime | None


def accredit(application: Path, *, account: str, before: Before | None = None) -> int:
    """Put an institution on the chain from its application; return the transactions sent.

    Raises:
        ResumeError: the file is no application, there is no such account, or the contract refuses.
    """
    institution, anchorer = parse_application(application)
    with _opened(account, before) as registry:
        return accredit_on_chain(institution, registry.admin, registry.directory, anchorer)


def set_standing(
    did: str,
    status: IssuerStatus,
    *,
    account: str,
    successor: str = "",
    before: Before | None = None,
) -> None:
    """Suspend, reinstate, close or merge an institution, from now on.

    Args:
        did: the institution.
        status: its new standing.
        account: id of the key in ``DATA_DIR/keys`` that signs.
        successor: DID of the institution that it is merged into.
        before: is shown the transaction.

    Raises:
        ResumeError: no such institution or account, or the contract refuses.
    """
    with _opened(account, before) as registry:
        registry.record(did)
        if successor:
            registry.record(successor)
        registry.admin.set_status(did, status, successor)


def report_compromise(
    did: str, key: str, since: datetime, *, account: str, before: Before | None = None
) -> Reported:
    """Report a key as compromised; acts at once, at most 24 hours back, and asks a guardian for the rest.

    Raises:
        ResumeError: the key cannot be told, the time lies ahead, or the contract refuses.
    """
    with _opened(account, before) as registry:
        digest = _chosen(registry.record(did), key, lambda entry: entry.compromised_since is None)
        if since > datetime.now(UTC) + timedelta(minutes=5):
            raise ResumeError(f"{show_time(since)} lies ahead. Say since when the key is in other hands.")
        registry.admin.report_compromise(did, digest, int(since.timestamp()))
        entry = registry.record(did).key(digest)
    if entry is None or entry.compromised_since is None:
        raise ResumeError("The chain does not show the report yet. Look again: resume institution show.")
    waits = int(since.timestamp()) < int(entry.compromised_since.timestamp())
    return Reported(digest, entry.compromised_since, since if waits else None)


def confirm_compromise(
    did: str, key: str, since: datetime, *, account: str, before: Before | None = None
) -> bytes:
    """Co-sign, as a guardian, exactly the time that was reported; returns the key's digest.

    Raises:
        ResumeError: the key cannot be told, nobody else reported that time, or the account is no guardian.
    """
    with _opened(account, before) as registry:
        digest = _chosen(registry.record(did), key, lambda entry: entry.compromised_since is not None)
        registry.admin.confirm_compromise(did, digest, int(since.timestamp()))
    return digest


def end_anchorer(did: str, anchorer: str, *, account: str, before: Before | None = None) -> str:
    """End an anchorer's period now; returns its address.

    Raises:
        ResumeError: the anchorer cannot be told, or the contract refuses.
    """
    with _opened(account, before) as registry:
        record = registry.record(did)
        running = [grant.address for grant in record.anchorers if grant.period.covers(datetime.now(UTC))]
        if not anchorer and len(running) != 1:
            raise ResumeError("Say which with --anchorer: " + (", ".join(running) or "none is running") + ".")
        address = anchorer or running[0]
        registry.admin.end_anchorer(did, address)
    return address


def described(did: str) -> list[str]:
    """Return what the registry holds of an institution, a line each; needs no account."""
    record = _known(ChainTrustDirectory(*_connected(RegistrySettings())), did)
    lines = [f"{record.name_ko} · {record.name_en}", record.did, record.url]
    for change in record.status_log:
        into = f" → {change.successor}" if change.successor else ""
        lines.append(f"status    {change.status.value:<10}{show_time(change.at)}{into}")
    lines += [
        f"type      {a.credential_type}  {_span(a.period.start, a.period.end)}" for a in record.accreditations
    ]
    lines += [f"anchorer  {g.address}  {_span(g.period.start, g.period.end)}" for g in record.anchorers]
    return lines + [f"key       {_key_line(entry)}" for entry in record.keys]


def parse_moment(text: str, now: datetime) -> datetime:
    """Parse ``now``, ``90m``, ``6h`` or ``2d`` ago, Unix seconds, or ISO 8601 with its offset.

    Raises:
        ResumeError: it is none of these; a time without an offset would be another one elsewhere.
    """
    if text == "now":
        return now.replace(microsecond=0)
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return (now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})).replace(microsecond=0)
    try:
        found = (
            datetime.fromtimestamp(int(text), UTC)
            if text.isascii() and text.isdigit()
            else datetime.fromisoformat(text)
        )
    except (ValueError, OverflowError, OSError):
        found = None
    if found is None or found.tzinfo is None or found.year < 2000:
        raise ResumeError(
            "Say the time as 2026-11-24T09:00:00+09:00, with its offset or Z, as 6h or 90m ago, or now."
        )
    return found.astimezone(UTC).replace(microsecond=0)


def _connected(settings: CommonSettings) -> tuple[ChainClient, Deployments]:
    if settings.deployments_file is None or not settings.rpc_urls:
        raise ResumeError("Set RPC_URLS and DEPLOYMENTS_FILE: the registry is on the chain.")
    deployments = read_deployments(settings.deployments_file)
    return ChainClient(settings.rpc_urls, deployments, quorum=settings.rpc_quorum), deployments


def _known(directory: ChainTrustDirectory, did: str) -> IssuerRecord:
    found = directory.entry(did)
    if found is None:
        raise ResumeError(f"The registry does not know {did}. Accredit it first, or check the name.")
    return found


@contextmanager
def _opened(account: str, before: Before | None) -> Iterator[Registry]:
    settings = RegistrySettings()
    registry = Registry.open(settings, account, before)
    try:
        yield registry
    finally:
        registry.keep(settings)


def _chosen(record: IssuerRecord, given: str, fits: Callable[[KeyEntry], bool]) -> bytes:
    """Return the digest of the key that is named, or of the only one that fits."""
    if given:
        digest = _digest(given)
        if record.key(digest) is None:
            raise ResumeError("The registry holds no such key of this institution." + _listed(record.keys))
        return digest
    fitting = [entry for entry in record.keys if fits(entry)]
    if len(fitting) != 1:
        raise ResumeError("Say which key with --key." + _listed(record.keys))
    return fitting[0].digest


def _digest(given: str) -> bytes:
    if _DIGEST.fullmatch(given):
        return bytes.fromhex(given[2:])
    multikey = given.rpartition("#")[2]
    if not _MULTIKEY.fullmatch(multikey):
        raise ResumeError("A key is a multikey (z…), a verification method (did:…#z…) or its digest (0x…).")
    return key_digest(multikey)


def _listed(keys: tuple[KeyEntry, ...]) -> str:
    return "".join(f"\n  {_key_line(entry)}" for entry in keys) or " It has none."


def _key_line(entry: KeyEntry) -> str:
    since = entry.compromised_since
    reported = f"  유출 · compromised since {show_time(since)}" if since else ""
    return f"0x{entry.digest.hex()}  {_span(entry.period.start, entry.period.end)}{reported}"


def _span(start: datetime, end: datetime | None) -> str:
    return f"{show_time(start)} – {show_time(end) if end else ''}".rstrip()
