"""How what the contracts' events say becomes rows of the index, and rows become events and facts again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from digital_resume.adapters.chain.events import LoggedEvent
from digital_resume.core.errors import SourceUnavailableError
from digital_resume.core.trust.events import (
    AccreditationChanged,
    AnchorerChanged,
    IssuerRegistered,
    KeyAdded,
    KeyCompromised,
    KeyRetired,
    NamesChanged,
    RegistryEvent,
    StandingChanged,
    Unreadable,
    moment,
)
from digital_resume.core.trust.issuers import IssuerStatus
from digital_resume.core.trust.logs import RootAnchored, StatusHeartbeat, StatusPublished
from verifier.models import AnchoredRoot, RegistryEventRow, StatusHeartbeatRow, StatusRoot

_KINDS: Final[dict[str, type[RegistryEvent]]] = {
    kind.__name__: kind
    for kind in (
        IssuerRegistered,
        NamesChanged,
        StandingChanged,
        AccreditationChanged,
        AnchorerChanged,
        KeyAdded,
        KeyRetired,
        KeyCompromised,
        Unreadable,
    )
}
FACTS: Final = (RegistryEventRow, AnchoredRoot, StatusRoot, StatusHeartbeatRow)


class EventsMissingError(SourceUnavailableError):
    """A publisher's roots that do not follow one another: the node keeps some back."""

    code = "logs_incomplete"


def check_sequences(connection: Connection, events: Iterable[LoggedEvent]) -> None:
    """Hold that every publisher's roots are numbered without a gap, as the contract numbers them."""
    last: dict[str, int] = {}
    for logged in events:
        event = logged.event
        if not isinstance(event, StatusPublished | StatusHeartbeat):
            continue
        if event.submitter not in last:
            kept = select(func.max(StatusRoot.sequence)).where(StatusRoot.submitter == event.submitter)
            last[event.submitter] = connection.execute(kept).scalar() or 0
        if isinstance(event, StatusPublished):
            last[event.submitter] += 1
        if event.sequence != last[event.submitter]:
            raise EventsMissingError(
                f"The node's logs lack a status root before block {logged.block_number}: roots are numbered "
                "one after the other. Replace the node in RPC_URLS, then run `resume index rebuild`."
            )


def write_facts(connection: Connection, events: Iterable[LoggedEvent]) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {table: [] for table in FACTS}
    for logged in events:
        event, number = logged.event, logged.block_number
        match event:
            case RootAnchored():
                rows[AnchoredRoot].append(
                    {
                        "submitter": event.submitter,
                        "root": event.root,
                        "anchored_at": moment(event.time),
                        "block_number": number,
                    }
                )
            case StatusPublished():
                rows[StatusRoot].append(
                    {
                        "submitter": event.submitter,
                        "sequence": event.sequence,
                        "root": event.root,
                        "since": moment(event.time),
                        "block_number": number,
                    }
                )
            case StatusHeartbeat():
                rows[StatusHeartbeatRow].append(
                    {
                        "block_number": number,
                        "submitter": event.submitter,
                        "sequence": event.sequence,
                        "said_at": moment(event.time),
                    }
                )
            case _:
                name, members = _encode_event(event)
                rows[RegistryEventRow].append(
                    {
                        "block_number": number,
                        "log_index": logged.log_index,
                        "issuer_id": event.issuer_id,
                        "name": name,
                        "members": members,
                    }
                )
    for table, values in rows.items():
        if values:
            # A repeat is what the contract calls one: the first time stands.
            connection.execute(insert(table).on_conflict_do_nothing(), values)


def _encode_event(event: RegistryEvent) -> tuple[str, dict[str, Any]]:
    members = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in asdict(event).items()
        if name != "issuer_id"
    }
    return type(event).__name__, members


def decode_event(name: str, issuer_id: bytes, members: Mapping[str, Any]) -> RegistryEvent:
    values = dict(members)
    if "digest" in values:
        values["digest"] = bytes.fromhex(values["digest"])
    if "status" in values:
        values["status"] = IssuerStatus(values["status"])
    make: Callable[..., RegistryEvent] = _KINDS[name]
    return make(issuer_id=issuer_id, **values)


def fact_of_row(table: Any, row: Mapping[str, Any]) -> tuple[str, int, str]:
    number = row["block_number"]
    if table is RegistryEventRow:
        return row["name"], number, f"0x{row['issuer_id'].hex()} #{row['log_index']}"
    if table is AnchoredRoot:
        return "Anchored", number, f"{row['submitter']} 0x{row['root'].hex()}"
    if table is StatusRoot:
        return "StatusPublished", number, f"{row['submitter']} {row['sequence']} 0x{row['root'].hex()}"
    return "StatusHeartbeat", number, f"{row['submitter']} {row['sequence']}"


def fact_of_event(logged: LoggedEvent) -> tuple[str, int, str]:
    """Return an event in the form of ``IndexStore.facts``."""
    event, number = logged.event, logged.block_number
    match event:
        case RootAnchored():
            return "Anchored", number, f"{event.submitter} 0x{event.root.hex()}"
        case StatusPublished():
            return "StatusPublished", number, f"{event.submitter} {event.sequence} 0x{event.root.hex()}"
        case StatusHeartbeat():
            return "StatusHeartbeat", number, f"{event.submitter} {event.sequence}"
        case _:
            return type(event).__name__, number, f"0x{event.issuer_id.hex()} #{logged.log_index}"
