"""Decision tables: each hit policy gives what DMN says."""

from pathlib import Path

import pytest

from bpmn.check import check
from bpmn.dmn import Undecided, decide, read
from bpmn.feel import Feel
from bpmn.model import File, Json, Known

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">'

NEEDS = '<informationRequirement><requiredDecision href="#d"/></informationRequirement>'


def table(hit: str, rules: list[tuple[str, str]], values: str = "", id: str = "d", more: str = "") -> str:
    """A table with the input `n` and the output `kind`."""
    lines = "".join(
        f"<rule><inputEntry><text><![CDATA[{test}]]></text></inputEntry>"
        f"<outputEntry><text>{result}</text></outputEntry></rule>"
        for test, result in rules
    )
    allowed = f"<outputValues><text>{values}</text></outputValues>" if values else ""
    return (
        f'<decision id="{id}">{more}<decisionTable {hit}>'
        "<input><inputExpression><text>n</text></inputExpression></input>"
        f'<output name="kind">{allowed}</output>{lines}</decisionTable></decision>'
    )


def asked(feel: Feel, content: str, n: Json, id: str = "d") -> Json:
    return decide(read(File("t.dmn", f"{HEAD}{content}</definitions>".encode())), id, {"n": n}, feel, 0)


OVERLAP = [("> 1", '"low"'), ("> 5", '"high"'), ("[6..10]", '"high"')]


@pytest.mark.parametrize(
    ("hit", "n", "value"),
    [
        ('hitPolicy="FIRST"', 7, "low"),
        ('hitPolicy="FIRST"', 0, None),
        ("", 2, "low"),
        ('hitPolicy="ANY"', 2, "low"),
        ('hitPolicy="PRIORITY"', 7, "high"),
        ('hitPolicy="RULE ORDER"', 7, ["low", "high", "high"]),
        ('hitPolicy="OUTPUT ORDER"', 7, ["high", "high", "low"]),
        ('hitPolicy="COLLECT"', 0, []),
        ('hitPolicy="COLLECT" aggregation="COUNT"', 7, 3),
    ],
)
def test_hit_policies(feel: Feel, hit: str, n: int, value: Json) -> None:
    assert asked(feel, table(hit, OVERLAP, '"high","low"'), n) == value


@pytest.mark.parametrize("hit", ["", 'hitPolicy="ANY"'])
def test_what_must_agree_and_does_not_is_an_error(feel: Feel, hit: str) -> None:
    with pytest.raises(Undecided):
        asked(feel, table(hit, OVERLAP), 7)


@pytest.mark.parametrize(("how", "value"), [("SUM", 6), ("MIN", 1), ("MAX", 3)])
def test_collected_numbers_are_aggregated(feel: Feel, how: str, value: int) -> None:
    rules = [("-", "1"), ("", "2"), ("not(3)", "3")]
    assert asked(feel, table(f'hitPolicy="COLLECT" aggregation="{how}"', rules), 7) == value


def test_a_decision_builds_on_another(feel: Feel) -> None:
    top = f'<decision id="top">{NEEDS}<literalExpression><text>kind = "low"</text></literalExpression></decision>'
    assert asked(feel, table("", [("-", '"low"')]) + top, 1, "top") is True


def test_a_circle_of_decisions_is_an_error(feel: Feel) -> None:
    with pytest.raises(Undecided):
        asked(feel, table("", [("-", "1")], more=NEEDS), 1)


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("hit-policy", table('hitPolicy="BEST"', [("-", "1")])),
        ("hit-policy", table('hitPolicy="FIRST" aggregation="SUM"', [("-", "1")])),
        ("feel-syntax", table("", [("> ", "1")])),
        ("feel-syntax", table("", [("-", "1 +")])),
        ("duplicate-id", table("", [("-", "1")]) * 2),
        ("rule-width", table("", [("-", "1")]).replace("<inputEntry>", "<inputEntry/><inputEntry>")),
        ("expression-language", table('expressionLanguage="juel"', [("-", "1")])),
        ("unknown-decision", table("", [("-", "1")], more=NEEDS.replace("#d", "#x"))),
        ("no-output", '<decision id="d"><decisionTable/></decision>'),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_told(feel: Feel, rule: str, content: str) -> None:
    file = File("t.dmn", f"{HEAD}{content}</definitions>".encode())
    assert rule in {finding.rule for finding in check([file], Known(), feel)}


