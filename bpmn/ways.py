"""Where one can get to in a diagram: what lies ahead of a token, between two elements, behind a stage."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from bpmn.model import Element, Flow


@dataclass(frozen=True)
class Ways:
    """The elements and flows of a process with all that it calls; `key` is the process that calls the others."""

    key: str
    elements: Sequence[Element]
    flows: Sequence[Flow]

    @cached_property
    def by_id(self) -> Mapping[str, Element]:
        """The elements by their id."""
        return {element.id: element for element in self.elements}

    @cached_property
    def _behind(self) -> Mapping[str, list[str]]:
        """What follows an element on its own level: along its flows, and what is attached to it."""
        found: dict[str, list[str]] = {element.id: [] for element in self.elements}
        for flow in self.flows:
            found.setdefault(flow.source, []).append(flow.target)
        for element in self.elements:
            if element.attached_to:
                found.setdefault(element.attached_to, []).append(element.id)
        return found

    @cached_property
    def _inside(self) -> Mapping[str, list[str]]:
        """What an activity begins with inside: a called process by its key, a sub-process by its id."""
        found: dict[str, list[str]] = {}
        for element in self.elements:
            if not element.incoming and not element.attached_to:
                found.setdefault(element.parent or element.process, []).append(element.id)
        return found

    def _within(self, id: str) -> list[str]:
        element = self.by_id.get(id)
        return [] if element is None else [*self._inside.get(element.called or "", ()), *self._inside.get(id, ())]

    def ahead(self, tokens: Collection[str]) -> Set[str]:
        """The elements that can still be reached from those at which tokens are.

        What is left of an activity in which there is a token is ahead of that token alone."""
        homes = {one.parent or one.process for id in tokens if (one := self.by_id.get(id))}
        todo: list[str] = []
        for id in tokens:
            element = self.by_id.get(id)
            todo += self._behind.get(id, ())
            if element is not None and not {element.called, element.id} & homes:
                todo += self._within(id)
        return self._reached(todo, frozenset())

    def between(self, before: str, after: str) -> Set[str]:
        """The elements on the ways from one to the other, neither of them included, with what is inside of them."""
        forth = self._reached(self._behind.get(before, ()), frozenset({before, after}))
        return {
            id
            for id in forth - {before, after}
            if after in self._reached(self._behind.get(id, ()), frozenset({before}))
        }

    def _reached(self, start: Iterable[str], closed: Set[str]) -> Set[str]:
        found: set[str] = set()
        todo = list(start)
        while todo:
            id = todo.pop()
            if id not in found:
                found.add(id)
                if id not in closed:
                    todo += [*self._behind.get(id, ()), *self._within(id)]
        return found

    def stage(self, id: str) -> str:
        """The element of the process itself in which an element lies: a stage, or the element itself."""
        element = self.by_id.get(id)
        while element is not None and (element.parent or element.process != self.key):
            over = element.parent or next((e.id for e in self.elements if e.called == element.process), None)
            if over is None or over == element.id:
                break
            element = self.by_id.get(over)
        return element.id if element is not None else id

    def later(self, stage: str) -> Set[str]:
        """The activities of the process itself that lie behind one of them; looked for once."""
        found = self._later.get(stage)
        if found is None:
            found = self._later[stage] = self._behind_it(stage)
        return found

    @cached_property
    def _later(self) -> dict[str, Set[str]]:
        return {}

    def _behind_it(self, stage: str) -> Set[str]:
        found = (self.by_id[id] for id in self._reached(self._behind.get(stage, ()), frozenset()) if id in self.by_id)
        own = {e.id for e in found if e.process == self.key and not e.parent}
        return {id for id in own - {stage} if not self.by_id[id].type.endswith(("Gateway", "Event"))}
