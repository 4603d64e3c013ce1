"""All that a piece of XML says, flat: a path for each attribute and each text. What nobody knows is kept as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set

from lxml import etree

PREFIXES: Mapping[str, str] = {
    "http://camunda.org/schema/1.0/bpmn": "camunda:",
    "http://camunda.org/schema/modeler/1.0": "modeler:",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi:",
    "http://bpmn.io/schema/bpmn/biocolor/1.0": "bioc:",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0": "color:",
}
STANDARDS = ("http://www.omg.org/spec/", "https://www.omg.org/spec/")
NAMED: Mapping[str, tuple[str, ...]] = {
    "camunda:property": ("name",),
    "camunda:inputParameter": ("name",),
    "camunda:outputParameter": ("name",),
    "camunda:entry": ("key",),
    "camunda:in": ("target", "businessKey", "variables"),
    "camunda:out": ("target", "variables"),
    "camunda:field": ("name",),
}
"""What tells one child from another of the same tag: the first of these attributes that it has."""
NAMES = frozenset(name for names in NAMED.values() for name in names)
WRAPPERS = frozenset({"extensionElements", "camunda:properties", "camunda:inputOutput"})
# What a modeler writes or leaves out as it likes: it says the same.
DEFAULTS: Mapping[str, str] = {
    "cancelActivity": "true",
    "isInterrupting": "true",
    "isSequential": "false",
    "triggeredByEvent": "false",
    "isForCompensation": "false",
    "startQuantity": "1",
    "completionQuantity": "1",
    "instantiate": "false",
    "parallelMultiple": "false",
    "isCollection": "false",
    "gatewayDirection": "Unspecified",
    "behavior": "All",
    "testBefore": "false",
    "cancelRemainingInstances": "true",
    "ordering": "Parallel",
    "isClosed": "false",
    "isExecutable": "true",
    "eventGatewayType": "Exclusive",
    "associationDirection": "None",
    "hitPolicy": "UNIQUE",
    "xsi:type": "tFormalExpression",
}
Label = Callable[[etree._Element, str, int], str | None]
"""An element, its tag, how many of this tag stand before it -> what it is called in a path, None for its place."""


def tag(node: etree._Element) -> str:
    """The tag of a standard without its name space, of an extension with a short one."""
    return _named(str(node.tag))


def _named(name: str) -> str:
    space, brace, bare = name.lstrip("{").rpartition("}")
    if not brace or space.startswith(STANDARDS) and space not in PREFIXES:
        return bare
    return PREFIXES.get(space, f"{{{space}}}") + bare


def facts(
    node: etree._Element, without: Set[str] = frozenset(), label: Label | None = None
) -> Iterator[tuple[str, str]]:
    """The facts of a node. Children whose tag is in `without` are told elsewhere, wherever in the node they stand."""
    yield from _attributes(node, "", None)
    if said := _text(node):
        yield "text()", said
    yield from _inside(node, "", without, label or _told)


def _attributes(node: etree._Element, at: str, told: str | None) -> Iterator[tuple[str, str]]:
    """What its attributes say, but for the one that stands in its path."""
    for written, value in node.attrib.items():
        name, said = _named(str(written)), str(value)
        if told is not None and told == said and name in NAMES:
            continue
        if name == "xsi:type":
            said = said.rpartition(":")[2]
        if DEFAULTS.get(name) != said:
            yield f"{at}@{name}", said


def _inside(node: etree._Element, at: str, without: Set[str], label: Label) -> Iterator[tuple[str, str]]:
    turns: Counter[str] = Counter()
    for child in node:
        if not isinstance(child.tag, str) or (name := tag(child)) in without:
            continue
        own = label(child, name, turns[name])
        turns[name] += 1
        step = name if own is None else f"{name}[{own}]"
        turns[step] += step != name
        number = turns[step]
        path = f"{at}{step}" if number == 1 else f"{at}{step}#{number}"
        attributes = list(_attributes(child, f"{path}/", own))
        yield from attributes
        said = _text(child)
        bare = not attributes and not any(isinstance(inner.tag, str) for inner in child)
        if said or (bare and name not in WRAPPERS):
            yield path, said
        yield from _inside(child, f"{path}/", without, label)


def _text(node: etree._Element) -> str:
    """What stands in the element itself, comments taken out."""
    return "".join([node.text or "", *(child.tail or "" for child in node)]).strip()


def _told(node: etree._Element, name: str, turn: int) -> str | None:
    return next((str(node.get(key)) for key in NAMED.get(name, ()) if node.get(key)), None)
