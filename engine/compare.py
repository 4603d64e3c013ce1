"""What is different between two versions of a procedure, or between any two sets of its files."""

from collections.abc import Callable, Iterator, Sequence

from bpmn.compare import Difference, decisions, diagrams, procedures
from bpmn.model import File
from bpmn.procedure import KIND as PROCEDURE
from engine.definitions import by_key, versions
from engine.room import Room
from engine.views import Comparison
from forms import compare as forms
from forms.word import compare as templates

COMPARED: tuple[tuple[str, Callable[[Sequence[File], Sequence[File]], Iterator[Difference]]], ...] = (
    (".bpmn", diagrams.compare),
    (".dmn", decisions.compare),
    (".form", forms.compare),
    (".docx", templates.compare),
    (PROCEDURE, procedures.compare),
)


def differences(before: Sequence[File], after: Sequence[File]) -> list[Difference]:
    """What is different between two sets of files, each as it is stored: diagrams normalised."""
    found: list[Difference] = []
    for ending, compare in COMPARED:
        old, new = ([file for file in files if file.name.endswith(ending)] for files in (before, after))
        found += compare(old, new)
    return found


def compare(room: Room, key: str, before: int | None, after: int | None) -> Comparison:
    """Two versions of a procedure: the newest with the one before it, where nothing else is asked.

    Raises UnknownDefinition."""
    with room.database.read() as connection:
        known = [one.version for one in versions(connection, key)]
        after = known[0] if after is None else after
        earlier = (version for version in known if version < (after or 0))
        before = next(earlier, after) if before is None else before
        old, new = by_key(room, connection, key, before), by_key(room, connection, key, after)
    return Comparison(old, new, differences(old.files, new.files))
