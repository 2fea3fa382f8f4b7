"""When a module's job runs: its period as the cron expression (UTC) that the queue keeps to.

Fixed points of time and not pauses since the last start: a restart does not restart the wait, and all workers
mean the same run.
"""

from datetime import timedelta
from typing import Final

_DAY: Final = 86_400
#: 18:00 UTC is 03:00 in Korea, when nobody waits for anything else.
_DAILY: Final = "0 18 * * *"
_WEEKLY: Final = "0 18 * * 6"


def cron_of(every: timedelta) -> str:
    """Return the cron expression of a period.

    Args:
        every: seconds that divide a minute, minutes that divide an hour, hours that divide a day, a day or
            seven.

    Returns:
        Five fields, or six with seconds as the last, in UTC. Daily is 18:00 UTC (03:00 in Korea), weekly the
        night before Sunday.

    Raises:
        ValueError: another period, which no calendar repeats.
    """
    seconds = every.total_seconds()
    if seconds == 7 * _DAY:
        return _WEEKLY
    if seconds == _DAY:
        return _DAILY
    if seconds >= 1 and seconds == int(seconds) and _DAY % int(seconds) == 0:
        whole = int(seconds)
        if 60 % whole == 0 and whole < 60:
            return f"* * * * * */{whole}"
        if whole % 60 == 0 and 3_600 % whole == 0 and whole < 3_600:
            return f"*/{whole // 60} * * * *"
        if whole % 3_600 == 0:
            return f"0 */{whole // 3_600} * * *"
    raise ValueError(
        f"{every} is not a period that a job can have: take seconds that divide a minute, minutes that "
        "divide an hour, hours that divide a day, a day, or seven."
    )
