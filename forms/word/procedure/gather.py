"""Gathers what the diagrams say of a procedure: its sections by clause, its duties by lane, its records."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from bpmn.drawing import drawings
from bpmn.model import Element, Process
from bpmn.roles import ROLES, role_by_key, role_by_title
from forms.read import read as read_form
from forms.word.procedure.content import Duty, Figure, Kept, Section, Stage, Step, Steps
from forms.word.record import records

OURS = "系统补充"
MANUAL = frozenset(["userTask", "manualTask"])
MOMENTS = {"timer": "到时", "message": "收到消息", "signal": "收到信号", "conditional": "条件成立"}


def ours(told: Element | Process) -> bool:
    """Whether all of it is marked as not the company's own."""
    return told.documentation.startswith(OURS)


def numbered(clause: str | None) -> tuple[int, ...]:
    """A clause's number, to sort by; what is no number goes first."""
    parts = (clause or "").split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()


def own(processes: Sequence[Process]) -> list[Process]:
    """The process itself and its stages, in the order of the clauses at which they are called."""
    main = processes[0]
    stages = [process for process in processes[1:] if process.key.startswith(f"{main.key}_")]
    calls = [element for process in processes for element in process.elements if element.called]

    def place(stage: Process) -> tuple[tuple[int, ...], int]:
        found = [(numbered(call.clause), at) for at, call in enumerate(calls) if call.called == stage.key]
        return max(found, default=((), 0))

    return [main, *sorted(stages, key=place)]


def steps(processes: Sequence[Process], files: Mapping[str, bytes]) -> Steps:
    """The overview, the sections, and the other procedures that are called. The first process is the main one."""
    mine = own(processes)
    main, stages = mine[0], {process.key for process in mine[1:]}
    others = sorted((process for process in processes if process not in mine), key=lambda process: process.key)
    called = tuple(Section(one.key, one.name, (_stage(one, _rows(one), stages, files),)) for one in others)
    rows = [one for one in _rows(main) if not stages or one.called in stages]
    overview = Section(*_named(main), (_stage(main, rows, stages, files),))
    return Steps(overview, tuple(_sections(mine, stages, files)) if stages else (), called)


def _rows(process: Process) -> list[Element]:
    """The elements that a section tells of, by their clause, the ends last."""
    told = [element for element in ordered(process) if _told(element)]
    return sorted(told, key=lambda element: (element.type == "endEvent", numbered(element.clause)))


def _stage(process: Process, rows: Sequence[Element], own: Set[str], files: Mapping[str, bytes]) -> Stage:
    texts = (process.documentation,) if process.documentation else ()
    told = tuple(_step(one, process, own, files) for one in rows)
    return Stage(texts, _figures(process, files), told, ours(process))


def _sections(mine: Sequence[Process], own: Set[str], files: Mapping[str, bytes]) -> Iterator[Section]:
    """One for each two-part number, with the stages whose names begin so. A step stands where its clause does."""
    homes = {process.key: _named(process)[0] or process.key for process in mine[1:]}
    found: dict[str, list[tuple[Process, Element]]] = {home: [] for home in homes.values()}
    for process in mine:
        for element in _rows(process):
            if element.called not in own or process is not mine[0]:
                home = _home(element, homes.get(process.key, ""), found)
                found.setdefault(home, []).append((process, element))
    for number in dict.fromkeys(map(_section, sorted(found, key=numbered))):
        here = [process for process in mine[1:] if _section(homes[process.key]) == number]
        title = next((name for told, name in map(_named, here) if told == number), "")
        stages = []
        for process in sorted(here, key=lambda process: numbered(homes[process.key])):
            rows = sorted(found.pop(homes[process.key], ()), key=lambda pair: _place(pair[1]))
            told = _stage(process, (), own, files)
            stages.append(replace(told, steps=tuple(_step(one, where, own, files) for where, one in rows)))
        rest = [pair for home, rows in found.items() if _section(home) == number for pair in rows]
        if rest:
            stages.append(Stage((), (), tuple(_step(one, where, own, files) for where, one in rest)))
        yield Section(number, title, tuple(stages))


def _place(element: Element) -> tuple[bool, bool, tuple[int, ...]]:
    return element.type == "endEvent", element.type != "startEvent", numbered(element.clause)


def _home(element: Element, own: str, homes: Iterable[str]) -> str:
    """Of the stages that a clause belongs to, its own where that is one, else the one that says it most closely."""
    clause = element.clause or own
    if _section(clause) == _section(own):
        return own
    near = [home for home in homes if clause == home or clause.startswith(f"{home}.")]
    return max(near, key=len, default=_section(clause))


def _section(clause: str) -> str:
    return ".".join(clause.split(".")[:2])


def _named(process: Process) -> tuple[str, str]:
    """The number that a stage's name begins with, and the rest of the name."""
    number, _, rest = process.name.partition(" ")
    return (number, rest.strip()) if rest and numbered(number) else ("", process.name)


