"""Compares the standing texts of procedures: the document, its clauses by number, its first changes, its faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bpmn.compare import Difference, Subject, Thing, Value, compared
from bpmn.model import File
from bpmn.procedure import KIND, Procedure, read

WORDS: Mapping[str, str] = {"title": "name", "text": "text", "number": "id"}
PLAIN = ("number", "title", "company", "kind", "level", "issued_by")
SIGNED = ("heading", "department", "drafted_by", "drafted_on", "checked_by", "checked_on")


def compare(before: Sequence[File], after: Sequence[File]) -> Iterator[Difference]:
    """The differences between the .toml files of two sets. Raises ProcedureUnreadable."""
    was, now = (
        {key: thing for file in files for key, thing in _things(file, read(file)).items()} for files in (before, after)
    )
    yield from compared(was, now, word)


def word(path: str) -> tuple[str, str]:
    """The word for a fact; what has no word is "other", with its path."""
    return (WORDS[path], "") if path in WORDS else ("other", path)


def _things(file: File, told: Procedure) -> dict[str, Thing]:
    home = file.name.removesuffix(KIND)

    def thing(type: str, id: str, name: str, facts: Mapping[str, str]) -> Thing:
        subject = Subject("procedure", file.name, home, id, type, name)
        return Thing(subject, {path: Value(text) for path, text in facts.items() if text})

    kept = told.revisions
    whole = {name: getattr(told, name) for name in PLAIN} | {name: getattr(kept, name) for name in SIGNED}
    found = {file.name: thing("procedure", "", told.title, whole)}
    for clause in told.clauses:
        facts = {"title": clause.title, "text": "\n".join(clause.paragraphs), "drawn": clause.drawn}
        found[f"{file.name} clause {clause.number}"] = thing("clause", clause.number, clause.title, facts)
    for at, row in enumerate(kept.rows, 1):
        facts = {"reason": row.reason, "version": row.version, "by": row.by, "on": row.on, "changes": row.changes}
        found[f"{file.name} row {at}"] = thing("revision", str(at), f"V{row.version}", facts)
    for fault in told.faults:
        found[f"{file.name} fault {fault.where} {fault.what}"] = thing("fault", fault.where, fault.what, {})
    return found
