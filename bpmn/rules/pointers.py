"""Every reference of a file leads to something of the right kind (BPMN 2.0, the classes' attributes of type reference).

A reference with another name space's prefix (`xsd:string`) leads out of the file and is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.markup import children, local, text
from bpmn.model import Finding
from bpmn.read import EVENTS, GATEWAYS, STAGES, TASKS
from bpmn.rules.deployment import Deployment, Diagram, at_node
from bpmn.sentence import say

ACTIVITIES = TASKS | STAGES
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS
DATA = frozenset(
    ["property", "dataObject", "dataObjectReference", "dataInput", "dataOutput", "dataStore", "dataStoreReference"]
)
DEFINITIONS = frozenset(
    f"{kind}EventDefinition"
    for kind in (
        *("link", "error", "terminate", "cancel", "message", "compensate"),
        *("escalation", "timer", "conditional", "signal"),
    )
)
PARTNERS = frozenset(["participant", "lane"]) | ACTIVITIES | EVENTS
SERVICES = ("serviceTask", "sendTask", "receiveTask", "messageEventDefinition", "ioBinding", "businessRuleTask")
SUBJECTS = (*DATA, "inputDataItem", "outputDataItem")
FORMAL = (
    *("conditionExpression", "condition", "completionCondition", "loopCardinality", "loopCondition", "from", "to"),
    *("activationCondition", "timeDate", "timeDuration", "timeCycle", "transformation", "messagePath", "dataPath"),
    "formalExpression",
)
TALKS = frozenset(["conversation", "subConversation", "callConversation"])
CHOREOGRAPHED = ("choreographyTask", "callChoreography", "subChoreography")
CALLABLE = ("globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask")
ANY: frozenset[str] = frozenset()


def _only(tag: str) -> frozenset[str]:
    return frozenset([tag])


# (element, attribute or child element that refers) -> what may be referred to; ANY: whatever has the id.
ATTRIBUTES: dict[tuple[str, str], frozenset[str]] = {
    ("association", "sourceRef"): ANY,
    ("association", "targetRef"): ANY,
    ("group", "categoryValueRef"): _only("categoryValue"),
    ("correlationProperty", "type"): _only("itemDefinition"),
    ("correlationPropertyRetrievalExpression", "messageRef"): _only("message"),
    ("correlationSubscription", "correlationKeyRef"): _only("correlationKey"),
    ("correlationPropertyBinding", "correlationPropertyRef"): _only("correlationProperty"),
    ("error", "structureRef"): _only("itemDefinition"),
    ("escalation", "structureRef"): _only("itemDefinition"),
    ("signal", "structureRef"): _only("itemDefinition"),
    ("message", "itemRef"): _only("itemDefinition"),
    ("resourceParameter", "type"): _only("itemDefinition"),
    ("sequenceFlow", "sourceRef"): FLOW_NODES,
    ("sequenceFlow", "targetRef"): FLOW_NODES,
    ("participant", "processRef"): _only("process"),
    ("messageFlow", "sourceRef"): PARTNERS,
    ("messageFlow", "targetRef"): PARTNERS,
    ("messageFlow", "messageRef"): _only("message"),
    ("process", "definitionalCollaborationRef"): _only("collaboration"),
    ("resourceParameterBinding", "parameterRef"): _only("resourceParameter"),
    ("ioBinding", "inputDataRef"): frozenset(["dataInput", "inputSet"]),
    ("ioBinding", "outputDataRef"): frozenset(["dataOutput", "outputSet"]),
    ("dataObjectReference", "dataObjectRef"): _only("dataObject"),
    ("dataStoreReference", "dataStoreRef"): _only("dataStore"),
    ("boundaryEvent", "attachedToRef"): ACTIVITIES,
    ("compensateEventDefinition", "activityRef"): ACTIVITIES,
    ("errorEventDefinition", "errorRef"): _only("error"),
    ("escalationEventDefinition", "escalationRef"): _only("escalation"),
    ("signalEventDefinition", "signalRef"): _only("signal"),
    ("multiInstanceLoopCharacteristics", "oneBehaviorEventRef"): DEFINITIONS,
    ("multiInstanceLoopCharacteristics", "noneBehaviorEventRef"): DEFINITIONS,
    ("lane", "partitionElementRef"): ANY,
    ("conversationLink", "sourceRef"): PARTNERS | TALKS,
    ("conversationLink", "targetRef"): PARTNERS | TALKS,
    ("callConversation", "calledCollaborationRef"): frozenset(["collaboration", "globalConversation"]),
    ("callChoreography", "calledChoreographyRef"): frozenset(["choreography", "globalChoreographyTask"]),
    ("conversationAssociation", "innerConversationNodeRef"): TALKS,
    ("conversationAssociation", "outerConversationNodeRef"): TALKS,
    ("messageFlowAssociation", "innerMessageFlowRef"): _only("messageFlow"),
    ("messageFlowAssociation", "outerMessageFlowRef"): _only("messageFlow"),
} | {
    **{(tag, "initiatingParticipantRef"): _only("participant") for tag in (*CHOREOGRAPHED, "globalChoreographyTask")},
    **{(tag, "default"): _only("sequenceFlow") for tag in ACTIVITIES | GATEWAYS},
    **{(tag, "operationRef"): _only("operation") for tag in SERVICES},
    **{(tag, "messageRef"): _only("message") for tag in ("sendTask", "receiveTask", "messageEventDefinition")},
    **{(tag, "itemSubjectRef"): _only("itemDefinition") for tag in SUBJECTS},
    **{(tag, "evaluatesToTypeRef"): _only("itemDefinition") for tag in FORMAL},
}
CHILDREN: dict[tuple[str, str], frozenset[str]] = {
    ("correlationKey", "correlationPropertyRef"): _only("correlationProperty"),
    ("operation", "inMessageRef"): _only("message"),
    ("operation", "outMessageRef"): _only("message"),
    ("operation", "errorRef"): _only("error"),
    ("collaboration", "choreographyRef"): _only("choreography"),
    ("participant", "interfaceRef"): _only("interface"),
    ("participant", "endPointRef"): _only("endPoint"),
    ("lane", "flowNodeRef"): ANY,
    ("partnerEntity", "participantRef"): _only("participant"),
    ("partnerRole", "participantRef"): _only("participant"),
    ("participantAssociation", "innerParticipantRef"): _only("participant"),
    ("participantAssociation", "outerParticipantRef"): _only("participant"),
    ("process", "supports"): _only("process"),
    ("process", "supportedInterfaceRef"): _only("interface"),
    ("messageEventDefinition", "operationRef"): _only("operation"),
    ("multiInstanceLoopCharacteristics", "loopDataInputRef"): DATA,
    ("multiInstanceLoopCharacteristics", "loopDataOutputRef"): DATA,
    ("inputSet", "dataInputRefs"): _only("dataInput"),
    ("inputSet", "optionalInputRefs"): _only("dataInput"),
    ("inputSet", "whileExecutingInputRefs"): _only("dataInput"),
    ("inputSet", "outputSetRefs"): _only("outputSet"),
    ("outputSet", "dataOutputRefs"): _only("dataOutput"),
    ("outputSet", "optionalOutputRefs"): _only("dataOutput"),
    ("outputSet", "whileExecutingOutputRefs"): _only("dataOutput"),
    ("outputSet", "inputSetRefs"): _only("inputSet"),
    ("linkEventDefinition", "source"): _only("linkEventDefinition"),
    ("linkEventDefinition", "target"): _only("linkEventDefinition"),
} | {
    **{(tag, "resourceRef"): _only("resource") for tag in ("performer", "humanPerformer", "potentialOwner")},
    **{("resourceRole", "resourceRef"): _only("resource")},
    **{(tag, "participantRef"): _only("participant") for tag in (*TALKS, *CHOREOGRAPHED)},
    **{(tag, "messageFlowRef"): _only("messageFlow") for tag in (*TALKS, "choreographyTask")},
    **{(tag, "supportedInterfaceRef"): _only("interface") for tag in CALLABLE},
    **{
        (tag, end): DATA
        for tag in ("dataInputAssociation", "dataOutputAssociation")
        for end in ("sourceRef", "targetRef")
    },
    **{(tag, "eventDefinitionRef"): DEFINITIONS for tag in EVENTS},
    **{(tag, end): _only("sequenceFlow") for tag in (*FLOW_NODES, *CHOREOGRAPHED) for end in ("incoming", "outgoing")},
    **{(tag, "categoryValueRef"): _only("categoryValue") for tag in (*FLOW_NODES, "sequenceFlow", *DATA)},
}
TOLD_ELSEWHERE = frozenset([("sequenceFlow", "sourceRef"), ("sequenceFlow", "targetRef")])
"""`references.flows` says of these which flow and which end; here only the kind of what is there is looked at."""


def pointers(deployment: Deployment) -> Iterator[Finding]:
    """Each reference leads to something of the right kind in its file."""
    for diagram in deployment.diagrams:
        for node in diagram.drawn.iter(etree.Element):
            tag = local(node)
            for attribute, value in node.attrib.items():
                wanted = ATTRIBUTES.get((tag, str(attribute)))
                if wanted is not None:
                    yield from _follow(diagram, node, node, str(attribute), str(value), wanted)
            for child in children(node):
                wanted = CHILDREN.get((tag, local(child)))
                if wanted is not None:
                    yield from _follow(diagram, node, child, local(child), text(child) or "", wanted)


def _follow(
    diagram: Diagram, node: etree._Element, at: etree._Element, name: str, value: str, wanted: frozenset[str]
) -> Iterator[Finding]:
    prefix, _, id = value.strip().rpartition(":")
    space = node.nsmap.get(prefix) if prefix else None
    if prefix and space is not None and space != diagram.drawn.get("targetNamespace"):
        return
    target = diagram.by_id.get(id)
    if target is None:
        if (local(node), name) not in TOLD_ELSEWHERE:
            message = say(
                "{name} 所指的“{value}”不存在，请改正，或在建模器中重新保存。", name=name, value=value.strip()
            )
            yield at_node("error", "dangling-reference", diagram.file, at, message)
    elif wanted and local(target) not in wanted:
        message = say(
            "{name} 所指的“{id}”是 {target}，不能用在这里，请改指别的元素。", name=name, id=id, target=local(target)
        )
        yield at_node("error", "wrong-reference", diagram.file, at, message)


def flow_lists(deployment: Deployment) -> Iterator[Finding]:
    """`incoming` and `outgoing` say what the flows say. A file that writes none of them at all is taken as it is."""
    for diagram in deployment.diagrams:
        listed: dict[str, set[tuple[str, str]]] = {"incoming": set(), "outgoing": set()}
        for node in diagram.drawn.iter(etree.Element):
            for ref in children(node, "incoming", "outgoing"):
                listed[local(ref)].add((str(node.get("id")), text(ref) or ""))
        told = bool(listed["incoming"] or listed["outgoing"])
        for flow in diagram.named("sequenceFlow"):
            for end, name in (("sourceRef", "outgoing"), ("targetRef", "incoming")):
                pair = ((flow.get(end) or "").strip(), str(flow.get("id")))
                if told and pair not in listed[name] and pair[0] in diagram.by_id:
                    message = say("“{pair}”的 {name} 中没有这条顺序流，请在建模器中重新保存。", pair=pair[0], name=name)
                    yield at_node("error", "flow-list", diagram.file, flow, message)
                listed[name].discard(pair)
        for name, left in listed.items():
            for id, flow_id in sorted(left):
                found = diagram.by_id.get(flow_id)
                if found is not None and local(found) == "sequenceFlow":
                    verb = say("进入") if name == "incoming" else say("离开")
                    message = say(
                        "{name} 中的顺序流“{flow_id}”并不{verb}这里，请在建模器中重新保存。",
                        name=name,
                        flow_id=flow_id,
                        verb=verb,
                    )
                    yield at_node("error", "flow-list", diagram.file, diagram.by_id.get(id, found), message)
