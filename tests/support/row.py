"""One row of the table of what BPMN has: a feature, what becomes of it, and a tiny diagram that shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from bpmn.model import File
from tests.engine.spiff.play import PREFIX, diagram

How = Literal["runs", "normalised", "refused", "told"]
NAMES = (
    PREFIX + '<signal id="sig2" name="other"/><escalation id="esc" name="up" escalationCode="U1"/>'
    '<message id="msg2" name="answer"/><itemDefinition id="many" structureRef="text" isCollection="true"/>'
    '<itemDefinition id="one" structureRef="text"/>'
)


@dataclass(frozen=True)
class Row:
    """`moves` are played in order: `start x=1`, `do a x=1`, `fire t`, `come m`, `job j`; `trace` lists the activities
    entered, `left` the tasks that are open at the end, "" when the instance has ended. `rule` refuses it or warns."""

    element: str
    feature: str
    how: How
    body: str
    trace: str = ""
    moves: tuple[str, ...] = ("start",)
    left: str = ""
    rule: str = ""
    extra: str = ""
    files: tuple[File, ...] = ()

    @property
    def name(self) -> str:
        """For people who run the tests."""
        return f"{self.element}: {self.feature}".replace(" ", "-")

    def drawn(self) -> tuple[File, ...]:
        """The files as somebody would deploy them."""
        return (diagram(self.body, extra=NAMES + self.extra), *self.files)


def runs(element: str, feature: str, body: str, trace: str = "", *moves: str, **more: object) -> Row:
    """A feature that the machine executes as it is drawn."""
    return replace(Row(element, feature, "runs", body, trace, moves or ("start",)), **more)  # type: ignore[arg-type]


def normalised(element: str, feature: str, body: str, trace: str = "", *moves: str, **more: object) -> Row:
    """A feature that is rewritten at deployment into what the machine executes."""
    return replace(runs(element, feature, body, trace, *moves, **more), how="normalised")


def told(element: str, feature: str, body: str, **more: object) -> Row:
    """A feature without effect, of which the deployment warns."""
    return replace(Row(element, feature, "told", body, rule="no-effect"), **more)  # type: ignore[arg-type]


def refused(element: str, feature: str, rule: str, body: str, **more: object) -> Row:
    """A feature that is refused at deployment."""
    return replace(Row(element, feature, "refused", body, rule=rule), **more)  # type: ignore[arg-type]
