"""Data that go in and out of activities: data objects, properties, inputs and outputs are variables here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from bpmn.markup import BPMN, children, first, local, text
from bpmn.model import Copy

Known = Mapping[str, etree._Element]
HELD = ("dataObject", "property")
ITEMS = frozenset(["dataInput", "dataOutput", "dataObject", "property", "dataStore"])
REFERENCES = {"dataObjectReference": "dataObjectRef", "dataStoreReference": "dataStoreRef"}
VARIABLE = re.compile(r"[^\W\d]\w*")
# bpmn-js gives each association that is drawn only a property of this name to point at.
PLACEHOLDER = "__targetRef_placeholder"


def held(node: etree._Element, known: Known) -> tuple[str, ...]:
    """The variables that are an activity's own: its data objects, properties, inputs and outputs."""
    specification = first(node, "ioSpecification")
    # Events have their inputs and outputs directly.
    own = [*children(node, *HELD, "dataInput", "dataOutput")]
    if specification is not None:
        own += children(specification, "dataInput", "dataOutput")
    names = [_name(item, known) for item in own if item.get("name") != PLACEHOLDER]
    return tuple(dict.fromkeys(names))


def taken(node: etree._Element, known: Known) -> tuple[Copy, ...]:
    """What goes in."""
    return tuple(_copies(node, "dataInputAssociation", known))


def given(node: etree._Element, known: Known) -> tuple[Copy, ...]:
    """What comes out."""
    return tuple(_copies(node, "dataOutputAssociation", known))


def variable(id: str | None, known: Known) -> str | None:
    """The variable that the data of that id are, or None when there are none or none but a picture."""
    found = known.get((id or "").strip().rpartition(":")[2])
    if found is None or found.get("name") == PLACEHOLDER:
        return None
    return _name(found, known) if local(found) in ITEMS or local(found) in REFERENCES else None


def _copies(node: etree._Element, tag: str, known: Known) -> Iterator[Copy]:
    holders = [child for child in node.iterchildren(BPMN + tag)]
    for line in holders:
        target = variable(text(first(line, "targetRef")), known)
        sources = [variable(text(ref), known) for ref in children(line, "sourceRef")]
        assignments = list(children(line, "assignment"))
        transformation = text(first(line, "transformation"))
        for assignment in assignments:
            value, to = text(first(assignment, "from")), text(first(assignment, "to"))
            if value and to:
                yield Copy(to if VARIABLE.fullmatch(to) else target or to, value)
        if assignments or target is None:
            continue
        if transformation:
            yield Copy(target, transformation)
        elif sources and sources[0]:
            yield Copy(target, sources[0])


def _name(item: etree._Element, known: Known) -> str:
    """A name that can be a variable, else the id."""
    if local(item) in REFERENCES:
        kept = known.get((item.get(REFERENCES[local(item)]) or "").rpartition(":")[2])
        if kept is not None and VARIABLE.fullmatch(kept.get("name") or ""):
            return str(kept.get("name"))
    name = (item.get("name") or "").strip()
    return name if VARIABLE.fullmatch(name) else str(item.get("id"))
