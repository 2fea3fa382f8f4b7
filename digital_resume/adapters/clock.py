"""The system's clock as the domain's ``Clock`` port."""

from datetime import UTC, datetime


class SystemClock:
    """Real time, timezone-aware UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)
