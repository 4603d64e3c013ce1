"""What start pages ask of a project, kept as its steps happen: dates, money, findings, staff, deviations."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, null, select, update

from engine.actor import OWN
from engine.entry import Entry
from engine.journal import encode
from engine.store import tables as t
from engine.store.prepared import Prepared

COSTS = ("labor", "equipment", "subcontract", "travel", "other")
MONEY = ("contract_amount", "total_budget", "total_actual", "subcontract_amount", "equipment_listed")
AGREEMENT = "document_number_JBS00P01101"
KEPT = frozenset(
    {"customer_name", "project_kind", "system_kind", "subcontracted", "contract_number", "project_number"}
    | {
        AGREEMENT,
        "former_project_number",
        "former_agreement_number",
        "service_start",
        "service_end",
        "subcontract_approval",
        "subcontractor_name",
    }
    | {"subcontract_start", "subcontract_end", "safety_briefing", "confidentiality_signed", *MONEY}
    | {f"{cost}_{kind}" for cost in COSTS for kind in ("budget", "actual")}
)
"""Variables of a project that its row keeps."""
LISTS = frozenset({"findings", "subcontract_staff", "equipment"})
SKIPPED = "_not_applicable"
"""How the variables end in which a diagram notes that a step does not apply."""
INTERVENTIONS = frozenset({"suspended", "cancelled", "retried", "assigned", "handed_over", "erased", "modified"})
LISTED = INTERVENTIONS | {"resumed", "migrated"}
"""What the audit log lists besides what counts as a deviation of the project."""
SETTLED = "settled_by"
"""What the result of a job says that an administrator gave."""
INDEXED = {
    "service_end": "service_end",
    "project_number": "project_number",
    "agreement_number": AGREEMENT,
    "former_project_number": "former_project_number",
    "former_agreement_number": "former_agreement_number",
}
"""Column -> the variable that it holds."""
COUNTS = ("returns", "skips", "interventions", "late")

_project = Prepared(select(t.project).where(t.project.c.root == bindparam("wanted")))
_ended = (
    *(Prepared(delete(table).where(table.c.instance == bindparam("wanted"))) for table in (t.finding, t.site_staff)),
    Prepared(
        update(t.project)
        .where(t.project.c.root == bindparam("wanted"), t.project.c.over_since.is_not(None))
        .values(over_since=null())
    ),
)
_due = Prepared(select(t.task.c.due_at).where(t.task.c.id == bindparam("wanted")))


def follow(connection: Connection, head: Mapping[str, Any], entry: Entry, effects: Sequence[Mapping[str, Any]]) -> None:
    """Bring the project's row and its lists from before the entry to after it."""
    told, skips = _told(effects)
    if head["root"] != head["id"]:
        told = {}
    counts = {
        "returns": int(entry.kind == "completed" and head["return_seq"] == entry.seq),
        "skips": skips,
        "interventions": int(_intervened(entry)),
        "late": int(entry.kind == "completed" and _late(connection, entry)),
    }
    if "findings" in told:
        _findings(connection, head, entry, told.pop("findings"))
    if "subcontract_staff" in told:
        _staff(connection, head, told.pop("subcontract_staff"))
    if "equipment" in told:
        told["equipment_listed"] = listed(told.pop("equipment"))
    if (kind := _listed(entry)) is not None:
        row = {"instance": head["id"], "seq": entry.seq, "at": entry.at, "actor": entry.actor, "kind": kind}
        connection.execute(insert(t.intervention), row)
    if told or any(counts.values()):
        _write(connection, head["root"], entry.at, told, counts)
    if head["ended_at"] is not None and any(effect["type"] == "ended" for effect in effects):
        _end(connection, head)


def _end(connection: Connection, head: Mapping[str, Any]) -> None:
    """What asks somebody to act ends with the project: its money, findings and staff are history."""
    for statement in _ended:
        statement.run(connection, wanted=head["id"])


def _told(effects: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], int]:
    """The kept variables that an entry set, and how many steps it noted as not applicable."""
    told, skips = {}, 0
    for effect in effects:
        if effect["type"] == "set" and effect["scope"] == "" and "new" in effect:
            name = effect["name"]
            if name in KEPT or name in LISTS:
                told[name] = effect["new"]
            elif name.endswith(SKIPPED) and effect["new"] is not None:
                skips += 1
    return told, skips


def _intervened(entry: Entry) -> bool:
    return entry.actor not in OWN and (entry.kind in INTERVENTIONS or SETTLED in entry.data)


