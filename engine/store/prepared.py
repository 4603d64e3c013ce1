"""Statements made once: compiled when first used, run on the driver's own cursor.

SQLAlchemy's way of executing costs ten times what SQLite needs for such a statement; what every step asks comes here.
Errors are SQLAlchemy's all the same, and so is the transaction.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler


@dataclass(frozen=True)
class _Made:
    """A statement in one dialect. `given` makes what the driver wants of values by name."""

    text: str
    given: Callable[[dict[str, Any]], Any]
    columns: tuple[str, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]


class Prepared:
    """A statement whose values are `bindparam`s, given by name at each call. Lists (`IN`) are not for here."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._made: dict[str, _Made] = {}  # by dialect: tests open several stores in one process

    def run(self, connection: Connection, /, **values: Any) -> int:
        """Write; answers how many rows it concerned."""
        return int(self._execute(connection, values).rowcount)

    def many(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Write each of the rows."""
        if len(rows) == 1:
            self._execute(connection, rows[0])
        elif rows:
            self._execute(connection, rows)

    def first(self, connection: Connection, /, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found = self._execute(connection, values).fetchone()
        return None if found is None else self._plain(connection, found)

    def row(self, connection: Connection, /, **values: Any) -> dict[str, Any] | None:
        """The first row by column, or None."""
        found = self.first(connection, **values)
        return None if found is None else dict(zip(self._of(connection).columns, found, strict=True))

    def rows(self, connection: Connection, /, **values: Any) -> list[tuple[Any, ...]]:
        """Every row."""
        found = self._execute(connection, values).fetchall()
        if self._of(connection).converters:
            return [self._plain(connection, row) for row in found]
        return cast(list[tuple[Any, ...]], found)

    def each(self, connection: Connection, /, **values: Any) -> Iterator[tuple[Any, ...]]:
        """Row by row, as the driver has them."""
        for row in self._execute(connection, values):
            yield self._plain(connection, row)

    def _of(self, connection: Connection) -> _Made:
        made = self._made.get(connection.dialect.name)
        if made is None:
            made = self._made[connection.dialect.name] = _make(connection, self._statement)
        return made

    def _plain(self, connection: Connection, row: Sequence[Any]) -> tuple[Any, ...]:
        converters = self._of(connection).converters
        if not converters:
            return cast(tuple[Any, ...], row)
        values = list(row)
        for position, convert in converters:
            values[position] = convert(values[position])
        return tuple(values)

    def _execute(self, connection: Connection, values: dict[str, Any] | Sequence[dict[str, Any]]) -> Any:
        made = self._of(connection)
        if not connection.in_transaction():
            connection.begin()
        driver: Any = connection.connection.dbapi_connection
        try:
            if isinstance(values, dict):
                return driver.execute(made.text, made.given(values))
            cursor = driver.cursor()
            cursor.executemany(made.text, [made.given(one) for one in values])
            return cursor
        except Exception as error:
            raise _told(connection, made.text, error) from error


def say(connection: Connection, text: str) -> None:
    """Run a text without values and without beginning a transaction: it may be what begins one."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(text)
    except Exception as error:
        raise _told(connection, text, error) from error


def _make(connection: Connection, statement: Executable) -> _Made:
    compiled = statement.compile(dialect=connection.dialect)  # type: ignore[attr-defined]  # every statement has it
    assert isinstance(compiled, SQLCompiler)
    dialect = connection.dialect
    fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
    columns = tuple(column.keyname for column in compiled._result_columns)
    made = [
        (position, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for position, column in enumerate(compiled._result_columns)
    ]
    converters = tuple((position, convert) for position, convert in made if convert is not None)
    given = _giving(compiled.positiontup if compiled.positional else None, fixed)
    return _Made(str(compiled), given, columns, converters)


def _giving(order: Sequence[str] | None, fixed: Mapping[str, Any]) -> Callable[[dict[str, Any]], Any]:
    """By position, or by name where there is no order; `fixed` are values that stand in the statement itself."""
    if order is None:
        return lambda values: {**fixed, **values}
    if len(order) == 1 and not fixed:
        (only,) = order
        return lambda values: (values[only],)
    if fixed or not order:
        return lambda values: [values[name] if name in values else fixed[name] for name in order]
    return itemgetter(*order)


def _told(connection: Connection, text: str, error: Exception) -> BaseException:
    """The error as SQLAlchemy tells it; a connection that is lost is not used again."""
    dialect = connection.dialect
    dbapi: Any = dialect.dbapi
    if not isinstance(error, dbapi.Error):
        return error
    lost = dialect.is_disconnect(error, cast(Any, connection.connection), None)
    told: BaseException = DBAPIError.instance(
        text, None, error, dbapi.Error, connection_invalidated=lost, dialect=dialect
    )
    if lost:
        connection.invalidate(error)
    return told