def _figures(process: Process, files: Mapping[str, bytes]) -> tuple[Figure, ...]:
    marked = set() if ours(process) else {element.id for element in process.elements if ours(element)}
    pictures = drawings(files[process.file], process.key, marked)
    first = " ".join(part for part in _named(process) if part)
    return tuple(Figure(one.name if at else first, one) for at, one in enumerate(pictures))


def ordered(process: Process) -> list[Element]:
    """The elements as the flow reaches them, what interrupts an activity after it; then what nothing reaches."""
    attached: dict[str, list[Element]] = {}
    for element in process.elements:
        if element.attached_to:
            attached.setdefault(element.attached_to, []).append(element)
    targets = {flow.target for flow in process.flows}
    first = [one for one in process.elements if one.id not in targets and not one.attached_to]
    found: dict[str, Element] = {}
    for start in (*sorted(first, key=lambda one: one.type != "startEvent"), *process.elements):
        todo = deque([start])
        while todo:
            element = todo.popleft()
            if element.id not in found:
                found[element.id] = element
                todo += [one for flow in process.leaving(element.id) if (one := process.element(flow.target))]
                todo += attached.get(element.id, ())
    return list(found.values())


def _told(element: Element) -> bool:
    """Activities always; events where the diagram says something of them; gateways are seen in the picture."""
    if element.type.endswith("Gateway"):
        return False
    return bool(element.documentation) or not element.type.endswith("Event")


def _step(element: Element, process: Process, own: Set[str], files: Mapping[str, bytes]) -> Step:
    return Step(
        element.clause or "",
        _label(element),
        who(element, process),
        element.documentation,
        _papers(element, own, files),
        ours(element) and not ours(process),
    )


def _label(element: Element) -> str:
    name = element.name or element.id
    if element.type == "endEvent":
        return f"结束：{name}"
    if element.type == "startEvent":
        return f"开始：{name}"
    if element.type.endswith("Event"):
        return f"{MOMENTS.get(element.event or '', '此时')}：{name}"
    return name


def who(element: Element, process: Process) -> str:
    """Who does it: the roles, else the lane; what a program does is the system's."""
    if element.type.endswith("Event"):
        return ""
    titles = [role_by_key[role].title if role in role_by_key else role for role in element.roles]
    told = "、".join(titles) or lane_of(element, process)
    behalf = "、".join(role_by_key[role].title for role in element.on_behalf if role in role_by_key)
    if element.type in MANUAL or element.called:
        return f"{told}（可由{behalf}代录）" if behalf else told
    return f"{told}（系统自动）" if told else "系统自动"


def lane_of(element: Element, process: Process) -> str:
    """The name of the innermost lane that it stands in; what is inside a sub-process stands where that does."""
    at: Element | None = element
    while at is not None:
        found = [name for name, ids in process.lanes if at.id in ids]
        if found:
            return found[-1]
        at = process.element(at.parent) if at.parent else None
    return ""


def _papers(element: Element, own: Set[str], files: Mapping[str, bytes]) -> str:
    if element.called:
        return "" if element.called in own else element.called
    if element.topic == "record":
        return _record(dict(element.inputs).get("form", ""))
    if not element.form:
        return ""
    return _record(element.form) or _title(files.get(f"{element.form}.form"))


def _record(name: str) -> str:
    wanted = name.strip().strip('="')
    found = next((one for one in records().values() if wanted and wanted in (one.key, one.number)), None)
    return "" if found is None else f"{found.number}《{found.title}》"


def _title(form: bytes | None) -> str:
    return read_form(form).title if form else ""


def duties(processes: Sequence[Process]) -> list[Duty]:
    """What each role does, roles in the order of clause 4, then lanes that are no single role's."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    mine = own(processes)
    stages = {process.key for process in mine[1:]}
    for process in mine:
        for element in ordered(process):
            automatic = element.type not in MANUAL and not element.called
            if element.type.endswith(("Event", "Gateway")) or (automatic and ours(element)):
                continue
            if element.called in stages and process is processes[0]:
                continue
            mark = ours(element) and not ours(process)
            for title in _titles(element, process):
                found.setdefault(title, []).append((element.clause or "", element.name, mark))
    order = [role.title for role in ROLES]
    titles = sorted(found, key=lambda title: order.index(title) if title in order else len(order))
    return [Duty(title, tuple(sorted(found[title], key=lambda step: numbered(step[0])))) for title in titles]


def _titles(element: Element, process: Process) -> list[str]:
    """Whose step it is: its roles; else its lane, and where that is no role the roles that its text names."""
    titles = [role_by_key[role].title for role in element.roles if role in role_by_key]
    lane = lane_of(element, process)
    if titles or not lane:
        return titles
    named = [] if lane in role_by_title else [role.title for role in ROLES if role.title in element.documentation]
    return [lane, *named]


def kept(processes: Sequence[Process]) -> list[Kept]:
    """The records that the steps leave, by their form number; those without a number last."""
    named = {
        dict(element.inputs).get("form", "").strip().strip('="')
        for process in processes
        for element in process.elements
        if element.topic == "record"
    }
    found = [one for one in records().values() if {one.key, one.number} & named]
    found.sort(key=lambda one: (not one.number, one.number, one.title))
    return [Kept(one.number, one.title) for one in found]
