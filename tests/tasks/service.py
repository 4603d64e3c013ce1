"""Tickets and maintenance of a service, as the engine would show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.contract import Answer
from forms.word.dates import BEIJING
from tests.tasks.desk import Child


def us(text: str) -> int:
    """Microseconds of a Beijing time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp()) * 1_000_000


def ticket(key: str, opened: str, ended: str | None = None, **variables: Any) -> Child:
    """A linked instance opened and ended at these times."""
    status = "completed" if ended else "active"
    id = f"{key} {opened} {len(variables)}"
    return Child(id, key, status, None, {"key": key}, variables, us(opened), us(ended) if ended else None)


def entered(element: str, **data: Any) -> Answer:
    """What somebody entered."""
    return Answer(element, 0, data)


def planned(due: str, **done: Any) -> list[Answer]:
    """A round of preventive maintenance, confirmed where anything was done."""
    plan = entered("plan_preventive_maintenance", next_due_on=due, maintenance_object="MES")
    work = [entered("do_preventive_maintenance", **done)] if done else []
    return [plan, *work, *([entered("check_preventive_maintenance", preventive_check="pass")] if done else [])]
