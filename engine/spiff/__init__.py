"""The machine that executes diagrams: the only package that imports SpiffWorkflow."""

from engine.spiff.errors import NotOpen, ProgramRefused, StepFailed
from engine.spiff.live import FOLD, Live, apply, follow, new, variables
from engine.spiff.program import Program, compile
from engine.spiff.snapshot import restore, snapshot, state

__all__ = [
    "FOLD",
    "Live",
    "NotOpen",
    "Program",
    "ProgramRefused",
    "StepFailed",
    "apply",
    "compile",
    "follow",
    "new",
    "restore",
    "snapshot",
    "state",
    "variables",
]
