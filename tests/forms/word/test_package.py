"""What is refused at upload: macros, links to outside, DTDs, bombs, and what is no Word file at all."""

from __future__ import annotations

import io
import zipfile

import pytest

from forms.word.errors import FileRefused
from forms.word.package import check
from tests.forms.word.sheets import template

RELATION = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r9" Type="x" Target="https://example.org/t.dotm" TargetMode="External"/></Relationships>'
)


def packed(changes: dict[str, bytes], source: bytes | None = None) -> bytes:
    """A good document with parts added or replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source or template("正文"))) as old, zipfile.ZipFile(made, "w", 8) as new:
        for info in old.infolist():
            if info.filename not in changes:
                new.writestr(info.filename, old.read(info))
        for name, part in changes.items():
            new.writestr(name, part)
    return made.getvalue()


def test_a_plain_document_is_accepted() -> None:
    check(template("{{ service_scope }}"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"word/vbaProject.bin": b"x"}, "宏"),
        ({"word/activeX/activeX1.xml": b"<x/>"}, "控件"),
        ({"word/_rels/settings.xml.rels": RELATION.encode()}, "外部"),
        ({"word/a.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}, "DTD"),
        ({"word/a.xml": '<!DOCTYPE x SYSTEM "http://x/">\n<x/>'.encode("utf-16")}, "DTD"),
        ({"word/a.xml": b"<x>"}, "无法读取"),
        ({"word/media/a.bin": b"\0" * (60 << 20)}, "过大"),
        ({"word/a.xml": b"<x>" + b" " * (4 << 20) + b"</x>"}, "过大"),
        ({"word/a.xml": b"<x>" + b"<a/>" * 1_000_001 + b"</x>"}, "过大"),
        ({"../evil.xml": b"<x/>"}, "路径"),
        ({"/etc/evil.xml": b"<x/>"}, "路径"),
    ],
)
def test_a_document_with_something_hidden_is_refused(changes: dict[str, bytes], reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        check(packed(changes))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"PK\x03\x04junk", template("x")[:900]])
def test_what_is_no_word_file_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        check(content)


def test_a_macro_document_under_a_plain_name_is_refused() -> None:
    good = zipfile.ZipFile(io.BytesIO(template("x"))).read("[Content_Types].xml")
    kind = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    changed = good.replace(kind, b"application/vnd.ms-word.document.macroEnabled.main+xml")
    with pytest.raises(FileRefused, match="宏"):
        check(packed({"[Content_Types].xml": changed}))
