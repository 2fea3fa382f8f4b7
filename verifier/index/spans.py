"""Under which roots kept status lists were checked, when the index goes back or is rebuilt."""

from sqlalchemy import Connection, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from verifier.models import StatusRoot, StatusRootBefore, StatusSpan


def shorten_spans(connection: Connection) -> None:
    """Let no span reach beyond the roots that the chain still has."""
    last = (
        select(func.coalesce(func.max(StatusRoot.sequence), 0))
        .where(StatusRoot.submitter == StatusSpan.submitter)
        .scalar_subquery()
    )
    connection.execute(delete(StatusSpan).where(StatusSpan.first > last))
    connection.execute(update(StatusSpan).where(StatusSpan.last > last).values(last=last))


def cut_spans(connection: Connection) -> None:
    """Take out of the spans every number whose root is not the one that it had in the former index."""
    same = select(StatusRoot.root).where(
        StatusRoot.submitter == StatusRootBefore.submitter,
        StatusRoot.sequence == StatusRootBefore.sequence,
        StatusRoot.root == StatusRootBefore.root,
    )
    others = select(StatusRootBefore.submitter, StatusRootBefore.sequence).where(~same.exists())
    for submitter, number in connection.execute(others).all():
        around = (StatusSpan.submitter == submitter, StatusSpan.first <= number, StatusSpan.last >= number)
        beyond = select(
            StatusSpan.uri,
            StatusSpan.submitter,
            literal(number + 1),
            StatusSpan.last,
            StatusSpan.version,
            StatusSpan.seen_at,
        ).where(*around, StatusSpan.last > number)
        columns = ["uri", "submitter", "first", "last", "version", "seen_at"]
        connection.execute(insert(StatusSpan).from_select(columns, beyond))
        connection.execute(delete(StatusSpan).where(*around, StatusSpan.first == number))
        connection.execute(update(StatusSpan).where(*around).values(last=number - 1))
    connection.execute(delete(StatusRootBefore))
