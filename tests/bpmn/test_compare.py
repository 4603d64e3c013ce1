"""What is different between two versions is found, told by element, and the same from either side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bpmn.compare import Difference, Value, aligned, decisions, diagrams, mirrored, moved
from bpmn.library import procedures
from bpmn.markup import BPMN, CAMUNDA, DC, DD, DI, local, parse
from bpmn.model import File
from bpmn.normalise import normalise
from tests.bpmn.draw import diagram, flow, line, node, process, simple
from tests.bpmn.test_dmn import HEAD, table

Told = tuple[str, str, str, str | None, str | None]


def both(before: File, after: File) -> list[Difference]:
    """The differences of two files, which are those of the other direction mirrored."""
    compare = decisions.compare if before.name.endswith(".dmn") else diagrams.compare
    found, back = list(compare([before], [after])), list(compare([after], [before]))
    assert Counter(map(mirrored, found)) == Counter(back)
    return found


def text(value: Value | None) -> str | None:
    """What a value says."""
    return None if value is None else value.text


def told(found: Iterable[Difference]) -> list[Told]:
    """Kind, element, word, before, after."""
    return [(one.kind, one.subject.id, one.what, text(one.before), text(one.after)) for one in found]


def changed(what: str, before: str | None, after: str | None, element: str = "a") -> list[Told]:
    """One change of an element."""
    return [("changed", element, what, before, after)]


def timer(text: str) -> str:
    """A timer of this duration at task `a`."""
    inside = f"<timerEventDefinition><timeDuration>{text}</timeDuration></timerEventDefinition>"
    return node("boundaryEvent", "t", 'attachedToRef="a"', inside)


def multi(inside: str, attributes: str = "") -> str:
    return f"<multiInstanceLoopCharacteristics {attributes}>{inside}</multiInstanceLoopCharacteristics>"


def extended(inside: str) -> File:
    """A process of one call activity with this extension."""
    return diagram(f'<callActivity id="a"><extensionElements>{inside}</extensionElements></callActivity>')


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (simple(attributes='name="甲"'), simple(attributes='name="乙"'), changed("name", "甲", "乙")),
        (simple(), simple("serviceTask"), changed("tag", "userTask", "serviceTask")),
        (simple(), simple(attributes='camunda:formRef="f"'), changed("form", None, "f")),
        (simple(attributes='camunda:dueDate="=d"'), simple(), changed("due", "=d", None)),
        (simple(attributes='x="1"'), simple(attributes='x="2"'), [("changed", "a", "other", "1", "2")]),
        (simple(attributes='isForCompensation="false"'), simple(), []),
        (
            simple(inside="<documentation>甲</documentation>"),
            simple(inside="<documentation>乙</documentation>"),
            changed("documentation", "甲", "乙"),
        ),
        (simple(more=timer("P1D")), simple(more=timer("P2D")), changed("duration", "P1D", "P2D", "t")),
        (
            simple(inside=multi("<loopCardinality>2</loopCardinality>")),
            simple(inside=multi("<loopCardinality>3</loopCardinality>", 'isSequential="true"')),
            [*changed("sequential", None, "true"), *changed("times", "2", "3")],
        ),
        (
            extended('<camunda:in source="x" target="y"/>'),
            extended('<camunda:in source="z" target="y"/>'),
            changed("passed_in", "x", "z"),
        ),
        (
            extended(""),
            extended('<camunda:properties><camunda:property name="clause" value="5.5"/></camunda:properties>'),
            changed("clause", None, "5.5"),
        ),
        (
            extended(""),
            extended('<z:deep xmlns:z="urn:z"><z:er>!</z:er></z:deep>'),
            changed("other", None, "!"),
        ),
    ],
)
def test_what_changed_is_told_by_element_and_word(before: File, after: File, found: list[Told]) -> None:
    assert told(both(before, after)) == found


def test_an_unknown_extension_is_told_with_its_path() -> None:
    first, second = both(extended(""), extended('<camunda:executionListener event="start" class="X"/>'))
    assert (first.what, first.detail) == ("other", "extensionElements/camunda:executionListener/@event")
    assert second.detail == "extensionElements/camunda:executionListener/@class"


def drawn(*parts: str) -> File:
    return diagram(node("startEvent", "s"), node("endEvent", "e"), *parts)


def test_what_was_added_removed_and_rewired_is_told() -> None:
    before = drawn(node("task", "a"), node("task", "b"), line("s", "a", "b", "e"))
    after = drawn(node("task", "a"), node("task", "c"), line("s", "a", "c"), flow("a", "e", id="b_e"), flow("c", "e"))
    found = both(before, after)
    assert set(told(found)) == {
        ("changed", "b_e", "source", "b", "a"),
        ("added", "c", "", None, None),
        ("added", "a_c", "", None, None),
        ("added", "c_e", "", None, None),
        ("removed", "b", "", None, None),
        ("removed", "a_b", "", None, None),
    }


def test_a_condition_a_default_and_the_order_of_the_ways_are_told() -> None:
    ways = [flow("g", "a", "x = 1"), flow("g", "b")]
    parts = [node("exclusiveGateway", "g", 'default="g_b"'), node("task", "a"), node("task", "b")]
    before = drawn(*parts, *ways, flow("s", "g"))
    other = [node("exclusiveGateway", "g", 'default="g_a"'), *parts[1:]]
    after = drawn(*other, *reversed([flow("g", "a", "x = 2"), ways[1]]), flow("s", "g"))
    assert set(told(both(before, after))) == {
        ("changed", "g", "default", "g_b", "g_a"),
        ("changed", "g_a", "condition", "x = 1", "x = 2"),
        ("changed", "g", "order", "g_a\ng_b", "g_b\ng_a"),
    }


def lanes(first: Sequence[str], second: Sequence[str], name: str = "甲") -> File:
    """Two tasks in these lanes."""
    held = "".join(
        f'<lane id="{id}" name="{called}">{"".join(f"<flowNodeRef>{ref}</flowNodeRef>" for ref in refs)}</lane>'
        for id, called, refs in (("l1", name, first), ("l2", "乙", second))
    )
    return diagram(f'<laneSet id="lanes">{held}</laneSet>', node("userTask", "a"), node("userTask", "b"))


def test_a_change_of_lane_is_told_of_the_element_and_of_a_lane_only_what_it_says() -> None:
    assert told(both(lanes("ab", ""), lanes("a", "b", "丙"))) == [
        ("changed", "l1", "name", "甲", "丙"),
        ("changed", "b", "lane", "l1", "l2"),
    ]
    (one,) = [one for one in both(lanes("ab", ""), lanes("a", "b")) if one.what == "lane"]
    assert one.before and one.after and (one.before.name, one.after.name) == ("甲", "乙")


def test_an_element_keeps_its_identity_in_another_file_and_in_another_stage() -> None:
    stage = '<subProcess id="sub">{}</subProcess>'
    before, after = drawn(node("task", "a"), stage.format("")), drawn(stage.format(node("task", "a")))
    assert told(both(before, after)) == [("changed", "a", "parent", "p", "sub")]
    one, two = diagram(process(node("task", "a"))), diagram(process(key="q"), name="q.bpmn")
    other = diagram(process(key="p")), diagram(process(node("task", "a"), key="q"), name="q.bpmn")
    assert told(diagrams.compare([one, two], other)) == [("changed", "a", "parent", "p", "q")]


def test_a_file_with_another_name_is_still_the_same_procedure() -> None:
    other = simple()
    assert [one.subject.type for one in diagrams.compare([simple()], [File("other.bpmn", other.content)])] == []


def test_ids_that_several_files_have_are_told_apart_by_their_file() -> None:
    files = [diagram('<message id="m" name="{}"/>', process(key=key), name=f"{key}.bpmn") for key in "pq"]
    before = [File(file.name, file.content.replace(b"{}", b"x")) for file in files]
    after = [before[0], File("q.bpmn", files[1].content.replace(b"{}", b"y"))]
    (one,) = diagrams.compare(before, after)
    assert (one.subject.file, one.subject.id, one.what) == ("q.bpmn", "m", "name")


def pictured(**places: tuple[int, int]) -> File:
    """Tasks of these names at these places."""
    shapes = "".join(
        f'<di:BPMNShape id="{id}_di" bpmnElement="{id}"><dc:Bounds x="{x}" y="{y}" width="100" height="80"/>'
        "</di:BPMNShape>"
        for id, (x, y) in places.items()
    )
    spaces = 'xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    tasks = "".join(node("task", id) for id in places)
    return diagram(
        process(tasks),
        f'<di:BPMNDiagram {spaces}><di:BPMNPlane bpmnElement="p">{shapes}</di:BPMNPlane></di:BPMNDiagram>',
    )


def test_what_only_stands_elsewhere_is_moved() -> None:
    before = pictured(a=(0, 0), b=(200, 0), c=(400, 0))
    assert told(both(before, pictured(a=(0, 0), b=(200, 90), c=(400, 0)))) == [
        ("moved", "b", "place", "200,0", "200,90")
    ]


def test_a_drawing_that_was_moved_as_a_whole_is_told_once() -> None:
    before = pictured(a=(0, 0), b=(200, 0), c=(400, 0), d=(600, 0))
    after = pictured(a=(50, 20), b=(250, 20), c=(450, 20), d=(600, 300))
    assert told(both(before, after)) == [
        ("moved", "p", "shift", "0,0", "50,20"),
        ("moved", "d", "place", "600,0", "600,300"),
    ]


def decision(*rules: tuple[str, str], hit: str = 'hitPolicy="FIRST"', order: str = "") -> File:
    """The table of the tests of decisions, its rules with ids."""
    text = table(hit, list(rules))
    for number in order or "".join(str(n) for n in range(len(rules))):
        text = text.replace("<rule>", f'<rule id="r{number}">', 1)
    return File("d.dmn", f"{HEAD}{text}</definitions>".encode())


def test_a_decision_is_compared_cell_by_cell() -> None:
    before = decision(("> 1", '"low"'), ("> 5", '"high"'))
    after = decision(("> 2", '"low"'), ("> 5", '"top"'), ("> 9", '"max"'), hit='hitPolicy="UNIQUE"')
    found = both(before, after)
    assert [(one.kind, one.subject.type, one.subject.name, one.what, one.detail) for one in found] == [
        ("changed", "decision", "d", "hit", ""),
        ("changed", "rule", "1", "test", "n"),
        ("changed", "rule", "2", "result", "kind"),
        ("added", "rule", "3", "", ""),
    ]


def test_a_rule_that_stands_elsewhere_is_moved_and_a_new_decision_is_told_as_a_whole() -> None:
    rules = ("> 1", "1"), ("> 2", "2"), ("> 3", "3")
    before, after = decision(*rules), decision(rules[2], rules[0], rules[1], order="201")
    (one,) = both(before, after)
    assert (one.kind, one.what, one.subject.id) == ("moved", "order", "r2") and text(one.before) == "3"
    assert [one.kind for one in decisions.compare([], [before])] == ["added", "added"]


WHOLE = f"""{HEAD}<inputData id="i" name="数"/><decision id="d" name="定"><description>说</description>
<variable id="v" name="x" typeRef="string"/>
<informationRequirement id="q"><requiredInput href="#i"/></informationRequirement>
<decisionTable id="t" hitPolicy="COLLECT" aggregation="SUM">
<input id="a" label="甲"><inputExpression id="ae" typeRef="number"><text>n</text></inputExpression></input>
<output id="b" name="乙" typeRef="string"><outputValues><text>1,2</text></outputValues></output>
<annotation name="注"/>
<rule id="r1"><inputEntry id="r1a"><text>1</text></inputEntry><outputEntry id="r1b"><text>2</text></outputEntry>
<annotationEntry><text>记</text></annotationEntry></rule></decisionTable></decision>
<decision id="e"><literalExpression id="l"><text>x + 1</text></literalExpression></decision></definitions>"""


@pytest.mark.parametrize("number", range(1, len(list(etree.fromstring(WHOLE).iter()))))
def test_whatever_is_edited_in_a_decision_is_found(number: int) -> None:
    before = File("d.dmn", WHOLE.encode())
    for name in [*list(etree.fromstring(WHOLE).iter())[number].attrib, "new", "text", "out"]:
        root = etree.fromstring(WHOLE)
        part = list(root.iter(etree.Element))[number]
        holder = part.getparent()
        if name == "out" and holder is not None:
            holder.remove(part)
        elif name == "text":
            part.text = f"{part.text or ''}x"
        else:
            part.set(str(name), f"{part.get(str(name))}x")
        assert both(before, File("d.dmn", etree.tostring(root))) != [], (part.tag, name)


PROCEDURES = {number: [File(f.name, normalise(f.content)) for f in files] for number, files in procedures().items()}


@pytest.mark.parametrize("number", PROCEDURES)
def test_a_procedure_is_no_different_from_itself(number: str) -> None:
    assert list(diagrams.compare(PROCEDURES[number], PROCEDURES[number])) == []


PLAN = next(file for file in PROCEDURES["CBS00P004"] if file.name == "CBS00P004_plan.bpmn")
# Said twice in a file, or by nobody but the program that drew it.
REPEATED = ("incoming", "outgoing")
NAMELESS = ("waypoint", "Bounds", "BPMNLabel")


def places() -> list[tuple[int, str]]:
    """Each attribute of the plan's diagram that says something: number of the element, name of the attribute."""
    root = parse(PLAN.content)
    return [
        (number, str(name))
        for number, part in enumerate(root.iter(etree.Element))
        for name in part.attrib
        if not (name == "id" and str(part.tag).startswith((DI, DC, DD))) and local(part) != "laneSet"
    ]


