"""The table: all rows, by chapter."""

from tests.support import activities, data, events, gateways

CHAPTERS = (
    ("Activities", activities.ROWS),
    ("Gateways and flows", gateways.ROWS),
    ("Events", events.ROWS),
    ("Data and the rest", data.ROWS),
)
ROWS = tuple(row for _, rows in CHAPTERS for row in rows)
