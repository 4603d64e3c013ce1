"""Tiny diagrams, written as one would speak them."""

from bpmn.model import File

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


def clause(number: str = "5.1") -> str:
    """The extension that says which clause an element carries out."""
    return (
        "<extensionElements><camunda:properties>"
        f'<camunda:property name="clause" value="{number}"/>'
        "</camunda:properties></extensionElements>"
    )


def node(tag: str, id: str, attributes: str = "", inside: str = "") -> str:
    """An element with its clause; gateways have none."""
    extension = "" if tag.endswith("Gateway") else clause()
    return f'<{tag} id="{id}" {attributes}>{extension}{inside}</{tag}>'


def flow(source: str, target: str, condition: str | None = None, id: str = "") -> str:
    """A sequence flow; its id is made of its ends."""
    body = "" if condition is None else f"<conditionExpression>{condition}</conditionExpression>"
    own = id or f"{source}_{target}"
    return f'<sequenceFlow id="{own}" sourceRef="{source}" targetRef="{target}">{body}</sequenceFlow>'


def line(*ids: str) -> str:
    """Flows from each to the next."""
    return "".join(flow(a, b) for a, b in zip(ids, ids[1:], strict=False))


def process(*parts: str, key: str = "p", attributes: str = "") -> str:
    """A process of those parts."""
    return f'<process id="{key}" name="流程" isExecutable="true" {attributes}>' + "\n".join(parts) + "</process>"


def diagram(*parts: str, name: str = "p.bpmn") -> File:
    """A file; parts that are no process stand in one, between a start `s` and an end `e` of their own drawing."""
    whole = any("<process" in part for part in parts)
    body = "\n".join(parts) if whole else process(*parts)
    return File(name, f"{HEAD}\n{body}\n</definitions>".encode())


def simple(tag: str = "userTask", attributes: str = "", inside: str = "", more: str = "") -> File:
    """Start, one element `a`, end."""
    return diagram(
        node("startEvent", "s"), node(tag, "a", attributes, inside), node("endEvent", "e"), line("s", "a", "e"), more
    )
