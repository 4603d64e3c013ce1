"""Variables: what an expression reads, something sets."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.feel import FeelError
from bpmn.model import Element, Finding
from bpmn.rules.deployment import Deployment, at_element
from bpmn.rules.expressions import read_by

ENGINE = frozenset(["instance_id", "business_key", "started_by", "parent_id", "loop_index"])
# A message or job brings what its sender or handler chooses; what a process elsewhere sets is not seen here.
OPEN = frozenset(["message", "signal", "error", "escalation"])


def unset(deployment: Deployment) -> Iterator[Finding]:
    """Each variable read is a field of a form, or set by a script, parameter, repetition or the engine."""
    fields = deployment.known.fields
    if fields is None:
        return
    own = {process.key for process in deployment.processes}
    known = set(ENGINE)
    for _, element in deployment.elements:
        if element.called not in own | {None} or element.event in OPEN or (element.topic and not element.outputs):
            return
        known |= fields.get(element.form or "", frozenset()) | _set_by(element)
    for process, element in deployment.elements:
        for what, written in read_by(process, element):
            try:
                names = deployment.feel.names(written) - known
            except FeelError:
                continue
            for name in sorted(names):
                message = f"{what}“{written[:80]}”用到变量“{name}”，但没有表单、脚本或参数给它赋值，请改正名称或补上。"
                yield at_element("warning", "unset-variable", process, element, message)


def _set_by(element: Element) -> set[str]:
    names = {name for name, _ in (*element.inputs, *element.outputs)}
    names |= {element.result_variable or "", element.properties.get("outputCollection", "")}
    if element.multi:
        names.add(element.multi.variable or "")
    return names - {""}
