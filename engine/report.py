"""What verification found, as data that a fresh process hands back: faults, and of one instance a verdict an entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from bpmn.sentence import Sentence, fillings

State = Literal["executed", "skipped", "other_fold", "erased", "fault", "unchecked"]
MOST_TOLD = 20
"""Stretches that no anchor covers yet, told one by one; after them their number."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which instance, at which entry, and what; `-` where it is no instance's.

    `recorded` and `again`: the effects that only the journal has, and those that only re-execution gives."""

    instance: str
    seq: int | None
    reason: str
    details: dict[str, str | int] = field(default_factory=dict)
    recorded: list[dict[str, Any]] = field(default_factory=list)
    again: list[dict[str, Any]] = field(default_factory=list)

    @property
    def said(self) -> Sentence:
        """What is wrong, for people."""
        return Sentence(self.reason, fillings(self.details))


@dataclass(frozen=True)
class Verdict:
    """What came of one entry. `erased` and `skipped` ones hold by chain and seal; `unchecked` ones follow a break."""

    seq: int
    at: int
    kind: str
    actor: str
    element: str | None
    state: State
    why: str = ""


@dataclass
class Report:
    """What verification found. `ok` when nothing is wrong; erased payloads and old folds are told, not faults.

    `audited` counts what was checked of the audit log, none where one instance was asked for. `uncovered` holds the
    stretches that no anchor covers yet: instance, first and last entry. `reasons` says of each erased one why.
    `verdicts` are there where one instance was asked for, `paper` where a printed root was: the number of its anchor,
    or 0."""

    instances: int = 0
    entries: int = 0
    executed: int = 0
    skipped: int = 0
    purged: int = 0
    erased: list[tuple[str, int]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    other_folds: dict[int, int] = field(default_factory=dict)
    anchors: int = 0
    anchored: int = 0
    audited: int = 0
    audited_anchored: int = 0
    uncovered: list[tuple[str, int, int]] = field(default_factory=list)
    paper: int | None = None
    faults: list[Fault] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.faults

    def __str__(self) -> str:
        return self.told(lambda text: text)

    def told(self, translate: Callable[[str], str]) -> str:
        """The report as the console prints it, what is wrong in the reader's language."""
        return "\n".join(self._lines(translate))

    def _lines(self, translate: Callable[[str], str]) -> Iterator[str]:
        yield f"instances {self.instances}, entries {self.entries}, re-executed {self.executed}"
        yield f"anchors {self.anchors}; entries not yet covered by an anchor: {self.entries - self.anchored}"
        yield f"audit log {self.audited}, not yet covered by an anchor: {self.audited - self.audited_anchored}"
        for instance, first, last in self.uncovered[:MOST_TOLD]:
            yield f"not yet covered: instance {instance} entries {first} to {last}"
        if len(self.uncovered) > MOST_TOLD:
            yield f"not yet covered: {len(self.uncovered) - MOST_TOLD} instances more"
        if self.paper:
            yield f"the printed root is that of anchor {self.paper}: all that it covers was compared with it"
        if self.purged:
            yield f"purged: {self.purged} instances, of which the sealed head of the chain is left"
        for (instance, seq), reason in zip(self.erased, self.reasons, strict=True):
            yield f"erased: {instance} entry {seq}: {reason}"
        for fold, count in sorted(self.other_folds.items()):
            yield f"fold {fold}: {count} entries checked; a release that knows fold {fold} re-executes them"
        if self.skipped:
            why = "an expression ran out of time, or what they follow was erased or of another fold"
            yield f"not re-executed: {self.skipped} entries checked: {why}"
        for fault in self.faults:
            yield f"FAULT: instance {fault.instance} entry {fault.seq}: {fault.said.told(translate)}"
            yield from (f"  recorded: {effect}" for effect in fault.recorded)
            yield from (f"  again:    {effect}" for effect in fault.again)
        yield "ok" if self.ok else f"{len(self.faults)} faults"
