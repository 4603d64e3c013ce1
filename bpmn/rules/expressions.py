"""Expressions: FEEL that can be read, times that are times, no other language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from bpmn import iso8601
from bpmn.feel import FeelError, stripped
from bpmn.juel import is_juel
from bpmn.model import Element, Finding, Process
from bpmn.rules.deployment import Deployment, at_element, at_node
from bpmn.sentence import Sentence, say

# Where BPMN has expressions.
BODIES = (
    *("conditionExpression", "condition", "completionCondition", "loopCardinality", "loopCondition"),
    *("activationCondition", "timeDate", "timeDuration", "timeCycle", "transformation", "from"),
)
RESERVED = frozenset(["instance_id", "business_key", "started_by", "parent_id", "typename"])
# An ISO 8601 duration with at least one part; weeks stand alone.
DURATION = r"P(?:\d+W|(?=[\dT])(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?)"
ZONE = r"(?:Z|[+-]\d\d:\d\d)?(?:@[\w/+-]+|\[[\w/+-]+\])?"
DATE = rf"\d{{4}}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?{ZONE})?"
TIMES: Mapping[str, tuple[re.Pattern[str], Callable[[str], object], Sentence]] = {
    "timeDate": (re.compile(DATE), iso8601.date_time, say("日期时间（如 2027-01-31T09:00:00+08:00）")),
    "timeDuration": (re.compile(DURATION), iso8601.duration, say("时长（如 P30D、PT8H）")),
    "timeCycle": (
        re.compile(rf"R\d*/(?:{DATE}/{DURATION}|{DURATION}(?:/{DATE})?)"),
        iso8601.cycle,
        say("循环（如 R/P1M、R3/PT24H）"),
    ),
}


def _is_time(kind: str, written: str) -> bool:
    """Whether a literal is a time of that kind which the calendar and the table of zones know."""
    pattern, read, _ = TIMES[kind]
    try:
        return pattern.fullmatch(written) is not None and read(written) is not None
    except ValueError:
        return False


def _marked(element: Element) -> Iterator[tuple[Sentence, str]]:
    """What is FEEL only behind a `=`."""
    for what, written in (
        (say("办理人"), element.assignee),
        (say("到期时间"), element.due),
        (say("跟进时间"), element.follow_up),
        (say("优先级"), element.priority),
        *((say("计时"), trigger.value) for trigger in element.triggers if trigger.event == "timer"),
    ):
        if written:
            yield what, written
    for name, written in (*element.inputs, *element.outputs):
        yield say("参数 {name}", name=name), written


def _plain(element: Element) -> Iterator[tuple[Sentence, str]]:
    """What is FEEL anyway."""
    if element.type == "scriptTask" and element.script:
        yield say("脚本"), element.script
    for trigger in element.triggers:
        if trigger.event == "conditional" and trigger.value:
            yield say("条件"), trigger.value
    if element.activation:
        yield say("激活条件"), element.activation
    if element.ad_hoc and element.ad_hoc.completion:
        yield say("完成条件"), element.ad_hoc.completion
    for copy in (*element.takes, *element.gives):
        yield say("数据关联到 {target}", target=copy.target), copy.value
    if element.multi:
        for when, _ in element.multi.throws:
            if when not in ("", "first"):
                yield say("条件"), when
        for what, written in (
            (say("集合"), element.multi.collection),
            (say("次数"), element.multi.cardinality),
            (say("完成条件"), element.multi.completion),
        ):
            if written:
                yield what, written


def _conditions(process: Process, element: Element) -> Iterator[tuple[Sentence, str]]:
    for flow in process.leaving(element.id):
        if flow.condition:
            yield say("顺序流 {id} 的条件", id=flow.id), flow.condition


def read_by(process: Process, element: Element) -> Iterator[tuple[Sentence, str]]:
    """Every FEEL expression of an element, with what it is for."""
    for what, written in _marked(element):
        if written.startswith("="):
            yield what, written
    yield from _plain(element)
    yield from _conditions(process, element)


def expressions(deployment: Deployment) -> Iterator[Finding]:
    """Each expression can be read as FEEL; `${...}` that could not be translated is refused."""
    for process, element in deployment.elements:
        marked = [(what, written) for what, written in _marked(element) if written.startswith("=") or is_juel(written)]
        for what, written in (*marked, *_plain(element), *_conditions(process, element)):
            if is_juel(written) and not written.startswith("="):
                message = say(
                    "{what}“{written}”不是 FEEL，且不能自动改写，请改写为 FEEL。", what=what, written=written[:80]
                )
                yield at_element("error", "expression-language", process, element, message)
                continue
            try:
                deployment.feel.check_syntax(written)
            except FeelError as error:
                message = say(
                    "{what}“{written}”写法有误：{reason}，请改正。",
                    what=what,
                    written=written[:80],
                    reason=error.reason,
                )
                yield at_element("error", "feel-syntax", process, element, message)


def foreign(deployment: Deployment) -> Iterator[Finding]:
    """An expression that says another language than FEEL would be taken for FEEL."""
    for diagram in deployment.diagrams:
        for node in diagram.named(*BODIES):
            told = (node.get("language") or "").lower()
            if told and "feel" not in told and not (is_juel("".join(map(str, node.itertext()))) and "uel" in told):
                message = say(
                    "表达式语言“{language}”不执行，请改写为 FEEL，并删去 language。", language=node.get("language")
                )
                yield at_node("error", "expression-language", diagram.file, node, message)


def languages(deployment: Deployment) -> Iterator[Finding]:
    """Scripts are FEEL: no other program of a diagram is ever executed."""
    for process, element in deployment.elements:
        if element.type != "scriptTask":
            continue
        if (element.script_format or "").lower() != "feel":
            message = say(
                "脚本语言“{script_format}”不执行，请改写为 FEEL（scriptFormat=feel）。",
                script_format=element.script_format or say("未写明"),
            )
            yield at_element("error", "script-language", process, element, message)
        if not element.script:
            yield at_element("error", "no-script", process, element, "没有脚本，请写上 FEEL 表达式。")
        elif not element.result_variable and not stripped(element.script).startswith("{"):
            message = say("没有结果变量，脚本的结果又不是一组键值，无处存放，请设 camunda:resultVariable。")
            yield at_element("warning", "no-result-variable", process, element, message)


def timers(deployment: Deployment) -> Iterator[Finding]:
    """A literal time is ISO 8601."""
    for process, element in deployment.elements:
        for trigger in element.triggers:
            if trigger.event != "timer":
                continue
            written, kind = trigger.value or "", trigger.kind or ""
            if not written or kind not in TIMES:
                yield at_element("error", "no-time", process, element, "计时事件没有时间，请写上日期、时长或循环。")
            elif not written.startswith("=") and not is_juel(written) and not _is_time(kind, written):
                message = say(
                    "“{written}”不是{wanted}，请改正；表达式要以 = 开头。", written=written[:80], wanted=TIMES[kind][2]
                )
                yield at_element("error", "time", process, element, message)
        for what, due in ((say("到期时间"), element.due), (say("跟进时间"), element.follow_up)):
            literal = bool(due) and not (due or "").startswith("=") and not is_juel(due or "")
            if literal and not any(_is_time(kind, due or "") for kind in ("timeDate", "timeDuration")):
                message = say(
                    "{what}“{due}”既不是日期也不是时长，请改正；表达式要以 = 开头。", what=what, due=(due or "")[:80]
                )
                yield at_element("error", "time", process, element, message)


def multi_instances(deployment: Deployment) -> Iterator[Finding]:
    """A multi-instance knows how many; a standard loop knows when to stop."""
    for process, element in deployment.elements:
        many = element.multi
        if many is None:
            continue
        if many.kind == "loop":
            if not many.completion and not many.cardinality:
                message = say("循环没有条件也没有最多次数，不会停，请写上 loopCondition。")
                yield at_element("error", "endless-loop", process, element, message)
            if many.cardinality and not many.cardinality.isdigit():
                yield at_element("error", "loop-maximum", process, element, "最多次数（loopMaximum）要是整数，请改正。")
        elif not many.collection and not many.cardinality:
            message = say("多实例没有集合也没有次数，请设 camunda:collection。")
            yield at_element("error", "no-collection", process, element, message)


def reserved(deployment: Deployment) -> Iterator[Finding]:
    """The engine's own variables are not written."""
    for process, element in deployment.elements:
        written = [name for name, _ in (*element.inputs, *element.outputs)]
        if element.result_variable:
            written.append(element.result_variable)
        if element.multi and element.multi.variable:
            written.append(element.multi.variable)
        for name in sorted(RESERVED & set(written)):
            message = say("变量名“{name}”由系统使用，请换一个名字。", name=name)
            yield at_element("error", "reserved-name", process, element, message)
