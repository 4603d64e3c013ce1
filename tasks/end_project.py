"""Topic `end_project`: end the project that this instance was started for, with everything started for it.

Input: reason (else termination_reason). The parent ends as terminated; its journal keeps the reason.
"""

from __future__ import annotations

from typing import Any

from engine.contract import Input, Job, PermanentFailure, Services, described, results


@described("终止项目", Input("reason", "理由", "long"), Input("instance", "项目（不填为所属项目）"))
@results("ended_project")
def end_project(job: Job, services: Services) -> dict[str, Any]:
    """End the parent instance. Raises PermanentFailure where there is none, or no reason."""
    parent = str(job.inputs.get("instance") or job.variables.get("parent_id") or "")
    reason = str(job.inputs.get("reason") or job.variables.get("termination_reason") or "").strip()
    if not parent:
        raise PermanentFailure("本流程没有所属项目，无从终止")
    if not reason:
        raise PermanentFailure("终止项目须写明理由")
    services.cancel_instance(parent, reason)
    return {"ended_project": parent}
