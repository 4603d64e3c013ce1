"""The grammar of BPMN's schema: which element stands in which, with which attributes, and what these may say.

Their order and what is demanded are left alone: other rules say it in the words of the diagram, and files of many
modelers lack something. What the schema does not know at all would be passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from bpmn.markup import BOOLEANS, BPMN, CAMUNDA, local
from bpmn.model import Finding
from bpmn.read import EVENTS, GATEWAYS, STAGES, TASKS
from bpmn.rules.deployment import Deployment, at_node
from bpmn.sentence import Said, say

Words = frozenset[str]


def _words(*told: str) -> Words:
    return frozenset(word for one in told for word in one.split())


BASE = _words("documentation extensionElements")
DATA = _words("dataObject dataObjectReference dataStoreReference")
CHOREOGRAPHIES = _words("choreographyTask callChoreography subChoreography")
FLOW_ELEMENTS = TASKS | STAGES | GATEWAYS | EVENTS | DATA | CHOREOGRAPHIES | {"sequenceFlow"}
ARTIFACTS = _words("association group textAnnotation")
PERFORMERS = _words("resourceRole performer humanPerformer potentialOwner")
TRIGGERS = _words(
    "cancelEventDefinition compensateEventDefinition conditionalEventDefinition errorEventDefinition",
    "escalationEventDefinition linkEventDefinition messageEventDefinition signalEventDefinition",
    "terminateEventDefinition timerEventDefinition",
)
ROOTS = TRIGGERS | _words(
    "category collaboration choreography globalConversation correlationProperty dataStore endPoint error escalation",
    "globalTask globalUserTask globalManualTask globalScriptTask globalBusinessRuleTask globalChoreographyTask",
    "interface itemDefinition message partnerEntity partnerRole process resource signal",
)
TALKS = _words("conversation subConversation callConversation")
_ELEMENT = BASE | _words("auditing monitoring categoryValueRef")
_NODE = _ELEMENT | _words("incoming outgoing")
_LOOPS = _words("standardLoopCharacteristics multiInstanceLoopCharacteristics")
_ACTIVITY = _NODE | PERFORMERS | _LOOPS | _words("ioSpecification property dataInputAssociation dataOutputAssociation")
_EVENT = _NODE | TRIGGERS | _words("property eventDefinitionRef")
_CATCH = _EVENT | _words("dataOutput dataOutputAssociation outputSet")
_THROW = _EVENT | _words("dataInput dataInputAssociation inputSet")
_STAGE = _ACTIVITY | FLOW_ELEMENTS | ARTIFACTS | {"laneSet"}
_CALLED = BASE | _words("supportedInterfaceRef ioSpecification ioBinding")
_TALKING = BASE | ARTIFACTS | TALKS
_TALKING |= _words("participant messageFlow conversationAssociation participantAssociation messageFlowAssociation")
_TALKING |= _words("correlationKey choreographyRef conversationLink")
_STEP = _NODE | _words("participantRef correlationKey")
_CONVERSATION = BASE | _words("participantRef messageFlowRef correlationKey")
_ASSOCIATION = BASE | _words("sourceRef targetRef transformation assignment")
_ROLE = BASE | _words("resourceRef resourceParameterBinding resourceAssignmentExpression")
_EXPRESSION = _words("expression formalExpression")

# What may stand in each element.
INSIDE: Mapping[str, Words] = (
    {tag: _ACTIVITY for tag in TASKS}
    | {tag: _STAGE for tag in STAGES}
    | {tag: _NODE for tag in GATEWAYS}
    | {tag: _CATCH for tag in ("startEvent", "intermediateCatchEvent", "boundaryEvent")}
    | {tag: _THROW for tag in ("endEvent", "intermediateThrowEvent", "implicitThrowEvent")}
    | {tag: BASE for tag in ROOTS}
    | {tag: _CALLED | PERFORMERS for tag in ROOTS if tag.startswith("global")}
    | {tag: _CONVERSATION for tag in TALKS}
    | {tag: _ASSOCIATION for tag in ("dataInputAssociation", "dataOutputAssociation")}
    | {tag: _ROLE for tag in PERFORMERS}
    | {tag: BASE | _EXPRESSION for tag in ("resourceAssignmentExpression", "resourceParameterBinding")}
    | {tag: BASE | {"dataState"} for tag in ("dataInput", "dataOutput", "property", "dataStore")}
    | {tag: _ELEMENT | {"dataState"} for tag in DATA}
    | {tag: BASE | {"participantRef"} for tag in ("partnerEntity", "partnerRole")}
    | {tag: _words("") for tag in ("documentation", "script", "text", "import")}
    | dict.fromkeys(
        _words(
            "auditing monitoring categoryValue participantMultiplicity resourceParameter dataState messageFlow",
            "ioBinding conversationAssociation conversationLink messageFlowAssociation association group rendering",
            "expression formalExpression",
        ),
        BASE,
    )
    | {
        "definitions": ROOTS | _words("import extension relationship"),
        "adHocSubProcess": _STAGE | {"completionCondition"},
        "assignment": BASE | _words("from to"),
        "category": BASE | {"categoryValue"},
        "callChoreography": _STEP | {"participantAssociation"},
        "callConversation": _CONVERSATION | {"participantAssociation"},
        "choreography": _TALKING | FLOW_ELEMENTS,
        "choreographyTask": _STEP | {"messageFlowRef"},
        "collaboration": _TALKING,
        "complexBehaviorDefinition": BASE | _words("condition event"),
        "complexGateway": _NODE | {"activationCondition"},
        "conditionalEventDefinition": BASE | {"condition"},
        "correlationKey": BASE | {"correlationPropertyRef"},
        "correlationProperty": BASE | {"correlationPropertyRetrievalExpression"},
        "correlationPropertyBinding": BASE | {"dataPath"},
        "correlationPropertyRetrievalExpression": BASE | {"messagePath"},
        "correlationSubscription": BASE | {"correlationPropertyBinding"},
        "extension": _words("documentation"),
        "globalChoreographyTask": _TALKING | FLOW_ELEMENTS,
        "globalConversation": _TALKING,
        "globalScriptTask": _CALLED | PERFORMERS | {"script"},
        "globalUserTask": _CALLED | PERFORMERS | {"rendering"},
        "inputSet": BASE | _words("dataInputRefs optionalInputRefs whileExecutingInputRefs outputSetRefs"),
        "interface": BASE | {"operation"},
        "ioSpecification": BASE | _words("dataInput dataOutput inputSet outputSet"),
        "lane": BASE | _words("partitionElement flowNodeRef childLaneSet"),
        "laneSet": BASE | {"lane"},
        "linkEventDefinition": BASE | _words("source target"),
        "messageEventDefinition": BASE | {"operationRef"},
        "multiInstanceLoopCharacteristics": BASE
        | _words("loopCardinality loopDataInputRef loopDataOutputRef inputDataItem outputDataItem")
        | _words("complexBehaviorDefinition completionCondition"),
        "operation": BASE | _words("inMessageRef outMessageRef errorRef"),
        "outputSet": BASE | _words("dataOutputRefs optionalOutputRefs whileExecutingOutputRefs inputSetRefs"),
        "participant": BASE | _words("interfaceRef endPointRef participantMultiplicity"),
        "participantAssociation": BASE | _words("innerParticipantRef outerParticipantRef"),
        "process": _CALLED
        | PERFORMERS
        | FLOW_ELEMENTS
        | ARTIFACTS
        | _words("auditing monitoring property laneSet correlationSubscription supports"),
        "relationship": BASE | _words("source target"),
        "resource": BASE | {"resourceParameter"},
        "scriptTask": _ACTIVITY | {"script"},
        "sequenceFlow": _ELEMENT | {"conditionExpression"},
        "standardLoopCharacteristics": BASE | {"loopCondition"},
        "subChoreography": _STEP | FLOW_ELEMENTS | ARTIFACTS,
        "subConversation": _CONVERSATION | TALKS,
        "textAnnotation": BASE | {"text"},
        "timerEventDefinition": BASE | _words("timeDate timeCycle timeDuration"),
        "userTask": _ACTIVITY | {"rendering"},
    }
)
_NAMED = _words("name")
_ACTING = _words("name isForCompensation startQuantity completionQuantity default")
_GATE = _words("name gatewayDirection")
_CHOREOGRAPHED = _words("name initiatingParticipantRef loopType")
_TYPED = _words("name itemSubjectRef")
_SERVING = _ACTING | _words("implementation operationRef")

# Attributes beside `id`; an element that is not here has no other.
ATTRIBUTES: Mapping[str, Words] = (
    {tag: _ACTING for tag in TASKS}
    | {tag: _ACTING | {"triggeredByEvent"} for tag in STAGES}
    | {tag: _GATE for tag in GATEWAYS}
    | {tag: _GATE | {"default"} for tag in ("exclusiveGateway", "inclusiveGateway", "complexGateway")}
    | {tag: _CHOREOGRAPHED for tag in CHOREOGRAPHIES}
    | dict.fromkeys(EVENTS | PERFORMERS | TALKS, _NAMED)
    | dict.fromkeys(
        _words(
            "category correlationKey dataState globalTask globalManualTask inputSet outputSet laneSet partnerEntity",
            "partnerRole resource linkEventDefinition",
        ),
        _NAMED,
    )
    | {tag: _TYPED | {"isCollection"} for tag in ("dataInput", "dataOutput", "dataObject")}
    | {tag: _NAMED | {"isClosed"} for tag in ("choreography", "collaboration", "globalConversation")}
    | {tag: _words("name implementation") for tag in ("globalBusinessRuleTask", "globalUserTask")}
    | {
        "adHocSubProcess": _ACTING | _words("triggeredByEvent cancelRemainingInstances ordering"),
        "association": _words("sourceRef targetRef associationDirection"),
        "boundaryEvent": _words("name parallelMultiple cancelActivity attachedToRef"),
        "businessRuleTask": _ACTING | {"implementation"},
        "callActivity": _ACTING | {"calledElement"},
        "callChoreography": _CHOREOGRAPHED | {"calledChoreographyRef"},
        "callConversation": _words("name calledCollaborationRef"),
        "categoryValue": _words("value"),
        "compensateEventDefinition": _words("waitForCompletion activityRef"),
        "conversationAssociation": _words("innerConversationNodeRef outerConversationNodeRef"),
        "conversationLink": _words("name sourceRef targetRef"),
        "correlationProperty": _words("name type"),
        "correlationPropertyBinding": _words("correlationPropertyRef"),
        "correlationPropertyRetrievalExpression": _words("messageRef"),
        "correlationSubscription": _words("correlationKeyRef"),
        "dataObjectReference": _TYPED | {"dataObjectRef"},
        "dataStore": _TYPED | _words("capacity isUnlimited"),
        "dataStoreReference": _TYPED | {"dataStoreRef"},
        "definitions": _words("name targetNamespace expressionLanguage typeLanguage exporter exporterVersion"),
        "documentation": _words("textFormat"),
        "error": _words("name errorCode structureRef"),
        "errorEventDefinition": _words("errorRef"),
        "escalation": _words("name escalationCode structureRef"),
        "escalationEventDefinition": _words("escalationRef"),
        "eventBasedGateway": _GATE | _words("instantiate eventGatewayType"),
        "extension": _words("definition mustUnderstand"),
        "formalExpression": _words("language evaluatesToTypeRef"),
        "globalChoreographyTask": _words("name isClosed initiatingParticipantRef"),
        "globalScriptTask": _words("name scriptLanguage"),
        "group": _words("categoryValueRef"),
        "import": _words("namespace location importType"),
        "interface": _words("name implementationRef"),
        "intermediateCatchEvent": _words("name parallelMultiple"),
        "ioBinding": _words("operationRef inputDataRef outputDataRef"),
        "itemDefinition": _words("structureRef isCollection itemKind"),
        "lane": _words("name partitionElementRef"),
        "message": _words("name itemRef"),
        "messageEventDefinition": _words("messageRef"),
        "messageFlow": _words("name sourceRef targetRef messageRef"),
        "messageFlowAssociation": _words("innerMessageFlowRef outerMessageFlowRef"),
        "multiInstanceLoopCharacteristics": _words("isSequential behavior oneBehaviorEventRef noneBehaviorEventRef"),
        "operation": _words("name implementationRef"),
        "participant": _words("name processRef"),
        "participantMultiplicity": _words("minimum maximum"),
        "process": _words("name processType isClosed isExecutable definitionalCollaborationRef"),
        "property": _TYPED,
        "receiveTask": _SERVING | _words("instantiate messageRef"),
        "relationship": _words("type direction"),
        "resourceParameter": _words("name type isRequired"),
        "resourceParameterBinding": _words("parameterRef"),
        "scriptTask": _ACTING | {"scriptFormat"},
        "sendTask": _SERVING | {"messageRef"},
        "sequenceFlow": _words("name sourceRef targetRef isImmediate"),
        "serviceTask": _SERVING,
        "signal": _words("name structureRef"),
        "signalEventDefinition": _words("signalRef"),
        "standardLoopCharacteristics": _words("testBefore loopMaximum"),
        "startEvent": _words("name parallelMultiple isInterrupting"),
        "textAnnotation": _words("textFormat"),
        "transaction": _ACTING | _words("triggeredByEvent method"),
        "userTask": _ACTING | {"implementation"},
    }
)
# Elements that the schema makes of a type, and only where they stand.
LOCAL: Mapping[str, str] = dict.fromkeys(
    _words(
        "activationCondition completionCondition condition conditionExpression dataPath from to loopCardinality",
        "loopCondition messagePath timeCycle timeDate timeDuration transformation",
    ),
    "formalExpression",
) | {"childLaneSet": "laneSet", "inputDataItem": "dataInput", "outputDataItem": "dataOutput"}
# Where anything may stand that is written in another way.
OPAQUE = _words("extensionElements documentation script text partitionElement complexBehaviorDefinition rendering")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "associationDirection": ("None", "One", "Both"),
    "behavior": ("None", "One", "All", "Complex"),
    "eventGatewayType": ("Exclusive", "Parallel"),
    "gatewayDirection": ("Unspecified", "Converging", "Diverging", "Mixed"),
    "itemKind": ("Information", "Physical"),
    "ordering": ("Parallel", "Sequential"),
    "processType": ("None", "Public", "Private"),
}
KNOWN = frozenset(INSIDE) | frozenset(word for words in INSIDE.values() for word in words)


def grammar(deployment: Deployment) -> Iterator[Finding]:
    """Every element and attribute is one of BPMN's, stands where it may, and says what it can say."""
    for diagram in deployment.diagrams:
        waiting = [diagram.drawn]
        while waiting:
            node = waiting.pop()
            for attribute, value in node.attrib.items():
                message = _attribute(node, str(attribute), str(value))
                if message:
                    yield at_node("error", "attribute", diagram.file, node, message)
            if local(node) in OPAQUE:
                continue
            for child in node.iterchildren(etree.Element):
                misplaced = _element(node, child)
                if misplaced:
                    yield at_node("error", misplaced[0], diagram.file, child, misplaced[1])
                elif str(child.tag).startswith(BPMN):
                    waiting.append(child)


