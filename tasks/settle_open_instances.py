"""Topic `settle_open_instances`: end the project's open linked instances, or leave them to whoever took them over.

Inputs: disposition (end or hand_over), reason; without them open_items_disposition and open_items_reason count.
Answers settled_items (rows of instance, procedure, title and what became of it).
"""

from __future__ import annotations

from typing import Any

from bpmn.sentence import say
from engine.contract import Input, Job, PermanentFailure, Services, described, results
from tasks.list_open_instances import titled

ALWAYS = ("CBS00P005", "CBS00P006")
"""Daily and preventive maintenance end with the service period, whatever becomes of the tickets."""


@described(
    "处置未了事项",
    Input("disposition", "处置", "choice", choices=(("end", "结束"), ("hand_over", "移交"))),
    Input("reason", "理由", "long"),
)
@results("settled_items")
def settle_open_instances(job: Job, services: Services) -> dict[str, Any]:
    """End or hand over what is still open. Handing over tickets demands a reason, ending them too."""
    disposition = str(job.inputs.get("disposition") or job.variables.get("open_items_disposition") or "")
    reason = str(job.inputs.get("reason") or job.variables.get("open_items_reason") or "").strip()
    rows = []
    for child in services.open_children():
        procedure = str(child.definition.get("key", ""))
        if procedure in ALWAYS:
            outcome, why = "end", reason or "运维服务期结束"
        elif disposition in ("end", "hand_over") and reason:
            outcome, why = disposition, reason
        else:
            raise PermanentFailure(say("未了事项《{title}》没有处置意见或理由", title=titled(child)))
        if outcome == "end":
            services.cancel_instance(child.id, why)
        rows.append(
            {"instance": child.id, "procedure": procedure, "title": titled(child), "outcome": outcome, "reason": why}
        )
    return {"settled_items": rows}
