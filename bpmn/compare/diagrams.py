"""Compares the diagrams of two sets of files, element by element: by id, whatever file it stands in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from bpmn.compare.difference import Difference, Subject, Thing, Value, compared
from bpmn.compare.drawing import Drawing, drawings, moves
from bpmn.compare.facts import facts
from bpmn.compare.words import word
from bpmn.markup import BPMN, children, local, parse
from bpmn.model import File
from bpmn.read import STAGES

HOLDERS = STAGES | {"definitions", "process", "collaboration", "lane", "globalTask", "choreography"}
LANES = frozenset({"laneSet", "childLaneSet"})
# What stands in a holder and is no thing of its own, but something that the holder says.
PARTS = frozenset(
    [
        *("documentation", "extensionElements", "ioSpecification", "ioBinding", "property", "auditing", "monitoring"),
        *("resourceRole", "performer", "humanPerformer", "potentialOwner", "supports", "import", "extension"),
        *("multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "completionCondition"),
        *("dataInputAssociation", "dataOutputAssociation", "correlationSubscription", "supportedInterfaceRef"),
        *("partitionElement", "partitionElementRef", "participantAssociation", "messageFlowAssociation"),
        *("incoming", "outgoing", "flowNodeRef", *LANES),
    ]
)
# Flows say themselves where they lead, elements in which lane they stand; things in a holder say what they are.
REPEATED = frozenset({"incoming", "outgoing", "flowNodeRef", "lane"})
UNSAID = frozenset(f"{lanes}/@id" for lanes in LANES)
REFERENCES = frozenset(
    [
        *("sourceRef", "targetRef", "default", "attachedToRef", "messageRef", "signalRef", "errorRef"),
        *("escalationRef", "processRef", "activityRef", "dataObjectRef", "dataStoreRef", "operationRef", "itemRef"),
        *("calledElement", "itemSubjectRef", "categoryValueRef"),
    ]
)


@dataclass
class _Read:
    """What was read of a set: things by key, the names that references lead to, drawings by file and plane."""

    things: dict[str, Thing] = field(default_factory=dict)
    drawings: dict[tuple[str, str], Drawing] = field(default_factory=dict)
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    """By file: id -> key."""


@dataclass(frozen=True)
class _Around:
    """What a file says around a thing: its name, names by id, lanes and leaving flows of elements by id."""

    file: str
    names: Mapping[str, str]
    lanes: Mapping[str, Sequence[str]]
    leaving: Mapping[str, Mapping[str, str]]


def compare(before: Sequence[File], after: Sequence[File]) -> Iterator[Difference]:
    """The differences between the .bpmn files of two sets. Raises bpmn.markup.Unreadable."""
    roots = [{file.name: parse(file.content, file.name) for file in files} for files in (before, after)]
    labels = _labels(*roots)
    many = _many(*roots)
    was, now = (_read(found, labelled, many) for found, labelled in zip(roots, labels, strict=True))
    yield from compared(was.things, now.things, word)
    for place in [*now.drawings, *(place for place in was.drawings if place not in now.drawings)]:
        label, shown = place
        if f"{label}#" in was.things and f"{label}#" in now.things:
            yield from _moves(was, now, label, shown)


def _moves(was: _Read, now: _Read, label: str, shown: str) -> Iterator[Difference]:
    old, new = (read.drawings.get((label, shown), Drawing({}, {})) for read in (was, now))
    old_keys, new_keys = was.keys[label], now.keys[label]
    pairs = {
        id: (was.things[key].subject, now.things[key].subject)
        for id, key in new_keys.items()
        if old_keys.get(id) == key
    }
    whole = pairs.get(shown) or (was.things[f"{label}#"].subject, now.things[f"{label}#"].subject)
    yield from moves(old, new, pairs, whole)


def _labels(*sets: Mapping[str, etree._Element]) -> list[dict[str, str]]:
    """A name for each file that is the same in both sets: its own, else that of its first process."""
    shared = set.intersection(*(set(roots) for roots in sets))
    return [{name: name if name in shared else _home(root) or name for name, root in roots.items()} for roots in sets]


def _home(root: etree._Element) -> str:
    process = root.find(BPMN + "process")
    return "" if process is None else str(process.get("id") or "")


def _many(*sets: Mapping[str, etree._Element]) -> set[str]:
    """Ids that a set has several times: then the file tells which is meant."""
    found: set[str] = set()
    for roots in sets:
        ids = Counter(str(node.get("id")) for root in roots.values() for node, _ in _things(root, "") if node.get("id"))
        found |= {id for id, times in ids.items() if times > 1}
    return found


def _things(holder: etree._Element, parent: str) -> Iterator[tuple[etree._Element, str]]:
    """Everything that is a thing of its own, with the id of what holds it."""
    for child in children(holder):
        if local(child) in LANES:
            for lane in children(child, "lane"):
                yield lane, parent
                yield from _things(lane, str(lane.get("id")))
        elif local(child) not in PARTS:
            yield child, parent
            if local(child) in HOLDERS:
                yield from _things(child, str(child.get("id")))


def _read(roots: Mapping[str, etree._Element], labels: Mapping[str, str], many: set[str]) -> _Read:
    read = _Read()
    names = {
        str(node.get("id")): name
        for root in roots.values()
        for node in root.iter(etree.Element)
        if node.get("id") and (name := (node.get("name") or "").strip())
    }
    for file, root in roots.items():
        _file(read, root, file, labels[file], names, many)
    return read


def _file(read: _Read, root: etree._Element, file: str, label: str, names: Mapping[str, str], many: set[str]) -> None:
    around = _Around(file, names, _lanes(root), _leaving(root, names))
    read.keys[label] = {}
    read.drawings |= {(label, shown): drawing for shown, drawing in drawings(root).items()}
    read.things[f"{label}#"] = _thing(root, _home(root), "", around)
    homes: dict[str, str] = {}
    turns: Counter[str] = Counter()
    for node, parent in _things(root, ""):
        id, kind = str(node.get("id") or ""), local(node)
        home = homes[id] = id if kind == "process" else homes.get(parent, "")
        turns[f"{parent}/{kind}"] += 1
        key = id if id and id not in many else f"{label}#{id or f'{parent}/{kind}'}"
        if not id or key in read.things:
            key = f"{key}#{turns[f'{parent}/{kind}']}"
        if id:
            read.keys[label].setdefault(id, key)
        read.things[key] = _thing(node, home or _home(root), parent, around)


def _thing(node: etree._Element, home: str, parent: str, around: _Around) -> Thing:
    id, kind = str(node.get("id") or ""), local(node)
    without = set(REPEATED)
    if kind in HOLDERS:
        without |= {local(child) for child in children(node)} - PARTS | {"BPMNDiagram"}
    said = {
        path: Value(told, _named(path, told, around.names))
        for path, told in facts(node, without)
        if path not in UNSAID and (path != "@id" or kind == "definitions")
    }
    said["type"] = Value(kind)
    if parent:
        said["parent"] = Value(parent, around.names.get(parent, ""))
    lanes = around.lanes.get(id)
    if lanes:
        said["lane"] = Value("/".join(lanes), " / ".join(around.names.get(lane, lane) for lane in lanes))
    name = around.file if kind == "definitions" else _name(node, around.names)
    return Thing(Subject("diagram", around.file, home, id, kind, name), said, around.leaving.get(id, {}))


def _named(path: str, told: str, names: Mapping[str, str]) -> str:
    if path.rpartition("@")[2] not in REFERENCES and not path.endswith("Ref"):
        return ""
    return names.get(told.rpartition(":")[2].strip(), "")


def _name(node: etree._Element, names: Mapping[str, str]) -> str:
    """Its name; a flow without one is called after its ends."""
    own = (node.get("name") or "").strip()
    ends = [str(node.get(end) or "").strip() for end in ("sourceRef", "targetRef")]
    return own or (" → ".join(names.get(end, end) for end in ends) if all(ends) else "")


def _lanes(root: etree._Element) -> dict[str, list[str]]:
    """The lanes that each element stands in, the outer ones first."""
    found: dict[str, list[str]] = {}
    for lane in root.iter(BPMN + "lane"):
        for ref in children(lane, "flowNodeRef"):
            found.setdefault((ref.text or "").strip(), []).append(str(lane.get("id") or lane.get("name") or ""))
    return found


def _leaving(root: etree._Element, names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The flows that leave each element with their names, in the order in which they are asked: that of the file."""
    found: dict[str, dict[str, str]] = {}
    for flow in root.iter(BPMN + "sequenceFlow"):
        found.setdefault((flow.get("sourceRef") or "").strip(), {})[str(flow.get("id"))] = _name(flow, names)
    return found
