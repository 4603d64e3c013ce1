"""What a file of a procedure is about: what people call it, and which records its processes make."""

from collections.abc import Iterable
from dataclasses import dataclass

from bpmn import dmn
from bpmn.errors import GuichengError
from bpmn.model import File, Process
from bpmn.read import read
from forms.read import read as read_form
from forms.word.record import records


@dataclass(frozen=True)
class About:
    """A title, empty where the file cannot be read, and keys of records."""

    title: str = ""
    records: tuple[str, ...] = ()


def about(file: File) -> About:
    """What one file is about."""
    stem = file.name.rpartition(".")[0]
    try:
        if file.name.endswith(".bpmn"):
            processes = read(file)
            names = (process.name for process in processes if process.executable)
            return About("、".join(filter(None, names)), tuple(sorted(made(processes))))
        if file.name.endswith(".dmn"):
            return About("、".join(filter(None, (decision.name for decision in dmn.read(file).values()))))
        if file.name.endswith(".form"):
            return About(read_form(file.content).title)
    except GuichengError:
        return About()
    return About(records()[stem].title if stem in records() else "")


def made(processes: Iterable[Process]) -> set[str]:
    """The keys of the records that service tasks of these processes make."""
    asked = {
        value.strip()
        for process in processes
        for element in process.elements
        if element.topic == "record"
        for name, value in element.inputs
        if name == "form"
    }
    return {record.key for record in records().values() if {record.key, record.number} & asked}
