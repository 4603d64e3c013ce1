"""One-time signed links: an outside party does one task through one, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import Connection, insert, select, update

from bpmn.errors import FieldError, Invalid, NotFound
from bpmn.roles import role_by_key
from bpmn.sentence import say
from engine import acts, errors, inbox, papers, roles
from engine.actor import Actor
from engine.clock import DAY
from engine.room import Room
from engine.step import Work, run
from engine.store import tables as t
from engine.views import Attachment, Link, TaskView
from forms.arrange import Arrangement

LONGEST_DAYS = 90
c = t.link.c


def _signer(room: Room) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(room.keys.secret, salt="task-link")


def create(room: Room, actor: Actor, task: str, days: int | None, note: str) -> str:
    """A token to one open task of an outside role, made by whoever may act on its behalf. Told this once."""
    days = room.settings.link_days if days is None else days
    if not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
        raise Invalid(errors=[FieldError("days", say("应为 1 至 {most}", most=LONGEST_DAYS))])

    def case(work: Work) -> str:
        row, head = acts.find(work, task)
        held = roles.held(work.connection, head["root"], actor.user)
        if not held & set(filter(None, row["behalf"].split(","))):
            raise errors.NotYours()
        acts.check_open(row, head)
        outside = [role for role in row["roles"].split(",") if role and role_by_key[role].kind == "outside"]
        if not outside:
            raise errors.NotYours()
        id = acts.new_id()
        times = {"created_at": work.now, "expires_at": work.now + days * DAY}
        who = {"id": id, "task": task, "role": outside[0], "created_by": actor.user, "note": note[:1000]}
        work.connection.execute(insert(t.link), {**who, **times})
        return id

    text = _signer(room).dumps(run(room, case))
    return text if isinstance(text, str) else text.decode()


def of(room: Room, actor: Actor, task: str) -> list[Link]:
    """The links made for a task, newest first, for whoever may act on its behalf."""
    with room.database.read() as connection:
        row, head = acts.look(connection, task)
        if not roles.held(connection, head["root"], actor.user) & set(row["behalf"].split(",")):
            raise errors.NotYours()
        query = select(t.link).where(c.task == task).order_by(c.created_at.desc())
        return [Link(**found) for found in connection.execute(query).mappings()]


def revoke(room: Room, actor: Actor, link: str) -> None:
    """Make a link worthless; its maker may, and whoever may act on the task's behalf."""

    def case(connection: Connection) -> None:
        found = connection.execute(select(t.link).where(c.id == link)).one_or_none()
        if found is None:
            raise NotFound()
        row, head = acts.look(connection, found.task)
        held = roles.held(connection, head["root"], actor.user)
        if found.created_by != actor.user and not held & set(row["behalf"].split(",")):
            raise errors.NotYours()
        values = {"revoked_at": room.clock.now()}
        connection.execute(update(t.link).where(c.id == link, c.revoked_at.is_(None)).values(values))

    room.database.run(case)


def _find(room: Room, connection: Connection, token: str) -> Any:
    """The row of a token that is still worth something. Raises LinkInvalid, never saying what is wrong."""
    try:
        id = _signer(room).loads(token)
    except BadSignature as error:
        raise errors.LinkInvalid() from error
    row = connection.execute(select(t.link).where(c.id == str(id))).one_or_none()
    if row is None or row.revoked_at or row.used_at or row.expires_at <= room.clock.now():
        raise errors.LinkInvalid()
    return row


def _actor(row: Any, address: str | None = None) -> Actor:
    # The journal names the link: who held it in hand is known to whoever sent it.
    return Actor(f"link:{row.id}", "link", address)


def open_(room: Room, token: str) -> TaskView:
    """The task behind a token. Opening uses nothing up. Raises LinkInvalid."""
    with room.database.read() as connection:
        row = _find(room, connection, token)
    view = inbox.task(room, _actor(row), row.task, invited=True, whole=False)
    if view.state != "open":
        raise errors.LinkInvalid()
    return view


def arranged(room: Room, token: str, data: Mapping[str, Any]) -> Arrangement | None:
    """How the form behind a token stands with what was typed so far. Raises LinkInvalid."""
    with room.database.read() as connection:
        row = _find(room, connection, token)
    return inbox.arranged(room, _actor(row), row.task, data, invited=True)


def attach(room: Room, token: str, name: str, content: bytes | BinaryIO, address: str | None = None) -> Attachment:
    """Attach a file to the task behind a token."""
    with room.database.read() as connection:
        row = _find(room, connection, token)
    return papers.attach(room, _actor(row, address), row.task, name, content, invited=True)


def complete(
    room: Room,
    token: str,
    data: Mapping[str, Any],
    files: Mapping[str, Sequence[tuple[str, bytes]]],
    address: str | None = None,
) -> None:
    """Hand in the task behind a token and use the token up, in one transaction."""
    with room.database.read() as connection:
        row = _find(room, connection, token)
    sent = dict(data)
    for field, given in files.items():
        ids = [attach(room, token, name, content, address).id for name, content in given]
        sent[field] = [*(sent.get(field) or []), *ids]

    def use(work: Work) -> None:
        unused = (c.id == row.id) & c.used_at.is_(None) & c.revoked_at.is_(None)
        if work.connection.execute(update(t.link).where(unused).values(used_at=work.now)).rowcount != 1:
            raise errors.LinkInvalid()

    acts.complete(room, _actor(row, address), row.task, sent, invited=row.role, after=use)
