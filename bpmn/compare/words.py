"""What people call the facts of a diagram and of a decision."""

from __future__ import annotations

import re
from functools import lru_cache

# Path (a regular expression) -> word; the group of the expression, where it has one, is told beside the word.
WORDS: tuple[tuple[str, str], ...] = (
    (r"@name", "name"),
    (r"@id", "id"),
    (r"documentation(?:#\d+)?", "documentation"),
    (r"extensionElements/camunda:properties/camunda:property\[clause\]/@value", "clause"),
    (r"extensionElements/camunda:properties/camunda:property\[role\]/@value", "role"),
    (r"extensionElements/camunda:properties/camunda:property\[onBehalf\]/@value", "on_behalf"),
    (r"extensionElements/camunda:properties/camunda:property\[payload\]/@value", "payload"),
    (r"extensionElements/camunda:properties/camunda:property\[differentFrom\]/@value", "different_from"),
    (r"extensionElements/camunda:properties/camunda:property\[outputCollection\]/@value", "collected"),
    (r"extensionElements/camunda:properties/camunda:property\[(.*)\](?:#\d+)?/@value", "property"),
    (r"extensionElements/camunda:inputOutput/camunda:inputParameter\[(.*?)\](?:#\d+)?(?:/.*)?", "input"),
    (r"extensionElements/camunda:inputOutput/camunda:outputParameter\[(.*?)\](?:#\d+)?(?:/.*)?", "output"),
    (r"extensionElements/camunda:in(?:\[(.*?)\])?(?:#\d+)?(?:/@.*)?", "passed_in"),
    (r"extensionElements/camunda:out(?:\[(.*?)\])?(?:#\d+)?(?:/@.*)?", "passed_out"),
    (r"@camunda:formRef", "form"),
    (r"@camunda:(?:formRefBinding|formRefVersion|formKey)", "form_binding"),
    (r"@camunda:candidateGroups", "roles"),
    (r"@camunda:candidateUsers", "candidates"),
    (r"@camunda:assignee", "assignee"),
    (r"@camunda:dueDate", "due"),
    (r"@camunda:followUpDate", "follow_up"),
    (r"@camunda:priority", "priority"),
    (r"@camunda:topic", "topic"),
    (r"@camunda:resultVariable", "result_variable"),
    (r"@camunda:decisionRef", "decision"),
    (r"@calledElement", "called"),
    (r"@camunda:versionTag", "version_tag"),
    (r"@isExecutable", "executable"),
    (r"conditionExpression", "condition"),
    (r"@default", "default"),
    (r"@sourceRef", "source"),
    (r"@targetRef", "target"),
    (r"@attachedToRef", "attached"),
    (r"@(?:cancelActivity|isInterrupting)", "interrupting"),
    (r"timerEventDefinition(?:#\d+)?/timeDuration", "duration"),
    (r"timerEventDefinition(?:#\d+)?/timeDate", "date"),
    (r"timerEventDefinition(?:#\d+)?/timeCycle", "cycle"),
    (r"(?:messageEventDefinition(?:#\d+)?/)?@messageRef", "message"),
    (r"signalEventDefinition(?:#\d+)?/@signalRef", "signal"),
    (r"errorEventDefinition(?:#\d+)?/@errorRef", "error"),
    (r"escalationEventDefinition(?:#\d+)?/@escalationRef", "escalation"),
    (r"conditionalEventDefinition(?:#\d+)?/condition", "event_condition"),
    (r"linkEventDefinition(?:#\d+)?/@name", "link"),
    (r"(?:error|escalation)EventDefinition(?:#\d+)?/@camunda:(.*Variable)", "output"),
    (r"(\w+EventDefinition)(?:#\d+)?", "trigger"),
    (r"@(?:errorCode|escalationCode)", "code"),
    (r"multiInstanceLoopCharacteristics/@isSequential", "sequential"),
    (r"multiInstanceLoopCharacteristics/@camunda:collection", "collection"),
    (r"multiInstanceLoopCharacteristics/@camunda:elementVariable", "item"),
    (r"multiInstanceLoopCharacteristics/loopCardinality", "times"),
    (r"(?:multiInstanceLoopCharacteristics/)?completionCondition", "completion"),
    (r"multiInstanceLoopCharacteristics", "multi"),
    (r"standardLoopCharacteristics/@loopMaximum", "times"),
    (r"standardLoopCharacteristics/loopCondition", "loop"),
    (r"standardLoopCharacteristics(?:/@testBefore)?", "loop_kind"),
    (r"script", "script"),
    (r"@scriptFormat", "script_format"),
    (r"text", "text"),
    (r"(?:ioSpecification|property|dataInputAssociation|dataOutputAssociation)\b(.*)", "data"),
    # Decisions
    (r"decisionTable/@hitPolicy", "hit"),
    (r"decisionTable/@aggregation", "aggregation"),
    (r"literalExpression/text", "literal"),
    (r"variable/@(name|typeRef)", "variable"),
    (r"(?:\w+Requirement)(?:#\d+)?/\w+/@href", "requires"),
    (r"inputExpression/text", "expression"),
    (r"(?:inputExpression/)?@typeRef", "type"),
    (r"@label", "label"),
    (r"(?:inputValues|outputValues|allowedValues)/text", "values"),
    (r"defaultOutputEntry/text", "default_value"),
    (r"inputEntry\[(.*)\](?:#\d+)?/text", "test"),
    (r"outputEntry\[(.*)\](?:#\d+)?/text", "result"),
    (r"description|annotationEntry(?:#\d+)?/text", "remark"),
    # What reading a diagram adds
    ("type", "tag"),
    ("lane", "lane"),
    ("parent", "parent"),
)
_patterns = tuple((re.compile(pattern, re.DOTALL), word) for pattern, word in WORDS)


@lru_cache(maxsize=4096)
def word(path: str) -> tuple[str, str]:
    """The word for a fact and the name that goes with it; what has no word is "other", with its path."""
    for pattern, found in _patterns:
        match = pattern.fullmatch(path)
        if match:
            return found, next((group for group in match.groups() if group), "")
    return "other", path
