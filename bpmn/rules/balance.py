"""Joins: none waits for a token that can never come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import combinations

from bpmn.model import Element, Finding, Process
from bpmn.read import STAGES
from bpmn.rules.deployment import Deployment, at_element
from bpmn.sentence import say

# Markings looked at for one process or sub-process, and tokens moved in all of a deployment; beyond that nothing is
# said: the game would take the time and memory that a large diagram can make it take, which is any.
MOST = 3_000
MOST_MOVED = 1_000_000
# Ways out of an inclusive split that are tried in every combination.
FEW = 4
Marking = frozenset[tuple[str, int]]


def joins(deployment: Deployment) -> Iterator[Finding]:
    """Plays the token game with every choice, and tells where a parallel join is left waiting at the end."""
    budget = _Budget()
    for process in deployment.processes:
        for stage in (None, *(element.id for element in process.elements if element.type in STAGES)):
            game = _Game(process, stage, budget)
            for id in sorted(game.left_waiting()):
                element = process.element(id)
                if element is not None:
                    message = say("有的走法到不齐各条进入的流，会永远等待，请让分开与合并用同一种网关。")
                    yield at_element("warning", "join-waits", process, element, message)


class _Budget:
    """Tokens that may still be moved."""

    def __init__(self) -> None:
        self.left = MOST_MOVED

    def spend(self, tokens: int) -> bool:
        """Whether that many could be moved."""
        self.left -= tokens
        return self.left > 0


class _Game:
    """One level of a process. Flows hold tokens; tasks pass them on; a sub-process counts as a task."""

    def __init__(self, process: Process, stage: str | None, budget: _Budget) -> None:
        self.budget = budget
        self.nodes = {element.id: element for element in process.inside(stage)}
        self.boundaries: dict[str, list[Element]] = {}
        for element in self.nodes.values():
            if element.attached_to and element.interrupting:
                self.boundaries.setdefault(element.attached_to, []).append(element)
        self.target = {flow.id: flow.target for id in self.nodes for flow in process.leaving(id)}
        self.joins = {e.id for e in self.nodes.values() if e.type == "parallelGateway" and len(e.incoming) > 1}
        self.start = next((e for e in self.nodes.values() if e.type == "startEvent"), None)
        # Whether an inclusive join fires depends on what can still come: that game is not played here.
        self.unknown = any(e.type == "inclusiveGateway" and len(e.incoming) > 1 for e in self.nodes.values())

    def left_waiting(self) -> set[str]:
        """The joins that hold tokens where nothing can move any more."""
        if not self.joins or self.start is None or self.unknown:
            return set()
        first: Marking = frozenset((flow, 1) for flow in self.start.outgoing)
        seen, todo, stuck = {first}, deque([first]), set()
        while todo:
            marking, moved = todo.popleft(), False
            for next_ in self._after(dict(marking)):
                moved = True
                if not self.budget.spend(len(next_) + 1):
                    return set()
                if next_ not in seen:
                    seen.add(next_)
                    todo.append(next_)
            if not moved:
                stuck |= {self.target.get(flow, "") for flow, _ in marking} & self.joins
            if len(seen) > MOST:
                return set()
        return stuck

    def _after(self, tokens: dict[str, int]) -> Iterator[Marking]:
        for flow in tokens:
            node = self.nodes.get(self.target.get(flow, ""))
            if node is None:
                continue
            if node.id in self.joins:
                if all(tokens.get(arriving, 0) for arriving in node.incoming):
                    yield _moved(tokens, node.incoming, node.outgoing)
                continue
            for leaving in self._choices(node):
                yield _moved(tokens, (flow,), leaving)

    def _choices(self, node: Element) -> Iterator[tuple[str, ...]]:
        if node.type in ("exclusiveGateway", "eventBasedGateway"):
            yield from ((flow,) for flow in node.outgoing)
        elif node.type == "inclusiveGateway":
            sizes = range(1, len(node.outgoing) + 1) if len(node.outgoing) <= FEW else (1, len(node.outgoing))
            for size in sizes:
                yield from combinations(node.outgoing, size)
        elif node.event == "terminate":
            return
        else:
            yield node.outgoing
            for boundary in self.boundaries.get(node.id, ()):
                yield boundary.outgoing


def _moved(tokens: dict[str, int], taken: tuple[str, ...], put: tuple[str, ...]) -> Marking:
    """A flow counts to two at most: more tokens tell nothing more about waiting, and the game stays finite."""
    after = dict(tokens)
    for flow in taken:
        after[flow] -= 1
    for flow in put:
        after[flow] = min(2, after.get(flow, 0) + 1)
    return frozenset((flow, count) for flow, count in after.items() if count)
