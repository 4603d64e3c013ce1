"""What stands around files that are deployed alone: without it, what they share with others could not be checked."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from bpmn.check import check
from bpmn.feel import Feel
from bpmn.markup import Unreadable
from bpmn.model import File, Finding, Known, Process
from bpmn.read import read
from forms.read import read as read_form


class Deployed(Protocol):
    """What is deployed: processes by key and the file each stands in, contents by name and hash."""

    @property
    def processes(self) -> Mapping[str, Process]:
        """The newest of each key."""

    @property
    def homes(self) -> Mapping[str, str]:
        """Process key -> name and hash of its file, a NUL between them."""

    @property
    def files(self) -> Mapping[str, str]:
        """File name -> hash."""

    @property
    def stored(self) -> Mapping[str, bytes]:
        """Hash -> content."""


def checked(
    files: Sequence[File],
    deployed: Deployed,
    used: Callable[[Process], set[str]],
    known: Known,
    earlier: Callable[[], Known],
    feel: Feel,
) -> list[Finding]:
    """What is wrong in the files, and what they make wrong in the diagrams that run together with them.

    A stage that is deployed alone is checked with its procedure: its variables and ids are everybody's. `used`: the
    names of the forms and decision files of a process; `known`: what may be named now, `earlier` what could before."""
    given, (before, beside) = {file.name for file in files}, _around(files, deployed, used)
    found = check([*beside, *files], known, feel)
    own = [finding for finding in found if finding.file in given]
    others = [finding for finding in found if finding.file not in given and finding.severity == "error"]
    # What was wrong before does not stand in the way of what is deployed now: rules grow stricter with releases.
    ill = set(check(before, earlier(), feel)) if others else set()
    return own + [finding for finding in others if finding not in ill]


def _around(
    files: Sequence[File], deployed: Deployed, used: Callable[[Process], set[str]]
) -> tuple[list[File], list[File]]:
    """The deployed files that run together with these: all of them, and those that these do not replace."""
    drawn = {process.key: process for file in files for process in _processes(file)}
    names = {_name(file) for file in files}
    users = {key for key, process in deployed.processes.items() if names & used(process)}
    together = around({**deployed.processes, **drawn}, users | set(drawn))
    keys = [key for key in together if key in deployed.homes]
    tables = sorted({name for key in keys for name in used(deployed.processes[key]) if name.endswith(".dmn")})
    decisions = [File(name, deployed.stored[deployed.files[name]]) for name in tables]
    diagrams = {home: _file(home, deployed) for home in dict.fromkeys(deployed.homes[key] for key in keys)}
    replaced = {deployed.homes[key] for key in drawn if key in deployed.homes}
    kept = [*decisions, *(file for home, file in diagrams.items() if home not in replaced)]
    return [*decisions, *diagrams.values()], [file for file in kept if file.name not in names]


def _file(home: str, deployed: Deployed) -> File:
    name, _, sha = home.partition("\0")
    return File(name, deployed.stored[sha])


def _name(file: File) -> str:
    """The name under which it is deployed: a form is called after its key."""
    return f"{read_form(file.content).key}.form" if file.name.endswith(".form") else file.name


def _processes(file: File) -> list[Process]:
    """The processes of a diagram; none of what cannot be read, which the check tells."""
    try:
        return read(file) if file.name.endswith(".bpmn") else []
    except Unreadable:
        return []


def around(processes: Mapping[str, Process], changed: Collection[str]) -> list[str]:
    """The keys of all processes that run together with those changed, themselves included, in an order that stays.

    Whoever calls them, however far up, and everything that those call: an instance holds all of it."""
    callers: dict[str, set[str]] = {}
    called: dict[str, set[str]] = {}
    for process in processes.values():
        for element in process.elements:
            if element.called and element.called in processes:
                called.setdefault(process.key, set()).add(element.called)
                callers.setdefault(element.called, set()).add(process.key)
    return sorted(_reached(_reached(changed, callers), called))


def _reached(start: Iterable[str], leads: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    todo = list(start)
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            todo.extend(leads.get(key, ()))
    return found
