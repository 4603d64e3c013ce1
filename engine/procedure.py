"""The procedure document of a version: gathered from the set that it pins, so that paper and process cannot differ."""

from bpmn.drawing.png import legible
from bpmn.procedure import KIND, Procedure, Revisions, read
from engine import definitions
from engine.revisions import revisions
from engine.room import Room
from engine.views import Definition, ProcedureDocument, Revision
from forms.word.dates import beijing, dotted
from forms.word.procedure import gather
from forms.word.procedure.content import Change, Paper
from forms.word.procedure.write import write


def of(definition: Definition) -> Procedure | None:
    """The standing texts that a definition pins, or None."""
    name = f"{definition.key}{KIND}"
    return next((read(file) for file in definition.files if file.name == name), None)


def document(room: Room, key: str, version: int | None = None) -> ProcedureDocument:
    """The Word file of a version, the newest where none is told. Raises UnknownDefinition."""
    with room.database.read() as connection:
        definition = definitions.by_key(room, connection, key, version)
        pinned = definitions.pinned(room, connection, definition.set_hash)
        rows = revisions(connection, key)
    paper = _paper(definition, pinned, rows)
    name = f"{paper.number} {paper.title} V{paper.version}.docx"
    return ProcedureDocument(name, definition.version, definition.set_hash, write(paper))


def _paper(definition: Definition, pinned: definitions.Pinned, rows: list[Revision]) -> Paper:
    told, own, newest = of(definition), _row(rows, definition.version), rows[-1]
    return Paper(
        key=definition.key,
        name=definition.name,
        procedure=told,
        version=own.version,
        definition=own.definition,
        set_hash=definition.set_hash,
        deployed_on=dotted(beijing(own.at)),
        issued_by=own.issued_by or (told.issued_by if told else ""),
        current="" if newest is own else f"V{newest.version}（流程定义第 {newest.definition} 版）",
        steps=gather.steps(pinned.processes, pinned.files),
        duties=tuple(gather.duties(pinned.processes)),
        records=tuple(gather.kept(pinned.processes)),
        signed=tuple(_signed(told, own)),
        changes=tuple(_changes(told, [row for row in rows if row.definition <= own.definition])),
        legible=legible(),
    )


def _row(rows: list[Revision], version: int) -> Revision:
    return next(row for row in rows if row.definition == version)


def _signed(told: Procedure | None, own: Revision) -> list[tuple[str, str, str]]:
    """Who drafted, checked and issued this version, and when; of one that nobody issued what the source says."""
    if own.issued:
        checked = dotted(beijing(own.checked_at)) if own.checked_at is not None else ""
        issued = dotted(beijing(own.at))
        day = own.effective_on.replace("-", ".")
        return [
            ("拟稿", own.by, ""),
            ("审核", own.checked_by, checked),
            ("签发", own.issued_by, issued),
            ("生效", "", day),
        ]
    kept = told.revisions if told else Revisions()
    return [("拟稿", kept.drafted_by, kept.drafted_on), ("审核", kept.checked_by, kept.checked_on)]


def _changes(told: Procedure | None, rows: list[Revision]) -> list[Change]:
    """First what was before this house, then its own versions."""
    before = (
        [Change(one.reason, one.version, one.by, one.on, one.changes) for one in told.revisions.rows] if told else []
    )
    own = [
        Change(one.reason, one.version, one.by, dotted(beijing(one.at)), one.changes, ours=not one.issued)
        for one in rows
    ]
    return [*before, *own]
