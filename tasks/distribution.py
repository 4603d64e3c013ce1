"""发放签收: who was sent the plan and who acknowledged it, as rows of the distribution record."""

from __future__ import annotations

from typing import Any

from engine.contract import Job, Services
from forms.word.dates import beijing
from forms.word.record import Record


def distributed(kind: Record, job: Job, services: Services) -> dict[str, Any]:
    """The distribution with the days of its acknowledgements, for its own record; nothing for any other."""
    recipients = job.variables.get("recipients")
    if kind.key != "plan_distribution" or not isinstance(recipients, list):
        return {}
    today = beijing(services.at).date().isoformat()
    copies = {"medium": job.variables.get("medium"), "sent_on": job.variables.get("sent_on") or today}
    given = job.variables.get("acknowledgements")
    received = {row.get("user"): _day(row) for row in given if isinstance(row, dict)} if isinstance(given, list) else {}
    return {
        "distribution": [
            {"copy_number": str(number), "recipient": user, **copies, "received_on": received.get(user)}
            for number, user in enumerate(recipients, 1)
        ]
    }


def _day(acknowledgement: dict[str, Any]) -> str | None:
    """The day that the recipient gave, else the day of the acknowledgement itself."""
    if acknowledgement.get("received_on"):
        return str(acknowledgement["received_on"])
    at = acknowledgement.get("at")
    return beijing(at).date().isoformat() if isinstance(at, int | str) and at else None
