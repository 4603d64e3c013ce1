"""Ad-hoc sub-processes: activities without an order, all at once or one at a time, until the condition says so."""

from __future__ import annotations

from engine.spiff.stages import SubProcess
from engine.spiff.tree import Stage, Token


class AdHocStage(Stage):
    """The inside. What no flow leads to begins; when all is done and the condition is not true, it begins anew."""

    def firsts(self, start: str | None) -> list[str]:
        """All of it, or the first of it."""
        roots: tuple[str, ...] = self.spec.roots
        if not self.spec.ad_hoc.sequential:
            return list(roots)
        self.host.internal_data["todo"] = list(roots[1:])
        return [roots[0]]

    def _task_completed_notify(self, token: Token) -> None:
        super()._task_completed_notify(token)
        if token.task_spec.element.type.endswith(("Task", "task", "ubProcess", "Activity", "transaction")):
            self.ask(token)

    def ask(self, token: Token) -> None:
        """Ends the whole when its condition is true: what still runs is cancelled, or the last to begin."""
        says, state = self.spec.ad_hoc, self.host.internal_data
        if says.completion is None or state.get("over") or not self.script_engine.holds(token, says.completion):
            return
        state["over"] = True
        for other in self.live_tokens() if says.cancels else ():
            if not other.internal_data.get("kept"):
                other.cancel()

    def goes_on(self) -> bool:
        """The next in its turn; all again while the condition is not true."""
        state = self.host.internal_data
        if state.get("over"):
            return False
        todo = state.get("todo")
        if todo:
            begin_at(self, [todo.pop(0)])
            return True
        if self.spec.ad_hoc.completion is None:
            return False
        begin_at(self, self.firsts(None))
        return True


class AdHoc(SubProcess):
    """Hosts an ad-hoc stage."""

    stage_class = AdHocStage


def begin_at(stage: Stage, names: list[str]) -> None:
    """Puts a token at each."""
    for name in names:
        spec = stage.spec.task_specs[name]
        spec._update(stage.task_tree._add_child(spec))
