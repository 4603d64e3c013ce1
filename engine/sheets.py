"""The diagrams that an instance has been in: only call activities lead from one to another."""

from typing import NamedTuple

from engine.views import Definition


class Spot(NamedTuple):
    """An element or a sequence flow on a sheet: the path of the call activities to its diagram, "" for the whole."""

    sheet: str
    id: str


class Sheets:
    """The sheet of a path of stages: only call activities lead to another diagram, sub-processes lie in the same."""

    def __init__(self, definition: Definition) -> None:
        self.version = definition.version
        self._definition = definition
        self._found: dict[str, str] = {"": ""}

    def __call__(self, path: str) -> str:
        """The path up to its last call activity."""
        found = self._found.get(path)
        if found is None:
            steps = path.split("/")
            last = max((at for at, step in enumerate(steps, 1) if called(self._definition, step)), default=0)
            found = self._found[path] = "/".join(steps[:last])
        return found


def called(definition: Definition, step: str) -> str | None:
    """The process that a step of a path calls; None where it is a sub-process."""
    element = definition.element(step.partition("[")[0])
    return element.called if element is not None and element.called in definition.processes else None


def process_of(definition: Definition, sheet: str) -> str | None:
    """The process that is drawn on a sheet; None where that version has no such stage."""
    return called(definition, sheet.rpartition("/")[2]) if sheet else definition.key
