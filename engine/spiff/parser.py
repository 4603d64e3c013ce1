"""SpiffWorkflow's parser in Camunda's flavour, with our nodes.

Nodes are made in the order of the file and wired afterwards: SpiffWorkflow follows flows recursively, drops what
nothing leads to, and wires some nodes only when they first run.
"""

from __future__ import annotations

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import EventDefinitionParser
from SpiffWorkflow.bpmn.parser.node_parser import DEFAULT_NSMAP
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.event_definitions import (
    ConditionalEventDefinition,
    ErrorEventDefinition,
    EscalationEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from bpmn.sentence import say
from engine.spiff.adhoc import AdHoc
from engine.spiff.complex import Complex
from engine.spiff.decisions import Rule
from engine.spiff.events import Boundary, Catch, Event, EventGateway, Instantiating, Part, Start
from engine.spiff.gateways import Exclusive, Inclusive, Parallel
from engine.spiff.nodes import Job, Pass, Script, UserTask
from engine.spiff.stages import EventSubProcess, SubProcess
from engine.spiff.throws import CompensationBoundary, End, Throw

COMPENSATE = full_tag("compensateEventDefinition")
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
NAMESPACES = {**DEFAULT_NSMAP, "camunda": CAMUNDA}
EVENTS = {
    full_tag(f"{kind}EventDefinition"): kind
    for kind in (
        *("timer", "message", "signal", "error", "escalation", "conditional"),
        *("terminate", "cancel", "compensate", "link"),
    )
}
# Of these SpiffWorkflow need read nothing.
BARE = frozenset({"terminate", "cancel", "compensate", "link"})


class NodeParser(TaskParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Makes the node of an element; loops, boundaries and flows are wired by `program`."""

    def raise_validation_exception(self, message: Any, node: Any = None) -> None:
        """SpiffWorkflow calls it with a node that its own does not take."""
        raise ValidationException(message, self.node if node is None else node, self.filename)

    def _get_lane(self) -> None:
        """Nothing: roles come from `bpmn.read`, which knows lanes inside sub-processes too."""

    @property
    def bpmn_attributes(self) -> dict[str, Any]:
        return {"bpmn_name": self.node.get("name"), "documentation": self.parse_documentation()}

    def parse_extensions(self, node: Any = None) -> dict[str, Any]:
        """Every camunda attribute, property and parameter of the element."""
        prefix = f"{{{CAMUNDA}}}"
        found: dict[str, Any] = {k[len(prefix) :]: v for k, v in self.node.attrib.items() if k.startswith(prefix)}
        found["properties"] = {
            p.get("name"): p.get("value")
            for p in self.xpath("./bpmn:extensionElements/camunda:properties/camunda:property")
        }
        for kind in ("input", "output"):
            path = f"./bpmn:extensionElements/camunda:inputOutput/camunda:{kind}Parameter"
            found[kind] = {p.get("name"): p.text or "" for p in self.xpath(path)}
        return found

    def parse_node(self) -> Any:
        self.task = self.create_task()
        self.task.extensions = self.parse_extensions()
        return self.task


class StageParser(NodeParser):
    """Sub-process or call activity."""

    def create_task(self) -> Any:
        called = self.node.get("calledElement")
        if called is None:
            self.process_parser.parser.create_parser(self.node, filename=self.filename)
            called = self.bpmn_id
        by_event = self.node.get("triggeredByEvent") == "true"
        cls = EventSubProcess if by_event else self.spec_class
        return cls(self.spec, self.bpmn_id, subworkflow_spec=called, **self.bpmn_attributes)


class RuleParser(NodeParser):
    """A business rule task: a decision, or work for outside when it has a topic."""

    def create_task(self) -> Any:
        cls = Job if self.node.get(f"{{{CAMUNDA}}}topic") else self.spec_class
        return cls(self.spec, self.bpmn_id, **self.bpmn_attributes)


class GatewayParser(NodeParser):
    """An event gateway, that an instance may begin at."""

    def create_task(self) -> Any:
        cls = Instantiating if self.node.get("instantiate") == "true" else self.spec_class
        return cls(self.spec, self.bpmn_id, **self.bpmn_attributes)


class EventParser(NodeParser, EventDefinitionParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """An event, or a send or receive task."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event_nodes: list[Any] = []

    def create_task(self) -> Any:
        if self.node.tag == full_tag("sendTask") and self.node.get(f"{{{CAMUNDA}}}topic"):
            return Job(self.spec, self.bpmn_id, **self.bpmn_attributes)
        task: Event = self.event_class()(self.spec, self.bpmn_id, **self.bpmn_attributes)
        for attribute in ("cancelActivity", "isInterrupting"):
            if self.node.get(attribute) == "false":
                task.interrupting = False
        if self.node.get("messageRef"):
            self.read_definition(task, "message", self.node)
        definitions = [child for child in self.node if isinstance(child.tag, str) and "EventDefinition" in child.tag]
        for child in definitions:
            if child.tag not in EVENTS:
                self.raise_validation_exception(say("不支持事件 {kind}", kind=etree.QName(child).localname))
        if len(definitions) == 1:
            self.read_definition(task, EVENTS[definitions[0].tag], definitions[0])
        elif definitions:
            task.event, task.parts = "multiple", tuple(self.part(n, child) for n, child in enumerate(definitions))
        return task

    def event_class(self) -> Any:
        """A compensation event remembers; an instance may begin at a receive task."""
        if self.spec_class is Boundary and any(child.tag == COMPENSATE for child in self.node):
            return CompensationBoundary
        if self.spec_class is Catch and self.node.get("instantiate") == "true":
            return Start
        return self.spec_class

    def part(self, number: int, definition: Any) -> Part:
        """One of several triggers."""
        part = Part(self.spec, f"{self.bpmn_id} [{number}]", **self.bpmn_attributes)
        part.bpmn_id = self.bpmn_id
        self.read_definition(part, EVENTS[definition.tag], definition)
        return part

    def read_definition(self, task: Event, kind: str, node: Any) -> None:
        """Keeps what SpiffWorkflow reads of an event definition."""
        task.event = kind
        if kind in BARE:
            return
        definition = getattr(self, f"parse_{kind}_event")(node)
        if isinstance(definition, TimerEventDefinition | ConditionalEventDefinition):
            task.event_value = (definition.expression or "").strip()
        elif isinstance(definition, ErrorEventDefinition | EscalationEventDefinition):
            task.code = definition.code
        else:
            task.event_name = definition.name


class Stages(ProcessParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Parses a process or the inside of a sub-process, without following its flows."""

    def _parse(self) -> None:
        self.spec = self.create_spec()
        for node in self.node:
            if isinstance(node.tag, str) and node.tag in self.parser.OVERRIDE_PARSER_CLASSES:
                if node.get("id") in (None, *self.spec.task_specs):
                    raise ValidationException("元素没有标识，或标识重复", node=node, file_name=self.filename)
                self.parse_node(node)
            elif isinstance(node.tag, str) and node.tag in self.parser.PARSER_CLASSES:
                raise ValidationException(
                    say("不支持 {kind}", kind=etree.QName(node).localname), node=node, file_name=self.filename
                )

    def create_spec(self) -> Any:
        made = BpmnProcessSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)
        # It comes with nodes of its own that stand for nothing drawn. Snapshots name the first of them, "Start"; where
        # the diagram has an element of that id, it gets a name that no id can be.
        made.task_specs.clear()
        made.start.name = " Start" if any(node.get("id") == "Start" for node in self.node) else "Start"
        made.task_specs[made.start.name] = made.start
        return made


class Parser(BpmnParser):  # type: ignore[misc]  # SpiffWorkflow is untyped
    """Parses a definition set. One for each set: its caches know files by memory address."""

    PROCESS_PARSER_CLASS = Stages
    OVERRIDE_PARSER_CLASSES = {
        full_tag(tag): entry
        for tag, entry in {
            "startEvent": (EventParser, Start),
            "endEvent": (EventParser, End),
            "intermediateCatchEvent": (EventParser, Catch),
            "intermediateThrowEvent": (EventParser, Throw),
            "boundaryEvent": (EventParser, Boundary),
            "receiveTask": (EventParser, Catch),
            "sendTask": (EventParser, Throw),
            "eventBasedGateway": (GatewayParser, EventGateway),
            "complexGateway": (NodeParser, Complex),
            "exclusiveGateway": (NodeParser, Exclusive),
            "parallelGateway": (NodeParser, Parallel),
            "inclusiveGateway": (NodeParser, Inclusive),
            "userTask": (NodeParser, UserTask),
            "task": (NodeParser, Pass),
            "manualTask": (NodeParser, Pass),
            "scriptTask": (NodeParser, Script),
            "serviceTask": (NodeParser, Job),
            "businessRuleTask": (RuleParser, Rule),
            "subProcess": (StageParser, SubProcess),
            "transaction": (StageParser, SubProcess),
            "callActivity": (StageParser, SubProcess),
            "adHocSubProcess": (StageParser, AdHoc),
        }.items()
    }

    def __init__(self) -> None:
        super().__init__(namespaces=NAMESPACES, spec_descriptions={})
