"""Topic `list_open_instances`: what was started for the project and has not ended, for people to decide on.

Answers open_items (rows of instance, procedure, definition_name, title, business_key, since, status), open_items_count.
"""

from __future__ import annotations

from typing import Any

from engine.contract import ChildView, Job, Services, described, results
from forms.word.dates import minute

TITLES = ("event_title", "fault_title", "problem_title", "change_title", "configuration_item", "maintenance_item")


def titled(child: ChildView) -> str:
    """What a linked instance is about in its people's own words, else the instance's title."""
    return next((str(child.variables[name]) for name in TITLES if child.variables.get(name)), child.title)


@described("列出未了事项")
@results("open_items", "open_items_count")
def list_open_instances(job: Job, services: Services) -> dict[str, Any]:
    """List the open linked instances, in the order in which the engine tells them."""
    rows = [
        {
            "instance": child.id,
            "procedure": str(child.definition.get("key", "")),
            "definition_name": str(child.definition.get("name") or child.definition.get("key", "")),
            "title": titled(child),
            "since": minute(child.created_at),
            "business_key": child.business_key or "",
            "status": child.status,
        }
        for child in services.open_children()
    ]
    return {"open_items": rows, "open_items_count": len(rows)}
