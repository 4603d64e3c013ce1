"""Topic `known_errors`: the project's problems of the same system, so that whoever handles an event need not search.

Answers known_errors: rows of title, business_key, workaround, state (in words), open ones first, newest first.
"""

from __future__ import annotations

from typing import Any

from engine.contract import Input, Job, Services, described, results
from tasks.availability import plain
from tasks.list_open_instances import titled

PROBLEM = "CBS00P018"
MOST = 20


@described("查找已知错误", Input("system_name", "系统名称（不填取变量system_name）"))
@results("known_errors")
def known_errors(job: Job, services: Services) -> dict[str, Any]:
    """The problems, open and closed, whose system is the event's; at most twenty."""
    system = plain(str(job.inputs.get("system_name") or job.variables.get("system_name") or ""))
    same = [
        child
        for child in services.siblings()
        if child.definition.get("key") == PROBLEM and plain(str(child.variables.get("system_name") or "")) == system
    ]
    same.sort(key=lambda child: (child.ended_at is not None, -child.created_at))
    return {
        "known_errors": [
            {
                "title": titled(child),
                "business_key": child.business_key or "",
                "workaround": str(child.variables.get("workaround") or ""),
                "state": "处理中" if child.ended_at is None else "已关闭",
            }
            for child in same[:MOST]
        ]
    }
