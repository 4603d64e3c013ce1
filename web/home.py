"""The start page: what each of my roles looks for first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import login_required

from bpmn.roles import ROLES
from web.here import actor, engine, roles
from web.page import show

routes = Blueprint("home", __name__)

# What a role looks for: words, and the elements whose open tasks they count. Other procedures' tasks stand in the list.
LOOKED_FOR: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "marketing": (
        ("待提交客户", frozenset({"submit_agreement"})),
        ("待签", frozenset({"sign_agreement", "sign_contract", "sign_subcontract"})),
        ("待建合同号", frozenset({"create_contract_number"})),
    ),
    "department_pa": (
        ("待立项", frozenset({"notify_project_manager"})),
        ("待审", frozenset({"check_erp_form"})),
        ("结项缺件", frozenset({"assemble_closing"})),
    ),
    "department_qa": (
        ("待评审", frozenset({"write_review_record", "write_plan_review"})),
        ("待签收", frozenset({"acknowledge_plan"})),
    ),
    "department_manager": (
        ("待批", frozenset({"approve_erp_form", "approve_plan", "approve_subcontract", "decide_contract_review"})),
        ("待确认的结束申请", frozenset({"confirm_termination"})),
    ),
    "project_supervisor": (
        ("待审", frozenset({"check_plan", "check_annual_report"})),
    ),
    "safety_officer": (
        ("外协安全意见", frozenset({"give_safety_opinion"})),
    ),
    "process_management": (
        ("待关闭", frozenset({"close_project"})),
    ),
}  # fmt: skip
GENERAL = (
    ("待办", "tasks"), ("被退回", "returned"), ("两天内到期", "due_soon"), ("已逾期", "overdue"),
    ("系统异常", "incidents"),
)  # fmt: skip
WATCHES = frozenset({"project_manager", "project_supervisor", "department_manager", "auditor", "admin", "marketing"})


def _sections(held: frozenset[str], tasks: Iterable[Any]) -> list[dict[str, Any]]:
    """For each of my roles that has words of its own, how many open tasks each counts."""
    elements = [task.element for task in tasks]
    return [
        {
            "role": role.key,
            "figures": [(title, sum(e in wanted for e in elements)) for title, wanted in LOOKED_FOR[role.key]],
        }
        for role in ROLES
        if role.key in held and role.key in LOOKED_FOR
    ]


def _renewals() -> list[Any]:
    """Projects whose service ends within 90 days, for marketing."""
    overview = engine().overview(actor(), "marketing")
    return list(overview.get("renewals") or ())


@routes.get("/")
@login_required
def home() -> ResponseReturnValue:
    """Figures for each role that I hold, what lies with whom, and my next tasks by due date."""
    who, held = actor(), roles()
    overview = engine().overview(who, next(iter(sorted(held)), ""))
    mine = list(engine().tasks(who, state="open", candidate="me", limit=200).items)
    mine.sort(key=lambda task: (task.due_at is None, task.due_at or 0, task.created_at))
    return show(
        "home/home",
        general=[(title, overview[key], key) for title, key in GENERAL if key in overview],
        projects=overview.get("projects") or {},
        sections=_sections(held, mine),
        stuck=overview.get("stuck") or () if held & WATCHES else (),
        renewals=_renewals() if "marketing" in held else (),
        assigned=[task for task in mine if task.assignee][:10],
        waiting=[task for task in mine if not task.assignee][:10],
    )
