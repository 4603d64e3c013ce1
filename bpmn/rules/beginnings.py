"""Processes that begin by themselves, at a time: there are no data yet, and nobody has begun them."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.feel import FeelError
from bpmn.model import Element, Finding, Process
from bpmn.rules.deployment import Deployment, at_element
from bpmn.sentence import say


def timed(process: Process) -> list[Element]:
    """The start events of the process itself that a timer triggers."""
    starts = [element for element in process.inside(None) if element.type == "startEvent"]
    return [element for element in starts if any(trigger.event == "timer" for trigger in element.triggers)]


def start_times(deployment: Deployment) -> Iterator[Finding]:
    """A time at which a process begins names no variable."""
    for process in deployment.processes:
        for element in timed(process):
            for trigger in element.triggers:
                for name in sorted(_names(deployment, trigger.value or "")) if trigger.event == "timer" else ():
                    message = say(
                        "流程开始之前还没有变量“{name}”，请写日期、时长、周期，或只用 today()、now() 的表达式。",
                        name=name,
                    )
                    yield at_element("error", "start-time", process, element, message)


def nobody(deployment: Deployment) -> Iterator[Finding]:
    """What a process asks of whoever began it is nobody's where a timer did."""
    by_key = {process.key: process for process in deployment.processes}
    begun = [process for process in deployment.processes if timed(process)]
    for process in begun:
        if process.start_form:
            message = say("由计时开始时没有人填开始表单，其中的变量都没有值，请在流程里设好，或改由人开始。")
            yield at_element("warning", "nobody-fills", process, timed(process)[0], message)
    reached, todo = set[str](), [process.key for process in begun]
    while todo:
        key = todo.pop()
        if key in by_key and key not in reached:
            reached.add(key)
            todo += [element.called for element in by_key[key].elements if element.called]
    for process in (by_key[key] for key in sorted(reached)):
        for element in process.elements:
            asked = element.assignee or ("" if element.roles else "=started_by")
            if element.type == "userTask" and "started_by" in _names(deployment, asked):
                message = say(
                    "由计时开始的流程没有发起人，这个任务会没有人能办，请写明岗位（camunda:candidateGroups）。"
                )
                yield at_element("warning", "nobody-does", process, element, message)


def _names(deployment: Deployment, written: str) -> frozenset[str]:
    try:
        return deployment.feel.names(written) if written.startswith("=") else frozenset()
    except FeelError:
        return frozenset()
