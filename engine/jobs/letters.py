"""By mail too, where a mail server is set up: a person's new tasks, returns, and what is due soon or overdue.

What the page tells and its reader has not read there within a minute goes out once, as a job of its own. The page has
it in any case: a letter that cannot be delivered is given up with a line in the log, and makes no incident.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, delete, insert, select, text

from engine import notices
from engine.actor import Actor
from engine.clock import BEIJING, DAY, SECOND
from engine.contract import PermanentFailure
from engine.jobs import mail
from engine.room import Room
from engine.store import tables as t
from engine.views import Notice

log = structlog.get_logger()
TOPIC = "@letter"
EVERY = 60.0
"""How many seconds lie between two looks at what is to be told."""
MOST = 400
KEPT = 30 * DAY
FRESH = {"task": DAY, "returned": DAY, "due": 2 * DAY, "overdue": 7 * DAY}
"""For how long each is news: whoever sets a mail server up is not told of everything that ever lay about."""
KINDS = {"task": "新任务", "returned": "退回", "due": "即将到期", "overdue": "已逾期"}
u, k, b = t.user.c, t.task.c, t.letter.c
# Of several workers that look at the same time one writes it.
_write = text(
    'INSERT INTO letter (id, "user", kind, instance, task, at) VALUES (:id, :user, :kind, :instance, :task, :at) '
    "ON CONFLICT DO NOTHING"
)


def remind(room: Room) -> int:
    """Let everything go out that is to be told and was not; answers how many letters. None without a mail server."""
    if room.settings.smtp_url is None:
        return 0
    with room.database.read() as connection:
        told = list(_told(connection, room.clock.now()))
        known = _known(connection, [row["id"] for row in told])
    new = [row for row in told if row["id"] not in known]
    return room.database.run(lambda connection: sum(_enqueue(room, connection, row) for row in new)) if new else 0


def _told(connection: Connection, now: int) -> Iterator[dict[str, Any]]:
    """What is told in the pages of those who have an address, is news and was not read."""
    people = select(u.name).where(u.active.is_(True), u.email.is_not(None), u.email != "").order_by(u.name)
    for name in connection.execute(people).scalars().all():
        for one in _once(notices.of_tasks(connection, Actor(name), now, MOST)):
            if now - FRESH[one.kind] < one.at <= now and not one.seen:
                id = str(uuid.uuid5(uuid.UUID(one.details["task"]), f"{one.kind} {name}"))
                place = {"instance": one.details["instance"], "task": one.details["task"]}
                yield {"id": id, "user": name, "kind": one.kind, **place, "at": one.at}


def _once(found: Sequence[Notice]) -> Iterable[Notice]:
    """A task that is due soon from its beginning is told of once, with its date."""
    begun = {(one.details["task"], one.at) for one in found if one.kind in ("task", "returned")}
    return [one for one in found if one.kind != "due" or (one.details["task"], one.at) not in begun]


def _known(connection: Connection, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        found |= set(connection.execute(select(b.id).where(b.id.in_(ids[start : start + 500]))).scalars())
    return found


def _enqueue(room: Room, connection: Connection, row: Mapping[str, Any]) -> int:
    if connection.execute(_write, dict(row)).rowcount != 1:
        return 0
    element = connection.execute(select(k.element, k.created_seq).where(k.id == row["task"])).one()
    job = {"id": row["id"], "instance": row["instance"], "element": element.element, "seq": element.created_seq}
    job |= {"topic": TOPIC, "state": "ready", "attempts": 0, "due_at": room.clock.now()}
    connection.execute(insert(t.job), job)
    room.queue.enqueue(connection, row["instance"])
    return 1


def send(room: Room, row: Mapping[str, Any]) -> None:
    """Send the letter of a job while its task still waits for that person, then forget the job. Raises MailNotSent."""
    with room.database.read() as connection:
        letter = _letter(connection, row["id"])
    try:
        if letter is not None:
            mail.hand_over(room, _written(room, letter))
    except (PermanentFailure, mail.MailNotSent) as error:
        if isinstance(error, mail.MailNotSent) and row["attempts"] < mail.most(room):
            raise
        log.warning("letter given up", user=letter and letter["user"], reason=str(error))
    done = t.job.delete().where(t.job.c.id == row["id"])
    room.database.run(lambda connection: connection.execute(done))


def _letter(connection: Connection, id: str) -> dict[str, Any] | None:
    """The letter with its task and its reader; None where the task waits no more, or for somebody else by now."""
    query = select(t.letter, k.name, k.due_at, k.assignee, t.instance.c.title, u.email, u.display_name, u.language)
    query = query.join(t.task, k.id == b.task).join(t.instance, t.instance.c.id == b.instance)
    query = query.join(t.user, u.name == b.user).where(b.id == id, t.OPEN, u.active.is_(True))
    row = connection.execute(query).mappings().one_or_none()
    if row is None or not row["email"]:
        return None
    others = row["kind"] in ("task", "returned") and row["assignee"] not in (None, row["user"])
    return None if others else dict(row)


def _written(room: Room, letter: Mapping[str, Any]) -> mail.Letter:
    def say(words: str) -> str:
        return room.say(letter["language"] or "zh", words)

    told = say("：").join([say(KINDS[letter["kind"]]), letter["title"], say(letter["name"])])
    if letter["due_at"] is not None:
        day = datetime.fromtimestamp((letter["due_at"] + BEIJING) / SECOND, UTC).date()
        told += say("（期限 {day}）").replace("{day}", day.isoformat())
    reader = mail.Reader(letter["display_name"], letter["email"], letter["language"] or "zh")
    return mail.Letter(letter["id"], reader, told, f"/tasks/{letter['task']}", letter["at"])


def forget(room: Room) -> None:
    """Drop what was told long ago and is no news any more."""
    old = delete(t.letter).where(b.at < room.clock.now() - KEPT)
    room.database.run(lambda connection: connection.execute(old))
