"""The house's working calendar: days that administrators override, years that they tell; every change is logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from bpmn.errors import FieldError, Invalid
from bpmn.sentence import say
from bpmn.working_time import Calendar
from engine import auditing, people
from engine.actor import Actor
from engine.room import Room
from engine.store import tables as t

KINDS = ("working", "off")
FIRST_YEAR, LAST_YEAR = 2004, 2100
LONGEST_NOTE = 200


@dataclass(frozen=True)
class Override:
    """A day that is worked, or off, whatever was announced: why, who said so and when (microseconds)."""

    day: date
    kind: str
    note: str
    by: str
    at: int


@dataclass(frozen=True)
class ToldYear:
    """A year whose days the house told because no release of the package knows it: why, who said so and when."""

    year: int
    note: str
    by: str
    at: int


def calendar(connection: Connection) -> Calendar:
    """The calendar that all working time is counted by."""
    worked = {date.fromisoformat(row.day): row.kind == "working" for row in connection.execute(select(t.working_day))}
    return Calendar(worked, frozenset(connection.execute(select(t.working_year.c.year)).scalars()))


def overrides(connection: Connection) -> list[Override]:
    """The overridden days, in order."""
    rows = connection.execute(select(t.working_day).order_by(t.working_day.c.day))
    return [Override(date.fromisoformat(row.day), row.kind, row.note, row.by, row.at) for row in rows]


def told_years(connection: Connection) -> list[ToldYear]:
    """The years that the house told, in order."""
    rows = connection.execute(select(t.working_year).order_by(t.working_year.c.year))
    return [ToldYear(row.year, row.note, row.by, row.at) for row in rows]


def override(room: Room, actor: Actor, day: date, kind: str | None, note: str) -> None:
    """Say that a day is `working` or `off`; None takes back what was said. Raises Invalid."""
    if kind is not None and kind not in KINDS:
        raise Invalid(errors=[FieldError("kind", "应为上班或休息")])
    _year(day.year, "day")
    note = _note(note)

    def case(connection: Connection) -> None:
        people.require(connection, actor, "admin")
        _set(connection, room, actor, {day: kind}, note)
        auditing.note(connection, room, actor, "override_working_day", day.isoformat(), kind=kind, note=note)

    room.database.run(case)


def tell_year(room: Room, actor: Actor, year: int, days: Mapping[date, str], note: str) -> None:
    """Tell a year: from now on it is known, and these days of it are as given. Told again, it begins anew.

    Raises Invalid where a day is of another year."""
    _year(year, "year")
    note = _note(note)
    wrong = sorted(day.isoformat() for day, kind in days.items() if day.year != year or kind not in KINDS)
    if wrong:
        raise Invalid(errors=[FieldError("days", say("不是{year}年的日期：{days}", year=year, days=wrong[:5]))])

    def case(connection: Connection) -> None:
        people.require(connection, actor, "admin")
        connection.execute(delete(t.working_year).where(t.working_year.c.year == year))
        connection.execute(delete(t.working_day).where(t.working_day.c.day.like(f"{year}-%")))
        row = {"year": year, "note": note, "by": actor.user, "at": room.clock.now()}
        connection.execute(insert(t.working_year), row)
        _set(connection, room, actor, days, note)
        told = {day.isoformat(): kind for day, kind in days.items()}
        auditing.note(connection, room, actor, "tell_working_year", str(year), note=note, days=told)

    room.database.run(case)


def read_days(text: str) -> dict[date, str]:
    """The days of a list, one a line: `2027-02-06 休` or `2027-02-07 班`; what follows is a remark.

    Raises Invalid, naming the line."""
    found: dict[date, str] = {}
    words = {"休": "off", "off": "off", "班": "working", "working": "working"}
    for number, line in enumerate(text.splitlines(), 1):
        parts: Sequence[str] = line.split()
        if not parts:
            continue
        try:
            found[date.fromisoformat(parts[0])] = words[parts[1].lower()]
        except (ValueError, KeyError, IndexError) as error:
            told = say("第{number}行应为“日期 休”或“日期 班”，如 2027-02-06 休", number=number)
            raise Invalid(errors=[FieldError("days", told)]) from error
    return found


def _set(connection: Connection, room: Room, actor: Actor, days: Mapping[date, str | None], note: str) -> None:
    for day, kind in days.items():
        connection.execute(delete(t.working_day).where(t.working_day.c.day == day.isoformat()))
        if kind is not None:
            row = {"day": day.isoformat(), "kind": kind, "note": note, "by": actor.user, "at": room.clock.now()}
            connection.execute(insert(t.working_day), row)


def _year(year: int, name: str) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(errors=[FieldError(name, say("年份应在{first}与{last}之间", first=FIRST_YEAR, last=LAST_YEAR))])


def _note(note: str) -> str:
    if not note.strip() or len(note) > LONGEST_NOTE:
        raise Invalid(errors=[FieldError("note", say("请写明依据，不超过{most}字", most=LONGEST_NOTE))])
    return note.strip()
