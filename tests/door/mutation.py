"""What is pushed through the deployment door: real diagrams and forms, damaged in ways that a seed chooses."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache

from lxml import etree

import forms.library
from bpmn.library import procedures
from bpmn.markup import BPMN
from bpmn.model import File
from bpmn.rules.grammar import INSIDE
from tests.support.table import ROWS

DAMAGES = (1, 1, 1, 2, 4)
"""How often a deployment is damaged: once mostly, or nothing of it would be let in."""
TAGS = sorted(INSIDE)
# Where a value stands, another kind of value, another language, another size.
ODD = (
    *("", " ", "0", "-1", "1", "true", "1e999", "NaN", "null", "x" * 3_000, "“名”\u202e"),
    *("=", "= 1 +", "${x == 1}", "${", "#{x}", "x[1", "for x in 1..99999999 return x", "(" * 500, '"' * 3, "-- - -"),
    *("R/PT0S", "R-1/PT1S", "P99999999Y", "R5/2026-02-30T00:00:00/PT1S", "../../x", "<x>", "&amp;", "__class__", "a:b"),
    *("http://www.w3.org/1999/XPath", "##Compensate", "s", "e", "p", "\ud7ff", "\U0001f600", "\u00e9" * 200, "9" * 40),
)
WORDS = re.compile(rb'"[^"<>]{0,200}"')


@cache
def originals() -> tuple[tuple[File, ...], ...]:
    """What is deployed together: the bundled procedures with their forms, and the diagram of every feature."""
    kept = tuple(forms.library.files().values())
    bundled = tuple((*files, *kept) for files in procedures().values())
    return (*bundled, *(row.drawn() for row in ROWS))


def mutated(seed: int) -> list[File]:
    """The files of one deployment. The same seed damages the same."""
    choose = random.Random(seed)
    files = list(choose.choice(originals()))
    for _ in range(choose.choice(DAMAGES)):
        at = choose.randrange(len(files))
        damage = choose.choice(TREE if choose.random() < 0.85 and files[at].name.endswith(("bpmn", "dmn")) else TEXT)
        files[at] = File(files[at].name, damage(files[at].content, choose))
    if choose.random() < 0.03:
        files.append(choose.choice(files))
    if choose.random() < 0.03:
        files.pop(choose.randrange(len(files)))
    if choose.random() < 0.05 and files:
        files[0] = File(choose.choice(("../p.bpmn", "p.exe", ".bpmn", "p.bpmn ", "流程.bpmn")), files[0].content)
    return files


Damage = Callable[[bytes, random.Random], bytes]


def _in_tree(change: Callable[[list[etree._Element], random.Random], None]) -> Damage:
    """Damage to what the file says, which stays XML."""

    def damage(content: bytes, choose: random.Random) -> bytes:
        try:
            root = etree.fromstring(content)
        except (etree.XMLSyntaxError, ValueError):
            return content
        parts = [part for part in root.iter(etree.Element) if part is not root]
        for _ in range(choose.choice((1, 1, 3)) if parts else 0):
            change(parts, choose)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    return damage


def _cut(parts: list[etree._Element], choose: random.Random) -> None:
    part = choose.choice(parts)
    holder = part.getparent()
    if holder is not None:
        holder.remove(part)


def _move(parts: list[etree._Element], choose: random.Random) -> None:
    part, holder = choose.choice(parts), choose.choice(parts)
    if holder is not part and part not in holder.iterancestors():
        holder.insert(choose.randint(0, len(holder)), part)


def _rename(parts: list[etree._Element], choose: random.Random) -> None:
    choose.choice(parts).tag = BPMN + choose.choice(TAGS)


def _say(parts: list[etree._Element], choose: random.Random) -> None:
    part = choose.choice(parts)
    if part.attrib and choose.random() < 0.7:
        part.set(choose.choice(sorted(map(str, part.attrib))), choose.choice(ODD))
    else:
        part.text = choose.choice(ODD)


def _refer(parts: list[etree._Element], choose: random.Random) -> None:
    """An attribute says what one of another element says."""
    one, other = choose.choice(parts), choose.choice(parts)
    if one.attrib and other.attrib:
        one.set(
            choose.choice(sorted(map(str, one.attrib))), str(other.get(choose.choice(sorted(map(str, other.attrib)))))
        )


def _unsay(parts: list[etree._Element], choose: random.Random) -> None:
    part = choose.choice(parts)
    if part.attrib:
        part.attrib.pop(choose.choice(sorted(map(str, part.attrib))), "")


def _nest(parts: list[etree._Element], choose: random.Random) -> None:
    """An element holds another of its kind, and so on."""
    part = choose.choice(parts)
    for _ in range(choose.choice((1, 5, 80))):
        part = etree.SubElement(part, part.tag, {str(name): str(value) for name, value in part.attrib.items()})


def _swap(content: bytes, choose: random.Random) -> bytes:
    places = [match.span() for match in WORDS.finditer(content)]
    if len(places) < 2:
        return content
    (one, end), (other, stop) = sorted(choose.sample(places, 2))
    return content[:one] + content[other:stop] + content[end:other] + content[one:end] + content[stop:]


def _flip(content: bytes, choose: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(choose.randint(1, 8) if changed else 0):
        changed[choose.randrange(len(changed))] = choose.randrange(256)
    return bytes(changed)


def _stop(content: bytes, choose: random.Random) -> bytes:
    return content[: choose.randint(0, len(content))]


def _repeat(content: bytes, choose: random.Random) -> bytes:
    start = choose.randint(0, len(content))
    return (
        content[:start] + content[start : start + choose.randint(1, 2_000)] * choose.choice((2, 50)) + content[start:]
    )


def _declare(content: bytes, choose: random.Random) -> bytes:
    coded = choose.choice(("utf-16", "gbk", "windows-1252", "no-such-code"))
    head = f'<?xml version="1.0" encoding="{coded}"?>'.encode()
    doctype = b'<!DOCTYPE x [<!ENTITY a "b">]>' if choose.random() < 0.3 else b""
    return head + doctype + re.sub(rb"^\s*<\?xml[^>]*\?>", b"", content)


TREE = tuple(map(_in_tree, (_cut, _move, _rename, _say, _say, _refer, _refer, _unsay, _nest)))
TEXT = (_swap, _flip, _stop, _repeat, _declare)
