"""Rewrites valid BPMN that the engine would misread into what it executes rightly; each id that stands stays."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from bpmn.events import TIMES
from bpmn.globals import Copies, call_inline
from bpmn.juel import is_juel, to_feel
from bpmn.markup import BPMN, CAMUNDA, children, extensions, first, local, parse, text
from bpmn.picture import Picture, picture_of, redraw_end, redraw_split
from bpmn.read import EVENTS, GATEWAYS, NODES, STAGES, TASKS, nodes

# Where the language is not FEEL already, `=` marks it.
EXPRESSIONS = tuple(CAMUNDA + name for name in ("assignee", "dueDate", "followUpDate", "priority"))
SPLITTING = TASKS | STAGES | EVENTS
QNAMES = frozenset(
    [
        *("activityRef", "attachedToRef", "calledElement", "errorRef", "escalationRef", "itemSubjectRef", "messageRef"),
        *("noneBehaviorEventRef", "oneBehaviorEventRef", "processRef", "signalRef", "sourceRef", "targetRef"),
    ]
)
BODIES = ("condition", "completionCondition", "loopCardinality", "loopCondition")


def normalise(content: bytes) -> bytes:
    """The diagram as the engine is to read it. Normalising twice changes nothing more. Raises Unreadable."""
    root = parse(content)
    tidy(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def tidy(root: etree._Element) -> None:
    """Rewrites a diagram already parsed, in place."""
    taken = Counter(str(node.get("id")) for node in root.iter(etree.Element) if node.get("id"))
    ids = _Ids(taken)
    picture = picture_of(root)
    call_inline(root)
    _define(root)
    _shorten(root)
    _title(root)
    for process in root.iterchildren(BPMN + "process"):
        _trim(process)
        _name(process, ids)
        _translate(process)
        for scope in [process, *(node for node, _ in nodes(process) if local(node) in STAGES)]:
            _link(scope, ids)
            if local(scope) != "adHocSubProcess":
                _start(scope, ids)
            _default(scope)
            _split(scope, ids, picture)
            if local(scope) != "adHocSubProcess":
                _finish(scope, ids, picture)


class _Ids:
    """Hands out ids that nothing in the file has; the same file gets the same ids."""

    def __init__(self, taken: Counter[str]) -> None:
        self._taken = taken
        self._turns: Counter[str] = Counter()

    def new(self, wanted: str) -> str:
        id = wanted
        while id in self._taken:
            self._turns[wanted] = max(2, self._turns[wanted] + 1)
            id = f"{wanted}_{self._turns[wanted]}"
        self._taken[id] += 1
        return id


def _define(root: etree._Element) -> None:
    """A trigger that is defined elsewhere is written where it is used; it is that one's own then, without the id."""
    known = {node.get("id"): node for node in root.iter(etree.Element) if local(node).endswith("EventDefinition")}
    copies = Copies()
    for ref in list(root.iter(BPMN + "eventDefinitionRef")):
        definition, holder = known.get((text(ref) or "").rpartition(":")[2]), ref.getparent()
        if definition is None or holder is None:
            continue
        own = copies.of(definition)
        own.attrib.pop("id", "")
        holder.replace(ref, own)


def _link(scope: etree._Element, ids: _Ids) -> None:
    """A link is a sequence flow that is not drawn: from each event that throws it to the one that catches it.

    That one is the `target` that the link names, else the one whose link has the same name."""
    by_id: dict[str, list[etree._Element]] = {}
    by_name: dict[str, list[etree._Element]] = {}
    for event in children(scope, "intermediateCatchEvent"):
        for definition in children(event, "linkEventDefinition"):
            by_id.setdefault(definition.get("id") or "", []).append(event)
            by_name.setdefault(definition.get("name") or "", []).append(event)
    leaving = _flows(scope)
    for event in children(scope, "intermediateThrowEvent"):
        for definition in children(event, "linkEventDefinition"):
            target = (text(first(definition, "target")) or "").rpartition(":")[2]
            caught = (target and by_id.get(target)) or by_name.get(definition.get("name") or "", [])
            if len(caught) == 1 and str(event.get("id")) not in leaving:
                _between(scope, event, caught[0], ids)


