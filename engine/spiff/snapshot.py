"""The whole state as plain data: compressed to keep, as text for checkpoints, sorted to compare.

Order of tokens, stages and keys is part of it: FEEL answers by the order of a context's keys.
"""

from __future__ import annotations

from typing import Any

import msgspec
import zstandard

from engine.spiff.errors import StateUnreadable
from engine.spiff.live import Live, new
from engine.spiff.program import Program
from engine.spiff.scope import Scope
from engine.spiff.tree import Branch, Machine, Token

LEVEL = 3


def state(live: Live) -> dict[str, Any]:
    """The full state, keys sorted, as values that JSON can carry."""
    found: dict[str, Any] = msgspec.to_builtins(plain(live), order="sorted")
    return found


def snapshot(live: Live) -> bytes:
    """The full state, packed and compressed."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(msgspec.msgpack.encode(plain(live)))


def restore(program: Program, raw: bytes) -> Live:
    """The instance of which the snapshot was taken; it behaves as if it had never been put away."""
    return revived(program, msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(raw)))


def checkpoint(live: Live) -> str:
    """The full state as JSON, for a release of another fold to go on from."""
    return msgspec.json.encode(plain(live)).decode()


def resume(program: Program, text: str) -> Live:
    """The instance whose state a checkpoint tells, whatever fold wrote it. Raises StateUnreadable."""
    try:
        return revived(program, msgspec.json.decode(text))
    except (KeyError, TypeError, ValueError) as error:
        raise StateUnreadable(reason=f"{type(error).__name__}: {error}") from error


def revived(program: Program, data: dict[str, Any]) -> Live:
    """The instance whose state this is; the values become its own."""
    live = new(program, data["instance"], data["prune"])
    machine = live.machine
    machine.serial, machine.status = data["serial"], data["status"]
    machine.end, machine.last_end = data["end"], data["last_end"]
    machine.given.values.update(data["given"])
    machine.scope.values.update(data["variables"])
    machine.completed = machine.status in ("completed", "terminated")
    _restore_tokens(machine, machine, data["tokens"])
    for host, name, tokens in data["stages"]:
        token = _find(machine, host)
        stage = token.task_spec.stage_class(program.stages[name], token)
        machine.subprocesses[host] = stage
        _restore_tokens(machine, stage, tokens)
    return live


def plain(live: Live) -> dict[str, Any]:
    """The full state as it is, not to be changed."""
    machine = live.machine
    return {
        "instance": machine.instance,
        "prune": machine.prune,
        "serial": machine.serial,
        "status": machine.status,
        "end": machine.end,
        "last_end": machine.last_end,
        "given": machine.given.values,
        "variables": machine.scope.values,
        "tokens": _tokens(machine),
        "stages": [[host, stage.spec.name, _tokens(stage)] for host, stage in machine.subprocesses.items()],
    }


def _tokens(branch: Branch) -> list[list[Any]]:
    return [
        [t.id, t.task_spec.name, t._parent, t._children, t._state, t.internal_data, _scopes(t)]
        for t in branch.tasks.values()
    ]


def _scopes(token: Token) -> list[list[Any]]:
    """The token's own scopes, the innermost first."""
    found = []
    scope = token.local
    while scope is not None and scope is not token.workflow.scope:
        found.append([scope.id, scope.holds, scope.values])
        scope = scope.parent
    return found


def _find(machine: Machine, id: int) -> Token:
    for branch in (machine, *machine.subprocesses.values()):
        if id in branch.tasks:
            return branch.tasks[id]  # type: ignore[no-any-return]  # SpiffWorkflow's half of the class is untyped
    raise ValueError(f"snapshot without token {id}")


def _restore_tokens(machine: Machine, branch: Any, tokens: list[list[Any]]) -> None:
    for id, name, parent, children, status, internal, scopes in tokens:
        token = Token(branch, branch.spec.task_specs[name], None, status, id)
        token._parent, token._children, token.internal_data = parent, children, internal
        for scope_id, holds, values in reversed(scopes):
            token.local = Scope(scope_id, token.scope, values, holds)
        if parent is None:
            branch.task_tree = token
        if "open" in internal:
            machine.open[internal["open"][1]] = token
