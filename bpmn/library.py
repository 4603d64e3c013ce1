"""The procedures that come with the house: one folder each under bpmn/diagrams."""

from __future__ import annotations

from pathlib import Path

from bpmn.model import File
from bpmn.procedure import KIND as PROCEDURE

DIAGRAMS = Path(__file__).parent / "diagrams"
KINDS = (".bpmn", ".dmn")


def procedures(folder: Path = DIAGRAMS) -> dict[str, list[File]]:
    """The diagrams and decisions of each procedure, by the number that its folder is named after."""
    if not folder.is_dir():
        return {}
    found = {}
    for procedure in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(path for path in procedure.iterdir() if path.suffix in KINDS)
        if files:
            found[procedure.name] = [File(path.name, path.read_bytes()) for path in files]
    return found


def texts(folder: Path = DIAGRAMS) -> list[File]:
    """What procedures say besides their diagrams: see bpmn.procedure."""
    return [File(path.name, path.read_bytes()) for path in sorted(folder.glob(f"*/*{PROCEDURE}"))]
