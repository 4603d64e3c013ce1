"""Why a token cannot go on in another version, in the words that people read."""

from dataclasses import dataclass
from enum import StrEnum

from bpmn.errors import Conflict


class Reason(StrEnum):
    """What stands against it, said of the element that the token is at."""

    GONE = "在新版本中不存在，请指定由哪个环节接续"
    STAGE_GONE = "所在的阶段在新版本中不存在"
    OTHER_KIND = "在新版本中是另一种元素"
    OTHER_REPETITION = "在新版本中的多实例方式不同"
    ARRIVES_ELSEWHERE = "正在等待汇聚，而它经过的顺序流在新版本中不通向这里"
    OTHER_RACE = "在新版本中不在这个事件网关之后"
    OTHER_TRIGGERS = "等待多个触发，而新版本中的触发不同"


@dataclass(frozen=True)
class Obstacle:
    """The element that a token is at, what it is called, and why it cannot go on from there."""

    element: str
    name: str
    reason: str

    @property
    def missing(self) -> bool:
        """Whether a mapping of the element may help."""
        return self.reason == Reason.GONE


class CannotMigrate(Conflict):
    """流程不能迁移到这个版本：{reasons}。"""

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        self.obstacles = obstacles
        super().__init__(reasons="；".join(f"“{one.name}”{one.reason}" for one in obstacles))
