"""Compares the Word templates of two sets of files: placeholders, and what is written, paragraph by paragraph."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from bpmn.compare import Difference, Pair, Subject, Value, aligned
from bpmn.model import File
from forms.word import package, template

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MARKS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
PLACES = {"header": "header", "footer": "footer", "footnotes": "footnote", "endnotes": "footnote"}
# Who saved it when, in which of Word's sessions: not what the template says.
UNSAID = "docProps/"
NOISE = ("rsid", "proofErr", "lastRenderedPageBreak")


@dataclass(frozen=True)
class _Part:
    """What is written in a part by paragraph, how each paragraph looks, and all that is around them."""

    texts: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    around: str = ""


NOTHING = _Part()


def compare(before: Sequence[File], after: Sequence[File]) -> Iterator[Difference]:
    """The differences between the .docx files of two sets. Raises FileRefused, TemplateFault."""
    old, new = ({file.name: file for file in files} for files in (before, after))
    for name in [*new, *(name for name in old if name not in new)]:
        if name in old and name in new:
            if old[name].content != new[name].content:
                yield from _template(old[name], new[name])
        else:
            was, now = (_whole(files[name]) if name in files else None for files in (old, new))
            yield Difference("removed" if now is None else "added", was, now)


def _whole(file: File) -> Subject:
    key = file.name.removesuffix(".docx")
    return Subject("template", file.name, key, "", "template", key)


def _template(was: File, now: File) -> Iterator[Difference]:
    old_names, new_names = _names(was), _names(now)
    for name in sorted(old_names ^ new_names):
        one, gone = replace(_whole(now), id=name, type="placeholder", name=name), name in old_names
        yield Difference("removed" if gone else "added", one if gone else None, None if gone else one)
    old_parts, new_parts = _parts(was), _parts(now)
    shape = []
    for part in sorted(old_parts.keys() | new_parts.keys()):
        if old_parts.get(part) == new_parts.get(part):
            continue
        old, new = (_part(part, parts[part]) if part in parts else NOTHING for parts in (old_parts, new_parts))
        pairs = aligned(old.texts, new.texts)
        for place, other in pairs:
            yield from _paragraph(_at(was, part, old, place), _at(now, part, new, other))
        if old.around != new.around or _looks(old, new, pairs):
            shape.append(part)
    if shape:
        yield Difference("changed", _whole(was), _whole(now), "layout", "\n".join(shape))


def _names(file: File) -> frozenset[str]:
    """Its placeholders; those of rows with a dot before them."""
    package.check(file.content)
    asked, columns = template.names(file.content)
    return asked | {f".{name}" for name in columns}


def _parts(file: File) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        names = [info.filename for info in archive.infolist() if not info.filename.startswith(UNSAID)]
        return {name: archive.read(name) for name in names}


def _paragraph(old: Subject | None, new: Subject | None) -> Iterator[Difference]:
    if old is None or new is None:
        yield Difference("removed" if new is None else "added", old, new)
    elif old.name != new.name:
        yield Difference("changed", old, new, "text", "", Value(old.name), Value(new.name))


def _at(file: File, part: str, read: _Part, place: int | None) -> Subject | None:
    """A paragraph by its number, counted from 1; what it says is its name."""
    if place is None:
        return None
    name = part.rpartition("/")[2]
    kind = next((kind for begin, kind in PLACES.items() if name.startswith(begin)), "paragraph")
    return replace(_whole(file), id=f"{name}#{place + 1}", type=kind, name=read.texts[place])


def _looks(old: _Part, new: _Part, pairs: Sequence[Pair]) -> bool:
    """Whether a paragraph that says the same looks otherwise."""
    both = [(one, other) for one, other in pairs if one is not None and other is not None]
    same = [(one, other) for one, other in both if old.texts[one] == new.texts[other]]
    return any(old.looks[one] != new.looks[other] for one, other in same)


def _part(name: str, content: bytes) -> _Part:
    if not name.endswith((".xml", ".rels")):
        return _Part(around=content.hex())
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    for node in list(root.iter(etree.Element)):
        for written in [name for name in node.attrib if etree.QName(name).localname.startswith(NOISE)]:
            del node.attrib[written]
        if etree.QName(node).localname.startswith(NOISE):
            _take_out(node)
    texts, looks, empty = [], [], 0
    for paragraph in root.iter(f"{W}p"):
        text = "".join(_text(paragraph)).strip()
        empty += not text
        if text:
            texts.append(text)
            looks.append(_look(paragraph))
    for paragraph in list(root.iter(f"{W}p")):
        _take_out(paragraph)
    return _Part(tuple(texts), tuple(looks), f"{_plain(root)} {empty}")


def _take_out(node: etree._Element) -> None:
    holder = node.getparent()
    if holder is not None:
        holder.remove(node)


def _text(paragraph: etree._Element) -> Iterator[str]:
    for node in paragraph.iter(etree.Element):
        yield (node.text or "") if node.tag == f"{W}t" else MARKS.get(str(node.tag), "")


def _look(paragraph: etree._Element) -> str:
    """How a paragraph looks: its own shape, its runs' one after the other, however Word cut them, and pictures."""
    told: list[str] = []
    for node in paragraph.iter(f"{W}pPr", f"{W}rPr", f"{W}drawing", f"{W}pict", f"{W}instrText"):
        look = _plain(node)
        if not told or told[-1] != look:
            told.append(look)
    return "".join(told)


def _plain(node: etree._Element) -> str:
    """An element as text, alike for whatever says the same: prefixes and the order of attributes mean nothing."""
    inside = "".join(f"{_plain(child)}{(child.tail or '').strip()}" for child in node if isinstance(child.tag, str))
    return f"<{node.tag} {sorted(node.attrib.items())}>{(node.text or '').strip()}{inside}</>"
