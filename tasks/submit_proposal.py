"""Topic `submit_proposal`: check a proposal as a deployment would, walk it, and lock it when there is no error.

Inputs: proposal. Answers proposal_errors (how many), proposal_findings and proposal_walked (what to show).
"""

from __future__ import annotations

from typing import Any

from engine.contract import Input, Job, Services, described, results


@described("检查并锁定草案", Input("proposal", "草案（proposal 的编号）", required=True))
@results("proposal_errors", "proposal_findings", "proposal_walked")
def submit_proposal(job: Job, services: Services) -> dict[str, Any]:
    """Check and lock; a repeated job finds it locked and answers the same."""
    told = services.lock_proposal(str(job.inputs.get("proposal") or ""))
    return {
        "proposal_errors": told.errors,
        "proposal_findings": told.findings or "没有发现",
        "proposal_walked": told.walked,
    }
