"""XML as diagrams use it: the name spaces, and a parser that no file can turn against the server."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.errors import Invalid
from bpmn.sentence import Said, as_sentence, say

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DD = "{http://www.omg.org/spec/DD/20100524/DI}"
BOOLEANS = frozenset(
    [
        *("cancelActivity", "cancelRemainingInstances", "instantiate", "isClosed", "isCollection", "isExecutable"),
        *("isForCompensation", "isImmediate", "isInterrupting", "isRequired", "isSequential", "isUnlimited"),
        *("mustUnderstand", "parallelMultiple", "testBefore", "triggeredByEvent", "waitForCompletion"),
    ]
)
"""BPMN's attributes that are true or false."""
MEGABYTES = 5
LARGEST = MEGABYTES * 1024 * 1024
DEEPEST = 60
MOST = 50_000
LONGEST = 100_000


class Unreadable(Invalid):
    """文件“{file}”读不了：{reason}"""

    def __init__(self, rule: str, reason: Said, line: int | None = None, file: str = "") -> None:
        super().__init__(file=file, reason=reason, rule=rule, line=line)
        self.rule = rule
        self.reason = as_sentence(reason)
        self.line = line


def parse(content: bytes, file: str = "") -> etree._Element:
    """The root of the document. Raises Unreadable: not XML, a DOCTYPE, too large, too deep, a text too long."""
    if len(content) > LARGEST:
        raise Unreadable("too-large", say("超过 {most} MB，请拆成几个文件。", most=MEGABYTES), None, file)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        raise Unreadable(
            "not-xml", say("不是有效的 XML（{msg}），请用建模器重新保存。", msg=error.msg), line, file
        ) from error
    # lxml reads no external DTD, but it accepts the reference silently; no diagram needs one.
    if getattr(root.getroottree().docinfo, "doctype", ""):  # missing in lxml's stubs
        raise Unreadable("doctype", "含有 DOCTYPE 声明，请删去。", 1, file)
    _bounded(root, file)
    _spell(root)
    return root


def _spell(root: etree._Element) -> None:
    """XML Schema lets 1 and 0, and white space around, stand for true and false; from here on there is one spelling."""
    for element in root.iter(BPMN + "*"):
        for name in BOOLEANS.intersection(element.keys()):
            told = (element.get(name) or "").strip()
            element.set(str(name), {"1": "true", "0": "false"}.get(told, told))


def _bounded(root: etree._Element, file: str) -> None:
    depth = count = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "end":
            continue
        count += 1
        if depth > DEEPEST:
            raise Unreadable("too-deep", say("嵌套超过 {most} 层，请简化。", most=DEEPEST), line_of(element), file)
        if count > MOST:
            raise Unreadable(
                "too-large", say("元素超过 {most} 个，请拆成几个文件。", most=MOST), line_of(element), file
            )
        texts = [element.text or "", *map(str, element.attrib.values())]
        if any(len(text) > LONGEST for text in texts):
            raise Unreadable(
                "too-large", say("有一段文字超过 {longest} 字，请缩短。", longest=LONGEST), line_of(element), file
            )


def line_of(element: etree._Element) -> int | None:
    """The line where the element begins, or None when the parser did not see it."""
    line = element.sourceline
    return line if isinstance(line, int) else None


def local(element: etree._Element) -> str:
    """The tag without its name space; "" for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The BPMN children of those names, or all of them."""
    for child in element:
        if isinstance(child.tag, str) and child.tag.startswith(BPMN) and (not names or local(child) in names):
            yield child


def first(element: etree._Element, name: str) -> etree._Element | None:
    """The first BPMN child of that name."""
    return next(children(element, name), None)


def text(element: etree._Element | None) -> str | None:
    """The text inside, without white space around it; None where there is none."""
    if element is None:
        return None
    return "".join(str(part) for part in element.itertext()).strip() or None


def extensions(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Camunda's extension elements of that name, directly under `extensionElements`."""
    for holder in children(element, "extensionElements"):
        yield from holder.iterchildren(CAMUNDA + name)


def properties(element: etree._Element) -> list[tuple[str, str]]:
    """The camunda:property pairs in their order, repeated names included."""
    found = []
    for holder in extensions(element, "properties"):
        for item in holder.iterchildren(CAMUNDA + "property"):
            found.append((item.get("name") or "", (item.get("value") or "").strip()))
    return found
