"""An instance goes on on another version of its diagrams: our own placement of its tokens.

Tokens keep their numbers, and what they wait for keeps its public id, so that claims, drafts and jobs under way stay
whose they are. Variables are not touched. What listens (boundary events, event sub-processes) is held against the new
version: what is gone or says something else is closed, what is new is opened as of the entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from SpiffWorkflow.util.task import TaskState

from engine.entry import Entry
from engine.obstacle import CannotMigrate, Obstacle, Reason
from engine.spiff.drain import branches
from engine.spiff.errors import NotOpen
from engine.spiff.events import Boundary
from engine.spiff.gateways import Join
from engine.spiff.live import Live, settle
from engine.spiff.nodes import UserTask
from engine.spiff.program import Program
from engine.spiff.snapshot import plain, revived
from engine.spiff.stages import EventSubProcess, SubProcess
from engine.spiff.step import FeelEvaluator, Step
from engine.spiff.tree import Machine, Token


def migrate(live: Live, program: Program, entry: Entry, feel: FeelEvaluator) -> tuple[Live, list[dict[str, Any]]]:
    """The instance on `program`, and what came of it. `data["mapping"]` says which element an old one became, where it
    is not the one of the same id. The given live copy is used up, whatever comes.

    Raises CannotMigrate with every obstacle, NotOpen where the instance does not run, StepFailed."""
    old = live.machine
    if entry.instance != old.instance or old.status != "active":
        raise NotOpen(entry.element, "实例没有在办理")
    step = old.step = Step(entry, feel)
    names = Names(dict(entry.data.get("mapping") or {}))
    specs = dict(_specs(old, program, names))
    _unlisten(old, specs, names)
    obstacles = tuple(_obstacles(old, specs, names))
    if obstacles:
        raise CannotMigrate(obstacles)
    known = _known(old, specs, names)
    changed = [token.id for token in _tokens(old) if _awaits(token, specs, names)]
    moved = revived(program, _placed(live, specs, names))
    # What was touched on the way out of the old version is nobody's any more.
    step.touched, machine = {}, moved.machine
    machine.step = step
    try:
        _tell(old, machine)
        for number in changed:
            token = machine.token(number)
            assert token is not None
            machine.close(token, "migrated")
            token.internal_data.pop("cycle", None)
            token.task_spec.listen(token)
        _listen(machine, known)
        settle(machine, step)
    finally:
        machine.step = None
    return moved, step.effects


@dataclass(frozen=True)
class Names:
    """What elements and flows of the old version are called in the new one."""

    mapping: Mapping[str, str]

    def element(self, id: str) -> str:
        """An element's or a flow's id."""
        return self.mapping.get(id, id)

    def node(self, name: str) -> str:
        """A node's name: an element's id, and behind it which part of it or whether it is inside of its repetition."""
        id, space, rest = name.partition(" [")
        return self.element(id) + space + rest

    def scope(self, id: str) -> str:
        """A scope's id: a path of elements, each perhaps with its loop index, the last perhaps with its inputs."""
        path, inputs, _ = id.partition("#")
        parts = [part.partition("[") for part in path.split("/")]
        return "/".join(self.element(name) + mark + index for name, mark, index in parts) + (inputs and "#in")


def _specs(machine: Machine, program: Program, names: Names) -> Iterator[tuple[int, Any]]:
    """By a branch's identity what it runs on from now on, None where its host leads nowhere."""
    found: dict[int, Any] = {id(machine): program.spec}
    yield id(machine), program.spec
    for stage in sorted(machine.subprocesses.values(), key=lambda one: int(one.depth)):
        around = found[id(stage.host.workflow)]
        host = around.task_specs.get(names.node(stage.host.task_spec.name)) if around is not None else None
        found[id(stage)] = program.stages.get(host.spec) if isinstance(host, SubProcess) else None
        yield id(stage), found[id(stage)]


def _tokens(machine: Machine) -> Iterator[Token]:
    for branch in (machine, *machine.subprocesses.values()):
        yield from branch.live_tokens()


def _new(token: Token, specs: Mapping[int, Any], names: Names) -> Any:
    """The node at which the token goes on, None where there is none."""
    spec = specs[id(token.workflow)]
    return None if spec is None else spec.task_specs.get(names.node(token.task_spec.name))


