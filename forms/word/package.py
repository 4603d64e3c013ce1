"""What may be uploaded as a Word file: no macros, nothing from outside, no DTD, nothing that inflates beyond bounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from posixpath import normpath
from typing import Any

from lxml import etree

from bpmn.sentence import say
from forms.word.errors import FileRefused

PARTS = 2_000
PART_BYTES = 50 << 20
TOTAL_BYTES = 100 << 20
# Each element of a part costs a hundred bytes and more when it is read. A book has some hundred thousand.
MARKS = 1_000_000
RATIO = 200
RATIO_FROM = 1 << 20  # small files compress well and harm nobody
MACROS = ("vbaproject", "vbadata", "activex", "macrosheet")
RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def check(content: bytes) -> None:
    """Refuse a file that is not a plain .docx. Raises FileRefused with the reason."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.infolist()
            if len(names) > PARTS:
                raise FileRefused(reason=say("部件过多（{names}）", names=len(names)))
            seen: set[str] = set()
            total = 0
            for info in names:
                _named(info, seen)
                part = _inflated(archive, info, TOTAL_BYTES - total)
                total += len(part)
                _examined(info.filename, part)
            if not {"[Content_Types].xml", "_rels/.rels"} <= seen:
                raise FileRefused(reason="不是 Word 文档（.docx）")
    # What zipfile raises for broken, encrypted (RuntimeError) and oddly compressed (NotImplementedError) archives.
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise FileRefused(reason="不是完整的 .docx 文件") from error


def _named(info: zipfile.ZipInfo, seen: set[str]) -> None:
    name = info.filename
    if name in seen:
        raise FileRefused(reason=say("部件重名：{name}", name=name))
    seen.add(name)
    if name.startswith(("/", "\\")) or "\\" in name or normpath(name).startswith(".."):
        raise FileRefused(reason=say("部件路径不当：{name}", name=name))
    if info.flag_bits & 0x1:
        raise FileRefused(reason="文件已加密")
    if any(word in name.lower() for word in MACROS):
        raise FileRefused(reason=say("含有宏或控件：{name}", name=name))


def _inflated(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    """A part's bytes, never more than allowed: the size in the directory is only a claim."""
    most = min(PART_BYTES, left)
    with archive.open(info) as stream:
        part = stream.read(most + 1)
    if len(part) > most or (len(part) > RATIO_FROM and len(part) > RATIO * max(1, info.compress_size)):
        raise FileRefused(reason=say("解压后过大：{filename}", filename=info.filename))
    return part


def _examined(name: str, part: bytes) -> None:
    if not name.lower().endswith((".xml", ".rels", ".vml")):
        return
    if part.count(b"<") > MARKS:
        raise FileRefused(reason=say("部件过大：{name}", name=name))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(part, parser)
    except etree.XMLSyntaxError as error:
        raise FileRefused(reason=say("部件无法读取：{name}", name=name)) from error
    info: Any = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise FileRefused(reason=say("含有 DTD：{name}", name=name))
    if name.lower().endswith(".rels"):
        for link in root.iter(RELATIONSHIPS):
            if link.get("TargetMode", "").lower() == "external":
                raise FileRefused(
                    reason=say("引用了外部内容：{Target}（请在 Word 中取消该链接）", Target=link.get("Target"))
                )
    if name == "[Content_Types].xml":
        types = [(kind.get("PartName", ""), kind.get("ContentType", "")) for kind in root]
        if any("macroenabled" in kind.lower() for _, kind in types):
            raise FileRefused(reason="是启用宏的文档")
        if not any(kind == MAIN for _, kind in types):
            raise FileRefused(reason="不是 Word 文档（.docx）")
