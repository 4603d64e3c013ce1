"""Files made to do harm: told and refused, in bounded time and memory. Each is made here, in a line or two."""

from __future__ import annotations

import pytest

from bpmn.check import MOST, MOST_FILES, check
from bpmn.feel import Feel
from bpmn.markup import LARGEST
from bpmn.markup import MOST as MOST_ELEMENTS
from bpmn.model import File, Finding, Known
from bpmn.normalise import normalise
from tests.bpmn.draw import HEAD, diagram, flow, line, node, process, simple

ERROR = '<error id="err" name="x" errorCode="E"/>'
CHOSEN = node("startEvent", "s") + node("endEvent", "e") + node("endEvent", "f") + node("exclusiveGateway", "g")


def errors(feel: Feel, *files: File) -> list[Finding]:
    return [finding for finding in check(files, Known(), feel) if finding.severity == "error"]


def rules(feel: Feel, *files: File) -> set[str]:
    return {finding.rule for finding in errors(feel, *files)}


def chain(length: int, key: str) -> str:
    """A process of so many tasks, one after the other."""
    ids = [f"{key}{number}" for number in range(length)]
    ends = node("startEvent", f"{key}s") + node("endEvent", f"{key}e")
    return process(ends, *(f'<task id="{id}"/>' for id in ids), line(f"{key}s", *ids, f"{key}e"), key=key)


