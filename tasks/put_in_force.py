"""Topic `put_in_force`: a proposal that was issued becomes the version that new projects start on.

Inputs: proposal. The whole set is frozen under the next version number, with the row of clause 8: who drafted, checked
and issued it and when. Answers released_version, release_number, and readers: whose roles the procedure concerns.
"""

from __future__ import annotations

from typing import Any

from engine.contract import Deed, Input, Job, Release, Services, described, results


@described("生效", Input("proposal", "草案（proposal 的编号）", required=True))
@results("released_version", "release_number", "readers")
def put_in_force(job: Job, services: Services) -> dict[str, Any]:
    """Issue it; a repeated job issues nothing twice."""
    deeds = services.who_did()
    checked, issued = _last(deeds, "check_proposal"), _last(deeds, "issue_proposal")
    facts = {name: str(job.variables.get(name) or "") for name in ("release_reason", "release_changes", "effective_on")}
    made = services.issue_proposal(
        str(job.inputs.get("proposal") or ""),
        Release(
            reason=facts["release_reason"],
            changes=facts["release_changes"],
            effective_on=facts["effective_on"],
            drafted_by=str(job.variables.get("drafted_by") or ""),
            checked_by=checked.user if checked else "",
            checked_at=checked.at if checked else None,
            issued_by=issued.user if issued else "",
        ),
    )
    return {"released_version": made.version, "release_number": made.number, "readers": list(made.readers)}


def _last(deeds: Any, element: str) -> Deed | None:
    found = [deed for deed in deeds if deed.element == element]
    return found[-1] if found else None
