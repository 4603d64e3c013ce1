"""Rows of the tables as lines of JSON that either database gives and takes: bytes in base64, everything else plain."""

import base64
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Integer, LargeBinary, MetaData, Table, func, insert, inspect, select, text

AT_ONCE = 500
"""Rows that are held in memory."""
VERSION = "alembic_version"


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of a table, each an array in the order of its columns."""
    query = select(table).execution_options(yield_per=AT_ONCE)
    for row in connection.execute(query):
        yield msgspec.json.encode(tuple(row)) + b"\n"


def load(connection: Connection, table: Table, columns: list[str], given: Iterable[bytes]) -> int:
    """Insert rows into a table; answers how many. Raises KeyError for a column that it does not have."""
    raw = [isinstance(table.c[name].type, LargeBinary) for name in columns]
    found, rows = 0, (_row(columns, raw, line) for line in given)
    while some := list(islice(rows, AT_ONCE)):
        connection.execute(insert(table), some)
        found += len(some)
    _count_on(connection, table)
    return found


def _row(columns: list[str], raw: list[bool], line: bytes) -> dict[str, Any]:
    values = msgspec.json.decode(line)
    return {
        name: base64.b64decode(value) if is_raw and value is not None else value
        for name, is_raw, value in zip(columns, raw, values, strict=True)
    }


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL numbers rows by a counter of its own, which knows nothing of rows that bring their number along."""
    (key, *more) = table.primary_key.columns
    if connection.dialect.name == "postgresql" and not more and isinstance(key.type, Integer):
        last = connection.execute(select(func.max(key))).scalar()
        if last is not None:
            connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, key.name), last)))


def tables(connection: Connection, names: Iterable[str]) -> dict[str, Table]:
    """The tables of these names as they are in the store, parents before their children."""
    there = set(inspect(connection).get_table_names())
    found = MetaData()
    found.reflect(connection, only=sorted(there & set(names)))
    return {table.name: table for table in found.sorted_tables}


def drop_empty(connection: Connection, names: Iterable[str]) -> bool:
    """Remove these tables where none of them holds a row; False where one does."""
    found = tables(connection, names)
    if any(connection.execute(select(table).limit(1)).first() is not None for table in found.values()):
        return False
    for table in reversed(found.values()):
        table.drop(connection)
    connection.execute(text(f"DROP TABLE IF EXISTS {VERSION}"))
    return True