def _trigger(node: Any) -> tuple[Any, ...]:
    """What a node waits for."""
    event = getattr(node, "trigger", node)
    told = tuple(getattr(event, name, None) for name in ("event", "event_name", "event_value", "code"))
    return (*told, *(_trigger(part) for part in getattr(event, "parts", ())))


def _listens(token: Token) -> bool:
    """Whether it is there only beside another, or beside all that its stage does."""
    if isinstance(token.task_spec, EventSubProcess):
        return bool(token.internal_data.get("listener")) and not token.internal_data.get("kept")
    return isinstance(token.task_spec, Boundary) and not token.internal_data.get("entered")


def _known(machine: Machine, specs: Mapping[int, Any], names: Names) -> dict[int, frozenset[str]]:
    """By the number of a host, or of a stage's root: what listened there and is said in the new version as before.

    Some of it may be over: it must not begin again."""
    found: dict[int, frozenset[str]] = {}

    def same(spec: Any, of: Any, listening: Any) -> frozenset[str]:
        pairs = [(spec.task_specs[name], of.task_specs.get(names.node(name))) for name in listening]
        return frozenset(new.name for old, new in pairs if new is not None and _trigger(old) == _trigger(new))

    for branch in (machine, *machine.subprocesses.values()):
        spec: Any = branch.spec
        if specs[id(branch)] is not None:
            found[branch.task_tree.id] = same(spec, specs[id(branch)], spec.event_subprocesses)
            for token in branch.live_tokens():
                found[token.id] = same(spec, specs[id(branch)], getattr(token.task_spec, "boundary", ()))
    return found


def _unlisten(machine: Machine, specs: Mapping[int, Any], names: Names) -> None:
    """Closes what listens for something that the new version does not have, or has otherwise."""
    for token in list(_tokens(machine)):
        if not token.unfinished or not _listens(token):
            continue
        node = _new(token, specs, names)
        same = node is not None and type(node) is type(token.task_spec) and _trigger(node) == _trigger(token.task_spec)
        if same and isinstance(token.task_spec, EventSubProcess):
            same = node.name in specs[id(token.workflow)].event_subprocesses
        elif same:
            host = _new(token.parent, specs, names)
            same = host is not None and node.name in getattr(host, "boundary", ())
        if not same:
            token.cancel()


def _obstacles(machine: Machine, specs: Mapping[int, Any], names: Names) -> Iterator[Obstacle]:
    """Why tokens cannot go on, each once."""
    told = set()
    for token in _tokens(machine):
        reason = _obstacle(token, specs, names)
        if reason is not None and (token.place, reason) not in told:
            told.add((token.place, reason))
            yield Obstacle(token.place, _called(token), reason)


def _called(token: Token) -> str:
    """What people call the element that a token is at."""
    element = getattr(getattr(token.task_spec, "trigger", token.task_spec), "element", None)
    return (element.name if element is not None else "") or token.place


def _obstacle(token: Token, specs: Mapping[int, Any], names: Names) -> Reason | None:
    node, was = _new(token, specs, names), token.task_spec
    if node is None:
        if specs[id(token.workflow)] is None:
            return Reason.STAGE_GONE
        return Reason.GONE
    if type(node) is not type(was) or getattr(node, "event", None) != getattr(was, "event", None):
        return Reason.OTHER_KIND
    if getattr(node, "child", None) and node.multi.kind != was.multi.kind:
        return Reason.OTHER_REPETITION
    via = token.internal_data.get("via")
    if isinstance(node, Join) and via is not None and names.element(via) not in node.arriving:
        return Reason.ARRIVES_ELSEWHERE
    if token.internal_data.get("race"):
        gate = _new(token.parent, specs, names)
        if gate is not None and node.name not in [way.target for way in gate.ways]:
            return Reason.OTHER_RACE
    if getattr(node, "parts", ()) and _trigger(node) != _trigger(was):
        return Reason.OTHER_TRIGGERS
    return None


def _awaits(token: Token, specs: Mapping[int, Any], names: Names) -> bool:
    """Whether it waits for something in the flow that the new version says otherwise: another time or message."""
    opened = token.internal_data.get("open", ("",))[0]
    return opened in ("timer", "subscription") and _trigger(_new(token, specs, names)) != _trigger(token.task_spec)


