"""What may go wrong in the machine."""

from __future__ import annotations

from bpmn.errors import Conflict, GuichengError, Invalid
from bpmn.feel import FeelLimit
from bpmn.sentence import Said, as_sentence


class StepFailed(GuichengError):
    """流程在“{element}”处无法继续：{reason}"""

    status = 422

    def __init__(self, element: str | None, reason: Said) -> None:
        self.element = element
        self.reason = as_sentence(reason)
        super().__init__(element=element or "-", reason=self.reason)

    @property
    def limited(self) -> bool:
        """Whether only time or memory ran out: another machine, or this one tomorrow, might have gone on."""
        cause: BaseException | None = self
        while cause is not None and not isinstance(cause, FeelLimit):
            cause = cause.__cause__
        return cause is not None


class NotOpen(StepFailed, Conflict):
    """“{element}”已经办结或不再等待，请刷新后再试。"""

    status = 409


class StateUnreadable(GuichengError):
    """检查点中的状态无法读取：{reason}"""

    status = 500


class ProgramRefused(Invalid):
    """流程图无法执行：{reason}

    `element` is the id of the node that the machine cannot execute, or None."""

    def __init__(self, reason: Said, element: str | None = None) -> None:
        self.element = element
        self.reason = as_sentence(reason)
        super().__init__(reason=self.reason)
