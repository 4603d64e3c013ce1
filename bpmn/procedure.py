"""A procedure as a controlled document: what no diagram says of it, in `<process key>.toml` beside its diagrams."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator
from typing import Literal

import msgspec

from bpmn.errors import Invalid
from bpmn.model import File, Finding
from bpmn.sentence import say

KIND = ".toml"
LARGEST = 1024 * 1024
Drawn = Literal["", "roles", "steps", "records", "revisions"]
"""What of a clause is made of the diagrams: nothing, the duties by lane, the steps, the records, the versions."""


class ProcedureUnreadable(Invalid):
    """文件“{file}”读不了：{reason}"""


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clause: its standing text, a paragraph a line, before what is drawn."""

    number: str
    title: str
    text: str = ""
    drawn: Drawn = ""

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs of its text."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of the document before this software kept its versions."""

    reason: str
    version: str
    by: str = ""
    on: str = ""
    changes: str = ""


class Revisions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands around the table of changes, and its first rows."""

    heading: str = ""
    department: str = ""
    drafted_by: str = ""
    drafted_on: str = ""
    checked_by: str = ""
    checked_on: str = ""
    rows: tuple[Row, ...] = ()


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something wrong in the document as it was issued, for its owner to decide: nothing is repaired silently."""

    where: str
    what: str


class Procedure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cover, the clauses, the first changes, and what the owner should look at."""

    number: str
    title: str
    company: str = ""
    kind: str = ""
    level: str = ""
    issued_by: str = ""
    clauses: tuple[Clause, ...] = ()
    revisions: Revisions = Revisions()
    faults: tuple[Fault, ...] = ()


def read(file: File) -> Procedure:
    """What the file says. Raises ProcedureUnreadable, with the line or the name of the entry that is wrong."""
    if len(file.content) > LARGEST:
        raise ProcedureUnreadable(file=file.name, reason="超过 1 MB")
    try:
        return msgspec.convert(tomllib.loads(file.content.decode()), Procedure)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, msgspec.ValidationError) as error:
        raise ProcedureUnreadable(file=file.name, reason=str(error)) from error


def check(file: File, processes: Collection[str]) -> Iterator[Finding]:
    """What is wrong with such a file, where these processes are deployed with it or before."""
    try:
        read(file)
    except ProcedureUnreadable as error:
        message = say("规程正文读不了：{reason}。请照 CBS00P004.toml 的样子更正。", reason=error.details["reason"])
        yield Finding.of("error", "procedure", file.name, None, None, message)
    key = file.name.removesuffix(KIND)
    if key not in processes:
        message = say("没有流程“{key}”：规程正文以流程的 id 命名，请改名，或与流程图一起部署。", key=key)
        yield Finding.of("error", "procedure", file.name, None, None, message)
