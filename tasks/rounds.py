"""The rounds of maintenance, as confirmed: one instance of CBS00P005 or CBS00P006 has many, each year its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.contract import Answer

Round = dict[str, Any]


def daily(answers: Sequence[Answer]) -> list[Round]:
    """Each round of daily maintenance as it was confirmed; a returned one counts as it was entered last."""
    found: list[Round] = []
    written: Round | None = None
    for answer in answers:
        if answer.element == "record_daily_maintenance":
            written = dict(answer.data)
        elif answer.element == "check_daily_maintenance" and answer.data.get("daily_check") == "pass" and written:
            found.append(written)
            written = None
    return found


def preventive(answers: Sequence[Answer]) -> list[Round]:
    """Each round of preventive maintenance: its plan, and what was confirmed of it; nothing more where nothing was."""
    found: list[Round] = []
    written: Round | None = None
    for answer in answers:
        if answer.element == "plan_preventive_maintenance":
            found.append(dict(answer.data))
            written = None
        elif answer.element == "do_preventive_maintenance":
            written = dict(answer.data)
        elif answer.element == "check_preventive_maintenance" and answer.data.get("preventive_check") == "pass":
            if found and written:
                found[-1].update(written)
            written = None
    return found
