"""Releases: a proposal is submitted, checked and issued by three people, and put in force under the next number.

The way itself is a procedure of ours (bpmn/diagrams/procedure_release); here stands what its jobs do, and what is known
of what they did: the rows of clause 8."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bpmn.errors import Conflict, FieldError, Invalid, NotFound
from bpmn.model import Finding
from engine import auditing, deploy, errors, idempotency, people, proposals, simulate
from engine.actor import ENGINE, OPERATOR, Actor
from engine.contract import Checked, Issued, Release
from engine.definitions import by_id, by_key
from engine.lists import today
from engine.room import Room
from engine.runs import begin
from engine.step import Work, run
from engine.store import tables as t
from engine.views import Definition, Proposal, ReleaseRow

PROCESS = "procedure_release"
"""The procedure by which procedures are released."""
FIRST = "1.0"
TOLD = 40
"""So many findings are told to those who check; all of them stand on the proposal's page."""
p, r = t.proposal.c, t.release.c


class ProposalFaulty(Conflict):
    """草案还有 {count} 处错误，改正后才能提交。"""


def submit(
    room: Room,
    actor: Actor,
    id: str,
    reason: str,
    changes: str,
    effective_on: str,
    idempotency_key: str | None = None,
) -> Proposal:
    """Hand a draft in: who drafted it starts its release. Raises NeedsRole, ProposalClosed, ProposalFaulty, Invalid."""
    with room.database.read() as connection:
        people.require(connection, actor, *proposals.EDITORS)
    faults = [
        *(FieldError(name, "请填写，不超过 4000 字") for name, text in (("reason", reason), ("changes", changes))
          if not 0 < len(text.strip()) <= 4000),
        *_day(room, effective_on),
    ]  # fmt: skip
    if faults:
        raise Invalid(errors=faults)
    count = sum(finding.severity == "error" for finding in proposals.check(room, actor, id))
    if count:
        raise ProposalFaulty(count=count)
    told = {"reason": reason.strip(), "changes": changes.strip(), "effective_on": effective_on}
    body = idempotency.digest("submit proposal", id, told)

    def case(work: Work) -> None:
        if idempotency.again(work, actor.user, idempotency_key, body):
            return
        row = proposals.open_draft(work.connection, actor, id)
        if _running(work.connection, row["instance"]):
            raise errors.ProposalClosed()  # returned: it goes on by its task
        number = next_number(room, work.connection, row["key"])
        variables = {
            "proposal": id,
            "procedure_key": row["key"],
            "release_number": number,
            "release_reason": told["reason"],
            "release_changes": told["changes"],
            "effective_on": effective_on,
            "drafted_by": actor.user,
            "title": f"{row['key']} V{number} {row['title']}",
        }
        process = by_key(room, work.connection, PROCESS)
        instance = begin(work, actor, process, f"{row['key']}-V{number}", variables, None, check=False)
        values = {**told, "state": "submitted", "instance": instance, "changed_at": work.now}
        work.connection.execute(update(t.proposal).where(p.id == id).values(**values))

    run(room, case)
    return proposals.proposal(room, actor, id)


def _day(room: Room, text: str) -> list[FieldError]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return [FieldError("effective_on", "应为日期")]
    early = day.isoformat() < today(room)
    return [FieldError("effective_on", "不能早于今天")] if early else []


def _running(connection: Connection, instance: str | None) -> bool:
    i = t.instance.c
    found = connection.execute(select(i.id).where(i.id == instance, i.ended_at.is_(None))).first()
    return found is not None


def next_number(room: Room, connection: Connection, key: str) -> str:
    """The number after the last release, or after the one that the newest diagram says: 1.0, 1.1 … 1.9, 2.0."""
    query = select(r.number).where(r.key == key).order_by(r.version.desc(), r.issued_at.desc())
    last = connection.execute(query.limit(1)).scalar()
    if last is None:
        newest = _newest(room, connection, key)
        if newest is None:
            return FIRST
        last = newest.version_tag or FIRST
    whole, _, part = str(last).partition(".")
    if not whole.isdigit() or not (part or "0").isdigit():
        return FIRST
    major, minor = int(whole), int(part or 0) + 1
    return f"{major + 1}.0" if minor > 9 else f"{major}.{minor}"


def _newest(room: Room, connection: Connection, key: str) -> Definition | None:
    found = connection.execute(select(t.definition.c.id).where(t.definition.c.key == key).limit(1)).scalar()
    return by_key(room, connection, key) if found is not None else None


def lock(room: Room, id: str) -> Checked:
    """Check and walk a proposal; without errors it stays submitted, with some it may be changed again."""
    findings = proposals.check(room, OPERATOR, id)
    count = sum(finding.severity == "error" for finding in findings)
    walked = "" if count else "\n".join(_walked(proposals.walk(room, OPERATOR, id, {})))
    _set(room, id, "draft" if count else "submitted")
    return Checked(count, "\n".join(_told(finding) for finding in findings[:TOLD]), walked)


