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

    def add(self, id: str, takes: Sequence[str], gives: Sequence[str], label: str | None = None) -> None:
        """A transition and the places that it needs."""
        self.places |= dict.fromkeys((*takes, *gives))
        self.transitions.append(Transition(f"{len(self.transitions)} {id}", label, tuple(takes), tuple(gives)))


def net(processes: Mapping[str, Process], key: str) -> Net:
    """The net of a process; a stage that is called in two places is drawn in each. Raises KeyError."""
    made = Net()
    made.places |= dict.fromkeys((made.source, made.sink))
    _Scope(made, processes, processes[key], None, "").draw([made.source], ["over"])
    for place in [place for place in made.places if place not in (made.source, made.sink, "over")]:
        made.add(f"drop {place}", ["over", place], ["over"])
    made.add("end", ["over"], [made.sink])
    return made


@dataclass(frozen=True)
class _Scope:
    """A process, or a sub-process of it (`parent`), drawn under a prefix, for a stage may be called twice."""

    net: Net
    processes: Mapping[str, Process]
    process: Process
    parent: str | None
    prefix: str

    def draw(self, takes: Sequence[str], gives: Sequence[str]) -> None:
        """What begins with a token on `takes` and, whenever an end is reached, puts one on `gives`."""
        ended = self.place("ended")
        inside = [element for element in self.process.elements if element.parent == self.parent]
        starts = [element for element in inside if element.type == "startEvent" and not element.incoming]
        plain = [element for element in starts if element.event is None] or starts or inside[:1]
        for element in plain:
            self.net.add(f"{self.prefix}{element.id} begins", takes, [self.place(f"at {element.id}")])
        for element in inside:
            for flow in self.arriving(element):
                if not element.type.endswith("Gateway"):
                    self.net.add(
                        f"{self.prefix}{flow.id} arrives", [self.place(flow.id)], [self.place(f"at {element.id}")]
                    )
            self.element(element, ended)
        self.net.add(f"{self.prefix}ends", [ended], gives)

    def place(self, name: str) -> str:
        """A place of this scope."""
        return f"{self.prefix}{name}"

    def arriving(self, element: Element) -> list[Flow]:
        """The flows into an element."""
        return [flow for flow in self.process.flows if flow.target == element.id]

    def leaving(self, element: Element) -> list[str]:
        """The places behind an element: of each flow out of it."""
        return [self.place(flow.id) for flow in self.process.leaving(element.id)]

    def element(self, element: Element, ended: str) -> None:
        """How a token passes one element."""
        at, out = self.place(f"at {element.id}"), self.leaving(element)
        name = f"{self.prefix}{element.id}"
        if element.type.endswith("Gateway"):
            self.gateway(element, out)
        elif element.type == "boundaryEvent":
            self.boundary(element, out)
        elif element.type == "endEvent":
            self.net.add(name, [at], [ended])
        else:
            label = element.id if element.type.endswith(LABELLED) else None
            self.activity(element, at, out or [ended], label)

    def activity(self, element: Element, at: str, out: list[str], label: str | None) -> None:
        """An activity or event in the flow: begun it is at work, where boundary events find it, until it is done."""
        name = f"{self.prefix}{element.id}"
        work, done = self.place(f"in {element.id}"), self.place(f"done {element.id}")
        self.net.add(f"{name} begins", [at], [work])
        if element.type in ("subProcess", "transaction", "adHocSubProcess") or element.called in self.processes:
            called = self.processes.get(element.called or "", self.process)
            parent = None if element.called in self.processes else element.id
            entered = self.place(f"inside {element.id}")
            self.net.add(f"{name} enters", [work], [work, entered])
            _Scope(self.net, self.processes, called, parent, f"{name}/").draw([entered], [done])
            self.net.add(f"{name} leaves", [work, done], out, None)
        else:
            self.net.add(name, [work], out, label)
        if element.multi is not None:
            self.net.add(f"{name} not once", [work], out)

    def boundary(self, element: Element, out: list[str]) -> None:
        """An event at an activity that is at work, which goes on or is given up."""
        work = self.place(f"in {element.attached_to}")
        self.net.add(f"{self.prefix}{element.id}", [work], [*out, work] if not element.interrupting else out)

    def gateway(self, element: Element, out: list[str]) -> None:
        """Which tokens a gateway takes and which ways it opens."""
        name = f"{self.prefix}{element.id}"
        into = [self.place(flow.id) for flow in self.arriving(element)]
        between = self.place(f"at {element.id}")
        some = element.type in ("inclusiveGateway", "complexGateway")
        if element.type == "parallelGateway":
            self.net.add(f"{name} joins", into, [between])
            self.net.add(f"{name} splits", [between], out)
            return
        for number, takes in enumerate(subsets(into) if some else ([one] for one in into)):
            self.net.add(f"{name} joins {number}", takes, [between])
        for number, gives in enumerate(subsets(out) if some else ([one] for one in out)):
            self.net.add(f"{name} splits {number}", [between], gives)


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
