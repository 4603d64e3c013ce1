"""What goes wrong between the house and its database, told apart by the code that the database gives."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bpmn.errors import Unavailable


class StoreAway(Unavailable):
    """暂时连不上数据库，刚才的操作没有生效，请稍后再试。"""


class StoreUnsettled(Unavailable):
    """保存时与数据库失去联系，不能确定刚才的操作是否生效，请稍后查看，再决定是否重做。"""


class StoreBusy(Unavailable):
    """数据库正忙，或被其他程序锁住，刚才的操作没有生效，请稍后再试。"""


class StoreFull(Unavailable):
    """磁盘已满，刚才的操作没有生效，请管理员腾出空间后再试。"""


class StoreReadOnly(Unavailable):
    """存储目前只读，刚才的操作没有生效，请管理员恢复写入后再试。"""


class StoreFailing(Unavailable):
    """读写存储时出错，刚才的操作没有生效，请管理员检查磁盘后再试。"""


# SQLite's names of its result codes; extended ones begin with the plain one's.
SQLITE: Mapping[str, type[Unavailable]] = {
    "SQLITE_BUSY": StoreBusy,
    "SQLITE_LOCKED": StoreBusy,
    "SQLITE_FULL": StoreFull,
    "SQLITE_READONLY": StoreReadOnly,
    "SQLITE_IOERR": StoreFailing,
    "SQLITE_CANTOPEN": StoreFailing,
}
# PostgreSQL's SQLSTATE, or its class (two letters): https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRESQL: Mapping[str, type[Unavailable]] = {
    "08": StoreAway,  # connection exceptions
    "57P": StoreAway,  # shut down by an administrator, crashed, starting up
    "53300": StoreBusy,  # too many connections
    "55P03": StoreBusy,  # a lock that did not come within lock_timeout
    "57014": StoreBusy,  # cancelled, by statement_timeout or an administrator
    "53100": StoreFull,
    "53": StoreBusy,  # other resources that ran out
    "25006": StoreReadOnly,
    "58": StoreFailing,  # errors of the system below
}
OVERTAKEN = frozenset({"40001", "40P01", "23505"})
"""PostgreSQL: not serializable, deadlock, unique violation."""
UNIQUE = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"})


def overtaken(error: DBAPIError) -> bool:
    """Whether another transaction came first, so that the same again, on what that one left, may well do.

    A broken foreign key or a missing value is not: it would break again, and somebody should hear of it."""
    if isinstance(error, IntegrityError | OperationalError):
        return _sqlstate(error) in OVERTAKEN or _sqlite(error) in UNIQUE
    return False


def unavailable(error: DBAPIError | PoolTimeout) -> Unavailable | None:
    """The refusal that an error of the database means, None where it is no matter of being available."""
    if isinstance(error, PoolTimeout):
        return StoreBusy()
    if name := _sqlite(error):
        return next((made() for start, made in SQLITE.items() if name.startswith(start)), None)
    if state := _sqlstate(error):
        found = POSTGRESQL.get(state) or POSTGRESQL.get(state[:3]) or POSTGRESQL.get(state[:2])
        return found() if found is not None else None
    # The driver's own: nobody listens, or the connection broke.
    lost = error.connection_invalidated or isinstance(error, OperationalError)
    return StoreAway() if lost else None


def of_disk(error: OSError) -> Unavailable:
    """The refusal that an error of a file means."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull()
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StoreReadOnly()
    return StoreFailing()


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _sqlite(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlite_errorname", None) or ""


@contextmanager
def told() -> Iterator[None]:
    """Within it, a database that cannot be used is told as one of the errors above; every other error stays."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        fault = unavailable(error)
        if fault is None:
            raise
        raise fault from error


@contextmanager
def settling() -> Iterator[None]:
    """Around a commit: a connection that is lost in it leaves open whether it took hold."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(unavailable(error), StoreAway | StoreFailing):
            raise StoreUnsettled() from error
        raise