def _told(finding: Finding) -> str:
    place = "，".join(str(part) for part in (finding.file, finding.element, finding.line) if part)
    return f"{'错误' if finding.severity == 'error' else '提示'}：{finding.message}" + (f"（{place}）" if place else "")


def _walked(outcome: simulate.Outcome) -> list[str]:
    found = []
    for one in outcome.simulations:
        found.append(f"{one.name}：试走 {one.runs} 次，到达 {len(one.reached)} 个环节，未走完 {one.unended} 次")
        if one.never:
            found.append("从未到达：" + "、".join(one.never))
        found += [f"失败 {failure.runs} 次：{failure.element or '-'} {failure.reason}" for failure in one.failures]
    return found


def unlock(room: Room, id: str, state: str) -> None:
    """Let a proposal be changed again, or rest."""
    _set(room, id, state)


def _set(room: Room, id: str, state: str) -> None:
    def case(connection: Connection) -> None:
        if connection.execute(select(p.state).where(p.id == id)).scalar() is None:
            raise NotFound()
        open_still = (p.id == id) & p.state.in_(("draft", "submitted"))
        connection.execute(update(t.proposal).where(open_still).values(state=state, changed_at=room.clock.now()))

    room.database.run(case)


def issue(room: Room, job: str, instance: str, id: str, row: Release) -> Issued:
    """Deploy a proposal for good and write its row of clause 8. A repeated job answers what it made."""
    with room.database.read() as connection:
        before = connection.execute(select(t.release).where(r.id == job)).mappings().one_or_none()
        if before is not None:
            definition = by_id(room, connection, before["definition"])
            return Issued(before["number"], before["version"], _readers(connection, definition))
        proposal = connection.execute(select(t.proposal).where(p.id == id)).mappings().one_or_none()
        if proposal is None:
            raise NotFound()
        files = proposals.files_of(connection, id)
    made = deploy.deploy(room, OPERATOR, files, f"release-{job}")
    version = next(one for one in made.definitions if one.key == proposal["key"])

    def case(connection: Connection) -> Issued:
        definition = by_id(room, connection, version.id)
        number = next_number(room, connection, proposal["key"])
        told = {
            "id": job,
            "key": proposal["key"],
            "number": number,
            "version": version.version,
            "definition": version.id,
            "set_hash": definition.set_hash,
            "proposal": id,
            "instance": instance,
            "issued_at": room.clock.now(),
            **{name: getattr(row, name) for name in ROW},
            "changes": _begun_from(room, connection, dict(proposal), version.version) + row.changes,
        }
        connection.execute(insert(t.release), told)
        connection.execute(update(t.proposal).where(p.id == id).values(state="issued", changed_at=room.clock.now()))
        people_of = {name: getattr(row, name) for name in PEOPLE}
        told = {"version": version.version, "number": number, "proposal": id, **people_of}
        auditing.note(connection, room, ENGINE, "release", proposal["key"], **told)
        return Issued(number, version.version, _readers(connection, definition))

    return room.database.run(case)


ROW = ("reason", "changes", "effective_on", "drafted_by", "checked_by", "checked_at", "issued_by")


def _begun_from(room: Room, connection: Connection, proposal: Mapping[str, Any], version: int) -> str:
    """What the row of clause 8 says first where the proposal did not begin from the version before: from which."""
    key, base = proposal["key"], proposal["base_version"]
    if base is None or base >= version - 1:
        return ""
    number = connection.execute(select(r.number).where(r.key == key, r.version == base)).scalar()
    number = number or by_key(room, connection, key, base).version_tag
    return f"据 V{number} 版起草：" if number else f"据流程定义第 {base} 版起草："


def _readers(connection: Connection, definition: Definition) -> list[str]:
    """Everybody who holds a role of the procedure."""
    concerned = {role for element in definition.elements for role in element.roles}
    return sorted({user.name for role in concerned for user in people.holders(connection, role)})


def releases(room: Room, actor: Actor, key: str) -> Sequence[ReleaseRow]:
    """The rows of clause 8, oldest first, each with how many have acknowledged it. Everybody inside may read them."""
    k = t.task.c
    with room.database.read() as connection:
        rows = list(connection.execute(select(t.release).where(r.key == key).order_by(r.version)).mappings())
        names = people.names(connection, {row[name] for row in rows for name in PEOPLE})
        states: dict[str, list[str]] = {}
        asked = (k.element == "acknowledge_release") & k.instance.in_([row["instance"] for row in rows])
        for task in connection.execute(select(k.instance, k.state).where(asked)):
            states.setdefault(task.instance, []).append(task.state)
        return [_row(dict(row), names, states.get(row["instance"], [])) for row in rows]


PEOPLE = ("drafted_by", "checked_by", "issued_by")


def _row(row: Mapping[str, Any], names: Mapping[str, str], states: Sequence[str]) -> ReleaseRow:
    told = {name: row[name] for name in row if name not in ("id", "definition", *PEOPLE)}
    people_of = {name: names.get(row[name], row[name]) for name in PEOPLE}
    return ReleaseRow(**told, **people_of, acknowledged=states.count("done"), asked=len(states))
