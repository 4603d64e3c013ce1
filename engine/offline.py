#!/usr/bin/env python3
"""核验审计证据包 / Checks an evidence pack: offline, without any key, with the standard library of Python 3.8 or newer.

    python verify.py                 对照清单、散列链和默克尔路径 / manifest, chains and Merkle proofs
    python verify.py ROOT            并与打印件上的锚的根比较 / and compare with the root of a printed anchor

ROOT 为 64 个十六进制字符，空格不计 / 64 hexadecimal digits, spaces do not count.
退出码 / exit status: 0 相符 / all agrees, 1 不符 / something differs, 2 用法 / usage.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

GENESIS = b"\0" * 32
OWN = ("manifest.json", "manifest.sha256")


class Check:
    """What is wrong, as it is found."""

    def __init__(self, place: str) -> None:
        self.place, self.erased, self.entries = place, 0, 0
        self.faults: list[str] = []

    def wrong(self, name: str, zh: str, en: str) -> None:
        """Say what is wrong with which file."""
        self.faults.append(name)
        print(f"不符 / WRONG  {name}: {zh} / {en}")

    def content(self, name: str) -> bytes:
        """The bytes of a file of the pack."""
        with open(os.path.join(self.place, *name.split("/")), "rb") as file:
            return file.read()

    def value(self, name: str) -> Any:
        """A file of the pack read as JSON; None, and told, where it cannot be."""
        try:
            return json.loads(self.content(name).decode("utf-8"))
        except (OSError, ValueError):
            self.wrong(name, "缺失或无法读取", "missing or unreadable")
            return None


def raw(text: str) -> bytes:
    """The bytes of a text exactly as they were stored."""
    return text.encode("utf-8", "surrogateescape")


def present(place: str) -> Iterator[str]:
    """Every file that lies in the folder, by its name in the manifest."""
    for folder, folders, files in os.walk(place):
        folders[:] = [one for one in folders if one != "__pycache__"]
        for name in files:
            yield os.path.relpath(os.path.join(folder, name), place).replace(os.sep, "/")


def manifest(check: Check) -> Any:
    """Every file is the one that the manifest names, and none is there besides. Answers the manifest."""
    told = check.value("manifest.json")
    try:
        noted = check.content("manifest.sha256").decode("ascii", "replace").split()
        if noted[:1] != [hashlib.sha256(check.content("manifest.json")).hexdigest()]:
            check.wrong("manifest.json", "与 manifest.sha256 不符", "does not agree with manifest.sha256")
        if noted[1:] != ["manifest.json"]:
            check.wrong("manifest.sha256", "格式不符", "is not of this form")
    except OSError:
        check.wrong("manifest.sha256", "缺失", "missing")
    if not isinstance(told, dict) or not isinstance(told.get("files"), dict):
        check.wrong("manifest.json", "没有文件清单", "lists no files")
        return None
    for name, noted in told["files"].items():
        try:
            if hashlib.sha256(check.content(name)).hexdigest() != noted["sha256"]:
                check.wrong(name, "内容被改", "its content was changed")
        except OSError:
            check.wrong(name, "缺失", "missing")
    for name in sorted(set(present(check.place)) - set(told["files"]) - set(OWN)):
        check.wrong(name, "不在清单中", "not in the manifest")
    return told


def chain(check: Check, instance: str, name: str) -> tuple[int, str, list[str | None]] | None:
    """Recompute the chain of one journal. Answers (number of its last entry, its hash, all payloads), or None."""
    previous, count = GENESIS, 0
    payloads: list[str | None] = []
    try:
        lines = check.content(name).decode("utf-8").rstrip("\n").split("\n")
    except (OSError, ValueError):
        check.wrong(name, "缺失或无法读取", "missing or unreadable")
        return None
    for count, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            body, effects, payload = raw(row["body"]), raw(row["effects"]), row["payload"]
            head, hash = json.loads(body.decode("utf-8")), bytes.fromhex(row["hash"])
            salt = bytes.fromhex(row["salt"] or "")
            told = (head["instance"], head["seq"], head["effects"], head["payload"])
        except (ValueError, KeyError, TypeError):
            check.wrong(name, f"第 {count} 条无法读取", f"entry {count} is unreadable")
            return None
        if told[:2] != (instance, count):
            check.wrong(name, f"第 {count} 条编号不符", f"entry {count} has another number")
            return None
        if hashlib.sha256(previous + body).digest() != hash:
            check.wrong(name, f"散列链在第 {count} 条断开", f"the chain breaks at entry {count}")
            return None
        if hashlib.sha256(effects).hexdigest() != told[2]:
            check.wrong(name, f"第 {count} 条的结果被改", f"the effects of entry {count} were changed")
            return None
        if payload is None:
            check.erased += 1
        elif hashlib.sha256(salt + raw(payload)).hexdigest() != told[3]:
            check.wrong(name, f"第 {count} 条的内容被改", f"the content of entry {count} was changed")
            return None
        previous = hash
        payloads.append(payload)
    check.entries += count
    return count, previous.hex(), payloads


def top(instance: str, seq: int, hash: str, way: list[tuple[str, str]]) -> bytes:
    """The root of the tree that a head and its way lead to."""
    found = hashlib.sha256(b"\0" + f"{instance}:{seq}:{hash}".encode()).digest()
    for side, other in way:
        pair = bytes.fromhex(other) + found if side == "left" else found + bytes.fromhex(other)
        found = hashlib.sha256(b"\1" + pair).digest()
    return found


def proven(check: Check, told: Any, anchor: Any) -> None:
    """Each journal's end leads to the root of the anchor, and the journal names the files beside it."""
    for one in told["instances"]:
        found = chain(check, one["id"], one["journal"])
        if found is None:
            continue
        seq, hash, payloads = found
        proof = anchor["proofs"].get(one["id"], {})
        if (seq, hash) != (proof.get("seq"), proof.get("hash")):
            last = proof.get("seq")
            zh = f"止于第 {seq} 条，锚覆盖到第 {last} 条：被截断或改写"
            check.wrong(one["journal"], zh, f"ends at {seq}, the anchor covers {last}: cut or rewritten")
            continue
        tree = top(one["id"], seq, hash, proof["way"])
        if hashlib.sha256(b"\2" + bytes.fromhex(anchor["previous"]) + tree).hexdigest() != anchor["root"]:
            journal = one["journal"]
            check.wrong("anchor.json", f"从 {journal} 到不了锚的根", f"no way from {journal} to its root")
        named = "\n".join(payload for payload in payloads if payload is not None)
        for name in one["files"]:
            if told["files"][name]["sha256"] not in named and None not in payloads:
                check.wrong(name, "流转记录中没有这份文件", "the journal names no such file")


