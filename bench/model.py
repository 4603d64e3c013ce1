"""What is executed: ten user tasks with three-field forms, two gateways, a script task; and four that turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bpmn.model import File

FOLDER = Path(__file__).parent / "model"
KEY = "ten"
STEPS = 10


def files(*keys: str) -> list[File]:
    """The diagrams of those keys, all of them without; the forms always."""
    wanted = [FOLDER / f"{key}.bpmn" for key in keys] if keys else sorted(FOLDER.glob("*.bpmn"))
    return [File(path.name, path.read_bytes()) for path in (*wanted, *sorted(FOLDER.glob("*.form")))]


def answers(step: int, turn: int = 0) -> dict[str, Any]:
    """What somebody fills in at step 1 to 10; different in every instance."""
    number = (turn * 7919 + step * 31) % 900
    return {f"text_{step}": f"已核对第 {step} 步，编号 {turn}", f"number_{step}": number, f"choice_{step}": "good"}
