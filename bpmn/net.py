"""A procedure with the stages that it calls as one Petri net (PNML), for checking logs against the diagrams.

Activities are transitions labelled with their element's id, gateways and events silent ones; an activity that repeats
is one. What a net without reset arcs cannot say, it allows: tokens that an end or a boundary event leaves behind may
go on or be dropped once the procedure is over. So what followed the diagrams always fits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from xml.sax.saxutils import quoteattr

from bpmn.model import Element, Flow, Process

LABELLED = ("Task", "task")
JOINS = ("parallelGateway", "inclusiveGateway", "complexGateway")
INSIDE = ("subProcess", "transaction", "adHocSubProcess")
OVER = "over"
WIDEST = 5
"""Ways of an inclusive gateway of which every choice is drawn; of more, each by itself and all together."""


@dataclass(frozen=True)
class Transition:
    """What takes a token from each place of `takes` and puts one on each of `gives`. Silent without a label."""

    id: str
    label: str | None
    takes: tuple[str, ...]
    gives: tuple[str, ...]


@dataclass
class Net:
    """Places and transitions; it begins with a token on `source` and ends with one on `sink` and no other."""

    source: str = "source"
    sink: str = "sink"
    places: dict[str, None] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    loose: dict[str, None] = field(default_factory=dict)
    """Places on which tokens may be left when the procedure is over."""

    def add(self, id: str, takes: Sequence[str], gives: Sequence[str], label: str | None = None) -> None:
        """A transition and the places that it needs."""
        self.places |= dict.fromkeys((*takes, *gives))
        self.transitions.append(Transition(f"{len(self.transitions)} {id}", label, tuple(takes), tuple(gives)))


def net(processes: Mapping[str, Process], key: str) -> Net:
    """The net of a process; a stage that is called in two places is drawn in each. Raises KeyError."""
    made = Net()
    made.places |= dict.fromkeys((made.source, made.sink))
    _Scope(made, processes, processes[key], None, "", False).draw([made.source], [OVER])
    for place in made.loose:
        made.add(f"drop {place}", [OVER, place], [OVER])
    made.add("end", [OVER], [made.sink])
    made.add("drop over", [OVER, made.sink], [made.sink])
    return made


@dataclass(frozen=True)
class _Scope:
    """A process, or a sub-process of it (`parent`), drawn under a prefix, for a stage may be called twice.

    `loose`: tokens may be left in it when it is given up."""

    net: Net
    processes: Mapping[str, Process]
    process: Process
    parent: str | None
    prefix: str
    loose: bool

    def draw(self, takes: Sequence[str], gives: Sequence[str]) -> None:
        """What begins with a token on `takes` and, whenever an end is reached, puts one on `gives`."""
        ended = f"{self.prefix}ended"
        inside = [element for element in self.process.elements if element.parent == self.parent]
        starts = [element for element in inside if element.type == "startEvent"]
        plain = [element for element in starts if element.event is None] or starts or inside[:1]
        before = len(self.net.places)
        for element in plain:
            self.net.add(f"{self.prefix}{element.id} begins", takes, self.leaving(element, ended))
        for element in inside:
            if element.type != "startEvent":
                self.element(element, ended)
        self.net.add(f"{self.prefix}ends", [ended], gives)
        if self.loose or any(map(_leaves, inside)):
            self.net.loose |= dict.fromkeys(list(self.net.places)[before:])
            self.net.loose.pop(OVER, None)

    def arrival(self, flow: Flow) -> str:
        """Where a token stands that took a flow: at the element, or at a join, which tells flows apart."""
        target = self.process.element(flow.target)
        joins = target is not None and target.type in JOINS and len(self.arriving(target)) > 1
        return f"{self.prefix}{flow.id}" if joins else f"{self.prefix}at {flow.target}"

    def arriving(self, element: Element) -> list[Flow]:
        """The flows into an element."""
        return [flow for flow in self.process.flows if flow.target == element.id]

    def leaving(self, element: Element, ended: str) -> list[str]:
        """The places behind an element, the end of the scope where nothing follows."""
        return [self.arrival(flow) for flow in self.process.leaving(element.id)] or [ended]

    def element(self, element: Element, ended: str) -> None:
        """How a token passes one element."""
        at, out = f"{self.prefix}at {element.id}", self.leaving(element, ended)
        name = f"{self.prefix}{element.id}"
        if element.type.endswith("Gateway"):
            self.gateway(element, at, out)
        elif element.type == "boundaryEvent":
            work = self.at_work(element)
            self.net.add(name, [work], out if element.interrupting else [*out, work])
        elif element.called in self.processes or element.type in INSIDE:
            self.stage(element, at, out)
        else:
            self.net.add(name, [at], out, element.id if element.type.endswith(LABELLED) else None)
        if element.multi is not None:
            self.net.add(f"{name} not once", [at], out)

    def at_work(self, boundary: Element) -> str:
        """Where a token is while the activity of a boundary event is at work."""
        held = self.process.element(boundary.attached_to or "")
        begun = held is not None and (held.called in self.processes or held.type in INSIDE)
        return f"{self.prefix}at {boundary.attached_to}{' begun' if begun else ''}"

    def stage(self, element: Element, at: str, out: list[str]) -> None:
        """A stage or sub-process: at work from its beginning to its first end, so that boundary events find it."""
        name = f"{self.prefix}{element.id}"
        entered, done, ready = f"{name} entered", f"{name} done", f"{name} ready"
        called = self.processes.get(element.called or "")
        given_up = any(one.attached_to == element.id and one.interrupting for one in self.process.elements)
        parent = None if called is not None else element.id
        scope = _Scope(self.net, self.processes, called or self.process, parent, f"{name}/", self.loose or given_up)
        if any(one.attached_to == element.id for one in self.process.elements):
            self.net.add(f"{name} enters", [at], [f"{self.prefix}at {element.id} begun", entered])
            scope.draw([entered], [done])
            self.net.add(f"{name} leaves", [f"{self.prefix}at {element.id} begun", done], out)
            self.net.loose |= dict.fromkeys([entered, done])
        else:
            scope.draw([at], [ready])
            self.net.add(f"{name} leaves", [ready], out)

    def gateway(self, element: Element, at: str, out: list[str]) -> None:
        """Which tokens a gateway takes and which ways it opens."""
        name, some = f"{self.prefix}{element.id}", element.type in ("inclusiveGateway", "complexGateway")
        into = list(dict.fromkeys(self.arrival(flow) for flow in self.arriving(element)))
        ways = list(subsets(out)) if some else [out] if element.type == "parallelGateway" else [[way] for way in out]
        joined = list(subsets(into)) if some else [into]
        if len(into) > 1 and element.type in JOINS:
            for takes in joined:
                self.net.add(f"{name} joins", takes, [at])
        for gives in ways:
            self.net.add(f"{name} splits", [at], gives)


def _leaves(element: Element) -> bool:
    """Whether tokens may be left where this element is: others of its scope end without them."""
    beside = element.type == "boundaryEvent" and not element.interrupting
    return beside or element.type in JOINS or element.type == "endEvent" and element.event == "terminate"


def subsets(ways: Sequence[str]) -> Iterator[Sequence[str]]:
    """Every choice of at least one of the ways; of many only each by itself and all together."""
    if len(ways) > WIDEST:
        return chain(([one] for one in ways), [ways])
    return chain.from_iterable(combinations(ways, count) for count in range(1, len(ways) + 1))


def pnml(made: Net, name: str) -> str:
    """The net as PNML, which says where it begins and where it ends."""
    ids = {place: f"p{number}" for number, place in enumerate(made.places)}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<pnml>",
        f'<net id="net" type="http://www.pnml.org/version-2009/grammar/pnmlcoremodel"><name>{_text(name)}</name>',
        '<page id="page">',
    ]
    for place, id in ids.items():
        mark = "<initialMarking><text>1</text></initialMarking>" if place == made.source else ""
        lines.append(f'<place id="{id}"><name>{_text(place)}</name>{mark}</place>')
    for number, one in enumerate(made.transitions):
        hidden = "" if one.label else '<toolspecific tool="ProM" version="6.4" activity="$invisible$"/>'
        lines.append(f'<transition id="t{number}"><name>{_text(one.label or one.id)}</name>{hidden}</transition>')
    for number, one in enumerate(made.transitions):
        arcs = [(ids[place], f"t{number}") for place in one.takes] + [(f"t{number}", ids[place]) for place in one.gives]
        lines += [f'<arc id="a{number}-{at}" source="{a}" target="{b}"/>' for at, (a, b) in enumerate(arcs)]
    lines.append("</page><finalmarkings><marking>")
    lines += [f'<place idref="{id}"><text>{int(place == made.sink)}</text></place>' for place, id in ids.items()]
    lines.append("</marking></finalmarkings></net></pnml>")
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """A PNML text."""
    return f"<text>{quoteattr(text)[1:-1]}</text>"
