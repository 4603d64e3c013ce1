"""Reads decisions out of a .dmn file. DMN's name space changes with each version, its names do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from bpmn.dmn.model import ANY, Decision, Input, Line, Output, Table, Type
from bpmn.dmn.types import KINDS
from bpmn.markup import line_of, local, parse
from bpmn.model import File

LOGIC = ("decisionTable", "literalExpression")
ODD = ("context", "invocation", "relation", "list", "functionDefinition", "conditional", "for", "filter")
REQUIREMENTS = ("informationRequirement", "knowledgeRequirement")


def read(file: File) -> dict[str, Decision]:
    """The decisions of a .dmn file by id. Raises bpmn.markup.Unreadable."""
    return decisions_of(parse(file.content, file.name))


def decisions_of(root: etree._Element) -> dict[str, Decision]:
    """The decisions under a root already parsed."""
    types = dict(_types(root))
    return {found.id: found for found in (_decision(node, types) for node in _each(root, "decision"))}


def _each(node: etree._Element, *names: str) -> Iterator[etree._Element]:
    return (child for child in node if local(child) in names)


def _first(node: etree._Element, *names: str) -> etree._Element | None:
    return next(_each(node, *names), None)


def _text(node: etree._Element | None) -> str:
    held = None if node is None else _first(node, "text")
    return "" if held is None else (held.text or "").strip()


def _types(root: etree._Element) -> Iterator[tuple[str, Type]]:
    """Types that the file defines over FEEL's own; a structure of parts is not looked into."""
    for node in _each(root, "itemDefinition"):
        name, told = node.get("name") or "", _first(node, "typeRef")
        written = (told.text or "").strip() if told is not None else ""
        values = _text(_first(node, "allowedValues")) or None
        yield name, Type(name, KINDS.get(_bare(written)), values, node.get("isCollection") == "true")


def _bare(written: str) -> str:
    return written.rpartition(":")[2].rpartition("}")[2].strip()


def _type(written: str | None, types: Mapping[str, Type]) -> Type:
    name = _bare(written or "")
    if not name or name == "Any":
        return ANY
    if name in types:
        return types[name]
    return Type(name, KINDS.get(name), known=name in KINDS)


def _decision(node: etree._Element, types: Mapping[str, Type]) -> Decision:
    id = node.get("id") or ""
    variable, table, literal = (_first(node, name) for name in ("variable", *LOGIC))
    odd = _first(node, *ODD)
    requires = tuple(
        (needed.get("href") or "").lstrip("#")
        for link in _each(node, *REQUIREMENTS)
        for needed in _each(link, "requiredDecision")
    )
    knowledge = _first(node, "knowledgeRequirement")
    return Decision(
        id=id,
        name=node.get("name") or id,
        table=None if table is None else _table(table, types),
        literal=None if literal is None else _text(literal),
        requires=requires,
        variable=(variable.get("name") if variable is not None else None) or id,
        type=_type(variable.get("typeRef") if variable is not None else None, types),
        number=line_of(node),
        odd=local(odd) if odd is not None else local(knowledge) if knowledge is not None else None,
    )


def _table(table: etree._Element, types: Mapping[str, Type]) -> Table:
    return Table(
        hit=table.get("hitPolicy") or "UNIQUE",
        aggregation=table.get("aggregation"),
        inputs=tuple(_input(part, types) for part in _each(table, "input")),
        outputs=tuple(_output(part, types) for part in _each(table, "output")),
        lines=tuple(_line(part, row) for row, part in enumerate(_each(table, "rule"), start=1)),
    )


def _input(part: etree._Element, types: Mapping[str, Type]) -> Input:
    asked = _first(part, "inputExpression")
    expression = _text(asked)
    kind = _type(asked.get("typeRef") if asked is not None else None, types)
    values = _text(_first(part, "inputValues")) or kind.values
    return Input(expression, part.get("label") or expression, kind, values, part.get("id") or "")


def _output(part: etree._Element, types: Mapping[str, Type]) -> Output:
    kind = _type(part.get("typeRef"), types)
    values = _text(_first(part, "outputValues")) or kind.values
    default = _text(_first(part, "defaultOutputEntry")) or None
    return Output(part.get("name") or part.get("id") or "", values, kind, default, part.get("id") or "")


def _line(rule: etree._Element, row: int) -> Line:
    return Line(
        id=rule.get("id") or "",
        tests=tuple(_text(entry) for entry in _each(rule, "inputEntry")),
        results=tuple(_text(entry) for entry in _each(rule, "outputEntry")),
        number=line_of(rule),
        row=row,
        cells=tuple(entry.get("id") or "" for name in ("inputEntry", "outputEntry") for entry in _each(rule, name)),
    )
