"""Plays an instance in several ways at once: live, without pruning, restored before each step, executed again."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from bpmn.model import File
from engine.entry import Entry
from engine.spiff import (
    FOLD,
    Live,
    NotOpen,
    Program,
    StepFailed,
    apply,
    checkpoint,
    compile,
    follow,
    migrate,
    new,
    restore,
    resume,
    snapshot,
    state,
    variables,
)
from engine.spiff.step import FeelEvaluator

from .toy_feel import ToyFeel

START = 1_780_000_000_000_000
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="test">'
)

PREFIX = '<error id="err" name="bad" errorCode="E1"/><message id="msg" name="fault"/><signal id="sig" name="stop"/>'


def timer(text: str) -> str:
    """A timer definition: P.. is a duration, R.. a cycle, all else a date."""
    kind = {"P": "timeDuration", "R": "timeCycle"}.get(text[0], "timeDate")
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def diagram(body: str, key: str = "p", extra: str = "") -> File:
    """A tiny diagram: the inside of its process, without the wrapping."""
    text = f'{HEAD}{extra}<process id="{key}" isExecutable="true">{body}</process></definitions>'
    return File(f"{key}.bpmn", text.encode())


def flows(*pairs: str) -> str:
    """Sequence flows from words like `a>b` or `a>b:x = 1`."""
    found = []
    for pair in pairs:
        ends, _, condition = pair.partition(":")
        source, target = ends.split(">")
        inner = f"<conditionExpression><![CDATA[{condition}]]></conditionExpression>" if condition else ""
        ends = f'id="{source}_{target}" sourceRef="{source}" targetRef="{target}"'
        found.append(f"<sequenceFlow {ends}>{inner}</sequenceFlow>")
    return "".join(found)


class Play:
    """An instance in play; `do` gives it an entry and holds the ways against each other, a failing step too.

    `made` are all of a test, which are executed again when it ends."""

    made: ClassVar[list[Play]] = []

    def __init__(
        self, *files: File, key: str = "p", prune: bool = True, checked: bool = True, program: Program | None = None
    ) -> None:
        self.files = self.first = files
        self.versions: dict[int, tuple[File, ...]] = {}
        self.key = key
        self.prune = prune
        self.checked = checked
        self.program: Program = program or compile(files, key)
        self.made.append(self)
        self.live: Live = new(self.program, "i-1", prune)
        self.whole: Live = new(self.program, "i-1", prune=False)
        self.entries: list[Entry] = []
        self.followed: dict[str, Any] = {}
        self.effects: list[list[dict[str, Any]]] = []
        self.feel: FeelEvaluator = ToyFeel()

    def do(
        self,
        kind: str,
        element: str | None = None,
        task: str | None = None,
        actor: str = "ann",
        at: int = 0,
        **data: Any,
    ) -> list[dict[str, Any]]:
        """One entry, its data as keywords; returns its effects."""
        return self.give(kind, element, task, data, actor, at)

    def give(
        self,
        kind: str,
        element: str | None,
        task: str | None,
        data: dict[str, Any],
        actor: str = "ann",
        at: int = 0,
    ) -> list[dict[str, Any]]:
        """One entry; returns its effects."""
        entry = self.entry(kind, element, task, data, actor, at)
        before = snapshot(self.live) if self.checked else b""
        written = checkpoint(self.live) if self.checked else ""
        try:
            effects = apply(self.live, entry, self.feel)
        except StepFailed as failure:
            if self.checked:
                self.check_failed(failure, before, written, entry)
            raise
        self.keep(entry, effects)
        if self.checked:
            self.check_restored(before, written, entry)
            self.check_whole(entry)
        return effects

    def entry(
        self, kind: str, element: str | None, task: str | None, data: dict[str, Any], actor: str = "ann", at: int = 0
    ) -> Entry:
        """The next entry."""
        last = self.entries[-1].at if self.entries else START
        return Entry(
            instance="i-1",
            seq=len(self.entries) + 1,
            at=at or last + 1_000_000,
            kind=kind,
            actor=actor,
            channel="api",
            fold=FOLD,
            definition_set="set",
            element=element,
            task=task,
            data=data,
        )

    def keep(self, entry: Entry, effects: list[dict[str, Any]]) -> None:
        """Writes down what an entry did."""
        self.entries.append(entry)
        self.effects.append(json.loads(json.dumps(effects)))
        for effect in effects:
            if effect["type"] == "set" and effect["scope"] == "":
                follow(self.followed, effect)
        assert self.followed == self.variables, "the effects tell all that happened to the variables"

    def migrate(self, *files: File, at: int = 0, **mapping: str) -> list[dict[str, Any]]:
        """Goes on on another version; the same from a restored copy, and where nothing was ever taken out."""
        entry = self.entry("migrated", None, None, {"mapping": mapping}, at=at)
        before = snapshot(self.live)
        live, effects = migrate(self.live, compile(files, self.key), entry, self.feel)
        copy, again = migrate(restore(self.program, before), compile(files, self.key), entry, self.feel)
        self.whole, whole = migrate(self.whole, compile(files, self.key), entry, self.feel)
        self.live, self.files, self.program = live, files, live.program
        self.keep(entry, effects)
        assert again == whole == self.effects[-1]
        assert snapshot(copy) == snapshot(live)
        assert self.whole.machine.open.keys() == live.machine.open.keys()
        self.versions[entry.seq] = files
        return effects

    def check_failed(self, failure: StepFailed, before: bytes, written: str, entry: Entry) -> None:
        """It fails alike wherever it is made; it goes on from before, for the damaged copies are dropped."""
        copy = restore(self.program, before)
        for live in (copy, resume(self.program, written), self.again(self.prune), self.whole):
            with pytest.raises(type(failure)) as another:
                apply(live, entry, self.feel)
            assert str(another.value) == str(failure)
        if not isinstance(failure, NotOpen):
            self.live, self.whole = restore(self.program, before), self.again(False)

    def check_whole(self, entry: Entry) -> None:
        """The step, made where nothing that is finished is ever taken out of the tree."""
        whole = self.whole
        assert apply(whole, entry, self.feel) == self.effects[-1]
        assert variables(whole) == self.variables
        assert (whole.status, whole.end) == (self.live.status, self.live.end)
        assert whole.machine.open.keys() == self.live.machine.open.keys()

    def check_restored(self, before: bytes, written: str, entry: Entry) -> None:
        """The step, made on a copy restored onto freshly compiled specs: from a snapshot, or from a checkpoint."""
        program = compile(self.files, self.key)
        copy = restore(program, before) if entry.seq % 2 else resume(program, written)
        assert apply(copy, entry, self.feel) == self.effects[-1]
        assert state(copy) == state(self.live)
        assert snapshot(copy) == snapshot(self.live)

    def again(self, prune: bool) -> Live:
        """All entries again, on other specs."""
        copy = new(compile(self.first, self.key), "i-1", prune)
        for entry, recorded in zip(self.entries, self.effects, strict=True):
            if entry.kind == "migrated":
                copy, effects = migrate(copy, compile(self.versions[entry.seq], self.key), entry, self.feel)
            else:
                effects = apply(copy, entry, self.feel)
            assert effects == recorded
        return copy

    def check_replayed(self) -> None:
        """Executed again it is the same."""
        copy = self.again(self.prune)
        assert checkpoint(copy) == checkpoint(self.live), "every key is in its place"

    def start(self, **values: Any) -> list[dict[str, Any]]:
        """Starts the instance with variables."""
        return self.do("started", variables=values)

    def task(self, element: str) -> str:
        """The id of the first open task there."""
        return next(id for id, place in self.live.tasks.items() if place == element)

    def complete(
        self, element: str, actor: str = "ann", task: str | None = None, **values: Any
    ) -> list[dict[str, Any]]:
        """Completes the first open task there."""
        return self.do("completed", element, task or self.task(element), actor, data=values)

    def fire(self, element: str, at: int = 0) -> list[dict[str, Any]]:
        """Fires the first timer there, for the instant for which it was set."""
        timer = next(id for id, place in self.live.timers.items() if place == element)
        due = self.live.machine.open[timer].internal_data["due"]
        return self.give("timer", element, timer, {"due": due}, "system", at)

    def message(self, element: str, **payload: Any) -> list[dict[str, Any]]:
        """Gives a message to the first that waits there."""
        subscription = next(id for id, place in self.live.subscriptions.items() if place == element)
        return self.do("message", element, subscription, payload=payload)

    def job(self, element: str, **result: Any) -> list[dict[str, Any]]:
        """Delivers the result of the first job there."""
        job = next(id for id, place in self.live.jobs.items() if place == element)
        return self.do("job_completed", element, job, "system", result=result)

    @property
    def open(self) -> list[str]:
        """The elements with open user tasks, sorted."""
        return sorted(self.live.tasks.values())

    @property
    def variables(self) -> dict[str, Any]:
        """The instance's variables."""
        return variables(self.live)

    def taken(self) -> list[str]:
        """All flows taken so far, in order."""
        return [e["element"] for step in self.effects for e in step if e["type"] == "flow"]

    def ended(self, at: str | None) -> None:
        """The instance ended at that element, nothing is left, and executing all again says the same."""
        assert self.live.end == at
        assert self.live.status in ("completed", "terminated")
        assert not self.live.machine.open
        assert not self.live.machine.subprocesses
        entered = [e["token"] for step in self.effects for e in step if e["type"] == "entered"]
        left = [e["token"] for step in self.effects for e in step if e["type"] == "left"]
        assert sorted(entered) == sorted(left), "each token that entered has left"
        self.check_replayed()