def _element(node: etree._Element, child: etree._Element) -> tuple[str, Said] | None:
    tag, holder = local(child), local(node)
    if str(child.tag).startswith(CAMUNDA):
        return "misplaced", say("camunda:{tag} 只在 extensionElements 里起作用，请移进去，或删去。", tag=tag)
    if not str(child.tag).startswith(BPMN) or tag in INSIDE.get(LOCAL.get(holder, holder), BASE):
        return None
    if tag not in KNOWN:
        return "unknown-element", say("BPMN 没有 {tag} 这种元素，请改正，或删去。", tag=tag[:80])
    return "misplaced", say("{tag} 不能放在 {holder} 里，请移到该放的地方，或删去。", tag=tag, holder=holder)


def _attribute(node: etree._Element, name: str, value: str) -> Said:
    tag = local(node)
    if name.startswith("{"):
        return ""
    if name != "id" and name not in ATTRIBUTES.get(LOCAL.get(tag, tag), ()):
        return say("{tag} 没有 {name} 这个属性，请改正，或删去。", tag=tag, name=name[:80])
    if name in BOOLEANS and value not in ("true", "false"):
        return say("{name} 只能是 true 或 false，不能是“{value}”，请改正。", name=name, value=value[:80])
    if name in CHOICES and value not in CHOICES[name]:
        return say("{name} 只能是 {known}，不能是“{value}”，请改正。", name=name, known=CHOICES[name], value=value[:80])
    return ""
