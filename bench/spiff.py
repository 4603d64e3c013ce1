"""The floors: SpiffWorkflow alone in memory, and with the full state as JSON and one commit after each completion."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from bench import model
from bench.measure import Watch

# The model's expressions are FEEL; SpiffWorkflow evaluates Python.
PYTHON = {' = "again"': ' == "again"', ">number_1 + number_4<": ">total = number_1 + number_4<"}


def parsed() -> tuple[Any, Any]:
    """The model's specs as SpiffWorkflow itself reads them."""
    text = (model.FOLDER / "ten.bpmn").read_text(encoding="utf-8")
    for feel, python in PYTHON.items():
        text = text.replace(feel, python)
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(io.BytesIO(text.encode())), filename="ten.bpmn")
    return parser.get_spec(model.KEY), parser.get_subprocess_specs(model.KEY)


class Alone:
    """SpiffWorkflow in memory."""

    def __init__(self) -> None:
        self.spec, self.subprocesses = parsed()

    def play(self, turn: int, watch: Watch) -> None:
        """One instance; `watch` counts its completions."""
        workflow = BpmnWorkflow(self.spec, self.subprocesses)
        workflow.do_engine_steps()
        self.keep(workflow)
        for step in range(1, model.STEPS + 1):
            task = workflow.get_next_task(state=TaskState.READY, manual=True)
            with watch:
                task.data.update(model.answers(step, turn))
                task.run()
                workflow.do_engine_steps()
                self.keep(workflow)
        assert workflow.is_completed(), "the floor does the whole work"

    def keep(self, workflow: Any) -> None:
        """Nothing is kept."""


class Kept(Alone):
    """SpiffWorkflow with the whole state written as JSON by its own serialiser, and a durable commit."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.serializer = BpmnWorkflowSerializer()
        self.store = sqlite3.connect(folder / "spiff.sqlite3", isolation_level=None)
        self.store.execute("PRAGMA journal_mode=WAL")
        self.store.execute("PRAGMA synchronous=FULL")
        self.store.execute("CREATE TABLE state (id TEXT PRIMARY KEY, body TEXT)")

    def keep(self, workflow: Any) -> None:
        """The state under the workflow's id."""
        text = self.serializer.serialize_json(workflow)
        self.store.execute("BEGIN IMMEDIATE")
        self.store.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", ("one", text))
        self.store.execute("COMMIT")

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()