def _shorten(root: etree._Element) -> None:
    """A reference may name its name space; the file's own is left away, and any for a process: it may be another's."""
    own = root.get("targetNamespace")
    for element in root.iter(BPMN + "*"):
        for name in QNAMES.intersection(element.keys()):
            prefix, _, id = (element.get(name) or "").strip().rpartition(":")
            space = element.nsmap.get(prefix) if prefix else None
            if space is not None and (space == own or name == "calledElement"):
                element.set(str(name), id)


def _title(root: etree._Element) -> None:
    """Messages and signals find each other by name; one that has none goes by its id."""
    for thing in root.iterchildren(BPMN + "message", BPMN + "signal"):
        if thing.get("id") and not (thing.get("name") or "").strip():
            thing.set("name", str(thing.get("id")))


def _trim(process: etree._Element) -> None:
    """White space around a reference means nothing in BPMN."""
    for name in ("flowNodeRef", "incoming", "outgoing"):
        for ref in process.iter(BPMN + name):
            ref.text = (ref.text or "").strip()
    for flow in process.iter(BPMN + "sequenceFlow"):
        for end in ("sourceRef", "targetRef"):
            if flow.get(end):
                flow.set(end, str(flow.get(end)).strip())


def _name(process: etree._Element, ids: _Ids) -> None:
    """Ids are optional in BPMN; a flow or node without one is ignored by the engine."""
    for flow in process.iter(BPMN + "sequenceFlow"):
        if not flow.get("id"):
            flow.set("id", ids.new(f"flow_{flow.get('sourceRef')}_{flow.get('targetRef')}"))
    for node, _ in list(nodes(process)):
        if not node.get("id"):
            node.set("id", ids.new(local(node)))


def _translate(process: etree._Element) -> None:
    """`${...}` to FEEL. What cannot be translated stays, and `check` tells."""
    for node in process.iter(etree.Element):
        for name in EXPRESSIONS:
            written = node.get(name)
            if written and (feel := _feel(written)):
                node.set(name, "=" + feel)
        collection = node.get(CAMUNDA + "collection")
        if collection and (feel := _feel(collection)):
            node.set(CAMUNDA + "collection", feel)
        kind = local(node)
        if kind in BODIES or kind == "conditionExpression":
            _translate_body(node, "")
        elif kind in TIMES or kind in ("inputParameter", "outputParameter"):
            _translate_body(node, "=")


def _translate_body(node: etree._Element, mark: str) -> None:
    feel = _feel(node.text or "")
    if feel and not len(node):
        node.text = mark + feel


def _feel(written: str) -> str | None:
    return to_feel(written) if is_juel(written) else None


def _flows(scope: etree._Element) -> dict[str, list[etree._Element]]:
    """The flows of one level by their source."""
    found: dict[str, list[etree._Element]] = {}
    for flow in children(scope, "sequenceFlow"):
        found.setdefault(str(flow.get("sourceRef")), []).append(flow)
    return found


def _start(scope: etree._Element, ids: _Ids) -> None:
    """Without a start event, what nothing leads to begins: all of it, at once."""
    parts = [node for node in children(scope) if local(node) in NODES]
    reached = {flow.get("targetRef") for flow in children(scope, "sequenceFlow")}
    if any(local(node) == "startEvent" or node.get("instantiate") == "true" for node in parts):
        return
    first_ones = [
        node
        for node in parts
        if node.get("id") not in reached
        and local(node) != "boundaryEvent"
        and node.get("triggeredByEvent") != "true"
        and node.get("isForCompensation") != "true"
    ]
    if first_ones:
        start = etree.SubElement(scope, BPMN + "startEvent", id=ids.new(f"{scope.get('id')}_start"))
        for node in first_ones:
            _between(scope, start, node, ids)


def _default(scope: etree._Element) -> None:
    """The one flow without condition out of a decision is the one taken when no condition holds."""
    leaving = _flows(scope)
    for gateway in children(scope, "exclusiveGateway"):
        flows = leaving.get(str(gateway.get("id")), [])
        bare = [flow for flow in flows if first(flow, "conditionExpression") is None]
        if len(flows) > 1 and len(bare) == 1 and not gateway.get("default"):
            gateway.set("default", str(bare[0].get("id")))


