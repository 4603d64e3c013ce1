"""What every page shares: the frame, what the navigation shows, words of the templates."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, render_template, url_for
from flask_babel import gettext
from flask_login import current_user

from bpmn.roles import ROLES, role_by_key
from engine.actor import OWN
from web import here, times
from web.language import called, joined, of_form, told

READERS = frozenset({"auditor", "admin", "process_owner"})
AUDITORS = frozenset({"auditor", "admin"})


@dataclass(frozen=True)
class Way:
    """One line of the navigation: whom it is for (empty: everybody)."""

    endpoint: str
    title: str
    icon: str
    roles: frozenset[str] = frozenset()


STARTERS = frozenset(role.key for role in ROLES if role.kind != "outside" and role.key != "auditor")
"""Who may start a procedure: whoever reads everything moves nothing."""
SEE_DESKS = frozenset(
    {"project_supervisor", "department_manager", "first_line_lead", "second_line_lead", "second_line_support"}
    | {"project_manager", "admin", "auditor"}
)
"""Whose navigation has the desk of all projects."""
WAYS = (
    Way("home.home", "首页", "home"),
    Way("inbox.inbox", "待办", "inbox"),
    Way("projects.listed", "项目", "folders"),
    Way("service_desk.everything", "服务台", "activity", SEE_DESKS),
    Way("start.choose", "发起", "plus", STARTERS),
    Way("procedures.listed", "规程", "sitemap"),
    Way("studio.listed", "草案", "pencil", READERS),
    Way("notices.notices", "通知", "bell"),
    Way("incidents.listed", "系统异常", "alert-triangle", frozenset({"admin", "auditor"})),
    Way("trust.listed", "核验", "shield-check", frozenset({"admin", "auditor"})),
    Way("audit.listed", "审计记录", "clipboard-list", frozenset({"admin", "auditor"})),
    Way("users.listed", "用户与岗位", "users", frozenset({"admin"})),
    Way("handover.handover", "移交", "repeat", frozenset({"admin"})),
    Way("working_days.year", "工作日历", "calendar", frozenset({"admin", "auditor"})),
)


def show(page: str, /, **values: Any) -> str:
    """Render templates/<page>.html."""
    return render_template(f"{page}.html", **values)


def ways() -> list[Way]:
    """The navigation of who is logged in."""
    held = here.roles()
    return [way for way in WAYS if not way.roles or way.roles & held]


def may_start() -> bool:
    """Whether who is logged in may start a procedure."""
    return bool(here.roles() & STARTERS)


def role_title(key: str) -> str:
    """A role's title in the reader's language; an unknown key stays."""
    role = role_by_key.get(key)
    return gettext(role.title) if role else key


def person(name: str | None) -> str:
    """A user's display name; the house and whoever came by a link have none of their own."""
    if not name:
        return ""
    if name in OWN:
        return str(gettext("系统"))
    if name.startswith("link:"):
        return str(gettext("外部链接"))
    user = here.known(name)
    return str(user.display_name) if user is not None else name


def over_of(rows: Iterable[Any]) -> dict[str, tuple[str, str]]:
    """By instance the project, its id and title, that rows of a list belong to, where they are linked to one."""
    found = {_instance_of(row) for row in rows} - {""}
    return here.engine().over(here.actor(), sorted(found)) if found else {}


def _instance_of(row: Any) -> str:
    """The instance of a task, an incident, a notice, or the row's own."""
    own = here.field_of(row, "instance") or here.field_of(here.field_of(row, "details", {}), "instance")
    return str(own or here.field_of(row, "id", ""))


def unread() -> int:
    """How many notices were not read, fifty at most."""
    if not current_user.is_authenticated:
        return 0
    return here.engine().unread(here.actor())


STATUS = {
    "active": ("进行中", "blue"),
    "suspended": ("已暂停", "yellow"),
    "failed": ("系统异常", "red"),
    "completed": ("已完成", "green"),
    "terminated": ("已终止", "secondary"),
    "open": ("待办", "blue"),
    "done": ("已办", "green"),
    "draft": ("编制中", "blue"),
    "submitted": ("审批中", "yellow"),
    "issued": ("已签发", "green"),
    "withdrawn": ("已撤回", "secondary"),
    "same": ("未改", "secondary"),
    "changed": ("已改", "orange"),
    "new": ("新增", "green"),
    "removed": ("已移除", "red"),
}


def status(key: str) -> tuple[str, str]:
    """The word and the colour of a status."""
    word, colour = STATUS.get(key, (key, "secondary"))
    return gettext(word), colour


NOTICES = {
    "task": ("新任务", "blue"),
    "returned": ("退回", "orange"),
    "due": ("即将到期", "yellow"),
    "overdue": ("已逾期", "red"),
    "approved": ("批准", "green"),
    "number": ("编号", "azure"),
    "closed": ("项目关闭", "green"),
    "escalated": ("升级", "red"),
    "refused": ("未通过", "orange"),
    "told": ("通知", "secondary"),
}


def notice_kind(key: str) -> tuple[str, str]:
    """The word and the colour of a kind of notice."""
    word, colour = NOTICES.get(key, NOTICES["told"])
    return gettext(word), colour


DEEDS = {
    "started": "发起", "completed": "完成", "claimed": "领取", "unclaimed": "放回", "assigned": "指派",
    "message": "收到消息", "timer": "到时", "job_completed": "系统办理", "job_failed": "系统办理未成",
    "retried": "重试", "suspended": "暂停", "resumed": "恢复", "cancelled": "终止", "handed_over": "移交",
    "attached": "上传附件", "commented": "留言", "erased": "抹除个人信息", "incident": "系统异常", "migrated": "迁移",
    "modified": "调整环节", "checkpoint": "检查点",
}  # fmt: skip
CHANNELS = {
    "web": "网页", "api": "接口", "link": "一次性链接", "job": "系统作业", "timer": "定时", "cli": "命令行",
}  # fmt: skip


def deed(kind: str) -> str:
    """What an entry of that kind is called."""
    return str(gettext(DEEDS.get(kind, kind)))


def channel(key: str) -> str:
    """The door by which an entry came."""
    return str(gettext(CHANNELS.get(key, key)))


def yuan(fen: Any) -> str:
    """An amount in 分 as 元 with two places and thousands apart."""
    if isinstance(fen, bool) or not isinstance(fen, int | float):
        return "" if fen is None else str(fen)
    return f"{fen / 100:,.2f}"


def register(app: Flask) -> None:
    """Give the templates their words."""
    filters = app.jinja_env.filters
    filters.update(
        local=times.local,
        exact=times.exact,
        local_date=times.local_date,
        days_until=times.days_until,
        moment=times.noon,
    )
    filters.update(lasted=times.lasted, rfc3339=times.rfc3339, deed=deed, channel=channel)
    filters.update(role=role_title, person=person, status=status, notice_kind=notice_kind, yuan=yuan)
    filters.update(of_form=of_form, called=called, joined=joined, told=told, member=here.field_of)
    filters.update(compact=lambda value: json.dumps(value, ensure_ascii=False))
    app.jinja_env.globals.update(
        ways=ways, over_of=over_of, may_start=may_start, unread=unread, icon=_icon, member=here.field_of,
        once=lambda: uuid.uuid4().hex,
    )  # fmt: skip


def _icon(name: str) -> str:
    return f"{url_for('static', filename='build/icons.svg')}#{name}"
