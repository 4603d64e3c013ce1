"""Statements made once: compiled when first used, run on the driver's own cursor.

SQLAlchemy's way of executing costs ten times what SQLite needs for such a statement; what every step asks comes here.
Errors are SQLAlchemy's all the same, and so is the transaction.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler


@dataclass(frozen=True)
class _Made:
    """A statement in one dialect. `order` tells the parameters by position, None where they go by name."""

    text: str
    order: tuple[str, ...] | None
    fixed: Mapping[str, Any]
    columns: tuple[str, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]


class Prepared:
    """A statement whose values are `bindparam`s, given by name at each call. Lists (`IN`) are not for here."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._made: dict[str, _Made] = {}

    def run(self, connection: Connection, /, **values: Any) -> int:
        """Write; answers how many rows it concerned."""
        return int(self._execute(connection, values).rowcount)

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
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

    def _execute(self, connection: Connection, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
        made = self._of(connection)
        if not connection.in_transaction():
            connection.begin()
        cursor = connection.connection.cursor()
        try:
            if isinstance(values, Mapping):
                cursor.execute(made.text, _ordered(made, values))
            else:
                cursor.executemany(made.text, [_ordered(made, one) for one in values])
        except Exception as error:
            raise _told(connection, made.text, cursor, error) from error
        return cursor


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
    order = tuple(compiled.positiontup) if compiled.positional and compiled.positiontup is not None else None
    return _Made(str(compiled), order, fixed, columns, converters)


def _ordered(made: _Made, values: Mapping[str, Any]) -> Any:
    given = {**made.fixed, **values} if made.fixed else values
    return given if made.order is None else [given[name] for name in made.order]


def _told(connection: Connection, text: str, cursor: Any, error: Exception) -> BaseException:
    """The error as SQLAlchemy tells it; a connection that is lost is not used again."""
    dialect = connection.dialect
    dbapi: Any = dialect.dbapi
    if not isinstance(error, dbapi.Error):
        return error
    lost = dialect.is_disconnect(error, cast(Any, connection.connection), cursor)
    told: BaseException = DBAPIError.instance(
        text, None, error, dbapi.Error, connection_invalidated=lost, dialect=dialect
    )
    if lost:
        connection.invalidate(error)
    return told