def _listed(entry: Entry) -> str | None:
    """As what an entry stands in the audit log, None where it is no intervention of a person or at the console."""
    if entry.actor in OWN and entry.channel != "cli":
        return None
    if SETTLED in entry.data:
        return "settled"
    return entry.kind if entry.kind in LISTED else None


def _late(connection: Connection, entry: Entry) -> bool:
    found = _due.first(connection, wanted=entry.task)
    return found is not None and found[0] is not None and bool(found[0] < entry.at)


def _write(connection: Connection, root: str, at: int, told: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    before = _project.row(connection, wanted=root)
    facts: dict[str, Any] = {**(msgspec.json.decode(before["facts"]) if before else {}), **told}
    facts = {name: value for name, value in facts.items() if value is not None}
    over = before["over_since"] if before else None
    row: dict[str, Any] = {
        "facts": encode(facts).decode(),
        "over_since": (over or at) if overruns(facts) else None,
        **{name: (before[name] if before else 0) + counts[name] for name in COUNTS},
        **{column: _text(facts.get(name), 10 if column == "service_end" else 80) for column, name in INDEXED.items()},
    }
    if any(counts.values()):
        row["deviated_at"] = at
    if before is None:
        connection.execute(insert(t.project), {"deviated_at": None, **row, "root": root})
    else:
        connection.execute(update(t.project).where(t.project.c.root == root).values(row))


def _text(value: Any, most: int) -> str | None:
    return value[:most] if isinstance(value, str) and value else None


def listed(equipment: Any) -> int | None:
    """What the listed equipment costs together, in 分; None where nothing is listed."""
    rows = [row for row in equipment or () if isinstance(row, Mapping)]
    costs = [row["quantity"] * row["unit_price"] for row in rows if _number(row.get("quantity"), row.get("unit_price"))]
    return round(sum(costs)) if costs else None


def _number(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def overruns(facts: Mapping[str, Any]) -> list[tuple[str, str, int, int]]:
    """Where a project costs more than it may: (item, "planned" or "actual", may, costs), amounts in 分."""
    asked: list[tuple[str, str, Any, Any]] = [
        (cost, "actual", facts.get(f"{cost}_budget"), facts.get(f"{cost}_actual")) for cost in COSTS
    ]
    asked.append(("total", "actual", facts.get("total_budget"), facts.get("total_actual")))
    if facts.get("subcontract_approval") != "reject":
        asked.append(("subcontract", "planned", facts.get("subcontract_budget"), facts.get("subcontract_amount")))
    asked.append(("equipment", "planned", facts.get("equipment_budget"), facts.get("equipment_listed")))
    asked.append(("contract", "planned", facts.get("contract_amount"), facts.get("total_budget")))
    return [(item, kind, may, costs) for item, kind, may, costs in asked if _exceeds(may, costs)]


def _exceeds(may: Any, costs: Any) -> bool:
    return _number(may, costs) and bool(costs > may)


def _findings(connection: Connection, head: Mapping[str, Any], entry: Entry, value: Any) -> None:
    """The open findings of one record: what the record says now takes the place of what it said before."""
    f, element = t.finding.c, entry.element or ""
    connection.execute(delete(t.finding).where(f.instance == head["id"], f.element == element))
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    for position, row in enumerate(rows):
        if row.get("finding_status") != "closed" and row.get("finding"):
            texts = ("severity", "finding_location", "finding_owner")
            found = {name: _text(row.get(name), 400) for name in texts}
            due = {"due_on": _text(row.get("due_on"), 10), "finding": str(row["finding"])[:4000]}
            place = {"instance": head["id"], "element": element, "position": position, "found_at": entry.at}
            connection.execute(insert(t.finding), {**place, **found, **due})


def close_finding(connection: Connection, head: Mapping[str, Any], entry: Entry) -> None:
    """A remark that says how a finding was verified closes it."""
    closes = entry.data.get("closes_finding")
    if isinstance(closes, Mapping):
        f = t.finding.c
        mine = (f.instance == head["id"]) & (f.element == closes["element"]) & (f.position == closes["position"])
        connection.execute(delete(t.finding).where(mine))


def _staff(connection: Connection, head: Mapping[str, Any], value: Any) -> None:
    connection.execute(delete(t.site_staff).where(t.site_staff.c.instance == head["id"]))
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    for position, row in enumerate(rows):
        if row.get("name"):
            papers = {name: _text(row.get(name), 400) for name in ("certificate", "certificate_number")}
            place = {"instance": head["id"], "position": position, "name": str(row["name"])[:400]}
            connection.execute(insert(t.site_staff), {**place, **papers})