def test_a_diagram_too_large_is_not_spread_over_several_files(feel: Feel) -> None:
    files = [diagram(chain(MOST // 8, key), name=f"{key}.bpmn") for key in ("p", "q", "r", "t", "u")]
    assert [(one.rule, one.file) for one in errors(feel, *files)] == [("too-large", "t.bpmn")]


def test_so_many_files_are_not_even_opened(feel: Feel) -> None:
    files = [File(f"{number}.bpmn", b"no xml") for number in range(MOST_FILES + 1)]
    assert rules(feel, *files) == {"too-large"}


def test_a_diagram_of_a_hundred_thousand_elements_and_one_of_a_hundred_megabytes_are_refused(feel: Feel) -> None:
    many = f'{HEAD}<process id="p">{"<task/>" * (2 * MOST_ELEMENTS)}</process></definitions>'
    assert rules(feel, File("p.bpmn", many.encode())) == {"too-large"}
    blank = b" " * (LARGEST + 1)
    assert rules(feel, File("p.bpmn", simple().content.replace(b"</definitions>", blank + b"</definitions>"))) == {
        "too-large"
    }


def test_a_stage_that_has_the_id_of_what_it_stands_in_is_refused(feel: Feel) -> None:
    inner = node("subProcess", "a", "", node("userTask", "u"))
    found = check([simple("subProcess", "", inner)], Known(), feel)
    assert "duplicate-id" in {finding.rule for finding in found}


@pytest.mark.parametrize("tag", ["subProcess", "laneSet", "extensionElements"])
def test_ten_thousand_levels_are_refused(feel: Feel, tag: str) -> None:
    deep = diagram(f"<{tag}>" * 10_000 + f"</{tag}>" * 10_000)
    assert rules(feel, deep) & {"not-xml", "too-deep"}


def test_a_name_of_nine_megabytes_is_refused(feel: Feel) -> None:
    assert rules(feel, simple(attributes=f'name="{"长" * 3_000_000}"')) & {"too-large", "not-xml"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "gb18030", "big5", "windows-1252", "utf-8-sig"])
def test_a_file_in_another_encoding_is_read(feel: Feel, encoding: str) -> None:
    name = "Prüfung" if encoding == "windows-1252" else "運維"
    body = simple(attributes=f'name="{name}"').content.decode().replace("流程", name)
    told = encoding.removesuffix("-sig").removesuffix("-be")
    written = f'<?xml version="1.0" encoding="{told}"?>{body}'.encode(encoding)
    file = File("p.bpmn", b"\xfe\xff" + written if encoding == "utf-16-be" else written)
    assert errors(feel, file) == []
    assert name in normalise(file.content).decode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7", "rot13", "ebcdic", "../../etc/passwd"])
def test_an_encoding_that_is_not_the_files_own_is_told(feel: Feel, encoding: str) -> None:
    body = simple(attributes='name="Prüfung"').content.decode()
    wrong = f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode("latin-1", "replace")
    assert rules(feel, File("p.bpmn", wrong)) == {"not-xml"}


def test_a_global_task_that_many_call_is_not_copied_without_end(feel: Feel) -> None:
    calls = [f"c{number}" for number in range(300)]
    body = process(
        node("startEvent", "s") + node("endEvent", "e"),
        *(f'<callActivity id="{id}" calledElement="g"/>' for id in calls),
        line("s", *calls, "e"),
    )
    heavy = f'<globalTask id="g">{"<documentation>x</documentation>" * (MOST_ELEMENTS // 200)}</globalTask>'
    assert rules(feel, diagram(body, heavy)) == {"too-large"}


def test_an_event_definition_that_many_refer_to_is_not_copied_without_end(feel: Feel) -> None:
    ids = [f"c{number}" for number in range(300)]
    catch = "<intermediateCatchEvent id='{}'><eventDefinitionRef>d</eventDefinitionRef></intermediateCatchEvent>"
    body = process(
        node("startEvent", "s") + node("endEvent", "e"), *(catch.format(id) for id in ids), line("s", *ids, "e")
    )
    notes = "<documentation>x</documentation>" * (MOST_ELEMENTS // 300)
    heavy = f'<timerEventDefinition id="d">{notes}<timeDuration>P1D</timeDuration></timerEventDefinition>'
    assert rules(feel, diagram(body, heavy)) == {"too-large"}


@pytest.mark.parametrize(
    "bomb",
    ["empty " * 60 + "x", "!" * 50_000 + "x", "(" * 9_000 + "x" + ")" * 9_000, "!empty " * 20 + "x", "x." * 9_000],
)
def test_an_expression_in_juel_that_would_grow_without_end_is_told(feel: Feel, bomb: str) -> None:
    file = diagram(CHOSEN, line("s", "g"), flow("g", "e", "${" + bomb + "}"), flow("g", "f"))
    assert rules(feel, file) == {"expression-language"}


def test_ways_through_many_choices_are_not_followed_without_end(feel: Feel, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = node("userTask", "a") + node("userTask", "b") + node("exclusiveGateway", "g") + node("parallelGateway", "j")
    ways = line("s", "g", "a", "j", "e") + flow("g", "b", "x = 1") + flow("b", "j")
    file = diagram(node("startEvent", "s"), node("endEvent", "e"), tasks, ways)
    assert "join-waits" in {finding.rule for finding in check([file], Known(), feel)}
    monkeypatch.setattr("bpmn.rules.balance.MOST_MOVED", 3)
    assert "join-waits" not in {finding.rule for finding in check([file], Known(), feel)}


def test_expressions_that_take_too_long_together_are_told(feel: Feel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bpmn.check.SECONDS", 0.0)
    [told] = errors(feel, diagram(CHOSEN, line("s", "g"), flow("g", "e", "some(wanted) = 1"), flow("g", "f")))
    assert told.rule == "too-slow" and "some(wanted) = 1" in told.message


@pytest.mark.parametrize(
    "name", ["../p.bpmn", "a/b.bpmn", "a\\b.bpmn", "C:p.bpmn", ".p.bpmn", "p\n.bpmn", "a" * 300 + ".bpmn"]
)
def test_a_name_that_would_lead_elsewhere_is_refused(feel: Feel, name: str) -> None:
    assert "file-name" in rules(feel, File(name, simple().content))


@pytest.mark.parametrize("id", ["__class__", "__proto__", "constructor", "__init__", "None", "self"])
def test_an_id_that_means_something_to_a_programming_language_is_an_id(feel: Feel, id: str) -> None:
    file = diagram(
        process(node("startEvent", "s"), node("userTask", id), node("endEvent", "e"), line("s", id, "e"), key=f"p{id}")
    )
    assert errors(feel, file) == []