def _split(scope: etree._Element, ids: _Ids, picture: Picture) -> None:
    """Several or conditional flows out of an activity or event are a split that BPMN leaves undrawn."""
    leaving = _flows(scope)
    for node in list(children(scope)):
        if local(node) not in SPLITTING:
            continue
        flows = leaving.get(str(node.get("id")), [])
        conditional = {flow for flow in flows if first(flow, "conditionExpression") is not None}
        if len(flows) < 2 and not conditional:
            continue
        default = node.attrib.pop("default", "")
        others = [flow for flow in flows if flow not in conditional and flow.get("id") != default]
        if default and conditional and others:
            # Then the default is for the conditions alone: what has none is always taken (BPMN 2.0, section 13.2.1).
            gateway, arrow = _gateway(scope, node, "parallelGateway", f"{node.get('id')}_split", flows, ids)
            redraw_split(picture, node, gateway, arrow, flows)
            rest = [flow for flow in flows if flow in conditional or flow.get("id") == default]
            choice, arrow = _gateway(scope, gateway, "inclusiveGateway", f"{node.get('id')}_choice", rest, ids)
            choice.set("default", str(default))
            redraw_split(picture, gateway, choice, arrow, rest)
            continue
        kind = "parallelGateway" if not conditional else "inclusiveGateway" if len(flows) > 1 else "exclusiveGateway"
        gateway, arrow = _gateway(scope, node, kind, f"{node.get('id')}_split", flows, ids)
        if default and conditional:
            gateway.set("default", str(default))
        for flow in others if kind == "inclusiveGateway" else ():
            # In BPMN a flow without condition is always taken; an inclusive gateway wants to be told.
            etree.SubElement(flow, BPMN + "conditionExpression").text = "true"
        redraw_split(picture, node, gateway, arrow, flows)


def _gateway(
    scope: etree._Element, node: etree._Element, kind: str, id: str, flows: list[etree._Element], ids: _Ids
) -> tuple[etree._Element, etree._Element]:
    """A gateway behind the node from which the flows leave, and the flow to it."""
    gateway = etree.SubElement(scope, BPMN + kind, id=ids.new(id))
    for flow in flows:
        flow.set("sourceRef", str(gateway.get("id")))
    arrow = _between(scope, node, gateway, ids)
    if local(node) not in GATEWAYS:
        for ref in list(children(node, "outgoing"))[:-1]:
            node.remove(ref)
    return gateway, arrow


def _between(scope: etree._Element, source: etree._Element, target: etree._Element, ids: _Ids) -> etree._Element:
    start, end = str(source.get("id")), str(target.get("id"))
    flow = etree.SubElement(scope, BPMN + "sequenceFlow", id=ids.new(f"flow_{start}_{end}"))
    flow.set("sourceRef", start)
    flow.set("targetRef", end)
    outgoing = etree.Element(BPMN + "outgoing")
    outgoing.text = flow.get("id")
    source.insert(_place(source), outgoing)
    return flow


def _place(node: etree._Element) -> int:
    """Behind documentation, extensions and references: the schema prescribes that order."""
    before = ("documentation", "extensionElements", "incoming", "outgoing")
    return sum(1 for child in node if isinstance(child.tag, str) and local(child) in before)


def _finish(scope: etree._Element, ids: _Ids, picture: Picture) -> None:
    """A node with no way out ends its path; only an end event lets the engine see it."""
    leaving = _flows(scope)
    for node in list(children(scope)):
        kind = local(node)
        if kind not in NODES or kind in ("endEvent", "eventBasedGateway"):
            continue
        if node.get("triggeredByEvent") == "true" or node.get("isForCompensation") == "true":
            continue
        if (
            str(node.get("id")) in leaving
            or first(node, "compensateEventDefinition") is not None
            and kind == "boundaryEvent"
        ):
            continue
        end = etree.SubElement(scope, BPMN + "endEvent", id=ids.new(f"{node.get('id')}_end"))
        clauses = [part for part in _clauses(node) if text(part) is None]
        if clauses:
            holder = etree.SubElement(etree.SubElement(end, BPMN + "extensionElements"), CAMUNDA + "properties")
            etree.SubElement(holder, CAMUNDA + "property", name="clause", value=str(clauses[0].get("value")))
        flow = _between(scope, node, end, ids)
        redraw_end(picture, node, end, flow)


def _clauses(node: etree._Element) -> list[etree._Element]:
    return [
        item
        for holder in extensions(node, "properties")
        for item in holder.iterchildren(CAMUNDA + "property")
        if item.get("name") == "clause"
    ]
