"""Topic `notify`: tell people something in the page.

Inputs: roles (comma list or list of role keys), users (likewise), text, link (the project where none is told), kind
(one of the contract's NOTICES). Answers how many were told.
"""

from __future__ import annotations

from typing import Any

from bpmn.sentence import say
from engine.contract import NOTICES, Input, Job, PermanentFailure, Services, described, results

KINDS = (
    ("approved", "批准"),
    ("number", "编号"),
    ("closed", "项目关闭"),
    ("escalated", "升级"),
    ("refused", "未通过"),
    ("told", "通知"),
)


def listed(value: Any) -> list[str]:
    """The entries of a list, or of a comma list."""
    if isinstance(value, str):
        return [part.strip() for part in value.replace("，", ",").split(",") if part.strip()]
    return [str(part) for part in value or ()]


@described(
    "通知",
    Input("text", "内容", "long", required=True),
    Input("roles", "通知的岗位", "roles"),
    Input("users", "通知的人"),
    Input("kind", "种类", "choice", choices=KINDS),
    Input("link", "链接（不填为项目）"),
)
@results("told")
def notify(job: Job, services: Services) -> dict[str, Any]:
    """Tell the holders of roles, and single users, once each. A role that nobody holds is told to nobody."""
    text = str(job.inputs.get("text") or "").strip()
    if not text:
        raise PermanentFailure("通知没有内容（text）")
    project = job.variables.get("project_name")
    if isinstance(project, str) and project and project not in text:
        text = f"{project}：{text}"  # whoever reads it has more than one project
    kind = str(job.inputs.get("kind") or "told")
    if kind not in NOTICES:
        raise PermanentFailure(say("没有“{kind}”这种通知，可用的有 {known}", kind=kind, known=NOTICES))
    told = dict.fromkeys(listed(job.inputs.get("users")))
    for role in listed(job.inputs.get("roles")):
        told.update(dict.fromkeys(services.holders(role)))
    if told:
        services.notify(list(told), text, str(job.inputs.get("link") or f"/projects/{job.instance}"), kind)
    return {"told": len(told)}
