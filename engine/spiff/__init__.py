"""The machine that executes diagrams: the only package that imports SpiffWorkflow."""

from engine.spiff.errors import NotOpen, ProgramRefused, StateUnreadable, StepFailed
from engine.spiff.live import FOLD, FOLDS, Live, apply, follow, new, variables
from engine.spiff.migrate import migrate
from engine.spiff.program import Program, compile
from engine.spiff.snapshot import checkpoint, restore, resume, snapshot, state

__all__ = [
    "FOLD",
    "FOLDS",
    "Live",
    "NotOpen",
    "Program",
    "ProgramRefused",
    "StateUnreadable",
    "StepFailed",
    "apply",
    "checkpoint",
    "compile",
    "follow",
    "migrate",
    "new",
    "restore",
    "resume",
    "snapshot",
    "state",
    "variables",
]
