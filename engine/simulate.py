"""Walks a draft with chosen or random answers, storing nothing: what is reached, what waits, what fails."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bpmn.errors import FieldError, Invalid
from bpmn.feel import Feel
from bpmn.model import Element, File, Finding, Json
from bpmn.sentence import Sentence, say
from engine.definitions import Pinned
from engine.deploy import draft
from engine.entry import Entry
from engine.plausible import Answers, hints
from engine.room import Room
from engine.spiff import FOLD, Live, StepFailed, apply, new, variables
from forms.library import files as bundled
from forms.model import Form
from forms.read import read as read_form

RUNS, MOST_RUNS = 50, 200
STEPS = 300
"""Steps of one run; a loop that chance never leaves ends here."""
ALL_STEPS = 20_000
SECONDS = 60.0
"""What all runs of a draft may take together, and what its expressions may: then fewer runs are told."""
INSTANCE = "00000000-0000-0000-0000-000000000000"
START = 1_780_000_000_000_000
MINUTE = 60_000_000
SELDOM = 0.15  # how often something that need not happen does: a timer, a message


@dataclass(frozen=True)
class Failure:
    """A step that could not be taken: where, why, in how many runs, and the answers of the first of them; `said` is
    the reason as it can be told in another language."""

    element: str | None
    reason: str
    runs: int
    answers: Mapping[str, Json]
    said: Sentence


@dataclass(frozen=True)
class Simulation:
    """What the runs of one process came to. `waits` names what was waited for at each element; `unended` runs were
    left after STEPS steps, or when the time was over."""

    process: str
    name: str
    runs: int
    ends: Mapping[str, int]
    unended: int
    reached: Mapping[str, int]
    never: Sequence[str]
    flows_never: Sequence[str]
    waits: Mapping[str, str]
    failures: Sequence[Failure]


@dataclass(frozen=True)
class Outcome:
    """The findings about a draft, and a simulation of each of its processes that can be executed."""

    findings: Sequence[Finding]
    simulations: Sequence[Simulation]


def simulate(
    room: Room, files: Sequence[File], told: Mapping[str, Json], runs: int = RUNS, seed: int = 1, key: str | None = None
) -> Outcome:
    """Simulate the processes that the files define, or the one of that key. The same seed walks the same ways."""
    if not 1 <= runs <= MOST_RUNS:
        raise Invalid(errors=[FieldError("runs", say("应为 1 至 {most}", most=MOST_RUNS))])
    findings, found = draft(room, files)
    called = {element.called for pinned in found for process in pinned.processes for element in process.elements}
    # A stage that another process calls is walked with its caller, whose variables it reads.
    chosen = [one for one in found if key == one.manifest.key or (key is None and one.manifest.key not in called)]
    if key is not None and found and not chosen:
        raise Invalid(errors=[FieldError("definition", "文件中没有这个流程")])
    until = time.monotonic() + SECONDS
    with room.feel.within(SECONDS):
        return Outcome(findings, [_process(pinned, told, runs, seed, room.feel, until) for pinned in chosen])


@dataclass
class _Seen:
    """What the runs so far have shown."""

    reached: Counter[str] = field(default_factory=Counter)
    flows: set[str] = field(default_factory=set)
    ends: Counter[str] = field(default_factory=Counter)
    waits: dict[str, str] = field(default_factory=dict)
    failures: dict[tuple[str | None, str], Failure] = field(default_factory=dict)
    unended: int = 0
    steps: int = 0

    def note(self, effects: Iterable[Mapping[str, Any]]) -> None:
        for effect in effects:
            if effect["type"] == "entered":
                self.reached[effect["element"]] += 1
            elif effect["type"] == "flow":
                self.flows.add(effect["element"])

    def failed(self, error: StepFailed, answers: Mapping[str, Json]) -> None:
        place = (error.element, str(error.reason))
        before = self.failures.get(place)
        first = before.answers if before is not None else dict(answers)
        self.failures[place] = Failure(*place, 1 + (before.runs if before else 0), first, error.reason)


def _process(pinned: Pinned, told: Mapping[str, Json], runs: int, seed: int, feel: Feel, until: float) -> Simulation:
    seen, done = _Seen(), 0
    known = hints(_expressions(pinned), feel)
    for number in range(runs):
        if seen.steps >= ALL_STEPS or time.monotonic() > until:
            break
        chance = random.Random(f"{seed} {number}")
        _Run(pinned, Answers(told, known, chance), chance, feel, seen, until).walk()
        done += 1
    elements = [element for element in pinned.program.elements.values() if element.line is not None]
    flows = [flow.id for process in pinned.processes for flow in process.flows]
    return Simulation(
        process=pinned.manifest.key,
        name=pinned.processes[0].name,
        runs=done,
        ends=dict(sorted(seen.ends.items())),
        unended=seen.unended,
        reached={element.id: seen.reached[element.id] for element in elements if seen.reached[element.id]},
        never=[element.id for element in elements if not seen.reached[element.id]],
        flows_never=[id for id in flows if id not in seen.flows],
        waits=dict(sorted(seen.waits.items())),
        failures=sorted(seen.failures.values(), key=lambda failure: -failure.runs),
    )


def _expressions(pinned: Pinned) -> Iterable[str]:
    """Everything that asks about a variable."""
    for process in pinned.processes:
        yield from (flow.condition for flow in process.flows if flow.condition)
        for element in process.elements:
            if element.event == "conditional" and element.event_value:
                yield element.event_value
            if element.multi is not None and element.multi.completion:
                yield element.multi.completion


@dataclass
class _Run:
    """One instance, from its start until it ends, fails or has gone on for too long."""

    pinned: Pinned
    answers: Answers
    chance: random.Random
    feel: Feel
    seen: _Seen
    until: float
    seq: int = 0
    at: int = START
    due: dict[str, int] = field(default_factory=dict)
    given: dict[str, Json] = field(default_factory=dict)

    def walk(self) -> None:
        live = new(self.pinned.program, INSTANCE)
        try:
            first = self.form(self.pinned.processes[0].start_form)
            starts = sorted(self.pinned.program.spec.starts)
            begun = self.chance.choice(starts) if len(starts) > 1 else None
            self.step(live, "started", begun, None, {"variables": self.filled(first, ()), "business_key": "模拟"})
            for _ in range(STEPS):
                if live.status != "active":
                    self.seen.ends[live.end or live.status] += 1
                    return
                if time.monotonic() > self.until:
                    break
                self.act(live)
            self.seen.unended += 1
        except StepFailed as error:
            if error.limited:
                self.seen.unended += 1
            else:
                self.seen.failed(error, self.given)

    def act(self, live: Live) -> None:
        """One thing that is waited for happens: people and machines mostly, timers and messages seldom."""
        busy = [("task", *pair) for pair in live.tasks.items()] + [("job", *pair) for pair in live.jobs.items()]
        idle = [("timer", *pair) for pair in live.timers.items()]
        idle += [("subscription", *pair) for pair in live.subscriptions.items()]
        for kind, _, element in (*busy, *idle):
            self.seen.waits.setdefault(element, kind)
        seldom = idle and (not busy or self.chance.random() < SELDOM)
        kind, id, element = self.chance.choice(sorted(idle if seldom else busy, key=str))
        drawn = self.pinned.program.elements[element]
        if kind == "task":
            data = self.filled(self.form(drawn.form), () if drawn.form else self.answers.hints)
            self.step(live, "completed", element, id, {"data": data})
        elif kind == "job":
            self.step(live, "job_completed", element, id, {"result": self.result(drawn, live)})
        elif kind == "timer":
            self.at = max(self.at, self.due.get(id, 0))
            self.step(live, "timer", element, id, {})
        else:
            self.step(live, "message", element, id, {"payload": self.answers.of_names(self.answers.hints)})

    def form(self, key: str | None) -> Form | None:
        """The form of that key, as deployed with the draft or as the house has it."""
        if key is None:
            return None
        content = self.pinned.files.get(f"{key}.form")
        return read_form(content if content is not None else bundled()[key].content)

    def filled(self, form: Form | None, names: Iterable[str]) -> dict[str, Json]:
        data = self.answers.of_names(names) if form is None else self.answers.of_form(form)
        self.given |= data
        return data

    def result(self, drawn: Element, live: Live) -> dict[str, Json]:
        """What a service answers: what was told for it, what its output parameters ask for, and where it has none,
        what conditions ask for and nobody has said yet."""
        told = self.answers.told.get(drawn.id)
        texts = [text for _, text in drawn.outputs if text.lstrip().startswith("=")]
        asked = {name for text in texts for name in self.feel.names(text)} - {"result"}
        if not drawn.outputs:
            asked = set(self.answers.hints) - set(variables(live))
        return {**self.answers.of_names(sorted(asked)), **(told if isinstance(told, Mapping) else {})}

    def step(self, live: Live, kind: str, element: str | None, task: str | None, data: dict[str, Any]) -> None:
        self.seq += 1
        self.at += MINUTE
        self.seen.steps += 1
        entry = Entry(
            instance=INSTANCE,
            seq=self.seq,
            at=self.at,
            kind=kind,
            actor="simulated_1",
            channel="cli",
            fold=FOLD,
            definition_set="draft",
            element=element,
            task=task,
            data=data,
        )
        effects = apply(live, entry, self.feel)
        self.due |= {effect["timer"]: effect["due_at"] for effect in effects if effect["type"] == "timer_opened"}
        self.seen.note(effects)
