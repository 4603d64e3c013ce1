"""What is different between two versions: of diagrams and decisions, by element, in words that people use."""

from bpmn.compare.difference import KINDS, Difference, Kind, Of, Subject, Thing, Value, Word, compared, mirrored
from bpmn.compare.sequence import Pair, aligned, moved

__all__ = [
    "KINDS",
    "Difference",
    "Kind",
    "Of",
    "Pair",
    "Subject",
    "Thing",
    "Value",
    "Word",
    "aligned",
    "compared",
    "mirrored",
    "moved",
]
