"""Differences between two versions in sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from flask_babel import gettext

from bpmn.compare import Difference, Subject, Value
from web.language import joined, of_form
from web.page import role_title

KINDS: Mapping[str, str] = {"added": "新增", "removed": "删除", "changed": "修改", "moved": "移动"}
TYPES: Mapping[str, str] = {
    **{"process": "流程", "participant": "泳池", "lane": "泳道", "collaboration": "协作图", "definitions": "文件"},
    **{"task": "任务", "userTask": "用户任务", "manualTask": "手工任务", "serviceTask": "服务任务"},
    **{"sendTask": "发送任务", "receiveTask": "接收任务", "scriptTask": "脚本任务", "businessRuleTask": "决策任务"},
    **{"callActivity": "调用活动", "subProcess": "子流程", "transaction": "事务", "adHocSubProcess": "自由子流程"},
    **{"exclusiveGateway": "排他网关", "parallelGateway": "并行网关", "inclusiveGateway": "包容网关"},
    **{"eventBasedGateway": "事件网关", "complexGateway": "复杂网关", "startEvent": "开始事件", "endEvent": "结束事件"},
    **{"intermediateCatchEvent": "中间捕获事件", "intermediateThrowEvent": "中间抛出事件", "boundaryEvent": "边界事件"},
    **{"sequenceFlow": "流向", "messageFlow": "消息流", "association": "关联", "textAnnotation": "注释", "group": "组"},
    **{"dataObject": "数据对象", "dataObjectReference": "数据对象", "dataStoreReference": "数据存储"},
    **{"dataStore": "数据存储", "message": "消息", "signal": "信号", "error": "错误", "escalation": "升级"},
    **{"decision": "决策", "input": "条件列", "output": "结果列", "rule": "规则", "inputData": "输入数据"},
    **{"itemDefinition": "数据类型", "businessKnowledgeModel": "业务知识", "knowledgeSource": "依据"},
    **{"form": "表单", "textfield": "单行文本", "textarea": "多行文本", "number": "数字", "datetime": "日期时间"},
    **{
        "select": "下拉选择",
        "radio": "单选",
        "checkbox": "复选框",
        "checklist": "多选",
        "taglist": "标签",
        "table": "表格",
    },
    **{"dynamiclist": "可增减的行", "filepicker": "附件", "text": "说明文字", "separator": "分隔线"},
    **{"template": "模板", "placeholder": "占位符", "paragraph": "段落", "header": "页眉", "footer": "页脚"},
    **{"footnote": "脚注", "procedure": "规程文件", "clause": "条款", "revision": "修改记录", "fault": "原文的问题"},
}
WORDS: Mapping[str, str] = {
    **{"name": "名称", "id": "标识", "tag": "种类", "documentation": "说明", "clause": "条款", "other": "其他属性"},
    **{"role": "岗位", "roles": "岗位", "lane": "泳道", "on_behalf": "可代录", "payload": "消息可带的字段"},
    **{"different_from": "须由他人办理", "collected": "汇总到变量", "property": "扩展属性", "input": "输入参数"},
    **{
        "output": "输出参数",
        "passed_in": "传入变量",
        "passed_out": "传出变量",
        "form": "表单",
        "form_binding": "表单版本",
    },
    **{"candidates": "候选人", "assignee": "办理人", "due": "期限", "follow_up": "跟进时间", "priority": "优先级"},
    **{"topic": "服务", "result_variable": "结果变量", "decision": "决策", "called": "调用的流程"},
    **{"version_tag": "版本号", "executable": "可执行", "condition": "条件", "default": "默认流向", "source": "起点"},
    **{
        "target": "终点",
        "attached": "附着于",
        "interrupting": "中断所附活动",
        "duration": "定时时长",
        "date": "定时日期",
    },
    **{"cycle": "定时周期", "message": "消息", "signal": "信号", "error": "错误", "escalation": "升级"},
    **{"event_condition": "触发条件", "link": "链接", "trigger": "触发", "code": "代码", "sequential": "逐个进行"},
    **{
        "collection": "按集合重复",
        "item": "每项变量",
        "times": "重复次数",
        "completion": "完成条件",
        "multi": "多实例",
    },
    **{"loop": "循环条件", "loop_kind": "循环", "script": "脚本", "script_format": "脚本语言", "text": "文字"},
    **{"data": "数据", "parent": "所在流程", "order": "次序", "hit": "命中策略", "aggregation": "汇总方式"},
    **{
        "literal": "表达式",
        "variable": "变量",
        "requires": "依据",
        "expression": "所问",
        "type": "类型",
        "label": "标题",
    },
    **{"values": "允许的值", "default_value": "默认值", "test": "条件", "result": "结果", "remark": "备注"},
    **{
        "description": "提示",
        "group": "所在组",
        "required": "必填",
        "shortest": "最短",
        "longest": "最长",
        "least": "最小",
    },
    **{"most": "最大", "pattern": "格式", "hidden": "隐藏条件", "readonly": "只读", "option": "选项", "column": "列"},
    **{"subtype": "子类型", "accept": "文件类型", "multiple": "可多个", "digits": "小数位", "computed": "计算公式"},
    **{"opens_with": "初始值", "taken_from": "取自", "rule": "校验规则", "rule_message": "校验提示"},
    **{"warning": "提醒条件", "warning_message": "提醒文字", "people": "可选人员", "most_rows": "最多行数"},
}
MOVES: Mapping[str, str] = {
    "place": "在图上挪了位置",
    "size": "在图上改了大小",
    "way": "连线改了走向",
    "label": "标签挪了位置",
    "look": "图上的样子改了",
    "shift": "整张图平移了",
    "layout": "改了版面位置",
}
# How a difference is said: by what there is of it, before and after.
SAID: Mapping[str, str] = {
    **{"rule": "规则 %(number)s", "title": "%(kind)s“%(name)s”", "sentence": "%(what)s：%(line)s"},
    **{
        "more": "增加%(what)s“%(new)s”",
        "there": "增加%(what)s",
        "less": "去掉%(what)s“%(old)s”",
        "gone": "去掉%(what)s",
    },
    **{
        "other": "%(what)s由“%(old)s”改为“%(new)s”",
        "turn": "由第 %(old)s 位移到第 %(new)s 位",
        "into": "移入“%(new)s”",
    },
    **{"out": "移出“%(old)s”", "drawn": "画到了图上", "undrawn": "不再画在图上", "yes": "是", "no": "否"},
    **{"looks": "排版、样式或图片有改动（%(parts)s）"},
}
YES_OR_NO = frozenset({"interrupting", "executable", "sequential", "required", "readonly", "multiple"})
OF_ROLES = frozenset({"role", "roles", "on_behalf", "people"})
TEXTS = (*KINDS.values(), *TYPES.values(), *WORDS.values(), *MOVES.values(), *SAID.values())
"""What is looked up by key, for the test that holds that all of it is translated."""
LONGEST = 2000
"""Longer texts are not looked through letter by letter: that takes time as the square of their length."""


def title(subject: Subject) -> str:
    """What a thing is and what it is called."""
    if subject.type == "rule":
        return _say(SAID["rule"], number=subject.name)
    kind = _say(TYPES[subject.type]) if subject.type in TYPES else subject.type
    return _say(SAID["title"], kind=kind, name=of_form(subject.name) or subject.id)


def word(one: Difference) -> str:
    """What of a thing is different: the word, with the name of the parameter, column or option where there is one."""
    said = _say(WORDS[one.what]) if one.what in WORDS else one.what
    return f"{said} {one.detail}" if one.detail else said


def shown(one: Difference, value: Value | None) -> str:
    """A value as people say it: names instead of ids, roles by title, yes and no."""
    if value is None:
        return ""
    if one.what == "tag" and value.text in TYPES:
        return _say(TYPES[value.text])
    if one.what in YES_OR_NO and value.text in ("true", "false"):
        return _say(SAID["yes" if value.text == "true" else "no"])
    if one.what in OF_ROLES:
        return joined(role_title(part.strip()) for part in value.text.split(","))
    if one.what == "order":
        return joined((value.name or value.text).split("\n"))
    return of_form(value.name) if value.name else value.text


def line(one: Difference) -> str:
    """What is different of a thing, without naming it."""
    if not one.what:
        return _say(KINDS[one.kind])
    old, new = shown(one, one.before), shown(one, one.after)
    if one.kind == "moved":
        return _say(_move(one), old=old, new=new)
    if one.what == "layout":
        return _say(SAID["looks"], parts=joined(one.detail.split("\n")))
    if one.before is None:
        return _say(SAID["more" if new else "there"], what=word(one), new=new)
    if one.after is None:
        return _say(SAID["less" if old else "gone"], what=word(one), old=old)
    return _say(SAID["other"], what=word(one), old=old, new=new)


def _move(one: Difference) -> str:
    if one.what == "order":
        return SAID["turn"]
    if one.what == "drawn":
        return SAID["drawn" if one.before is None else "undrawn"]
    if one.what == "group":
        return SAID["into" if one.after else "out"]
    return MOVES.get(one.what, one.what)


def sentence(one: Difference) -> str:
    """A difference in one sentence."""
    return _say(SAID["sentence"], what=title(one.subject), line=line(one))


def _say(text: str, **named: str) -> str:
    return str(gettext(text, **named))


def marked(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Two texts as one, in stretches that are ("same", "removed" or "added", text)."""
    if max(len(old), len(new)) > LONGEST:
        yield from (("removed", old), ("added", new))
        return
    for kind, start, end, other_start, other_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", old[start:end]
            continue
        if start < end:
            yield "removed", old[start:end]
        if other_start < other_end:
            yield "added", new[other_start:other_end]
