"""The evidence pack: made by the house, checked without it, and every changed byte of it found."""

from __future__ import annotations

import ast
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from sqlalchemy import select

from engine.anchors import written
from engine.store import tables as t
from tests.web.browsers import Program
from tests.web.company import refused
from tests.web.conftest import House
from tests.web.test_api import REQUEST
from web.pack import safe, table


def worked(house: House, subject: str = "备件") -> str:
    """An instance with a filled form and an attached file."""
    manager = house.api("manager")
    id = manager.post("process-instances", {"definition": "web_ask", "variables": {}}).get_json()["id"]
    (task,) = manager.get(f"tasks?instance={id}").get_json()["items"]
    house.engine.attach(house.engine_actor("manager"), task["id"], "附件.pdf", b"%PDF-1.4\n%%EOF\n")
    done = manager.post(f"tasks/{task['id']}/complete", {"data": {**REQUEST, "subject": subject}})
    assert done.status_code == 200, done.get_json()
    return str(id)


def unpacked(program: Program, id: str, place: Path) -> Path:
    """The pack, in a folder."""
    answer = program.get(f"process-instances/{id}/evidence.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as found:
        assert found.testzip() is None
        found.extractall(place)
    return place


def checked(pack: Path, *root: str) -> subprocess.CompletedProcess[str]:
    """What the pack's own program says, in a process that knows nothing of this house."""
    program = [sys.executable, "-I", "-B", str(pack / "verify.py"), *root]
    return subprocess.run(program, capture_output=True, text=True, cwd="/", timeout=60, check=False)


@pytest.fixture
def pack(house: House, tmp_path: Path) -> Path:
    """The pack of an instance."""
    return unpacked(house.api("auditor"), worked(house), tmp_path / "pack")


def test_a_pack_is_proven_offline_and_agrees_with_the_printed_root_only(house: House, pack: Path) -> None:
    told = checked(pack)
    assert told.returncode == 0, told.stdout + told.stderr
    anchor = house.engine.anchors(house.engine_actor("auditor")).anchors[0]
    spaced = " ".join(re.findall("." * 8, anchor.root))
    assert checked(pack, *spaced.split()).returncode == 0
    other = checked(pack, "0" * 64)
    assert other.returncode == 1 and "anchor.json" in other.stdout
    assert checked(pack, "12").returncode == 2


def test_one_changed_byte_is_found_in_every_file_and_the_file_is_named(pack: Path) -> None:
    for path in sorted(one for one in pack.rglob("*") if one.is_file() and one.name != "verify.py"):
        was = path.read_bytes()
        middle = len(was) // 2
        path.write_bytes(was[:middle] + bytes([was[middle] ^ 1]) + was[middle + 1 :])
        told = checked(pack)
        path.write_bytes(was)
        assert told.returncode == 1, path
        assert path.relative_to(pack).as_posix() in told.stdout, (path, told.stdout)
    assert checked(pack).returncode == 0


def test_a_file_that_is_gone_or_added_is_found(pack: Path) -> None:
    (pack / "people.csv").unlink()
    (pack / "more.txt").write_text("x")
    told = checked(pack).stdout
    assert "people.csv" in told and "more.txt" in told


def rewritten(pack: Path, lines: list[str]) -> None:
    """The journal with these lines, and a manifest that was made to agree."""
    (path,) = pack.glob("*/journal.jsonl")
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    manifest["files"][path.relative_to(pack).as_posix()]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    content = json.dumps(manifest).encode()
    (pack / "manifest.json").write_bytes(content)
    (pack / "manifest.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")


def test_a_journal_that_was_cut_reordered_or_added_to_is_found_though_the_manifest_agrees(pack: Path) -> None:
    (path,) = pack.glob("*/journal.jsonl")
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 3
    for forged in (lines[:-1], lines[1:], [lines[0], lines[2], lines[1]], [*lines, lines[-1]]):
        rewritten(pack, forged)
        told = checked(pack)
        assert told.returncode == 1 and "journal.jsonl" in told.stdout, told.stdout
    rewritten(pack, lines)
    assert checked(pack).returncode == 0


def test_an_attached_file_that_the_journal_does_not_name_is_found_though_the_manifest_agrees(pack: Path) -> None:
    (file,) = pack.glob("*/attachments/*")
    file.write_bytes(b"%PDF-1.4 forged\n%%EOF\n")
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    name = file.relative_to(pack).as_posix()
    manifest["files"][name]["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    content = json.dumps(manifest).encode()
    (pack / "manifest.json").write_bytes(content)
    (pack / "manifest.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")
    told = checked(pack)
    assert told.returncode == 1 and name in told.stdout


def test_a_page_of_the_pack_asks_nothing_of_the_outside_and_shows_what_was_typed_as_text(
    house: House, tmp_path: Path
) -> None:
    id = worked(house, "<script>alert(1)</script>")
    pack = unpacked(house.api("auditor"), id, tmp_path / "pack")
    (page,) = pack.glob("*/forms/00003-*.html")
    text = page.read_text("utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "<script" not in text
    assert re.findall(r"""(?:src|href)=["'](?!\.\./attachments/)""", text) == [] and "http:" not in text


def test_the_same_pack_is_made_twice_byte_for_byte(house: House) -> None:
    auditor, id = house.api("auditor"), worked(house)
    one, two = (auditor.get(f"process-instances/{id}/evidence.zip").get_data() for _ in range(2))
    assert one == two


def test_erased_content_is_told_with_its_reason_and_the_chain_still_holds(house: House, tmp_path: Path) -> None:
    id, boss = worked(house), house.engine_actor("boss")
    house.engine.cancel(boss, id, "作废")
    house.engine.erase(boss, id, 3, "本人要求删除")
    pack = unpacked(house.api("auditor"), id, tmp_path / "pack")
    told = checked(pack)
    assert told.returncode == 0 and "erased 1" in told.stdout
    (page,) = pack.glob("*/forms/00003-*.html")
    assert "本人要求删除" in page.read_text("utf-8") and "备件" not in page.read_text("utf-8")


def test_a_file_that_is_gone_from_the_store_is_left_out_and_said_so(house: House, tmp_path: Path) -> None:
    id = worked(house)
    shutil.rmtree(house.settings.var / "files")
    pack = unpacked(house.api("auditor"), id, tmp_path / "pack")
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    assert len(manifest["left_out"]) == 1 and not list(pack.glob("*/attachments/*"))
    assert checked(pack).returncode == 0


def test_who_leads_the_project_or_reads_everything_takes_the_pack_and_nobody_else(house: House) -> None:
    path = f"process-instances/{worked(house)}/evidence.zip"
    for name in ("auditor", "boss", "manager"):
        assert house.api(name).get(path).status_code == 200
    refused(house.api("outsider").get(path), 403)


def test_taking_a_pack_is_written_down_with_the_hash_of_its_manifest(house: House, tmp_path: Path) -> None:
    pack = unpacked(house.api("auditor"), worked(house), tmp_path / "pack")
    with house.engine.room.database.read() as connection:
        rows = connection.execute(select(t.audit.c.actor, t.audit.c.action, t.audit.c.body)).all()
    assert ("auditor", "evidence") in [(row.actor, row.action) for row in rows]
    (made,) = (json.loads(row.body)["data"] for row in rows if row.action == "evidence_made")
    assert made["manifest"] == hashlib.sha256((pack / "manifest.json").read_bytes()).hexdigest()


def test_no_cell_of_a_table_is_a_formula() -> None:
    content = table(("甲", "乙"), [("=1+1", "@SUM(A1)"), ("-2", "+3"), ("\t=1", None), ("好", 5)])
    assert content.decode("utf-8-sig").split("\r\n")[1:5] == ["'=1+1,'@SUM(A1)", "'-2,'+3", "'\t=1,", "好,5"]


def test_a_name_in_the_pack_leads_nowhere_else() -> None:
    assert safe("../../etc/passwd") == "_.._etc_passwd" and safe("..") == "_" and safe("a\u202eb") == "a_b"


def test_the_index_is_a_word_file_that_names_the_root_and_every_entry(house: House, pack: Path) -> None:
    document = docx.Document(str(pack / "index.docx"))
    anchor = house.engine.anchors(house.engine_actor("auditor")).anchors[0]
    assert written(anchor.root) in [paragraph.text for paragraph in document.paragraphs]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert {"发起", "上传附件", "完成", "manager的名字", "anchor.json"} <= set(cells)


def test_the_program_in_the_pack_is_standard_library_that_python_3_8_reads(pack: Path) -> None:
    tree = ast.parse((pack / "verify.py").read_text("utf-8"), feature_version=(3, 8))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in named} <= set(sys.stdlib_module_names)


def test_the_button_on_the_project_is_there_for_who_may_take_the_pack(house: House) -> None:
    id = worked(house)
    way = f"/projects/{id}/evidence.zip"
    assert way in house.person("auditor").get(f"/projects/{id}").text
    assert way in house.person("manager").get(f"/projects/{id}").text
    assert house.person("manager").get(way).mimetype == "application/zip"
