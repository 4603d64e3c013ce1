"""The grammar that diagrams are checked by is that of the schema which OMG published."""

from __future__ import annotations

from importlib.resources import files

import pytest
from lxml import etree

from bpmn.rules.grammar import ATTRIBUTES, CHOICES, INSIDE, LOCAL

XSD = "{http://www.w3.org/2001/XMLSchema}"
# SpiffWorkflow's wheel brings the schema along.
SCHEMA = etree.fromstring((files("SpiffWorkflow.bpmn.parser") / "schema" / "Semantic.xsd").read_bytes())
ELEMENTS = {str(one.get("name")): one for one in SCHEMA.iterchildren(XSD + "element")}
TYPES = {str(one.get("name")): one for one in SCHEMA.iterchildren(XSD + "complexType", XSD + "simpleType")}
# The schema writes these as elements of a type that is abstract, so none of them can stand anywhere; of two others only
# what is derived from them stands in a file; what is in extensions is anybody's.
NEVER = frozenset(
    [
        *("activity", "artifact", "baseElement", "baseElementWithMixedContent", "callableElement", "catchEvent"),
        *("choreographyActivity", "conversationNode", "dataAssociation", "event", "eventDefinition", "flowElement"),
        *("flowNode", "loopCharacteristics", "rootElement", "throwEvent", "extensionElements"),
    ]
)
DRAWN = sorted(tag for tag, node in ELEMENTS.items() if node.get("abstract") != "true" and tag not in NEVER)


def named(reference: str) -> set[str]:
    """An element and all that may stand in its place."""
    name = reference.rpartition(":")[2]
    others = [one for one, node in ELEMENTS.items() if (node.get("substitutionGroup") or "").rpartition(":")[2] == name]
    return {name}.union(*map(named, others))


def members(kind: str) -> tuple[set[str], set[str]]:
    """The attributes and children of a type, those that it inherits among them."""
    attributes: set[str] = set()
    inside: set[str] = set()
    for node in TYPES[kind].iter(XSD + "extension"):
        base = str(node.get("base")).rpartition(":")[2]
        if base in TYPES:
            attributes, inside = members(base)
    attributes |= {str(node.get("name")) for node in TYPES[kind].iter(XSD + "attribute")}
    for node in TYPES[kind].iter(XSD + "element"):
        inside |= named(str(node.get("ref"))) if node.get("ref") else {str(node.get("name"))}
    return attributes, inside


def typed(tag: str) -> str:
    """The name of an element's type."""
    return str(ELEMENTS[tag].get("type")).rpartition(":")[2]


@pytest.mark.parametrize("tag", DRAWN)
def test_an_element_holds_and_says_what_the_schema_lets_it(tag: str) -> None:
    attributes, inside = members(typed(tag))
    assert set(ATTRIBUTES.get(tag, ())) == attributes - {"id"}
    # The standard's text lets an implicit throw event stand there, by its abstract name.
    allowed = {"event"} if tag == "complexBehaviorDefinition" else set()
    assert set(INSIDE[tag]) == (inside - NEVER) | (inside & {"extensionElements"}) | allowed


def test_what_stands_only_where_it_is_written_is_of_the_type_that_the_schema_says() -> None:
    local: dict[str, set[str]] = {}
    for node in (node for kind in TYPES.values() for node in kind.iter(XSD + "element")):
        if node.get("type") and str(node.get("name")) not in ELEMENTS:
            local.setdefault(str(node.get("name")), set()).add(str(node.get("type")))
    for name, kind in LOCAL.items():
        assert local[name] <= {typed(kind), "tExpression"}, name


def test_what_an_attribute_may_say_is_what_the_schema_lists() -> None:
    for node in SCHEMA.iter(XSD + "attribute"):
        kind = TYPES.get(str(node.get("type")).rpartition(":")[2])
        told = [] if kind is None else [str(one.get("value")) for one in kind.iter(XSD + "enumeration")]
        if node.get("name") in CHOICES:
            assert list(CHOICES[str(node.get("name"))]) == told
