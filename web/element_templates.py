"""Element templates of Camunda 7, one a topic: service tasks are chosen by name, in desktop modelers too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.contract import Described, Input
from engine.vocabulary import Offer, Vocabulary
from web.language import of_form

SCHEMA = "https://unpkg.com/@camunda/element-templates-json-schema/resources/schema.json"


def templates(words: Vocabulary) -> list[dict[str, Any]]:
    """A template for every topic: it is a job of that topic, and asks what it cannot do without."""
    chosen = {"record": words.records, "procedure": words.processes}
    return [_template(topic, described, chosen) for topic, described in words.topics.items()]


def _template(topic: str, described: Described, chosen: Mapping[str, Sequence[Offer]]) -> dict[str, Any]:
    # Only what is required: a template of Camunda 7 always writes its parameters, and an empty one is no missing one.
    asked = [_property(given, chosen) for given in described.inputs if given.required]
    return {
        "$schema": SCHEMA,
        "name": of_form(described.title),
        "id": f"guicheng.{topic}",
        "appliesTo": ["bpmn:ServiceTask"],
        "entriesVisible": True,
        "properties": [
            _fixed("camunda:type", "external"),
            _fixed("camunda:topic", topic),
            *asked,
        ],
    }


def _fixed(name: str, value: str) -> dict[str, Any]:
    return {"type": "Hidden", "value": value, "binding": {"type": "property", "name": name}}


def _property(given: Input, chosen: Mapping[str, Sequence[Offer]]) -> dict[str, Any]:
    binding = {"type": "camunda:inputParameter", "name": given.name}
    made = {"label": of_form(given.label), "binding": binding, "constraints": {"notEmpty": True}}
    if given.kind in chosen:
        choices = [{"name": f"{offer.key} {of_form(offer.name)}", "value": offer.key} for offer in chosen[given.kind]]
        return {**made, "type": "Dropdown", "choices": choices}
    return {**made, "type": "Text" if given.kind == "long" else "String"}
