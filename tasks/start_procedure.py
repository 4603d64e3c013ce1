"""Topic `start_procedure`: start another procedure for the project, as an instance of its own linked to it.

Inputs: procedure (its key); all others become variables of the new instance, beside the project's facts and team.
Answers the instance's id under `instance_<key>`.
"""

from __future__ import annotations

from typing import Any

from engine.contract import Job, PermanentFailure, Services

FACTS = (
    "project_name",
    "customer_name",
    "project_number",
    "contract_number",
    "system_kind",
    "service_start",
    "service_end",
)
REPORTED = {"CBS00P007": ("fault_title", "occurred_at", "reported_by", "system_name", "impact")}
"""What the message that reports a major fault may have told already."""


def start_procedure(job: Job, services: Services) -> dict[str, Any]:
    """Start the procedure that the inputs name; a repeated job starts nothing twice."""
    given = dict(job.inputs)
    key = str(given.pop("procedure", "") or "")
    if not key:
        raise PermanentFailure("没有写明要启动的程序（procedure）")
    team = {name: value for name, value in job.variables.items() if name.startswith("team_")}
    facts = {
        name: job.variables[name] for name in (*FACTS, *REPORTED.get(key, ())) if job.variables.get(name) is not None
    }
    business_key = str(given.pop("business_key", "") or "") or None
    instance = services.start_instance(
        key, {**facts, **team, **given}, business_key or f"{job.business_key or job.instance}/{key}"
    )
    return {f"instance_{key}": instance}
