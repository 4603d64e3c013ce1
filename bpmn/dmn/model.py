"""What a decision says, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass

SINGLE = frozenset(["UNIQUE", "FIRST", "ANY", "PRIORITY"])
SEVERAL = frozenset(["COLLECT", "RULE ORDER", "OUTPUT ORDER"])
AGGREGATIONS = frozenset(["SUM", "MIN", "MAX", "COUNT"])


@dataclass(frozen=True)
class Type:
    """A type that a column or a decision names: `kind` is one of `bpmn.dmn.types.KINDS`, None for any value."""

    name: str
    kind: str | None = None
    values: str | None = None
    many: bool = False
    known: bool = True


ANY = Type("Any")


@dataclass(frozen=True)
class Input:
    """A condition column: what is asked (FEEL), of which type, and which values are allowed (unary tests)."""

    expression: str
    label: str
    type: Type = ANY
    values: str | None = None
    id: str = ""


@dataclass(frozen=True)
class Output:
    """A result column: its name, its allowed values in falling priority (FEEL), and its value where no rule is met."""

    name: str
    values: str | None
    type: Type = ANY
    default: str | None = None
    id: str = ""


@dataclass(frozen=True)
class Line:
    """A rule: a unary test for each input, an expression for each output. `row` counts from 1; `cells` are the ids of
    the cells in which its tests and then its results stand.
    """

    id: str
    tests: tuple[str, ...]
    results: tuple[str, ...]
    number: int | None
    row: int = 0
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A decision table."""

    hit: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Decision:
    """A decision: a table or a literal expression (FEEL). `requires` are the decisions that it builds on; `variable`
    is the name under which those that build on it know its value; `odd` is logic of another kind, which is not run.
    """

    id: str
    name: str
    table: Table | None
    literal: str | None
    requires: tuple[str, ...]
    variable: str
    type: Type
    number: int | None
    odd: str | None = None
