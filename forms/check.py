"""Checks .form files before they are deployed: what the house would not keep is refused, never ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bpmn.errors import GuichengError
from bpmn.feel import Feel
from bpmn.model import File, Finding, Kind, Severity
from bpmn.roles import role_by_key
from bpmn.rules.likeness import judged
from bpmn.sentence import Said, Sentence, of, say
from forms.errors import FormUnreadable
from forms.kinds import kinds
from forms.model import CHOICES, DISPLAYS, INPUTS, MANY
from forms.patterns import readable
from forms.read import parse, read

KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
Kinds = Mapping[str, Kind | None]
GROUPS_OF_PEOPLE = frozenset({"team", "any"})
EXPRESSIONS = ("computed", "default", "rule", "warn", "warn_value")
UNSUPPORTED = ("valuesKey", "valuesExpression", "optionsExpression")


def check(files: Sequence[File], feel: Feel | None = None) -> list[Finding]:
    """The findings over all .form files among `files`; an "error" refuses the deployment. FEEL is read where given."""
    return [finding for file in files if file.name.endswith(".form") for finding in _file(file, feel)]


def _file(file: File, feel: Feel | None) -> list[Finding]:
    def found(rule: str, element: str | None, message: Said, severity: Severity = "error") -> Finding:
        return Finding.of(severity, rule, file.name, element, None, message)

    try:
        schema = parse(file.content)
    except FormUnreadable as error:
        return [found("form-unreadable", None, of(error))]
    findings = []
    key = schema.get("id")
    if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", key):
        findings.append(found("form-id", None, "表单缺少 id，或其中有不可用的字符：请在表单属性中填写"))
    elif file.name != f"{key}.form":
        findings.append(found("form-name", None, say("文件名应为 {key}.form", key=key), "warning"))
    try:
        for rule, element, message in _components(schema["components"], set(), ()):
            findings.append(found(rule, element, message))
        findings += [found("form-feel", element, message) for element, message in _unread(schema["components"], feel)]
        if feel is not None and not findings:
            for severity, rule, element, message in _unlike(schema["components"], feel, kinds(read(file.content)), {}):
                findings.append(found(rule, element, message, severity))
    except (TypeError, AttributeError, RecursionError):
        findings.append(found("form-unreadable", None, "组件的写法有误：请用表单编辑器重新保存"))
    if not findings:
        try:
            read(file.content)
        except GuichengError as error:
            findings.append(found("form-unreadable", None, of(error)))
    return findings


def _unread(components: Sequence[Mapping[str, Any]], feel: Feel | None) -> Iterator[tuple[str, Sentence]]:
    if feel is None:
        return
    for name, expression in expressions(components):
        try:
            feel.names(expression)
        except GuichengError as error:
            yield name, of(error)


def expressions(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Every FEEL expression of a form, with the key of its component."""
    for component in components:
        name = str(component.get("key") or component.get("id") or component.get("type"))
        texts = [(component.get("conditional") or {}).get("hide")]
        texts += [(component.get("properties") or {}).get(place) for place in EXPRESSIONS]
        yield from ((name, text) for text in texts if isinstance(text, str) and text)
        yield from expressions(component.get("components") or [])


def _unlike(
    components: Sequence[Mapping[str, Any]], feel: Feel, known: Kinds, row: Kinds
) -> Iterator[tuple[Severity, str, str, Sentence]]:
    """What the expressions compare: of one type, and only with options that the form offers."""

    def kinds_of(name: str) -> list[Kind]:
        kind = row[name] if name in row else known.get(name)
        return [kind] if kind is not None else []

    for component in components:
        for name, expression in expressions([{**component, "components": []}]):
            for comparison in feel.comparisons(expression):
                for rule, message in judged(comparison, kinds_of):
                    severity: Severity = "error" if rule == "unlike-types" else "warning"
                    yield (
                        severity,
                        f"form-{rule}",
                        name,
                        say("“{expression}”：{message}", expression=expression[:80], message=message),
                    )
        own = known.get(str(component.get("key"))) if component.get("type") == "dynamiclist" else None
        yield from _unlike(component.get("components") or [], feel, known, own.rows if own is not None else row)


Found = tuple[str, str | None, Said]


def _components(components: Sequence[Mapping[str, Any]], keys: set[str], around: tuple[str, ...]) -> Iterator[Found]:
    for component in components:
        kind = component.get("type")
        key = component.get("key") or component.get("path")
        name = str(key or component.get("id") or kind)
        if kind not in INPUTS | DISPLAYS:
            yield "form-component", name, say("不支持的组件“{kind}”：请换成支持的组件", kind=kind)
            continue
        if kind == "group":
            if component.get("path"):
                yield "form-group-path", name, "分组不能带 path：请清空分组的路径"
            yield from _components(component.get("components") or [], keys, (*around, "group"))
        if kind not in INPUTS:
            continue
        if not isinstance(key, str) or not KEY.fullmatch(key):
            yield "form-key", name, "字段的 key 应以字母开头，只含字母、数字和下划线"
        elif key in keys:
            yield "form-key-twice", name, "字段的 key 重复：每个字段各用一个"
        keys.add(str(key))
        yield from _input(component, name, around)
        if kind == "dynamiclist":
            yield from _components(component.get("components") or [], set(), (*around, "dynamiclist"))


def _input(component: Mapping[str, Any], name: str, around: tuple[str, ...]) -> Iterator[Found]:
    kind, properties = component["type"], component.get("properties") or {}
    if kind == "dynamiclist":
        if "dynamiclist" in around:
            yield "form-nested-list", name, "列表中不能再放列表"
        if not component.get("components"):
            yield "form-empty-list", name, "列表中没有字段"
        if component.get("key") != component.get("path"):
            yield "form-list-path", name, "列表的 key 与 path 应相同"
    if kind == "filepicker" and "dynamiclist" in around:
        yield "form-file-in-list", name, "列表中不能放附件：请放在列表之外"
    yield from _choice(component, name, properties)
    yield from _limits(component, name)
    for place in ("readonly", "disabled", "required"):
        if isinstance(component.get(place), str):
            yield "form-expression", name, say("{place} 不支持表达式：请用 conditional 或固定值", place=place)
    for role in str(properties.get("people") or "").split(","):
        known = role.strip().removeprefix("all:")
        if known and known not in role_by_key and role.strip() not in GROUPS_OF_PEOPLE:
            yield "form-people", name, say("不认识的岗位“{known}”", known=known)


def _choice(component: Mapping[str, Any], name: str, properties: Mapping[str, Any]) -> Iterator[Found]:
    if component["type"] not in CHOICES | MANY:
        return
    if any(component.get(place) for place in UNSUPPORTED):
        yield "form-options", name, "选项只能写在 values 中，或由 people 给出"
    elif not component.get("values") and not properties.get("people"):
        yield "form-options", name, "没有选项"
    values = [option.get("value") for option in component.get("values") or ()]
    if any(value is None for value in values) or len({str(value) for value in values}) != len(values):
        yield "form-options", name, "选项的值缺少或重复"


def _limits(component: Mapping[str, Any], name: str) -> Iterator[Found]:
    rules = component.get("validate") or {}
    if rules.get("pattern") and not readable(rules["pattern"]):
        yield "form-pattern", name, "validate.pattern 不是正则表达式，或含有断言或反向引用，请改写"
    for limit in ("min", "max", "minLength", "maxLength"):
        value = rules.get(limit)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            yield "form-limit", name, say("validate.{limit} 应为数字", limit=limit)
