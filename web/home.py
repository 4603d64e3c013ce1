"""The start page: what each of my roles looks for first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.roles import ROLES
from web.here import actor, engine, field_of, roles
from web.inbox import found
from web.page import show

routes = Blueprint("home", __name__)

# The words for figures of engine.overview; a key not listed here is shown as it is.
TITLES = {
    "open": "待办", "mine": "待办", "todo": "待办", "tasks": "待办", "claimable": "岗位待领", "unclaimed": "岗位待领",
    "returned": "被退回", "waiting": "卡在他人处", "stuck": "卡在谁处几天", "waiting_on": "卡在谁处几天", "due": "到期",
    "due_soon": "两天内到期", "overdue": "已逾期", "to_submit": "待提交客户", "to_sign": "待签", "renewals": "续签",
    "renewal": "续签", "to_set_up": "待立项", "to_establish": "待立项", "to_check": "待审", "to_review": "待评审",
    "missing": "结项缺件", "closing_missing": "结项缺件", "findings": "未关闭发现", "open_findings": "未关闭发现",
    "to_approve": "待批", "over_budget": "超预算", "projects": "项目", "all_projects": "所有项目", "active": "进行中",
    "suspended": "已暂停", "failed": "系统异常", "completed": "已完成", "terminated": "已终止", "to_close": "待关闭",
    "subcontract_staff": "外协人员", "samples": "抽样", "sample": "抽样", "deviations": "偏离", "incidents": "系统异常",
    "users": "用户", "by_deadline": "按期限", "drafts": "草稿", "instances": "流程实例",
}  # fmt: skip


def _figures(overview: Any) -> list[tuple[str, Any]]:
    pairs = overview.items() if isinstance(overview, dict) else vars(overview).items() if overview else ()
    return [(gettext(TITLES.get(key, key)), value) for key, value in pairs]


@routes.get("/")
@login_required
def home() -> ResponseReturnValue:
    """Figures for each role that I hold, and my next tasks by due date."""
    who, held = actor(), roles()
    sections = []
    for role in ROLES:
        if role.key in held and role.kind != "outside":
            overview = engine().overview(who, role.key)
            sections.append({"role": role, "figures": _figures(overview)})
    mine = list(field_of(found("mine", limit=20), "items"))
    mine.sort(key=lambda task: (task.due_at is None, task.due_at or 0, task.created_at))
    return show("home/home", sections=sections, mine=mine[:10], waiting=found("role", limit=10).items)
