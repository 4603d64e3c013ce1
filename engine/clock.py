"""The one place that looks at the wall clock: integer microseconds since 1970, UTC."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests bring their own."""

    def now(self) -> int:
        """Microseconds since 1970, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Microseconds since 1970, UTC."""
        return time.time_ns() // 1000


def rfc3339(at: int) -> str:
    """A point in time as the API writes it: RFC 3339, UTC, microseconds."""
    return datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{at % 1_000_000:06d}Z"


SECOND = 1_000_000
BEIJING = 8 * 3600 * SECOND
"""How far its clocks are ahead of UTC, all the year."""
DAY = 86_400 * SECOND
