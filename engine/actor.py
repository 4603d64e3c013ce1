"""Who acts, and through which door."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """A user name and the channel it came by: web, api, link, job, timer or cli."""

    user: str
    channel: str = "api"
    address: str | None = None


ENGINE = Actor("guicheng", "job")
CLOCKWORK = Actor("guicheng", "timer")
OPERATOR = Actor("guicheng", "cli")

OWN = frozenset({"guicheng"})
"""Names under which the house itself acts; no person can have them."""