@pytest.mark.parametrize(
    ("was", "wrong", "element", "told"),
    [
        ("&gt; 1", "&gt; ", "d_test", "决策“d”：第 1 行：列“amount”：“>”写法有误"),
        ('"low"', "1 +", "d_result", "决策“d”：第 1 行：列“kind”：“1 +”写法有误"),
        ("</rule>", "<outputEntry/></rule>", "d_row", "决策“d”：第 1 行：格数"),
        ("<text>n</text>", "<text>n +</text>", "d_in", "决策“d”：列“amount”：“n +”写法有误"),
        ('typeRef="string"', 'typeRef="tGone"', "d_out", "决策“d”：列“kind”：类型"),
        ('hitPolicy="ANY"', 'hitPolicy="BEST"', "d", "决策“d”：命中策略"),
    ],
)
def test_a_finding_names_the_cell_the_column_or_the_row(
    feel: Feel, was: str, wrong: str, element: str, told: str
) -> None:
    sound = (
        '<decision id="d"><decisionTable hitPolicy="ANY">'
        '<input id="d_in" label="amount"><inputExpression><text>n</text></inputExpression></input>'
        '<output id="d_out" name="kind" typeRef="string"/><rule id="d_row">'
        '<inputEntry id="d_test"><text>&gt; 1</text></inputEntry>'
        '<outputEntry id="d_result"><text>"low"</text></outputEntry></rule></decisionTable></decision>'
    )
    assert was in sound
    file = File("t.dmn", f"{HEAD}{sound.replace(was, wrong)}</definitions>".encode())
    [finding] = check([file], Known(), feel)
    assert finding.element == element and finding.message.startswith(told), finding


def test_a_sound_table_has_no_findings(feel: Feel) -> None:
    file = File("t.dmn", f"{HEAD}{table('', OVERLAP)}</definitions>".encode())
    assert check([file], Known(), feel) == []


PLAIN = '<output name="row"/>'
KNOWLEDGE = '<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>'


def typed(kind: str, tests: list[str], values: str = "", output: str = PLAIN, more: str = "") -> str:
    """A table over the typed input `n`; each rule answers the number of its row."""
    lines = "".join(
        f"<rule><inputEntry><text><![CDATA[{test}]]></text></inputEntry>"
        f"<outputEntry><text>{row}</text></outputEntry></rule>"
        for row, test in enumerate(tests, start=1)
    )
    allowed = f"<inputValues><text>{values}</text></inputValues>" if values else ""
    return (
        f'{more}<decision id="d" name="定级"><decisionTable hitPolicy="FIRST"><input label="数量">'
        f'<inputExpression typeRef="{kind}"><text>n</text></inputExpression>{allowed}</input>'
        f"{output}{lines}</decisionTable></decision>"
    )


@pytest.mark.parametrize(
    ("kind", "tests", "n", "row"),
    [
        ("date", ['< date("2026-03-01")', '>= date("2026-03-01")'], "2026-02-28", 1),
        ("date", ['[date("2026-01-01")..date("2026-12-31")]'], "2026-12-31", 1),
        ("dateTime", ['< date and time("2026-03-01T08:00:00+08:00")'], "2026-03-01T07:59:59+08:00", 1),
        ("dayTimeDuration", ['<= duration("PT4H")', '> duration("PT4H")'], "PT4H1M", 2),
        ("number", ["< 10", "-"], 10, 2),
        ("string", ['"甲","乙"', "-"], "乙", 1),
        ("boolean", ["true"], True, 1),
        ("date", ['< date("2026-03-01")', "-"], None, 2),
    ],
)
def test_a_typed_input_is_compared_as_what_it_is(feel: Feel, kind: str, tests: list[str], n: Json, row: int) -> None:
    assert asked(feel, typed(kind, tests), n) == row


@pytest.mark.parametrize(
    ("kind", "n"), [("number", "7"), ("boolean", "true"), ("string", 7), ("date", "morgen"), ("date", 3)]
)
def test_a_value_of_another_type_is_told_with_table_and_column(feel: Feel, kind: str, n: Json) -> None:
    with pytest.raises(Undecided, match="定级.*数量.*应为"):
        asked(feel, typed(kind, ["-"]), n)