def _placed(live: Live, specs: Mapping[int, Any], names: Names) -> dict[str, Any]:
    """The state as the new version knows it."""
    data = plain(live)
    data["tokens"] = _renamed(data["tokens"], names)
    data["stages"] = [
        [host, specs[id(live.machine.subprocesses[host])].name, _renamed(tokens, names)]
        for host, _, tokens in data["stages"]
    ]
    copy: dict[str, Any] = msgspec.msgpack.decode(msgspec.msgpack.encode(data))
    return copy


def _renamed(tokens: list[list[Any]], names: Names) -> list[list[Any]]:
    """Tokens that are unfinished, under the root, by their new names."""
    alive = {row[0]: row for row in tokens if row[2] is None or row[4] & TaskState.NOT_FINISHED_MASK}
    above = {row[0]: row[2] for row in tokens}
    children: dict[int, list[int]] = {id: [] for id in alive}
    parents: dict[int, int | None] = {}
    for id in alive:
        parent = above[id]
        while parent is not None and parent not in alive:
            parent = above[parent]
        parents[id] = parent
    for row in tokens:
        for child in row[3]:
            if child in alive and parents[child] is not None:
                children[parents[child] or 0].append(child)
    found = []
    for id, (_, name, _, _, state, internal, scopes) in alive.items():
        if "via" in internal:
            internal = {**internal, "via": names.element(internal["via"])}
        inner = [[names.scope(scope), holds, values] for scope, holds, values in scopes]
        found.append([id, names.node(name), parents[id], children[id], state, internal, inner])
    return found


def _tell(old: Machine, machine: Machine) -> None:
    """The effects: each token that is elsewhere now, each task that is called otherwise or done by others."""
    step = machine.step
    assert step is not None
    for before in list(_tokens(old)):
        token = machine.token(before.id)
        assert token is not None
        was, node, path = before.task_spec, token.task_spec, token.workflow.path
        opened = token.internal_data.get("open")
        if (before.place, before.workflow.path) != (token.place, path) and (
            token.internal_data.get("entered") or opened
        ):
            step.effects.append(
                {
                    "type": "moved",
                    "element": token.place,
                    "path": path,
                    "token": token.id,
                    "was": before.place,
                    "open": opened,
                }
            )
        if isinstance(node, UserTask) and opened is not None:
            _tell_task(token, was.element, path)


def _tell_task(token: Token, was: Any, path: str) -> None:
    node, step = token.task_spec, token.workflow.top_workflow.step
    element = node.element
    effect = {
        "type": "task_moved",
        "element": token.place,
        "task": token.internal_data["open"][1],
        "path": path,
        "name": element.name,
        "roles": list(element.roles),
        "on_behalf_roles": list(element.on_behalf),
        "form": element.form,
    }
    # A date that is said as before stays as it was reckoned then.
    if element.due != was.due:
        effect["due_at"] = node.instant(token, element.due)
    if element.follow_up != was.follow_up:
        effect["follow_up_at"] = node.instant(token, element.follow_up)
    if element.priority != was.priority:
        effect["priority"] = node.priority(token)
    before = (was.name, was.roles, was.on_behalf, was.form, was.id)
    if len(effect) > 8 or before != (element.name, element.roles, element.on_behalf, element.form, element.id):
        step.effects.append(effect)


def _listen(machine: Machine, known: Mapping[int, frozenset[str]]) -> None:
    """Opens the boundary events and event sub-processes that are new, or say something new."""
    for branch in branches(machine):
        spec, root = branch.spec, branch.task_tree
        running = {token.task_spec.name for token in branch.live_tokens()}
        for name in spec.event_subprocesses:
            # One that interrupts listens no more once it runs.
            if name not in known[root.id] and not (spec.task_specs[name].trigger.interrupting and name in running):
                token = root._add_child(spec.task_specs[name], TaskState.WAITING)
                token.internal_data["listener"] = True
                token.task_spec.listen(token)
        for host in branch.live_tokens():
            if host.internal_data.get("entered") and host.id in known:
                for name in host.task_spec.boundary:
                    if name not in known[host.id]:
                        event = spec.task_specs[name]
                        event.listen(host._add_child(event, TaskState.WAITING))
