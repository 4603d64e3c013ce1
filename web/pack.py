"""The evidence pack: one zip, written while it is sent, that proves a project without this house."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from flask import Response, render_template, stream_with_context
from flask_babel import force_locale, gettext

import engine.offline
from bpmn import drawing
from bpmn.markup import Unreadable
from bpmn.roles import role_by_key
from engine import evidence as proof
from engine.anchors import written
from engine.evidence import Chain, Evidence, Step
from engine.views import Definition
from forms.word.index import Grid, Index, write
from web import times
from web.forms.sent import inputs, key_of
from web.here import actor
from web.here import engine as house
from web.page import DEEDS, person
from web.reading import shown

FILLED = frozenset({"started", "completed"})
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]+')
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_ROWS = 1000
"""Entries of an instance that the index shows; all of them are in its table."""
CHUNK = 1 << 16
COLUMNS = (
    "序号", "时间", "办理人", "用户名", "代", "动作", "环节", "环节名称", "条款", "渠道", "地址", "规程版本", "内容",
    "已抹除", "散列",
)  # fmt: skip


class Sink(io.RawIOBase):
    """Where the zip is written: what has come is taken from it and sent."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        """It is only written."""
        return True

    def write(self, content: Any) -> int:
        """Hold the bytes until they are taken."""
        self._held.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        """What has come since the last time."""
        held, self._held = b"".join(self._held), []
        return held


class Pack:
    """A zip that grows, and the hash of each file in it."""

    def __init__(self, at: int) -> None:
        self._sink = Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)
        self._at = _beijing(at).timetuple()[:6]
        self.files: dict[str, dict[str, Any]] = {}
        self.left_out: list[dict[str, str]] = []

    def put(self, name: str, content: Iterable[bytes]) -> Iterator[bytes]:
        """Write one file; answers what may be sent."""
        info, digest, size = zipfile.ZipInfo(name, self._at), hashlib.sha256(), 0
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        with self._zip.open(info, "w", force_zip64=True) as file:
            for part in content:
                digest.update(part)
                size += len(part)
                file.write(part)
                yield self._sink.taken()
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}
        yield self._sink.taken()

    def end(self) -> bytes:
        """Close it; answers the rest."""
        self._zip.close()
        return self._sink.taken()


def answer(id: str) -> Response:
    """The pack of an instance as a download. Raises NotFound, NotVisible, NeedsRole."""
    found = house().evidence(actor(), id)
    name = f"evidence-{id}-{found.anchor.number}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(stream(found, id)), mimetype="application/zip", headers=headers)


def stream(found: Evidence, id: str) -> Iterator[bytes]:
    """The bytes of the pack; the last file is its manifest, whose hash the house writes down."""
    pack, instances = Pack(found.anchor.at), []
    yield from pack.put("verify.py", [Path(engine.offline.__file__).read_bytes()])
    yield from pack.put("anchor.json", [proof.anchor_file(found)])
    yield from pack.put("people.csv", [table(("用户名", "姓名", "岗位"), _people(found))])
    for number, chain in enumerate(found.chains, start=1):
        folder = f"{number:02}-{safe(chain.title or chain.id)}"
        named: list[str] = []
        yield from _instance(pack, chain, folder, named)
        told = {"id": chain.id, "parent": chain.parent, "title": chain.title, "journal": f"{folder}/journal.jsonl"}
        instances.append({**told, "folder": folder, "entries": chain.proof.seq, "files": named})
    with force_locale("zh_Hans_CN"):
        index = write(_index(found, pack, instances))
    yield from pack.put("index.docx", [index])
    about = {"instance": id, "anchor": found.anchor.number, "root": found.anchor.root, "made_for": found.by}
    manifest = {**about, "instances": instances, "files": pack.files, "left_out": pack.left_out}
    content = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()
    yield from pack.put("manifest.json", [content])
    yield from pack.put("manifest.sha256", [f"{digest}  manifest.json\n".encode()])
    yield pack.end()
    house().evidence_made(actor(), id, digest)


def _instance(pack: Pack, chain: Chain, folder: str, named: list[str]) -> Iterator[bytes]:
    """Everything of one instance; `named` gets the files that its journal must name."""
    yield from pack.put(f"{folder}/journal.jsonl", proof.lines(chain))
    yield from pack.put(f"{folder}/journal.csv", [table(COLUMNS, _rows(chain))])
    files: dict[str, dict[str, str]] = {}
    for one, path in chain.attachments:
        name = f"{folder}/attachments/{_numbered(len(files) + 1, one.name)}"
        files[one.id] = {"name": one.name, "href": f"../attachments/{_numbered(len(files) + 1, one.name)}"}
        yield from _copied(pack, name, path, one.sha256, named)
    for number, (record, path) in enumerate(chain.documents, start=1):
        called = f"{record.document_number or record.number} {record.title} V{record.version}"
        suffix = Path(record.name).suffix or ".docx"
        name = f"{folder}/records/{_numbered(number, called)}{suffix}"
        yield from _copied(pack, name, path, record.sha256, named)
    for step in chain.steps:
        if step.kind in FILLED:
            with force_locale("zh_Hans_CN"):
                page = _form(chain, step, files)
            yield from pack.put(form_name(folder, step), [page.encode()])
    for definition in chain.definitions:
        yield from _diagrams(pack, chain, definition, folder)


def _copied(pack: Pack, name: str, path: Path | None, sha256: str, named: list[str]) -> Iterator[bytes]:
    """A file as it lies; what is not there any more, or is not what it was, is left out and said so."""
    if path is None:
        pack.left_out.append({"file": name, "sha256": sha256, "reason": "文件已不在文件库中"})
        return
    yield from pack.put(name, _parts(path))
    named.append(name)
    if pack.files[name]["sha256"] != sha256:
        pack.left_out.append({"file": name, "sha256": sha256, "reason": "文件的内容已不是登记时的内容"})


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(CHUNK):
            yield part


def form_name(folder: str, step: Step) -> str:
    """Where a filled form stands in the pack."""
    return f"{folder}/forms/{step.seq:05}-{safe(step.element_name or DEEDS.get(step.kind, step.kind))}.html"


def _form(chain: Chain, step: Step, files: dict[str, dict[str, str]]) -> str:
    definition = chain.definitions[-1]
    found = shown({"key": definition.key, "version": step.version}, step)
    asked = {key_of(component) for component in inputs(found.components)}
    others = [(key, value) for key, value in found.data.items() if key not in asked and value not in (None, "", [])]
    return render_template(
        "evidence/form.html", chain=chain, step=step, components=found.components, values=found.data, files=files,
        name=step.element_name or gettext("发起"), at=minute(step.at), who=person(step.actor), others=others,
    )  # fmt: skip


def _diagrams(pack: Pack, chain: Chain, definition: Definition, folder: str) -> Iterator[bytes]:
    """The diagrams of a version that the instance came through, the path in colour, and their sources."""
    mine = [one for one in chain.passages if one.definition_set == definition.set_hash]
    done = frozenset(one.element for one in mine if one.left is not None and not one.cancelled)
    here = frozenset(one.element for one in mine if one.left is None)
    flows = frozenset(
        effect["element"]
        for step in chain.steps
        if step.version == definition.version
        for effect in step.effects
        if effect["type"] == "flow"
    )
    sources: dict[str, bytes] = {}
    for process, file in definition.processes.items():
        own = {element.id for element in definition.elements if element.process == process}
        if process != definition.key and not own & (done | here):
            continue
        sources[file] = definition.xml(process)
        try:
            pictures = drawing.drawings(definition.xml(process), process, path=drawing.Path(done, here, flows))
        except Unreadable:
            pictures = []
        for number, picture in enumerate(pictures, start=1):
            called = safe(definition.names.get(process) or process) + (f"-{number}" if number > 1 else "")
            yield from pack.put(f"{folder}/diagrams/V{definition.version}-{called}.svg", [picture.svg])
    for file, content in sources.items():
        yield from pack.put(f"{folder}/diagrams/V{definition.version}-{safe(file)}", [content])


def _people(found: Evidence) -> Iterator[tuple[str, ...]]:
    for one in found.people:
        yield one.name, one.display_name, "、".join(_role(role) for role in one.roles)


def _role(key: str) -> str:
    return role_by_key[key].title if key in role_by_key else key


def _rows(chain: Chain) -> Iterator[tuple[object, ...]]:
    for step in chain.steps:
        yield (
            *(step.seq, minute(step.at), person(step.actor), step.actor, _role(step.on_behalf_of or "")),
            *(DEEDS.get(step.kind, step.kind), step.element or "", step.element_name, step.clause or ""),
            *(step.channel, step.address or "", step.version),
            "" if step.erased else json.dumps(step.data, ensure_ascii=False, default=str),
            *(step.why_erased if step.erased else "", step.hash),
        )


def table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV that opens in a spreadsheet as Chinese, and in which no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _plain(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def _index(found: Evidence, pack: Pack, instances: list[dict[str, Any]]) -> Index:
    first, anchor = found.chains[0], found.anchor
    definition = first.definitions[-1]
    facts = [
        ("项目", first.title),
        ("规程", f"{definition.name} 第 {definition.version} 版"),
        ("锚", f"第 {anchor.number} 号，{minute(anchor.at)}，覆盖 {anchor.instances} 个流程 {anchor.entries} 条"),
        ("提取人", found.by),
    ]
    steps = [
        "解压整个压缩包，在其中运行 python verify.py（Python 3.8 或更新版本，不联网，不需要密钥）。",
        "从打印的锚上输入根：python verify.py 根。程序重新计算每个文件的散列、每条流转记录的散列链，以及到锚的路径。",
        "最后一行为“相符 / ok”、退出码为 0 时，锚之前的内容没有被改动、删除、插入或截断。",
        "表单页、表格、流程图和本索引由流转记录生成；有疑问时以 journal.jsonl 为准。",
    ]
    grids = [
        Grid("流程", "", (("文件夹", 8.0), ("编号", 8.7), ("状态", 3.0), ("条目", 2.0), ("版本", 4.0)), [
            (one["folder"], chain.id, STATUS_WORDS.get(chain.status, chain.status), str(chain.proof.seq),
             "、".join(f"V{version.version}" for version in chain.definitions))
            for one, chain in zip(instances, found.chains, strict=True)
        ]),
        Grid("人员", "", (("用户名", 6.0), ("姓名", 6.0), ("岗位", 13.7)), list(_people(found))),
    ]  # fmt: skip
    for one, chain in zip(instances, found.chains, strict=True):
        note = f"前 {MOST_ROWS} 条；全部见 {one['folder']}/journal.csv。" if len(chain.steps) > MOST_ROWS else ""
        columns = (
            ("序号", 1.5),
            ("时间", 4.8),
            ("办理人", 4.0),
            ("动作", 3.2),
            ("环节", 6.8),
            ("条款", 1.8),
            ("散列", 3.6),
        )
        grids.append(
            Grid(f"流转记录：{one['folder']}", note, columns, [_line(step) for step in chain.steps[:MOST_ROWS]])
        )
    left = [(one["file"], one["reason"]) for one in pack.left_out]
    files = [(name, str(told["size"]), told["sha256"][:16]) for name, told in pack.files.items()]
    grids.append(Grid("没有收入或与登记不符的文件", "", (("文件", 16.0), ("原因", 9.7)), left))
    more = "散列的前 16 位；全文见 manifest.json。"
    grids.append(Grid("文件", more, (("文件", 18.0), ("字节", 2.7), ("SHA-256", 5.0)), files))
    return Index(
        f"审计证据包：{first.title}",
        facts,
        written(anchor.root),
        steps,
        grids,
        _beijing(anchor.at).replace(tzinfo=None),
    )


STATUS_WORDS = {
    "active": "进行中",
    "suspended": "已暂停",
    "failed": "系统异常",
    "completed": "已完成",
    "terminated": "已终止",
}


def _line(step: Step) -> tuple[str, ...]:
    who = person(step.actor) + (f"（代 {_role(step.on_behalf_of)}）" if step.on_behalf_of else "")
    deed = DEEDS.get(step.kind, step.kind) + (f"（已抹除：{step.why_erased}）" if step.erased else "")
    place = step.element_name or step.element or ""
    return str(step.seq), minute(step.at), who, deed, place, step.clause or "", step.hash[:12]


def _numbered(number: int, name: str) -> str:
    return f"{number:03}-{safe(name)}"


def safe(name: str) -> str:
    """A name that every file system takes and that leads nowhere else."""
    return UNSAFE.sub("_", name).strip(" .")[:80] or "_"


def _beijing(at: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at // 1_000_000, times.BEIJING)


def minute(at: int) -> str:
    """An instant in Beijing, to the second."""
    return f"{_beijing(at):%Y-%m-%d %H:%M:%S}"