def test_a_value_that_is_not_allowed_is_told(feel: Feel) -> None:
    assert asked(feel, typed("number", ["-"], "[1..5]"), 5) == 1
    with pytest.raises(Undecided, match="数量.*允许"):
        asked(feel, typed("number", ["-"], "[1..5]"), 6)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ('<output name="row" typeRef="string"/>', "第 1 行“row”应为文字"),
        ('<output name="row"><outputValues><text>5,6</text></outputValues></output>', "第 1 行“row”.*允许"),
    ],
)
def test_a_wrong_result_is_told_with_row_and_column(feel: Feel, output: str, said: str) -> None:
    with pytest.raises(Undecided, match=said):
        asked(feel, typed("number", ["-"], output=output), 1)


def test_a_cell_that_cannot_be_evaluated_is_told_with_its_row(feel: Feel) -> None:
    with pytest.raises(Undecided, match="定级.*第 2 行“数量”"):
        asked(feel, typed("number", ["< 0", "< gone.missing"]), 1)


def test_where_no_rule_is_met_the_default_output_is_said(feel: Feel) -> None:
    default = '<output name="row"><defaultOutputEntry><text>0</text></defaultOutputEntry></output>'
    assert asked(feel, typed("number", ["< 5"], output=default), 9) == 0
    assert asked(feel, typed("number", ["< 5"]), 9) is None


def test_a_type_that_the_file_defines_is_held(feel: Feel) -> None:
    grade = (
        '<itemDefinition name="tGrade"><typeRef>string</typeRef>'
        '<allowedValues><text>"一级","二级"</text></allowedValues></itemDefinition>'
    )
    assert asked(feel, typed("tGrade", ["-"], more=grade), "二级") == 1
    with pytest.raises(Undecided):
        asked(feel, typed("tGrade", ["-"], more=grade), "三级")


def test_a_decision_is_known_by_its_variable_and_asked_once(feel: Feel) -> None:
    def literal(id: str, text: str, *needs: str) -> str:
        links = "".join(
            f'<informationRequirement><requiredDecision href="#{need}"/></informationRequirement>' for need in needs
        )
        return (
            f'<decision id="{id}"><variable name="v{id}"/>{links}'
            f"<literalExpression><text>{text}</text></literalExpression></decision>"
        )

    # Without remembering, the bottom of thirty diamonds would be asked a thousand million times.
    rows = literal("0", "n") + "".join(
        literal(str(at), f"v{at - 1} + 1", str(at - 1), str(at - 1)) for at in range(1, 31)
    )
    assert asked(feel, rows, 1, "30") == 31


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("cyclic-decision", table("", [("-", "1")], more=NEEDS)),
        ("decision-logic", '<decision id="d"><context/></decision>'),
        ("decision-logic", '<decision id="d"/>'),
        ("decision-logic", table("", [("-", "1")], more=KNOWLEDGE)),
        ("unknown-type", typed("tGone", ["-"])),
        ("hit-policy", table('hitPolicy="PRIORITY"', [("-", "1")])),
        ("feel-syntax", typed("number", ["-"], "[1..")),
    ],
)  # fmt: skip
def test_what_no_table_may_say_is_told_before_it_runs(feel: Feel, rule: str, content: str) -> None:
    file = File("t.dmn", f"{HEAD}{content}</definitions>".encode())
    found = [finding for finding in check([file], Known(), feel) if finding.rule == rule]
    assert found and all("请" in finding.message for finding in found)


@pytest.mark.parametrize(
    "cell", ["__import__('pathlib').Path('{}').touch()", "().__class__.__base__", 'open("{}", "w")']
)
def test_a_cell_of_python_is_refused_or_fails_and_never_runs(feel: Feel, tmp_path: Path, cell: str) -> None:
    mark = tmp_path / "escaped"
    content = table("", [(cell.format(mark), "1")])
    file = File("t.dmn", f"{HEAD}{content}</definitions>".encode())
    refused = "feel-syntax" in {finding.rule for finding in check([file], Known(), feel)}
    assert refused or cell.startswith("open")
    with pytest.raises(Undecided):
        asked(feel, content, 1)
    assert not mark.exists()
