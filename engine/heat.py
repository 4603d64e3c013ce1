"""Where a procedure hurts: how often each of its elements was reached, how long it took, in which projects, and how
often each flow was taken."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from bpmn.model import Element
from engine import paging, passages, roles
from engine.actor import Actor
from engine.definitions import by_id, by_key
from engine.definitions import versions as known_versions
from engine.errors import Tampered
from engine.passages import Passage, Taken
from engine.room import Room
from engine.store import tables as t
from engine.views import Behind, Definition, FlowRow, Heat, HeatRow, Lapse, Page

i, p = t.instance.c, t.passage.c
NINETY = 0.9


@dataclass(frozen=True)
class Span:
    """What is asked: a procedure, one of its versions or all, and the time in which an element was reached or a flow
    taken.

    `since` is in it, `until` is not; microseconds, None where there is no bound."""

    key: str
    version: int | None = None
    since: int | None = None
    until: int | None = None

    def holds(self, at: int) -> bool:
        """Whether an instant is in that time."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass
class _Count:
    """What is counted of an element, or of its turns. Durations are microseconds."""

    reached: int = 0
    cancelled: int = 0
    waiting: int = 0
    lasted: list[int] = field(default_factory=list)

    def add(self, passage: Passage) -> None:
        self.reached += 1
        if passage.left is None:
            self.waiting += 1
        elif passage.cancelled:
            self.cancelled += 1
        else:
            self.lasted.append(passage.left - passage.entered)

    def lapse(self) -> Lapse:
        """The figures."""
        lasted = sorted(self.lasted)
        figures = (quantile(lasted, share) if lasted else None for share in (0.5, NINETY))
        return Lapse(self.reached, len(lasted), self.cancelled, self.waiting, *figures)


def quantile(ordered: Sequence[int], share: float) -> float:
    """The value below which that share of the ordered values lies, between two of them where it falls between."""
    place = share * (len(ordered) - 1)
    low = int(place)
    rest = place - low
    return ordered[low] + (ordered[low + 1] - ordered[low]) * rest if rest else float(ordered[low])


def heat(room: Room, span: Span) -> Heat:
    """The figures of every element that was reached and every flow that was taken. Raises UnknownDefinition."""
    with room.database.read() as connection:
        definition = by_key(room, connection, span.key, span.version)
        wholes: dict[str, _Count] = {}
        turns: dict[str, _Count] = {}
        instances: Counter[str] = Counter()
        taken: Counter[str] = Counter()
        within: Counter[str] = Counter()
        for _, passed, flows in _passed(room, connection, span):
            for passage in passed:
                (turns if passage.turn else wholes).setdefault(passage.element, _Count()).add(passage)
            instances.update({passage.element for passage in passed})
            taken.update(one.flow for one in flows)
            within.update({one.flow for one in flows})
        rows = [
            HeatRow(
                element,
                wholes.get(element.id, _Count()).lapse(),
                turns[element.id].lapse() if element.id in turns else None,
                instances[element.id],
            )
            for element in _elements(room, connection, definition, span, instances.keys())
        ]
        ways = _flows(room, connection, definition, span, taken, within)
        return Heat(definition, span.version, span.since, span.until, rows, ways)


def behind(
    room: Room, actor: Actor, element: str, span: Span, cursor: str = "", limit: int = 50
) -> tuple[Page[Behind], int]:
    """The instances behind an element's figures that the actor may see, the longest first; and how many there are.

    Raises UnknownDefinition."""
    limit, after = paging.limit_of(limit), paging.read(cursor, 2)
    skipped = max(after[0], 0) if after else 0
    with room.database.read() as connection:
        by_key(room, connection, span.key, span.version)
        mine = roles.within(connection, actor, i.root)
        visible = (
            set(connection.execute(select(i.id).where(i.definition_key == span.key, *mine)).scalars()) if mine else None
        )
        now, count = room.clock.now(), 0
        found = []
        for row, passed, _ in _passed(room, connection, span):
            own = [passage for passage in passed if passage.element == element]
            count += bool(own)
            if own and (visible is None or row["id"] in visible):
                found.append(_behind(row, own, now))
    found.sort(key=lambda one: (-one.longest, one.id))
    items = found[skipped : skipped + limit]
    following = paging.write(skipped + limit, "") if len(found) > skipped + limit else None
    return Page(items, following), count


