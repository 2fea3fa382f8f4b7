"""What every call of the VC-API shares: issuers, status lists, resolver, clock, and the served lists."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from digital_resume.adapters.clock import SystemClock
from digital_resume.adapters.didkit import DidkitVerifier
from digital_resume.adapters.fetch import GuardedFetcher
from digital_resume.core.identifiers.resolution import Resolver
from digital_resume.core.ports import Clock, Fetcher
from digital_resume.core.securing.data_integrity import add_proof
from digital_resume.core.securing.linked_data.canonicalizer import use_contexts
from digital_resume.core.securing.linked_data.own_contexts import read_contexts
from digital_resume.vc_api.issuers import Issuer, Issuers
from digital_resume.vc_api.settings import VcApiSettings
from digital_resume.vc_api.status_lists import ListKey, StatusLists
from digital_resume.vc_api.suites import SUITES, list_suite


@dataclass(slots=True)
class Service:
    """The parts, wired once when the app is made."""

    issuers: Issuers
    lists: StatusLists
    resolver: Resolver
    fetcher: Fetcher
    clock: Clock
    started: datetime
    foreign: DidkitVerifier
    _signed: dict[ListKey, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """Return the present moment."""
        return self.clock.now()

    def issuer_of(self, key: ListKey) -> Issuer | None:
        """Return the issuer that a list belongs to."""
        return self.issuers.find(key.issuer)

    def status_list(self, key: ListKey) -> dict[str, Any] | None:
        """Return an own list as a signed credential; ``None`` when there is none. Signed once a version."""
        issuer, version = self.issuer_of(key), self.lists.version(key)
        if issuer is None or version is None:
            return None
        with self._lock:
            kept = self._signed.get(key)
            if kept is not None and kept[0] == version:
                return kept[1]
            found = self.lists.credential(key, issuer.did, self.started)
            if found is None:
                return None
            secured = add_proof(
                found[0],
                issuer.signer,
                cryptosuite=list_suite(issuer.curve),
                purpose="assertionMethod",
                created=self.now(),
                suites=SUITES,
            )
            self._signed[key] = (found[1], secured)
            return secured


def build_service(
    settings: VcApiSettings, *, clock: Clock | None = None, fetcher: Fetcher | None = None
) -> Service:
    """Wire the service.

    Args:
        settings: its settings.
        clock: the system's when ``None``.
        fetcher: a guarded one when ``None``.

    Raises:
        MalformedError: the folder of further contexts is not what it must be.
    """
    use_contexts(read_contexts(settings.contexts_dir))
    moment = clock or SystemClock()
    fetch = fetcher or GuardedFetcher(allowed_origins=settings.fetch_origins, timeout=settings.fetch_seconds)
    return Service(
        issuers=Issuers(settings.load_seed()),
        lists=StatusLists(settings.public_url, settings.status_file),
        resolver=Resolver(fetch, clock=moment),
        fetcher=fetch,
        clock=moment,
        started=moment.now(),
        foreign=DidkitVerifier(),
    )
