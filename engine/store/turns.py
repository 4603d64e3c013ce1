"""Turns of writers on PostgreSQL. On SQLite a writer has the whole store from its first statement on: nothing to do.

Writers run READ COMMITTED and lock the head of an instance *before they read anything of it*, so each sees what the one
before it left, and waits instead of working in vain: people at one busy instance queue, none is refused. (Under
REPEATABLE READ whoever waited would fail and begin again, and of thirty at once most would run out of tries.) Should
somebody forget the lock, (instance, seq) is unique: a second entry in one place fails, and the use case is run again.
Several instances are locked in the order of their ids; a deadlock all the same is ended by the database, and retried.
"""

from sqlalchemy import Connection, bindparam, func, select, text

from engine.store import tables as t
from engine.store.prepared import Prepared

_wanted = t.instance.c.id == bindparam("wanted")
_of_task = t.instance.c.id == select(t.task.c.instance).where(t.task.c.id == bindparam("wanted")).scalar_subquery()
# Not FOR UPDATE: rows that refer to the instance by a foreign key may come in meanwhile.
_instance = Prepared(select(t.instance.c.id).where(_wanted).with_for_update(key_share=True))
_task = Prepared(select(t.instance.c.id).where(_of_task).with_for_update(key_share=True))
_root = Prepared(select(t.instance.c.id).where(_wanted).with_for_update(read=True))


def instance(connection: Connection, id: str) -> None:
    """Wait for whoever writes this instance, and keep others out until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        _instance.first(connection, wanted=id)


def of_task(connection: Connection, task: str) -> None:
    """The same for the instance of a task."""
    if connection.dialect.name == "postgresql":
        _task.first(connection, wanted=task)


def root(connection: Connection, id: str) -> None:
    """Keep a project's team as it is while a linked instance opens tasks for it; others may do so at the same time."""
    if connection.dialect.name == "postgresql":
        _root.first(connection, wanted=id)


def alone(connection: Connection, what: str, patient: bool = False) -> None:
    """Of all processes only one does `what` at a time; `patient` waits for it however long it takes."""
    if connection.dialect.name == "postgresql":
        if patient:
            connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"guicheng {what}"))))


def everything(connection: Connection) -> None:
    """Nobody takes a step until the end of the transaction; readers go on reading."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE instance IN EXCLUSIVE MODE"))