def _behind(row: Mapping[str, Any], passed: Sequence[Passage], now: int) -> Behind:
    wholes = [passage for passage in passed if not passage.turn] or passed
    count = _Count()
    for passage in wholes:
        count.add(passage)
    longest = max((passage.left or now) - passage.entered for passage in wholes)
    same = {name: row[name] for name in ("id", "title", "status")}
    return Behind(**same, reached=count.reached, finished=len(count.lasted), waiting=count.waiting, longest=longest)


def _passed(
    room: Room, connection: Connection, span: Span
) -> Iterator[tuple[Mapping[str, Any], list[Passage], list[Taken]]]:
    """Each instance of the procedure that reached anything, with its passages in the span and the flows it took."""
    sets = _sets(room, connection, span)
    query = select(i.id, i.title, i.status, i.head_seq, p.seq, p.body).outerjoin(t.passage, p.instance == i.id)
    query = query.where(i.definition_key == span.key)
    if span.until is not None:
        query = query.where(i.created_at < span.until)
    if span.since is not None:
        query = query.where(i.ended_at.is_(None) | (i.ended_at >= span.since))
    for found in connection.execute(query).mappings().all():
        row = dict(found)
        try:
            trail = _trail(connection, row)
        except Tampered:
            continue  # `verify` names the entry
        passed = [one for one in trail.passages() if span.holds(one.entered) and _of(sets, one)]
        flows = [one for one in trail.flows() if span.holds(one.at) and _of(sets, one)]
        if passed or flows:
            yield row, passed, flows


def _of(sets: frozenset[str] | None, one: Passage | Taken) -> bool:
    return sets is None or one.definition_set in sets


def _trail(connection: Connection, row: Mapping[str, Any]) -> passages.Trail:
    if row["seq"] == row["head_seq"]:
        kept = passages.opened(row["seq"], row["body"])
        if kept.seq:
            return kept
    return passages.trail(connection, row["id"], row["seq"], row["body"])


def _sets(room: Room, connection: Connection, span: Span) -> frozenset[str] | None:
    """The definition set of the version asked for; None where all are."""
    if span.version is None:
        return None
    return frozenset({by_key(room, connection, span.key, span.version).set_hash})


def _elements(
    room: Room, connection: Connection, definition: Definition, span: Span, wanted: Set[str]
) -> list[Element]:
    """Those of the elements wanted in the order of the diagrams; then those that only older versions have."""
    found: dict[str, Element] = {}
    for version in _newest_first(room, connection, definition, span):
        found |= {element.id: element for element in version.elements if element.id in wanted - found.keys()}
        if found.keys() >= wanted:
            break
    return list(found.values())


def _flows(
    room: Room,
    connection: Connection,
    definition: Definition,
    span: Span,
    taken: Mapping[str, int],
    within: Mapping[str, int],
) -> list[FlowRow]:
    """The flows taken in the order of the diagrams, then those that only older versions have."""
    found: dict[str, FlowRow] = {}
    for version in _newest_first(room, connection, definition, span):
        for flow in version.flows:
            if flow.id in taken and flow.id not in found:
                source, target = version.element(flow.source), version.element(flow.target)
                ends = (source.name if source else "") or flow.source, (target.name if target else "") or flow.target
                home = source.process if source else version.key
                found[flow.id] = FlowRow(flow, home, ends, taken[flow.id], within[flow.id])
        if found.keys() >= taken.keys():
            break
    return list(found.values())


def _newest_first(room: Room, connection: Connection, definition: Definition, span: Span) -> Iterator[Definition]:
    """The version asked for, then every one, the newest first."""
    yield definition
    for version in known_versions(connection, span.key):
        yield by_id(room, connection, version.id)
