"""Topic `return_proposal`: give a proposal back to its author, or let it rest.

Inputs: proposal, state (`draft`: it may be changed again; `withdrawn`).
"""

from __future__ import annotations

from typing import Any

from bpmn.sentence import say
from engine.contract import Input, Job, PermanentFailure, Services, described, results


@described(
    "退回草案",
    Input("proposal", "草案（proposal 的编号）", required=True),
    Input("state", "改为", "choice", choices=(("draft", "草稿"), ("withdrawn", "已撤回"))),
)
@results()
def return_proposal(job: Job, services: Services) -> dict[str, Any]:
    """Unlock it."""
    state = str(job.inputs.get("state") or "draft")
    if state not in ("draft", "withdrawn"):
        raise PermanentFailure(say("没有“{state}”这种状态（state）", state=state))
    services.unlock_proposal(str(job.inputs.get("proposal") or ""), state)
    return {}
