"""耗时热图: where a procedure hurts, over its diagram, and the projects behind each figure."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required

from bpmn.errors import NotFound
from engine.views import FlowRow, HeatRow
from web import times
from web.differences import TYPES
from web.here import actor, engine
from web.page import show
from web.project import in_order
from web.span import asked

routes = Blueprint("heat", __name__, url_prefix="/procedures")
BY = {"time": "按耗时", "count": "按次数"}
SHARES = (0.0, 0.1, 0.25, 0.5, 0.75)
"""Where the colours begin: shares of the highest figure in the diagram."""
YEAR = datetime.timedelta(days=365)


@routes.get("/<key>/heat")
@login_required
def heat(key: str) -> ResponseReturnValue:
    """The figures of the last year, or of the `version` and the time asked for, coloured `by` time or count."""
    query, by = _query(), request.args.get("by", "time")
    if by not in BY:
        raise NotFound()
    found = engine().heat(asked(key, query))
    order = in_order(found.definition)
    counted = Counter(row.element.process for row in found.rows)
    process = request.args.get("process") or next((home for home in order if counted[home]), order[0])
    if process not in found.definition.processes:
        raise NotFound()
    rows = [row for row in found.rows if row.element.process == process]
    rows.sort(key=lambda row: (-figure(row, by), -row.whole.reached))
    flows = sorted((row for row in found.flows if row.process == process), key=lambda row: -row.taken)
    counts = flows if by == "count" else []
    return show(
        "heat/heat", definition=found.definition, versions=engine().versions(key), processes=order, process=process,
        rows=rows, by=by, bys=BY, query=query, way=partial(url_for, "heat.heat", key=key, **query), counted=counted,
        behind=partial(url_for, "heat.behind", key=key, **query), legend=legend(rows, by), kinds=TYPES,
        state={"elements": {row.element.id: f"heat-{level(row, rows, by)}" for row in rows} | widths(counts)},
        figures={row.element.id: said(row, by) for row in rows} | {row.flow.id: f"{row.taken}×" for row in counts},
        flows=flows,
    )  # fmt: skip


@routes.get("/<key>/heat/<element>")
@login_required
def behind(key: str, element: str) -> ResponseReturnValue:
    """The projects behind an element's figures, of those that the reader may see."""
    query = _query()
    page, count = engine().behind(actor(), element, asked(key, query), request.args.get("cursor", ""))
    definition = engine().definition(key)
    found = definition.element(element)
    return show(
        "heat/behind", definition=definition, element=found.name or element if found else element, id=element,
        page=page, count=count, query=query, back=url_for("heat.heat", key=key, **query),
    )  # fmt: skip


def _query() -> dict[str, Any]:
    """Version and time; the last year where nothing is said of the beginning."""
    year = (times.now().astimezone(times.BEIJING) - YEAR).date().isoformat()
    return {name: request.args.get(name, default) for name, default in (("version", ""), ("from", year), ("to", ""))}


def figure(row: HeatRow, by: str) -> float:
    """What an element is coloured by."""
    return float(row.whole.reached) if by == "count" else row.whole.median or 0.0


def level(row: HeatRow, rows: Sequence[HeatRow], by: str) -> int:
    """The colour of an element, 1 to 5; 0 for what takes no time."""
    return step(figure(row, by), max(figure(one, by) for one in rows))


def step(own: float, most: float) -> int:
    """Which share of the highest figure another reaches, 1 to 5; 0 for nothing."""
    return sum(own > share * most if share == 0 else own >= share * most for share in SHARES) if most else 0


def widths(flows: Sequence[FlowRow]) -> dict[str, str]:
    """How broad each flow is drawn: by how often it was taken, beside the one taken most."""
    most = max((row.taken for row in flows), default=0)
    return {row.flow.id: f"taken-{step(row.taken, most)}" for row in flows}


def said(row: HeatRow, by: str) -> str:
    """What stands at an element in the diagram; nothing at what takes no time."""
    if by == "count":
        return f"{row.whole.reached}×"
    return times.lasted(row.whole.median) if row.whole.median else ""


def legend(rows: Sequence[HeatRow], by: str) -> Mapping[str, str]:
    """Each colour and the figure from which on it is given."""
    most = max((figure(row, by) for row in rows), default=0.0)
    words = (f"{share * most:.0f}×" if by == "count" else times.lasted(share * most) for share in SHARES)
    return {f"heat-{number}": word for number, word in enumerate(words, 1)} if most else {}
