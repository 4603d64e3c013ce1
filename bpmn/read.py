"""Reads processes out of a diagram."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from bpmn.data import given, held, taken, variable
from bpmn.events import Things, definitions, event_of, things, trigger, triggers_of
from bpmn.markup import BPMN, CAMUNDA, children, extensions, first, line_of, local, parse, properties, text
from bpmn.model import AdHoc, Element, File, Flow, Multi, Process, Trigger
from bpmn.roles import role_by_key, role_by_title

TASKS = frozenset(
    [
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "callActivity",
    ]
)
STAGES = frozenset(["subProcess", "transaction", "adHocSubProcess"])
GATEWAYS = frozenset(["exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"])
EVENTS = frozenset(
    [
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "implicitThrowEvent",
    ]
)
NODES = TASKS | STAGES | GATEWAYS | EVENTS | frozenset(["callChoreography", "choreographyTask", "subChoreography"])


def read(file: File) -> list[Process]:
    """The processes of a file. Raises bpmn.markup.Unreadable."""
    return processes(parse(file.content, file.name), file.name)


def processes(root: etree._Element, file: str) -> list[Process]:
    """The processes under a root already parsed."""
    names = {
        (participant.get("processRef") or "").rpartition(":")[2]: participant.get("name") or ""
        for participant in root.iter(BPMN + "participant")
    }
    known = {str(node.get("id")): node for node in root.iter(etree.Element) if node.get("id")}
    led = {
        (line.get("sourceRef") or "").strip(): (line.get("targetRef") or "").strip()
        for line in root.iter(BPMN + "association")
    }
    around = _Around(things(root), known, led)
    return [_process(node, file, around, names) for node in root.iterchildren(BPMN + "process")]


@dataclass(frozen=True)
class _Around:
    """The file around an element: what events refer to, what it holds by id, and where its associations lead."""

    things: Things
    known: Mapping[str, etree._Element]
    led: Mapping[str, str]


def nodes(scope: etree._Element) -> Iterator[tuple[etree._Element, str | None]]:
    """Each flow node of a process with the id of the sub-process it stands in."""
    todo: deque[tuple[etree._Element, str | None]] = deque([(scope, None)])
    while todo:
        holder, parent = todo.popleft()
        for node in children(holder):
            if local(node) in NODES:
                yield node, parent
                if local(node) in STAGES:
                    todo.append((node, node.get("id")))


def _process(node: etree._Element, file: str, around: _Around, names: Mapping[str, str]) -> Process:
    key = node.get("id") or ""
    flows = tuple(_flow(flow) for flow in node.iter(BPMN + "sequenceFlow"))
    lanes = tuple(_lanes(node))
    role_of = {id: role for _, ids, role in lanes for id in ids if role}
    found: list[Element] = []
    arriving: dict[str, list[str]] = {}
    leaving: dict[str, list[str]] = {}
    for flow in flows:
        arriving.setdefault(flow.target, []).append(flow.id)
        leaving.setdefault(flow.source, []).append(flow.id)
    for part, parent in nodes(node):
        found.append(_element(part, parent, key, (arriving, leaving), role_of, around))
    start = next((e for e in found if e.type == "startEvent" and e.parent is None and e.form), None)
    return Process(
        key=key,
        name=node.get("name") or names.get(key) or key,
        version_tag=node.get(CAMUNDA + "versionTag"),
        file=file,
        documentation=_documentation(node),
        start_form=start.form if start else None,
        elements=tuple(found),
        flows=flows,
        lanes=tuple((name, ids) for name, ids, _ in lanes),
        executable=node.get("isExecutable", "true") != "false",
        line=line_of(node),
    )


def _lanes(process: etree._Element) -> Iterator[tuple[str, tuple[str, ...], str | None]]:
    """Outer lanes first, so that an inner lane has the last word. White space around a reference means nothing."""
    for lane in process.iter(BPMN + "lane"):
        ids = tuple((ref.text or "").strip() for ref in children(lane, "flowNodeRef"))
        yield lane.get("name") or "", ids, _lane_role(lane)


def _lane_role(lane: etree._Element) -> str | None:
    told = dict(properties(lane)).get("role")
    name = (lane.get("name") or "").strip()
    if told:
        return told
    if name in role_by_title:
        return role_by_title[name].key
    return name if name in role_by_key else None


def _flow(flow: etree._Element) -> Flow:
    return Flow(
        id=flow.get("id") or "",
        source=(flow.get("sourceRef") or "").strip(),
        target=(flow.get("targetRef") or "").strip(),
        name=flow.get("name") or "",
        condition=text(first(flow, "conditionExpression")),
        line=line_of(flow),
    )


def _element(
    node: etree._Element,
    parent: str | None,
    process: str,
    ends: tuple[Mapping[str, list[str]], Mapping[str, list[str]]],
    role_of: Mapping[str, str],
    around: _Around,
) -> Element:
    id, kind = node.get("id") or "", local(node)
    told = MappingProxyType(dict(properties(node)))
    event, kind_of_event, value = event_of(node, around.things)
    return Element(
        id=id,
        type=kind,
        name=(node.get("name") or "").strip(),
        process=process,
        clause=told.get("clause") or None,
        documentation=_documentation(node),
        roles=_roles(node, role_of),
        on_behalf=_list(told.get("onBehalf")),
        payload=_list(told.get("payload")),
        assignee=node.get(CAMUNDA + "assignee") or None,
        form=node.get(CAMUNDA + "formRef") or None,
        due=node.get(CAMUNDA + "dueDate") or None,
        follow_up=node.get(CAMUNDA + "followUpDate") or None,
        priority=node.get(CAMUNDA + "priority") or None,
        topic=node.get(CAMUNDA + "topic") or None,
        inputs=tuple(_parameters(node, "inputParameter")),
        outputs=tuple(_parameters(node, "outputParameter")),
        called=node.get("calledElement") or None,
        properties=told,
        incoming=tuple(ends[0].get(id, ())),
        outgoing=tuple(ends[1].get(id, ())),
        attached_to=node.get("attachedToRef") or None,
        parent=parent,
        line=line_of(node),
        decision=node.get(CAMUNDA + "decisionRef") or None,
        result_variable=node.get(CAMUNDA + "resultVariable") or None,
        script=text(first(node, "script")),
        script_format=node.get("scriptFormat") or None,
        event=event,
        event_value=value,
        event_kind=kind_of_event,
        interrupting=node.get("cancelActivity", "true") != "false" and node.get("isInterrupting", "true") != "false",
        default_flow=node.get("default") or None,
        multi=_multi(node, around),
        triggers=triggers_of(node, around.things) if kind in EVENTS else (),
        all_triggers=node.get("parallelMultiple") == "true",
        for_compensation=node.get("isForCompensation") == "true",
        handler=around.led.get(id) if first(node, "compensateEventDefinition") is not None else None,
        start_quantity=_whole(node.get("startQuantity")),
        completion_quantity=_whole(node.get("completionQuantity")),
        instantiates=node.get("instantiate") == "true",
        gateway_type=node.get("eventGatewayType") or None,
        activation=text(first(node, "activationCondition")),
        ad_hoc=_ad_hoc(node),
        takes=taken(node, around.known),
        gives=given(node, around.known),
        holds=held(node, around.known),
    )


def _whole(told: str | None) -> int:
    """A number of tokens; what is no number is told by `check`."""
    return int(told) if told is not None and told.strip().isdigit() else 1


def _ad_hoc(node: etree._Element) -> AdHoc | None:
    if local(node) != "adHocSubProcess":
        return None
    return AdHoc(
        node.get("ordering") == "Sequential",
        text(first(node, "completionCondition")),
        node.get("cancelRemainingInstances") != "false",
    )


def _roles(node: etree._Element, role_of: Mapping[str, str]) -> tuple[str, ...]:
    """candidateGroups, else the lane's role; a task given to one person by name is not everybody's of the lane."""
    if local(node) not in ("userTask", "manualTask"):
        return ()
    groups = _list(node.get(CAMUNDA + "candidateGroups"))
    if groups or node.get(CAMUNDA + "assignee"):
        return groups
    # Along the tree and not by ids: in a file that is yet to be refused a stage may have the id of what it stands in.
    around = (str(place.get("id")) for place in (node, *node.iterancestors(*(BPMN + tag for tag in STAGES))))
    return next(((role_of[id],) for id in around if id in role_of), ())


def _parameters(node: etree._Element, kind: str) -> Iterator[tuple[str, str]]:
    for holder in extensions(node, "inputOutput"):
        for item in holder.iterchildren(CAMUNDA + kind):
            yield item.get("name") or "", text(item) or ""


def _multi(node: etree._Element, around: _Around) -> Multi | None:
    loop = first(node, "standardLoopCharacteristics")
    if loop is not None:
        return Multi(
            "loop",
            cardinality=loop.get("loopMaximum") or None,
            completion=text(first(loop, "loopCondition")),
            test_before=loop.get("testBefore") == "true",
        )
    many = first(node, "multiInstanceLoopCharacteristics")
    if many is None:
        return None
    item, result = first(many, "inputDataItem"), first(many, "outputDataItem")
    whole, results = (variable(text(first(many, f"loopData{way}Ref")), around.known) for way in ("Input", "Output"))
    # A task's own input is filled before its first turn, and its own output is given when it ends.
    filled = {copy.target: copy.value for copy in taken(node, around.known)}
    emptied = {copy.value: copy.target for copy in given(node, around.known)}
    return Multi(
        "sequential" if many.get("isSequential") == "true" else "parallel",
        collection=many.get(CAMUNDA + "collection") or filled.get(whole or "", whole),
        variable=many.get(CAMUNDA + "elementVariable") or _item(item),
        cardinality=text(first(many, "loopCardinality")),
        completion=text(first(many, "completionCondition")),
        behaviour=many.get("behavior") or "All",
        throws=tuple(_throws(many, around)),
        output=emptied.get(results or "", results),
        output_item=_item(result),
    )


def _item(node: etree._Element | None) -> str | None:
    return None if node is None else node.get("name") or node.get("id")


def _throws(many: etree._Element, around: _Around) -> Iterator[tuple[str, Trigger]]:
    """What each turn throws when it ends (BPMN 2.0, section 13.3.7)."""
    for behaviour, attribute, when in (("None", "noneBehaviorEventRef", ""), ("One", "oneBehaviorEventRef", "first")):
        wanted = (many.get(attribute) or "").rpartition(":")[2]
        if many.get("behavior") == behaviour and wanted:
            definition = around.known.get(wanted)
            if definition is not None and local(definition).endswith("EventDefinition"):
                yield when, trigger(definition, around.things)
    if many.get("behavior") == "Complex":
        for holder in children(many, "complexBehaviorDefinition"):
            for event in children(holder, "event"):
                for definition in definitions(event):
                    yield text(first(holder, "condition")) or "false", trigger(definition, around.things)


def _documentation(node: etree._Element) -> str:
    return "\n\n".join(filter(None, (text(part) for part in children(node, "documentation"))))


def _list(told: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (told or "").split(",") if part.strip())
