"""Before it runs: what a diagram compares is of one type, and every variable that it reads comes from somewhere."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bpmn.check import check
from bpmn.feel import Feel
from bpmn.model import File, Finding, Kind, Known
from tests.bpmn.draw import diagram, flow, line, node, process

SURVEY: Mapping[str, Kind | None] = {
    "amount": Kind("number"),
    "urgent": Kind("boolean"),
    "subject": Kind("string"),
    "answer": Kind("string", ("yes", "no")),
    "level": Kind("number", (1, 2, 3)),
    "mixed": None,
    "items": Kind("list", rows={"price": Kind("number"), "state": Kind("string", ("open", "closed"))}),
}
KNOWN = Known(
    forms={"survey"},
    topics={"tell", "guess"},
    fields={"survey": SURVEY},
    results={"tell": {"told", "document_*"}},
)


def asked(condition: str, *more: str, attributes: str = "") -> File:
    """A form is filled in, then a gateway asks the condition."""
    escaped = condition.replace("&", "&amp;").replace("<", "&lt;")
    return diagram(
        node("startEvent", "s"),
        node("userTask", "a", f'camunda:formRef="survey" {attributes}'),
        node("exclusiveGateway", "g", 'default="g_e"'),
        node("userTask", "b"),
        node("endEvent", "e"),
        line("s", "a", "g", "e"),
        flow("g", "b", escaped),
        flow("b", "e"),
        *more,
    )


def told(feel: Feel, *files: File, known: Known = KNOWN) -> list[Finding]:
    rules = ("unlike-types", "not-an-option", "unset-variable")
    return [finding for finding in check(files, known, feel) if finding.rule in rules]


@pytest.mark.parametrize(
    "condition",
    [
        'amount > "10"',
        "subject = 10",
        "urgent = \"yes\"",
        "amount in (\"a\", \"b\")",
        "amount between \"1\" and \"2\"",
        "subject < today()",
        "subject = urgent",
        "not(amount = true)",
        'count(items[price = "dear"]) > 0',
        'some i in items satisfies i.price = "dear"',
        'count(items[item.state = 1]) > 0',
        "if urgent then amount = \"1\" else false",
        "amount",
        "count(items) = \"many\"",
        'answer = 1',
    ],
)  # fmt: skip
def test_a_comparison_that_can_never_be_made_is_refused(feel: Feel, condition: str) -> None:
    (finding,) = told(feel, asked(condition))
    assert (finding.severity, finding.rule, finding.element, finding.file) == ("error", "unlike-types", "g", "p.bpmn")
    assert finding.line == 4 and finding.message.endswith(("请改成同一类型。", "请改正。"))


@pytest.mark.parametrize(
    "condition",
    [
        "amount > 10",
        'urgent = true and subject = "x"',
        "urgent",
        "amount = null",
        'answer in ("yes", "no")',
        "level in [1..2]",
        'count(items[price > 3 and state = "open"]) > amount',
        'some amount in items satisfies amount.state = "open"',
        "date(subject) < today()",
        'mixed = 1 or mixed = "a"',
        "{amount: \"x\"}.amount = \"x\"",
        'mixed[amount = "x"] = null',
        'amount in (1, "a")',
        'if amount = null or amount = "" or amount = [] then true else false',
    ],
)  # fmt: skip
def test_what_can_be_compared_is_let_be(feel: Feel, condition: str) -> None:
    assert told(feel, asked(condition)) == []


@pytest.mark.parametrize(
    ("condition", "wrong"),
    [
        ('answer = "yess"', "yess"),
        ('answer in ("yes", "maybe")', "maybe"),
        ("level = 4", "4"),
        ('some i in items satisfies i.state != "shut"', "shut"),
    ],
)
def test_an_option_that_the_form_does_not_offer_is_told(feel: Feel, condition: str, wrong: str) -> None:
    (finding,) = told(feel, asked(condition))
    assert (finding.severity, finding.rule, finding.element) == ("warning", "not-an-option", "g")
    assert wrong in finding.message and "只有：" in finding.message


def test_a_field_that_something_else_sets_too_may_be_anything(feel: Feel) -> None:
    script = node("scriptTask", "c", 'scriptFormat="feel" camunda:resultVariable="amount"', "<script>today()</script>")
    more = (script, flow("e2", "c"), node("startEvent", "e2"), flow("c", "e"))
    assert told(feel, asked('amount = "10"', *more)) == []


def test_a_collection_and_a_timer_want_their_own_types(feel: Feel) -> None:
    many = '<multiInstanceLoopCharacteristics camunda:collection="amount" camunda:elementVariable="one"/>'
    timer = "<timerEventDefinition><timeDuration>=amount</timeDuration></timerEventDefinition>"
    file = diagram(
        node("startEvent", "s"),
        node("userTask", "a", 'camunda:formRef="survey"'),
        node("userTask", "b", "", many),
        node("intermediateCatchEvent", "t", "", timer),
        node("endEvent", "e"),
        line("s", "a", "b", "t", "e"),
    )
    assert [(f.rule, f.element) for f in told(feel, file)] == [("unlike-types", "b"), ("unlike-types", "t")]


def test_a_variable_that_nothing_sets_is_told_with_the_name_that_was_meant(feel: Feel) -> None:
    (finding,) = told(feel, asked("amonut > 3"))
    assert (finding.severity, finding.rule, finding.element) == ("warning", "unset-variable", "g")
    assert "“amonut”" in finding.message and "“amount”" in finding.message


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (node("scriptTask", "x", 'scriptFormat="feel" camunda:resultVariable="made"', "<script>1</script>"), "made"),
        (node("serviceTask", "x", 'camunda:type="external" camunda:topic="tell"'), "told"),
        (node("serviceTask", "x", 'camunda:type="external" camunda:topic="tell"'), "document_JBS"),
        (node("serviceTask", "x", 'camunda:type="external" camunda:topic="guess"'), "anything"),
        (node("userTask", "x", "", '<multiInstanceLoopCharacteristics camunda:elementVariable="one"/>'), "one"),
        (node("businessRuleTask", "x", 'camunda:decisionRef="grade"'), "grade"),
        (node("receiveTask", "x", 'messageRef="m"'), "anything"),
    ],
)
def test_what_parameters_scripts_decisions_jobs_and_messages_set_is_known(feel: Feel, part: str, name: str) -> None:
    table = File(
        "grade.dmn",
        b'<definitions><decision id="grade"><decisionTable><input><inputExpression><text>amount</text>'
        b'</inputExpression></input><output name="grade"/></decisionTable></decision></definitions>',
    )
    assert told(feel, asked(f"{name} = 1", part), table) == []
    assert told(feel, asked(f"{name}x = 1", part), table) or name in ("anything", "document_JBS")


def test_what_a_message_of_these_diagrams_carries_is_known_and_nothing_else(feel: Feel) -> None:
    inputs = (
        "<camunda:inputOutput><camunda:inputParameter name='place'>Wuhan</camunda:inputParameter></camunda:inputOutput>"
    )
    sends = f'<sendTask id="y" messageRef="m"><extensionElements>{inputs}</extensionElements></sendTask>'
    receives = node("receiveTask", "x", 'messageRef="m"')
    message = '<message id="m" name="fault"/>'
    for condition, rule in (('place = "Wuhan"', []), ("elsewhere = 1", ["unset-variable"]), ("place = 1", [])):
        file = asked(condition, receives, sends)
        content = file.content.replace(b"<process", message.encode() + b"<process", 1)
        assert [f.rule for f in told(feel, File(file.name, content))] == rule


def test_a_stage_sees_the_fields_of_whoever_calls_it(feel: Feel) -> None:
    calls = process(
        node("startEvent", "s"), node("userTask", "a", 'camunda:formRef="survey"'),
        node("callActivity", "c", 'calledElement="q"'), node("endEvent", "e"), line("s", "a", "c", "e"),
    )  # fmt: skip
    stage = process(
        node("startEvent", "s2"), node("exclusiveGateway", "g", 'default="g_e2"'), node("endEvent", "e2"),
        node("endEvent", "f2"), line("s2", "g", "e2"), flow("g", "f2", "amount &gt; 3"), key="q",
    )  # fmt: skip
    assert told(feel, diagram(calls), diagram(stage, name="q.bpmn")) == []
    assert [f.rule for f in told(feel, diagram(stage, name="q.bpmn"))] == ["unset-variable"]
    wrong = diagram(stage.replace("&gt; 3", '= "3"'), name="q.bpmn")
    assert [(f.rule, f.file) for f in told(feel, diagram(calls), wrong)] == [("unlike-types", "q.bpmn")]
