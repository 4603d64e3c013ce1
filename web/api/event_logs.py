"""/api/v1/process-instances.xes and .ocel.json: event logs for other tools"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, g, request

from engine.event_log import Span, Trace
from web import ocel, xes
from web.here import actor, engine
from web.span import days

Again = Callable[[], Iterator[Trace]]
routes = Blueprint("api_event_logs", __name__)


@routes.get("/process-instances.xes")
def as_xes() -> Response:
    """XES 2.0."""
    return _streamed("process-instances.xes", "application/xml", lambda traces: xes.log(traces()))


@routes.get("/process-instances.ocel.json")
def as_ocel() -> Response:
    """OCEL 2.0."""
    names = {user.name: user.display_name for user in engine().users()}
    return _streamed("process-instances.ocel.json", "application/json", lambda traces: ocel.log(traces, names))


def _streamed(name: str, kind: str, written: Callable[[Again], Iterator[str]]) -> Response:
    """The instances of a definition, all without one, that began in the days asked for; told before it goes out."""
    key = request.args.get("definition", "")
    if key:
        engine().definition(key)
    house, who, span = engine(), actor(), Span(key, *days(request.args))
    house.event_log(who, span)  # refused here, and not when half of it is out
    house.noted(who, "export", key or None, name=name, path=request.full_path.rstrip("?")[:400])
    g.audited = True
    answer = Response(written(lambda: house.event_log(who, span)), content_type=f"{kind}; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