def edited(number: int, name: str) -> File:
    """The plan with one attribute that says something else."""
    root = parse(PLAN.content)
    part = list(root.iter(etree.Element))[number]
    old = str(part.get(name))
    part.set(name, f"{float(old) + 7:g}" if local(part) in NAMELESS else f"{old}x")
    return File(PLAN.name, etree.tostring(root))


@given(st.sampled_from(places()))
def test_whatever_is_edited_is_found(place: tuple[int, str]) -> None:
    assert both(PLAN, edited(*place)) != []


def parts() -> list[int]:
    """Each element of the plan's diagram that says something by being there."""
    return [n for n, part in enumerate(parse(PLAN.content).iter(etree.Element)) if n and local(part) not in REPEATED]


def without(number: int) -> File:
    """The plan without one of its elements and what stands in it."""
    root = parse(PLAN.content)
    part = list(root.iter(etree.Element))[number]
    holder = part.getparent()
    assert holder is not None
    holder.remove(part)
    return File(PLAN.name, etree.tostring(root))


@given(st.sampled_from(parts()))
def test_whatever_is_taken_out_is_found(number: int) -> None:
    assert both(PLAN, without(number)) != []


OWNERS = [
    str(part.get("id"))
    for part in parse(PLAN.content).iter(*(BPMN + tag for tag in ("userTask", "serviceTask", "sequenceFlow", "lane")))
]


