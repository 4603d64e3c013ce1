"""Paths: everything can be reached, and everything can end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bpmn.model import Element, Finding, Process
from bpmn.read import STAGES
from bpmn.rules.deployment import Deployment, at_element
from bpmn.sentence import say


def starts(deployment: Deployment) -> Iterator[Finding]:
    """One plain start in each process and sub-process; one triggered start in an event sub-process.

    A process that nobody executes may be empty: it stands for a pool that is drawn beside the others."""
    drawn = any(process.elements for process in deployment.processes)
    for process in deployment.processes:
        if process.elements or process.executable or not drawn:
            yield from _starts(process, None)
        for element in process.elements:
            if element.type == "subProcess":
                yield from _starts(process, element)


def _starts(process: Process, stage: Element | None) -> Iterator[Finding]:
    id = None if stage is None else stage.id
    found = [e for e in process.inside(id) if e.type == "startEvent"]
    plain = [e for e in found if e.event is None]
    place = say("流程") if stage is None else say("子流程“{name}”", name=stage.name or stage.id)
    line = process.line if stage is None else stage.line
    element = process.key if stage is None else stage.id
    if not found and any(e.instantiates for e in process.inside(id)):
        return
    if not found:
        message = say("{place}没有开始事件，请画一个。", place=place)
        yield Finding.of("error", "no-start", process.file, element, line, message)
    elif stage is not None and _is_listener(process, stage):
        if plain or len(found) != 1:
            message = say("事件{place}要有且只有一个带触发方式的开始事件，请改正。", place=place)
            yield Finding.of("error", "event-start", process.file, element, line, message)
    elif len(plain) > 1:
        message = say("{place}有几个普通开始事件，不知从哪里开始，请只留一个。", place=place)
        yield Finding.of("error", "several-starts", process.file, element, line, message)
    elif stage is not None and len(plain) != len(found):
        message = say("{place}的开始事件不能有触发方式，请改为普通开始事件。", place=place)
        yield Finding.of("error", "event-start", process.file, element, line, message)


def _is_listener(process: Process, stage: Element) -> bool:
    """An event sub-process has no flows, and its start event is triggered."""
    if stage.incoming or stage.outgoing:
        return False
    return any(e.type == "startEvent" and e.event for e in process.inside(stage.id))


def unreachable(deployment: Deployment) -> Iterator[Finding]:
    """Each element can be reached from a start."""
    for process in deployment.processes:
        roots = [e.id for e in process.elements if _begins(process, e)]
        reached = _closure(roots, _ways(process))
        for element in process.elements:
            if element.id not in reached and element.line is not None:
                message = say("从开始事件走不到这里，永远不会执行，请连上或删去。")
                yield at_element("error", "unreachable", process, element, message)


def _begins(process: Process, element: Element) -> bool:
    if element.parent is not None:
        return False
    if element.instantiates and not element.incoming:
        return True
    return element.type == "startEvent" or (element.type == "subProcess" and _is_listener(process, element))


def _ways(process: Process) -> Mapping[str, tuple[str, ...]]:
    """What each element leads to: along flows, to its boundary events, into a sub-process, to what undoes it."""
    ways: dict[str, list[str]] = {element.id: [] for element in process.elements}
    ad_hoc = {element.id for element in process.elements if element.ad_hoc is not None}
    for flow in process.flows:
        ways.setdefault(flow.source, []).append(flow.target)
    for element in process.elements:
        if element.attached_to in ways:
            ways[element.attached_to].append(element.id)
        if element.handler:
            ways[element.id].append(element.handler)
        inside = element.type == "startEvent" or (element.type == "subProcess" and _is_listener(process, element))
        inside = inside or (element.parent in ad_hoc and not element.incoming and not element.attached_to)
        if element.parent in ways and inside:
            ways[element.parent].append(element.id)
    return {id: tuple(targets) for id, targets in ways.items()}


def _closure(roots: Iterable[str], ways: Mapping[str, tuple[str, ...]]) -> set[str]:
    reached: set[str] = set()
    todo = list(roots)
    while todo:
        id = todo.pop()
        if id not in reached:
            reached.add(id)
            todo += ways.get(id, ())
    return reached


def endless(deployment: Deployment) -> Iterator[Finding]:
    """From each element an end can be reached."""
    for process in deployment.processes:
        back: dict[str, list[str]] = {}
        for flow in process.flows:
            back.setdefault(flow.target, []).append(flow.source)
        for element in process.elements:
            if element.attached_to:
                back.setdefault(element.id, []).append(element.attached_to)
        ends = [e.id for e in process.elements if e.type == "endEvent" or _ends_quietly(process, e)]
        ended = _closure(ends, {id: tuple(sources) for id, sources in back.items()})
        for element in process.elements:
            if element.id not in ended and element.line is not None:
                message = say("从这里走不到任何结束事件，流程不会结束，请连到一个结束事件。")
                yield at_element("warning", "no-end", process, element, message)


def _ends_quietly(process: Process, element: Element) -> bool:
    """An event sub-process, what undoes, and what ends an ad-hoc sub-process need no end event."""
    if element.for_compensation or element.handler:
        return True
    holder = process.element(element.parent or "")
    if holder is not None and holder.ad_hoc is not None and not element.outgoing:
        return True
    return element.type in STAGES and _is_listener(process, element)
