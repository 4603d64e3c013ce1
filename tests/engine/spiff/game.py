"""A small token game for block-structured diagrams: what BPMN says of them, told without the engine.

Each block that is entered becomes a piece of work, which ends when all that it began has ended. What a boundary event
begins beside its activity belongs to the process or sub-process around it, which does not end before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .blocks import Again, Call, Loop, Many, Named, Race, Risky, Seq, Split, Sub, Task, Watched

Done = Callable[[], None]


@dataclass
class Wait:
    """Something that may happen: a task to do, an event to come."""

    kind: str
    element: str
    n: Variable
    happen: Done


@dataclass
class Stage:
    """A process or sub-process: it ends when nothing in it is under way."""

    ended: Done
    under_way: int = 0
    over: bool = False

    def begin(self) -> None:
        """One more."""
        self.under_way += 1

    def end(self) -> None:
        """One less."""
        self.under_way -= 1
        if not self.under_way and not self.over:
            self.over = True
            self.ended()


@dataclass
class Variable:
    """n as a turn of a multi-instance sees it: the one outside until it is told in here."""

    outside: Variable | None = None
    told: int | None = None

    @property
    def value(self) -> int:
        """n."""
        return self.told if self.told is not None or self.outside is None else self.outside.value  # type: ignore[return-value]


@dataclass
class Region:
    """What is cancelled together: the waits that an activity holds, and the regions inside of it."""

    n: Variable
    inside: list[Region] = field(default_factory=list)
    gone: bool = False

    def within(self, n: Variable | None = None) -> Region:
        """A region inside this one."""
        made = Region(n or self.n)
        self.inside.append(made)
        return made

    def cancel(self) -> None:
        """It and all inside are gone."""
        self.gone = True
        for region in self.inside:
            region.cancel()


class Game:
    """The game: `waits` are open, oldest first; `entered` is what was entered since it was last looked at."""

    def __init__(self, top: Named, n: int) -> None:
        self.held: list[tuple[Region, Wait]] = []
        self.entered: list[str] = []
        self.finished = False
        stage = Stage(self._finish)
        stage.begin()
        self.enter(top, stage, Region(Variable(None, n)), stage.end)

    def _finish(self) -> None:
        self.finished = True

    @property
    def waits(self) -> list[Wait]:
        """What may happen now."""
        return [wait for region, wait in self.held if not region.gone]

    def move(self, wait: Wait, n: int) -> None:
        """It happens; a task tells n."""
        if wait.kind == "task":
            wait.n.told = n
        wait.happen()

    def hold(self, region: Region, kind: str, element: str, happen: Done, often: bool = False) -> None:
        """Opens a wait; unless it comes often, it is over once it has happened."""
        own = region.within()

        def once() -> None:
            own.gone = not often
            happen()

        self.held.append((own, Wait(kind, element, region.n, once)))

    def enter(self, one: Named, stage: Stage, region: Region, done: Done) -> None:
        """A token arrives at a block; `done` when it leaves."""
        block, parts = one.block, one.parts
        if isinstance(block, Task):
            self.activity(one, stage, region, done)
        elif isinstance(block, Seq):
            self.sequence(list(parts), stage, region, done)
        elif isinstance(block, Split):
            self.split(block, parts, stage, region, done)
        elif isinstance(block, Loop):
            self.loop(one, stage, region, done)
        elif isinstance(block, Race):
            self.race(one, stage, region, done)
        elif isinstance(block, Risky):
            self.risky(one, stage, region, done)
        elif isinstance(block, Sub | Call | Many | Again):
            self.activity(one, stage, region, done)
        elif isinstance(block, Watched):
            self.watched(block, one, stage, region, done)

    def sequence(self, rest: list[Named], stage: Stage, region: Region, done: Done) -> None:
        """The first, then the rest."""
        if not rest:
            done()
            return
        self.enter(rest[0], stage, region, lambda: self.sequence(rest[1:], stage, region, done))

    def split(self, block: Split, ways: tuple[Named, ...], stage: Stage, region: Region, done: Done) -> None:
        """The ways that n asks for; it ends when all that were begun have ended."""
        *asked, last = ways
        if block.kind == "AND":
            chosen = list(ways)
        elif block.kind == "XOR":
            chosen = [way for at, way in enumerate(asked) if region.n.value == at][:1] or [last]
        else:
            chosen = [*(way for at, way in enumerate(asked) if region.n.value > at), last]
        left = len(chosen)

        def one_done() -> None:
            nonlocal left
            left -= 1
            if not left:
                done()

        for way in chosen:
            self.enter(way, stage, region, one_done)

    def loop(self, one: Named, stage: Stage, region: Region, done: Done) -> None:
        """A task and the body, again while n = 3."""

        def after() -> None:
            if region.n.value == 3:
                self.loop(one, stage, region, done)
            else:
                self.entered.append(f"{one.id}_o")
                done()

        self.entered.append(one.id)
        self.hold(region, "task", one.id, lambda: self.enter(one.parts[0], stage, region, after))

    def activity(self, one: Named, stage: Stage, region: Region, done: Done) -> None:
        """A task, a sub-process, or many turns of one."""
        block = one.block
        self.entered.append(one.id)
        if isinstance(block, Task):
            if block.waits:
                self.hold(region, block.waits, one.id, done)
            else:
                done()
        elif isinstance(block, Many):
            self.turns(block, one, region, done)
        elif isinstance(block, Again):
            self.again(one, block.times, region, done)
        else:
            self.inside(one.parts[0], region, done)

    def again(self, one: Named, left: int, region: Region, done: Done) -> None:
        """A user task so many times more."""
        if not left:
            done()
            return
        self.entered.append(one.id)
        self.hold(region, "task", one.id, lambda: self.again(one, left - 1, region, done))

    def race(self, one: Named, stage: Stage, region: Region, done: Done) -> None:
        """What comes first; the other events are awaited no longer."""
        own = region.within()

        def come(way: Named) -> None:
            own.cancel()
            self.enter(way, stage, region, done)

        for at, way in enumerate(one.parts):
            kind = "message" if at % 2 else "timer"
            self.hold(own, kind, f"{one.id}_w{at}", lambda way=way: come(way))  # type: ignore[misc]

    def risky(self, one: Named, stage: Stage, region: Region, done: Done) -> None:
        """A sub-process whose end depends on n; an error ends all that is under way in it."""
        own, (body, then) = region.within(), one.parts
        inner = Stage(done)

        def ended() -> None:
            if region.n.value != 2:
                inner.end()
                return
            own.cancel()
            inner.over = True
            self.enter(then, stage, region, done)

        self.entered.append(one.id)
        inner.begin()
        self.enter(body, inner, own, ended)

    def inside(self, body: Named, region: Region, done: Done) -> None:
        """The inside of a sub-process."""
        stage = Stage(done)
        stage.begin()
        self.enter(body, stage, region, stage.end)

    def turns(self, block: Many, one: Named, region: Region, done: Done) -> None:
        """So many turns."""
        left = block.times
        if not left:
            done()
            return

        def turn() -> None:
            self.entered.append(one.id)
            own = region.within(Variable(region.n))
            if one.parts:
                self.inside(one.parts[0], own, turn_done)
            else:
                self.hold(own, "task", one.id, turn_done)

        def turn_done() -> None:
            nonlocal left
            left -= 1
            if not left:
                done()
            elif block.sequential:
                turn()

        for _ in range(1 if block.sequential else block.times):
            turn()

    def watched(self, block: Watched, one: Named, stage: Stage, region: Region, done: Done) -> None:
        """An activity with an event on its border."""
        host, then = one.parts
        own = region.within()

        def left() -> None:
            own.cancel()
            done()

        def come() -> None:
            if block.event in ("timer", "message"):
                own.cancel()
                self.enter(then, stage, region, done)
            else:
                stage.begin()
                self.enter(then, stage, region, stage.end)

        kind = "message" if block.event in ("message", "often") else "timer"
        self.hold(own, kind, one.id, come, block.event == "often")
        self.activity(host, stage, own, left)
