"""What a running job may use: the engine's side of `engine.contract.Services`."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from bpmn.errors import NotFound
from bpmn.roles import role_by_key
from bpmn.working_time import Calendar
from engine import files, instances, journal, numbers, papers, people, releases, roles, tickets, working_days
from engine.actor import ENGINE
from engine.contract import Answer, Checked, Deed, Issued, Job, Release
from engine.definitions import by_id, by_key, pinned
from engine.jobs import mail
from engine.room import Room
from engine.runs import begin
from engine.step import Work, run, step
from engine.store import tables as t
from engine.tickets import Ticket
from engine.views import Attachment, Document, InstanceView
from forms.context import Evaluator


@dataclass
class JobServices:
    """Services for one job. What it makes is listed only when the job's result enters the journal."""

    room: Room
    job: Job
    company_name: str
    at: int
    made: list[dict[str, Any]] = field(default_factory=list)

    @property
    def feel(self) -> Evaluator:
        """The house's FEEL."""
        return self.room.feel

    def start_instance(self, key: str, variables: Mapping[str, Any], business_key: str | None = None) -> str:
        """Start an instance linked to the project, whichever of its instances asks; one per job and key."""

        def case(work: Work) -> str:
            m = t.made.c
            before = work.connection.execute(
                select(m.instance).where(m.job == self.job.id, m.key == key)
            ).scalar_one_or_none()
            if before is not None:
                return str(before)
            own = work.head(self.job.instance)
            if own is None:
                raise NotFound()
            definition = by_key(self.room, work.connection, key)
            shared = business_key or self.job.business_key
            cause = {"job": self.job.id}
            id = begin(work, ENGINE, definition, shared, variables, own["root"], cause, check=False)
            work.connection.execute(insert(t.made), {"job": self.job.id, "key": key, "instance": id})
            return id

        return run(self.room, case)

    def open_children(self) -> list[InstanceView]:
        """The linked instances that have not ended."""
        return [child for child in self.children() if child.ended_at is None]

    def children(self) -> list[InstanceView]:
        """All linked instances, ended ones too, oldest first."""
        return self._linked(self.job.instance)

    def project(self) -> InstanceView | None:
        """The instance that this one is linked to, or None."""
        parent = self._parent()
        return None if parent is None else instances.instance(self.room, ENGINE, parent)

    def siblings(self) -> list[InstanceView]:
        """All instances that are linked to the same project, this one and ended ones too, oldest first."""
        parent = self._parent()
        return [] if parent is None else self._linked(parent)

    def _parent(self) -> str | None:
        with self.room.database.read() as connection:
            i = t.instance.c
            found: str | None = connection.execute(select(i.parent).where(i.id == self.job.instance)).scalar_one()
            return found

    def _linked(self, project: str) -> list[InstanceView]:
        with self.room.database.read() as connection:
            i = t.instance.c
            query = select(i.id).where(i.parent == project).order_by(i.created_at, i.id)
            found = list(connection.execute(query).scalars())
        return [instances.instance(self.room, ENGINE, id) for id in found]

    def working_calendar(self) -> Calendar:
        """Holidays, make-up working days, and what the house overrides of them."""
        with self.room.database.read() as connection:
            return working_days.calendar(connection)

    def tickets(self) -> list[Ticket]:
        """The same with those variables only that figures are made of."""
        with self.room.database.read() as connection:
            return tickets.of(connection, self.job.instance)

    def answers(self, instance: str) -> list[Answer]:
        """What people entered in an instance of the same project, oldest first."""
        i = t.instance.c
        with self.room.database.read() as connection:
            both = select(i.id, i.root).where(i.id.in_([instance, self.job.instance]))
            roots = {row.id: row.root for row in connection.execute(both)}
            if instance not in roots or roots[instance] != roots.get(self.job.instance):
                raise NotFound()
            entries = (line.entry for line in journal.read(connection, instance))
            return [Answer(e.element or "", e.at, e.data.get("data") or {}) for e in entries if e.kind == "completed"]

    def cancel_instance(self, instance: str, reason: str) -> None:
        """End a linked instance, or the parent; one that has ended is left alone."""

        def case(work: Work) -> None:
            head, own = work.head(instance), work.head(self.job.instance)
            if head is None or own is None or head["root"] != own["root"]:
                raise NotFound()
            if head["ended_at"] is None:
                step(work, head, "cancelled", ENGINE, data={"reason": reason, "job": self.job.id})

        run(self.room, case)

    def add_document(
        self,
        number: str,
        title: str,
        version: str,
        content: bytes,
        document_number: str | None = None,
        meta: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> str:
        """Keep a record under its hash; its id comes from the job, so a repeated job makes no second one."""
        id = str(uuid.uuid5(uuid.UUID(self.job.id), f"document {number} {len(self.made)}"))
        told = {
            "id": id,
            "number": number,
            "title": title,
            "version": version,
            "document_number": document_number,
            "name": name or f"{number}_V{version}.docx",
            "sha256": files.keep(self.room.settings, content),
            "size": len(content),
            "meta": dict(meta or {}),
        }
        self.made.append(told)
        return id

    def documents(self, number: str | None = None) -> list[Document]:
        """The instance's records so far, oldest first."""
        with self.room.database.read() as connection:
            found = papers.of(connection, self.job.instance)
        return [document for document in found if number in (None, document.number)]

    def document_content(self, document: str) -> bytes:
        """The bytes of one of the instance's records."""
        found = next((d for d in self.documents() if d.id == document), None)
        if found is None:
            raise NotFound()
        return files.path(self.room.settings, found.sha256).read_bytes()

    def number_free(self, document_number: str, own_number: str) -> bool:
        """Whether no other record, of this or any instance, carries the document number."""
        d = t.document.c
        with self.room.database.read() as connection:
            rows = connection.execute(select(d.instance, d.number).where(d.document_number == document_number))
            return all(row.instance == self.job.instance and row.number == own_number for row in rows)

    def reserve_number(self, prefix: str, width: int = 2) -> str:
        """Prefix and next running number; a repeated job gets the same again."""
        return run(self.room, lambda work: numbers.take(work.connection, self.job.id, prefix, width))

    def notify(self, users: Sequence[str], text: str, link: str | None = None, kind: str = "told") -> None:
        """Tell people in the page, each once per job and text, and by mail where that is set up."""
        job = {"instance": self.job.instance, "element": self.job.element, "seq": self.job.seq}

        def case(connection: Connection) -> None:
            for user in dict.fromkeys(users):
                id = str(uuid.uuid5(uuid.UUID(self.job.id), f"{user} {text}"))
                if connection.execute(select(t.notice.c.id).where(t.notice.c.id == id)).first() is None:
                    row = {"id": id, "user": user, "at": self.at, "text": text, "link": link, "kind": kind}
                    connection.execute(insert(t.notice), row)
                    mail.enqueue(self.room, connection, row, job)

        self.room.database.run(case)

    def who_did(self) -> list[Deed]:
        """Everything that people did in this instance, oldest first."""
        with self.room.database.read() as connection:
            return deeds(self.room, connection, self.job.instance, self.job.seq)

    def lock_proposal(self, proposal: str) -> Checked:
        """Check a proposal and walk it; without errors nobody can change it from now on."""
        return releases.lock(self.room, proposal)

    def unlock_proposal(self, proposal: str, state: str) -> None:
        """Let a proposal be changed again, or rest."""
        releases.unlock(self.room, proposal, state)

    def issue_proposal(self, proposal: str, row: Release) -> Issued:
        """Deploy a proposal for good under the next version number; one job issues once."""
        return releases.issue(self.room, self.job.id, self.job.instance, proposal, row)

    def names(self, users: Sequence[str]) -> dict[str, str]:
        """Display names by user name."""
        with self.room.database.read() as connection:
            return {user.name: user.display_name for user in people.users(connection) if user.name in set(users)}

    def attachment(self, attachment: str) -> tuple[Attachment, bytes]:
        """A file attached in this instance, and its content."""
        with self.room.database.read() as connection:
            a = t.attachment.c
            mine = select(t.attachment).where(a.id == attachment, a.instance == self.job.instance)
            row = connection.execute(mine).mappings().one_or_none()
        if row is None:
            raise NotFound()
        return Attachment(**row), files.path(self.room.settings, row["sha256"]).read_bytes()

    def file(self, name: str) -> bytes | None:
        """A file that the instance's definition set pins, or None."""
        with self.room.database.read() as connection:
            definition = by_id(self.room, connection, self._definition(connection))
            return pinned(self.room, connection, definition.set_hash).files.get(name)

    def template(self, name: str) -> Path | None:
        """The same as a file on disk."""
        content = self.file(name)
        if content is None:
            return None
        return files.path(self.room.settings, files.keep(self.room.settings, content))

    def _definition(self, connection: Any) -> str:
        i = t.instance.c
        return str(connection.execute(select(i.definition).where(i.id == self.job.instance)).scalar_one())

    def holders(self, role: str) -> list[str]:
        """Who holds a role in this instance."""
        with self.room.database.read() as connection:
            i = t.instance.c
            root = connection.execute(select(i.root).where(i.id == self.job.instance)).scalar_one()
            return [user for user, _ in roles.holders(connection, root, role)]

    def instance(self, id: str) -> InstanceView:
        """An instance of the same project."""
        return instances.instance(self.room, ENGINE, id)


def deeds(room: Room, connection: Any, instance: str, to: int) -> list[Deed]:
    """Who completed what up to an entry, with the post under which they did."""
    row = connection.execute(select(t.instance.c.definition).where(t.instance.c.id == instance)).one()
    definition = by_id(room, connection, row.definition)
    lines = [line for line in journal.read(connection, instance, to=to) if line.entry.kind == "completed"]
    names = people.names(connection, {line.entry.actor for line in lines})
    found = []
    for entry in (line.entry for line in lines):
        element, post = definition.element(entry.element or ""), entry.data.get("post")
        title = role_by_key[str(post)].title if post in role_by_key else ""
        behalf = entry.on_behalf_of or ""
        outside = role_by_key[behalf].title if behalf in role_by_key else entry.on_behalf_of
        action = (element.properties.get("action") if element else None) or "完成"
        name = element.name if element else entry.element or ""
        who, did = names[entry.actor], entry.element or ""
        found.append(Deed(action, did, name, entry.actor, who, title, entry.at, outside, entry.seq))
    return found
