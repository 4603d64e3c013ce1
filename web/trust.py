"""核验与锚: whether the record can be trusted, asked for and told in the page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import NotFound
from engine.anchors import written
from web import pack
from web.here import actor, engine, settings
from web.language import spoken
from web.page import show

routes = Blueprint("trust", __name__)
FINDING = {
    "executed": ("再执行，结果相同", "green"),
    "skipped": ("链与封印相符，没有再执行", "secondary"),
    "other_fold": ("链与封印相符，由别的版本再执行", "secondary"),
    "erased": ("已抹除", "yellow"),
    "fault": ("不符", "red"),
    "unchecked": ("在不符之后，没有核验", "secondary"),
}
STATE = {
    "waiting": ("等待", "secondary"),
    "running": ("核验中", "blue"),
    "done": ("已完成", "green"),
    "lost": ("中断", "red"),
}
EFFECTS = {
    "entered": "到达", "left": "离开", "flow": "经过", "set": "变量",
    "task_opened": "任务产生", "task_closed": "任务结束",
    "job_opened": "作业产生", "job_closed": "作业结束", "timer_opened": "定时产生", "timer_closed": "定时结束",
    "subscription_opened": "等待消息", "subscription_closed": "不再等待消息", "thrown": "发出消息", "ended": "流程结束",
    "moved": "移动", "task_moved": "任务移动",
}  # fmt: skip
"""What an effect is called."""
ROWS = 200


@routes.get("/verifications")
@login_required
def listed() -> ResponseReturnValue:
    """What was verified, by whom and with which result; the whole store is asked for here."""
    found = engine().verifications(actor())
    waits = any(one.state in ("waiting", "running") for one in found)
    return show("trust/list", found=found[:ROWS], states=STATE, instance=None, waits=waits)


@routes.get("/projects/<id>/verifications")
@login_required
def of_project(id: str) -> ResponseReturnValue:
    """The verifications of one instance."""
    view, found = engine().instance(actor(), id), engine().verifications(actor(), id)
    waits = any(one.state in ("waiting", "running") for one in found)
    return show("trust/list", found=found[:ROWS], states=STATE, instance=view, waits=waits)


@routes.post("/verifications")
@login_required
def ask() -> ResponseReturnValue:
    """Have everything or an instance verified, against a printed root where one is typed."""
    form = request.form
    asked = engine().ask_verification(actor(), form.get("instance") or None, form.get("root", "").strip() or None)
    return redirect(url_for("trust.one", id=asked.id))


@routes.get("/verifications/<id>")
@login_required
def one(id: str) -> ResponseReturnValue:
    """One verification: how far it is, or what it found entry by entry."""
    found = engine().verification(actor(), id)
    report = found.report
    after = _whole("after")
    verdicts = report.verdicts if report else []
    if request.args.get("only") == "wrong":
        verdicts = [verdict for verdict in verdicts if verdict.state not in ("executed",)]
    return show(
        "trust/one", found=found, report=report, states=STATE, finding=FINDING, effect=effect, said=_said,
        verdicts=verdicts[after : after + ROWS], more=after + ROWS if len(verdicts) > after + ROWS else None,
        only=request.args.get("only"), by_seq={fault.seq: fault for fault in report.faults} if report else {},
    )  # fmt: skip


def _whole(name: str) -> int:
    text = request.args.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise NotFound()
    return int(text)


def _said(fault: Any) -> str:
    return spoken(fault.said)


def effect(one: dict[str, Any]) -> str:
    """An effect in words: what happened, where, and with which values."""
    kind = str(one.get("type", ""))
    words = str(gettext(EFFECTS[kind])) if kind in EFFECTS else kind
    rest = {name: value for name, value in one.items() if name not in ("type", "element") and value is not None}
    told = "，".join(f"{name}={value}" for name, value in rest.items())
    return " ".join(filter(None, (words, str(one.get("element") or ""), f"({told})" if told else "")))


@routes.get("/anchors")
@login_required
def anchors() -> ResponseReturnValue:
    """The anchors, and what none of them covers yet."""
    standing = engine().anchors(actor())
    return show("trust/anchors", standing=standing, written=written, rows=standing.anchors[:ROWS])


@routes.post("/anchors")
@login_required
def anchor() -> ResponseReturnValue:
    """Write an anchor now."""
    engine().anchors(actor())  # whoever may see them may have one written
    engine().anchor()
    return redirect(url_for("trust.anchors"))


@routes.get("/anchors/<int:number>")
@login_required
def printed(number: int) -> ResponseReturnValue:
    """One anchor as a page for paper."""
    found = next((one for one in engine().anchors(actor()).anchors if one.number == number), None)
    if found is None:
        raise NotFound()
    return show("trust/anchor", anchor=found, groups=written(found.root).split(), before=written(found.previous),
                company=settings().company_name)  # fmt: skip


@routes.get("/projects/<id>/evidence.zip")
@login_required
def evidence(id: str) -> Response:
    """The evidence pack of a project."""
    return pack.answer(id)