def agrees(check: Check, typed: str | None, anchor: Any) -> None:
    """Compare with what stands on paper."""
    if typed is None:
        print(f"锚 / anchor {anchor['number']}: {anchor['root']}")
        print("未与打印件比较 / not compared with paper: python verify.py ROOT")
    elif typed != anchor["root"]:
        check.wrong("anchor.json", "锚的根与打印件不同", "its root is not the one on paper")
    else:
        print(f"锚的根与打印件相同 / the root is the one on paper: {anchor['number']}")


def main(arguments: list[str]) -> int:
    """Check everything and say so."""
    typed = "".join("".join(arguments).split()).lower() or None
    if typed is not None and (len(typed) != 64 or set(typed) - set("0123456789abcdef")):
        print(__doc__)
        return 2
    check = Check(os.path.dirname(os.path.abspath(__file__)))
    told = manifest(check)
    anchor = check.value("anchor.json")
    if told is not None and anchor is not None:
        try:
            proven(check, told, anchor)
            agrees(check, typed, anchor)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            check.wrong("manifest.json, anchor.json", "格式不符", f"not of this form: {error!r}")
    if check.faults:
        print(f"共 {len(check.faults)} 处不符 / {len(check.faults)} faults")
        return 1
    files = len(told["files"]) if told is not None else 0
    print(f"文件 / files {files}, 条目 / entries {check.entries}, 已抹除 / erased {check.erased}")
    print("封印须用密钥核验，这里不核 / seals need the key and are not checked here: ./run verify")
    print("页面、表格和索引由流转记录生成 / pages, tables and index were made from the journals")
    print("相符 / ok")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