@given(
    st.sampled_from(OWNERS),
    st.sampled_from(["new", CAMUNDA + "new", "{urn:x}new", DI + "new"]),
    st.text("ab甲", max_size=5),
)
def test_whatever_is_added_to_an_element_is_told_of_that_element_alone(owner: str, name: str, said: str) -> None:
    root = parse(PLAN.content)
    (part,) = [one for one in root.iter(etree.Element) if one.get("id") == owner]
    part.set(name, said)
    (one,) = both(PLAN, File(PLAN.name, etree.tostring(root)))
    assert (one.kind, one.subject.id, one.what, text(one.after)) == ("changed", owner, "other", said)


KEYS = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_sequences_are_laid_side_by_side_whole_and_alike_from_either_side(old: list[str], new: list[str]) -> None:
    pairs = aligned(old, new)
    assert [one for one, _ in pairs if one is not None] == list(range(len(old)))
    assert [other for _, other in pairs if other is not None] == list(range(len(new)))
    assert aligned(new, old) == [(other, one) for one, other in pairs]


@given(KEYS, KEYS)
def test_without_what_was_moved_the_order_is_the_same(old: list[str], new: list[str]) -> None:
    out = set(moved(old, new))
    assert out == set(moved(new, old)) and out <= set(old) & set(new)
    stayed = [key for key in old if key in new and key not in out]
    assert stayed == [key for key in new if key in old and key not in out]
