"""Decisions: DMN 1.3 tables and literal expressions, their requirements and types, evaluated with FEEL."""

from bpmn.dmn.decide import Undecided, decide
from bpmn.dmn.model import AGGREGATIONS, SEVERAL, SINGLE, Decision, Input, Line, Output, Table, Type
from bpmn.dmn.read import decisions_of, read

__all__ = [
    "AGGREGATIONS",
    "SEVERAL",
    "SINGLE",
    "Decision",
    "Input",
    "Line",
    "Output",
    "Table",
    "Type",
    "Undecided",
    "decide",
    "decisions_of",
    "read",
]
