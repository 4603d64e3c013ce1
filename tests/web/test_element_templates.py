"""Element templates make service tasks that a deployment takes, in this modeler and in Camunda's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask

from bpmn.model import File
from engine.actor import OPERATOR
from engine.contract import described_of
from tasks import TASKS
from tests.bpmn.draw import clause, diagram, line, node
from tests.engine.house import House
from web import language
from web.element_templates import templates


@pytest.fixture
def told(tmp_path: Any) -> Any:
    """The templates of every topic, and a house that knows the topics."""
    house = House(tmp_path / "var", TASKS)
    app = Flask("templates")
    app.secret_key = "x"
    language.register(app)
    id = house.engine.begin_proposal(OPERATOR, "p", "新", empty=True).id
    with app.test_request_context():
        yield house, {one["id"]: one for one in templates(house.engine.vocabulary(OPERATOR, id))}
    house.engine.close()


def drawn(template: Mapping[str, Any]) -> File:
    """A diagram with the service task that a modeler makes of a template, its questions answered."""
    attributes, inputs = f'camunda:modelerTemplate="{template["id"]}"', ""
    for asked in template["properties"]:
        binding = asked["binding"]
        value = asked.get("value") or (asked["choices"][0]["value"] if asked.get("choices") else "说明")
        if binding["type"] == "property":
            attributes += f' {binding["name"]}="{value}"'
        else:
            inputs += f'<camunda:inputParameter name="{binding["name"]}">{value}</camunda:inputParameter>'
    extension = clause().replace(
        "<extensionElements>",
        f"<extensionElements><camunda:inputOutput>{inputs}</camunda:inputOutput>" if inputs else "<extensionElements>",
    )
    task = f'<serviceTask id="a" {attributes}>{extension}</serviceTask>'
    return diagram(node("startEvent", "s"), task, node("endEvent", "e"), line("s", "a", "e"))


@pytest.mark.parametrize("topic", TASKS)
def test_a_task_made_of_a_template_can_be_deployed(told: Any, topic: str) -> None:
    house, found = told
    template = found[f"guicheng.{topic}"]
    assert template["name"] == described_of(topic, TASKS[topic]).title
    house.engine.deploy(OPERATOR, [file] if (file := drawn(template)) else [])
    assert house.engine.definition("p").element("a").topic == topic


def test_a_template_asks_only_for_what_a_task_cannot_do_without(told: Any) -> None:
    _, found = told
    asked = [one["binding"]["name"] for one in found["guicheng.notify"]["properties"] if one["type"] != "Hidden"]
    assert asked == ["text"]
