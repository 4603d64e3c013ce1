"""Conformity as auditors ask for it: of one project, of a sample."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Connection

from bpmn.errors import NotFound
from engine import paging, people
from engine.actor import Actor
from engine.conformity import judge, rows, samples
from engine.conformity.judge import Measure
from engine.conformity.views import Conformity
from engine.definitions import by_id
from engine.lists import AUDITORS
from engine.room import Room
from engine.views import Page

AT_ONCE = 50


def conformity(room: Room, actor: Actor, instance: str) -> Conformity:
    """One project held against its procedure. Raises NeedsRole, NotFound."""
    with room.database.read() as connection:
        people.require(connection, actor, *AUDITORS)
        found = _judged(room, connection, [instance])
    if not found:
        raise NotFound()
    return found[0]


def sampled(room: Room, actor: Actor, sample: str, cursor: str = "", limit: int = AT_ONCE) -> Page[Conformity]:
    """The projects of a sample in the order in which they were drawn; those purged since are left out.

    Raises NeedsRole, NotFound."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    skipped = max(after[0], 0) if after else 0
    ids = samples.sample(room, actor, sample).instances
    with room.database.read() as connection:
        found = _judged(room, connection, ids[skipped : skipped + limit])
    return Page(found, paging.write(skipped + limit, "") if len(ids) > skipped + limit else None)


def whole(room: Room, actor: Actor, sample: str) -> list[Conformity]:
    """All projects of a sample, read some at a time so that memory holds no more than is told of them."""
    ids = samples.sample(room, actor, sample).instances
    found: list[Conformity] = []
    for first in range(0, len(ids), AT_ONCE):
        with room.database.read() as connection:
            found += _judged(room, connection, ids[first : first + AT_ONCE])
    return found


def _judged(room: Room, connection: Connection, ids: Sequence[str]) -> list[Conformity]:
    @cache
    def measure(definition: str) -> Measure:
        return Measure(by_id(room, connection, definition))

    courses = rows.courses(connection, ids)
    linked = {row.definition for course in courses for row in course.linked}
    homes = {definition: measure(definition).home for definition in linked}
    return [judge.judged(course, measure(course.head["definition"]), homes) for course in courses]
