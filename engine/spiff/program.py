"""A definition set, compiled: SpiffWorkflow's specs, fully wired and never written again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from bpmn.dmn import Decision
from bpmn.dmn import read as decisions_in
from bpmn.model import Element, File, Flow
from bpmn.read import read
from bpmn.sentence import of, say
from engine.spiff.complex import Complex
from engine.spiff.decisions import Rule
from engine.spiff.errors import ProgramRefused
from engine.spiff.events import Catch, Event, EventGateway, Instantiating, Part, Start
from engine.spiff.gateways import Inclusive, Join, reaching
from engine.spiff.loops import Loop, MultiInstance, Repeated
from engine.spiff.nodes import Node, Way
from engine.spiff.parser import Parser
from engine.spiff.stages import EventSubProcess, SubProcess
from engine.spiff.throws import CompensationBoundary

INSIDE = " [inside]"
PROCESS, CALL = full_tag("process"), full_tag("callActivity")


@dataclass(frozen=True)
class Program:
    """What an instance runs on: `spec` of the process, `stages` of all it calls or contains, `elements` by id."""

    key: str
    spec: Any
    stages: Mapping[str, Any]
    elements: Mapping[str, Element]


# What each join of a level knows of each node; a diagram that people read has a few hundred.
MOST_REACHING = 500_000


def compile(files: Sequence[File], key: str) -> Program:
    """The program of process `key`. Raises ProgramRefused when the files hold what the machine cannot execute."""
    parser = Parser()
    elements: dict[str, Element] = {}
    flows: list[Flow] = []
    try:
        for file, root in _needed(files, key):
            parser.add_bpmn_xml(root, file.name)
            for process in read(file):
                for element in process.elements:
                    if element.id in elements:
                        raise ProgramRefused("元素标识重复", element.id)
                    elements[element.id] = element
                flows += process.flows
        specs = _specs(parser, key)
    except ValidationException as error:
        raise ProgramRefused(of(error)) from error
    except etree.XMLSyntaxError as error:
        raise ProgramRefused(say("不是有效的 XML：{error}", error=error)) from error
    decisions: dict[str, Decision] = {}
    for file in files:
        if file.name.endswith(".dmn"):
            decisions |= decisions_in(file)
    for spec in specs.values():
        for node in spec.task_specs.values():
            if isinstance(node, Rule):
                node.decisions = MappingProxyType(decisions)
        _wire(spec, elements, flows)
    for spec in specs.values():
        _listeners(spec, specs)
    specs[key].watches = any(spec.watches for spec in specs.values())
    used = {name for spec in specs.values() for name in spec.task_specs}
    own = {id: element for id, element in elements.items() if id in used}
    return Program(key, specs[key], MappingProxyType(specs), MappingProxyType(own))


def _needed(files: Sequence[File], key: str) -> list[tuple[File, Any]]:
    """The diagrams that the process lies in or calls, directly or not: a deployment may hold all of a house."""
    hardened = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    roots = [(file, etree.fromstring(file.content, hardened)) for file in files if file.name.endswith(".bpmn")]
    places = {process.get("id"): index for index, (_, root) in enumerate(roots) for process in root.iter(PROCESS)}
    needed: set[int] = set()
    todo = [key]
    while todo:
        index = places.get(todo.pop())
        if index is not None and index not in needed:
            needed.add(index)
            todo += [call.get("calledElement", "") for call in roots[index][1].iter(CALL)]
    return [roots[index] for index in sorted(needed)]


def _specs(parser: Parser, key: str) -> dict[str, Any]:
    """The process, what it contains and what it calls, each parsed once."""
    specs: dict[str, Any] = {}
    todo = [key]
    while todo:
        name = todo.pop(0)
        if name in specs:
            continue
        found = parser.process_parsers.get(name)
        if found is None:
            raise ProgramRefused(say("找不到流程“{name}”", name=name))
        spec = specs[name] = found.get_spec()
        todo += [node.spec for node in spec.task_specs.values() if isinstance(node, SubProcess)]
    return specs


def _wire(spec: Any, elements: Mapping[str, Element], flows: Sequence[Flow]) -> None:
    """Gives the nodes of one stage their elements, ways, boundaries and joins."""
    nodes: dict[str, Any] = {name: node for name, node in spec.task_specs.items() if isinstance(node, Node)}
    for part in [node for node in nodes.values() if isinstance(node, Part)]:
        part.element = elements[part.bpmn_id]
        _check(part)
        del nodes[part.name]
    for name, node in nodes.items():
        node.element = elements[name]
        _check(node)
        _check_repetition(node.element)
    for name in [name for name, node in nodes.items() if node.element.multi is not None]:
        nodes[name] = _repeat(spec, nodes[name])
    own = [flow for flow in flows if flow.source in nodes]
    for flow in own:
        if not flow.id or flow.target not in nodes:
            raise ProgramRefused(say("顺序流“{id}”没有标识，或者去向不明", id=flow.id), flow.source)
    arriving: dict[str, list[str]] = {}
    leaving: dict[str, list[Flow]] = {}
    for flow in own:
        arriving.setdefault(flow.target, []).append(flow.id)
        leaving.setdefault(flow.source, []).append(flow)
        nodes[flow.source].connect(nodes[flow.target])
    for name, node in nodes.items():
        node.ways = tuple(
            Way(
                flow.id,
                flow.source,
                flow.target,
                flow.condition,
                flow.id == node.element.default_flow,
                isinstance(nodes[flow.target], Join) and len(arriving[flow.target]) > 1,
            )
            for flow in leaving.get(name, ())
        )
        node.start_quantity, node.completion_quantity = node.element.start_quantity, node.element.completion_quantity
        if isinstance(node, Join):
            node.arriving = tuple(arriving.get(name, ()))
        _attach(spec, nodes, name, node)
        if isinstance(node, EventGateway) and not all(isinstance(nodes[way.target], Catch) for way in node.ways):
            raise ProgramRefused("事件网关之后只能是等待的事件", name)
    joins = [node for node in nodes.values() if isinstance(node, Inclusive | Complex) and len(node.arriving) > 1]
    for node in joins:
        if isinstance(node, Complex) and not node.element.activation:
            raise ProgramRefused("复杂网关没有激活条件（activationCondition）", node.name)
    if len(joins) * len(nodes) > MOST_REACHING:
        reason = say("同一层里 {joins} 个包容或复杂网关、{nodes} 个节点，太多了", joins=len(joins), nodes=len(nodes))
        raise ProgramRefused(reason, joins[0].name)
    spec.inclusive_joins = tuple(node.name for node in joins)
    for name in spec.inclusive_joins:
        nodes[name].reaching = reaching(nodes[name], spec.task_specs)
    spec.event_subprocesses = tuple(name for name, node in nodes.items() if isinstance(node, EventSubProcess))
    spec.watches = any(isinstance(node, Event) and node.event == "conditional" for node in spec.task_specs.values())
    _begin(spec, nodes, elements.get(spec.name), arriving)


def _begin(spec: Any, nodes: Mapping[str, Any], host: Element | None, arriving: Mapping[str, Any]) -> None:
    """Where the stage begins: at a start event, at an event gateway, or, ad hoc, at all that nothing leads to."""
    spec.ad_hoc = host.ad_hoc if host is not None else None
    starts = [node for node in nodes.values() if isinstance(node, Start)]
    gateways = [node for node in nodes.values() if isinstance(node, Instantiating) and node.name not in arriving]
    spec.starts = {node.name: node.name for node in starts}
    spec.starts |= {way.target: node.name for node in gateways for way in node.ways}
    spec.roots = tuple(name for name, node in nodes.items() if name not in arriving and _is_root(node))
    if spec.ad_hoc is not None:
        if not spec.roots:
            raise ProgramRefused("临时子流程里没有可以开始的任务", spec.name)
    elif not starts and not gateways:
        raise ProgramRefused(say("“{name}”没有开始事件", name=spec.name))
    else:
        spec.first = next((node.name for node in starts if node.event is None), (starts or gateways)[0].name)


def _is_root(node: Any) -> bool:
    element: Element = node.element
    return not (element.attached_to or element.for_compensation or isinstance(node, EventSubProcess))


def _attach(spec: Any, nodes: Mapping[str, Any], name: str, node: Any) -> None:
    """Hangs an event on its activity; a compensation event remembers each turn of a repeated one."""
    host = node.element.attached_to
    if host is None:
        return
    if host not in nodes:
        raise ProgramRefused(say("边界事件附着的“{host}”不存在", host=host), name)
    if not isinstance(node, CompensationBoundary):
        nodes[host].boundary = (*nodes[host].boundary, name)
        return
    if node.element.handler not in nodes:
        raise ProgramRefused("补偿边界事件没有用关联线连到补偿任务", name)
    repeated = nodes[host]
    (spec.task_specs[repeated.child] if isinstance(repeated, Repeated) else repeated).compensation = name


def _check(node: Any) -> None:
    """Refuses what would fail or stall at run time."""
    element: Element = node.element
    if isinstance(node, Rule) and element.decision not in node.decisions:
        raise ProgramRefused(say("找不到决策“{decision}”", decision=element.decision), element.id)
    if element.type == "serviceTask" and not element.topic:
        raise ProgramRefused("服务任务没有主题（camunda:topic）", element.id)
    if isinstance(node, Event) and node.event in ("timer", "conditional") and not node.event_value:
        raise ProgramRefused("事件没有时间或条件", element.id)
    if element.type == "scriptTask" and (element.script_format or "feel").lower() != "feel":
        raise ProgramRefused("脚本只能用 FEEL", element.id)


def _check_repetition(element: Element) -> None:
    """Refuses a repetition of which nobody says how often."""
    multi = element.multi
    if multi is None:
        return
    if multi.kind == "loop":
        if multi.cardinality is None and multi.completion is None:
            raise ProgramRefused("循环既没有条件也没有上限", element.id)
        if multi.cardinality is not None and not multi.cardinality.strip().isdigit():
            raise ProgramRefused("循环上限必须是整数", element.id)
    elif multi.collection is None and multi.cardinality is None:
        raise ProgramRefused("多实例既没有集合也没有次数", element.id)


def _repeat(spec: Any, inner: Any) -> Repeated:
    """Puts a host before an activity that repeats: the host keeps name, flows and boundaries."""
    name, multi = inner.name, inner.element.multi
    del spec.task_specs[name]
    inner.name = name + INSIDE
    inner.instance_of = name
    spec.task_specs[inner.name] = inner
    host: Repeated = (Loop if multi.kind == "loop" else MultiInstance)(spec, name)
    host.element, host.multi, host.child = replace(inner.element, inputs=(), outputs=()), multi, inner.name
    return host


def _listeners(spec: Any, specs: Mapping[str, Any]) -> None:
    """Gives each event sub-process the start event that it listens for."""
    for name in spec.event_subprocesses:
        node = spec.task_specs[name]
        inside = specs[node.spec]
        node.trigger = next((n for n in inside.task_specs.values() if isinstance(n, Start)), None)
        if node.trigger is None or node.trigger.event is None:
            raise ProgramRefused("事件子流程的开始事件没有触发方式", name)
        for part in node.trigger.parts:
            # Its tokens stand beside the event sub-process, not inside of it.
            spec.task_specs[part.name] = part
        node.event_name, node.code = node.trigger.event_name, node.trigger.code
