"""First contents of a diagram and of a decision table: what a modeler needs to open them, and no more."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id={definitions} targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id={key} name={name} isExecutable="true">
    <bpmn:startEvent id={start} name="开始" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id={diagram}>
    <bpmndi:BPMNPlane id={plane} bpmnElement={key}>
      <bpmndi:BPMNShape id={shape} bpmnElement={start}>
        <dc:Bounds x="180" y="160" width="36" height="36" />
        <bpmndi:BPMNLabel><dc:Bounds x="187" y="203" width="22" height="14" /></bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""  # noqa: E501  # one element, one line
DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" id={definitions} name={name} namespace="http://bpmn.io/schema/dmn">
  <decision id={key} name={name}>
    <decisionTable id={table} hitPolicy="UNIQUE">
      <input id={input}><inputExpression id={expression} typeRef="string"><text></text></inputExpression></input>
      <output id={output} name="result" typeRef="string" />
    </decisionTable>
  </decision>
  <dmndi:DMNDI><dmndi:DMNDiagram><dmndi:DMNShape dmnElementRef={key}><dc:Bounds height="80" width="180" x="160" y="100" /></dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>
"""  # noqa: E501


def diagram(key: str, name: str) -> bytes:
    """A process of that key with a start event. Ids are made of the key: they are unique in a procedure's files."""
    parts = ("definitions", "start", "diagram", "plane", "shape")
    return _filled(DIAGRAM, key, name, parts)


def decision(key: str, name: str) -> bytes:
    """A decision of that key: a table with one input, one output and no rule yet."""
    return _filled(DECISION, key, name, ("definitions", "table", "input", "expression", "output"))


def _filled(template: str, key: str, name: str, parts: tuple[str, ...]) -> bytes:
    ids = {part: quoteattr(f"{key}_{part}") for part in parts}
    return template.format(key=quoteattr(key), name=quoteattr(name), **ids).encode()
