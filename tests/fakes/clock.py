"""Real time that a test moves, instead of waiting."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """The system's time and what it was moved by (port ``digital_resume.core.ports.Clock``)."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return real time and what it was moved by."""
        return datetime.now(UTC) + self.ahead
