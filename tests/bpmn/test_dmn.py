"""Decision tables: each hit policy gives what DMN says."""

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


def test_a_sound_table_has_no_findings(feel: Feel) -> None:
    file = File("t.dmn", f"{HEAD}{table('', OVERLAP)}</definitions>".encode())
    assert check([file], Known(), feel) == []
