"""审计记录: who did what, for auditors and administrators; search, filters, export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import Invalid
from engine.audit_log import Asked
from engine.views import AuditRow
from web.forms.macros import errors_of
from web.here import actor, engine
from web.language import sentence
from web.page import person, role_title, show
from web.span import days
from web.times import rfc3339

routes = Blueprint("audit", __name__)
ACTIONS = {
    "login": "登录",
    "login_failed": "登录失败",
    "logout": "退出",
    "create_user": "建立账号",
    "set_active": "启用或停用账号",
    "set_password": "设置密码",
    "grant": "授予岗位",
    "revoke": "收回岗位",
    "create_token": "建立令牌",
    "read": "查看内容",
    "open": "审核员打开",
    "download": "下载",
    "export": "导出",
    "sample": "抽取样本",
    "deploy": "部署",
    "release": "签发生效",
    "verify": "核验",
    "evidence": "取审计证据包",
    "evidence_made": "审计证据包的清单",
    "backup": "备份",
    "rebuild": "重建",
    "checkpoint": "写检查点",
    "purge": "清除到期项目",
    "suspended": "暂停",
    "resumed": "恢复",
    "cancelled": "终止",
    "assigned": "指派任务",
    "handed_over": "移交",
    "modified": "调整环节",
    "migrated": "迁移",
    "retried": "重试",
    "settled": "给出作业结果",
    "erased": "删除个人信息",
}
"""What can be asked for, and what people call it."""
CHANNELS = {"web": "网页", "api": "接口", "link": "链接", "job": "作业", "timer": "定时", "cli": "控制台"}
WORDS = {
    "path": "地址",
    "anchor": "锚",
    "root": "根",
    "manifest": "清单的 SHA-256",
    "reason": "理由",
    "role": "岗位",
    "active": "启用",
    "name": "文件",
    "sha256": "SHA-256",
    "versions": "版本",
    "version": "版本",
    "number": "版次",
    "files": "文件",
    "proposal": "草案",
    "drafted_by": "拟稿",
    "checked_by": "审核",
    "issued_by": "签发",
    "user": "人员",
    "from": "原",
    "to": "改为",
    "on": "日期",
    "seq": "条目",
    "from_version": "原版本",
    "settled_by": "经办",
    "incident": "系统异常",
    "instances": "实例数",
    "left_out": "未逐条记录",
    "what": "内容",
    "sample": "样本",
    "seed": "种子",
    "ok": "无异常",
    "faults": "异常数",
}
"""What the members of an entry's data are called."""
HEADS = ("at", "actor", "name", "channel", "address", "action", "subject", "instance", "data", "source", "hash")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def asked(query: Mapping[str, str]) -> Asked:
    """What a query of the page or of the API looks for. Raises SpanWrong."""
    since, until = days(query)
    person, action, subject, text = (query.get(name, "").strip()[:200] for name in ("person", "action", "subject", "q"))
    return Asked(person, action, subject, since, until, text)


@routes.get("/audit-log")
@login_required
def listed() -> ResponseReturnValue:
    """A page of the log; what was asked for wrongly is told above it."""
    given = {name: request.args.get(name, "") for name in ("person", "action", "subject", "from", "to", "q")}
    try:
        page = engine().audit_log(actor(), asked(request.args), request.args.get("cursor", ""))
    except Invalid as error:
        return _drawn(given, None, error), error.status
    return _drawn(given, page, None)


def _drawn(given: dict[str, str], page: Any, error: Invalid | None) -> str:
    errors = errors_of(error.errors if error else ())
    said = sentence(error) if error else ""
    rest = {name: value for name, value in given.items() if value}
    titles = engine().titles(actor(), {row.instance for row in page.items if row.instance}) if page else {}
    return show(
        "audit/list", page=page, given=given, rest=rest, said=said, errors=errors, actions=ACTIONS, told=told,
        channels=CHANNELS, titles=titles,
    )  # fmt: skip


def told(row: AuditRow) -> list[tuple[str, str]]:
    """What an entry says besides its columns, in words; what it was called where it has no word of ours."""
    return [(gettext(WORDS[name]) if name in WORDS else name, _value(name, value)) for name, value in row.data.items()]


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(gettext("是") if value else gettext("否"))
    if name == "role":
        return role_title(str(value))
    if name in ("user", "from", "to", "settled_by", "drafted_by", "checked_by", "issued_by"):
        return person(str(value))
    if isinstance(value, Mapping):
        return "、".join(f"{key} {one}" for key, one in value.items())
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


@routes.get("/audit-log.csv")
@login_required
def exported() -> Response:
    """All that is asked for as CSV, oldest last, as it is read from the store."""
    wanted = asked(request.args)
    rows = engine().whole_audit_log(actor(), wanted)
    engine().noted(actor(), "export", what="audit-log.csv", path=request.full_path.rstrip("?")[:400])
    g.audited = True
    names = {user.name: user.display_name for user in engine().users()}
    answer = Response(sheet(rows, names), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=audit-log.csv"
    return answer


def sheet(rows: Iterable[AuditRow], names: Mapping[str, str]) -> Iterator[str]:
    """CSV, a line each; with a mark by which spreadsheets know UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow(HEADS)
    for row in rows:
        yield _taken(text)
        data = "; ".join(f"{name}={_plain(value)}" for name, value in row.data.items())
        cells = (
            *(rfc3339(row.at), row.actor, names.get(row.actor), row.channel, row.address, row.action, row.subject),
            *(row.instance, data, row.source, row.hash),
        )
        writer.writerow([inert(cell) for cell in cells])
    yield _taken(text)


def _plain(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _taken(text: io.StringIO) -> str:
    found = text.getvalue()
    text.seek(0)
    text.truncate()
    return found


def inert(cell: str | None) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before what begins like one."""
    value = cell or ""
    return f"'{value}" if value.lstrip(" \n").startswith(FORMULA) or value.startswith(FORMULA) else value
