"""Topic `start_procedure`: start another procedure for the project, as an instance of its own linked to it.

Inputs: procedure (its key); all others that have a value become variables of the new instance, beside the project's
facts and team; what it is about is its title. What a linked instance starts is linked to the same project, knows its
origin_instance, and stands in the origin's linked_instances. Answers the instance's id under `instance_<key>`.
"""

from __future__ import annotations

from typing import Any

from engine.contract import Input, Job, PermanentFailure, Services, described, results
from tasks.list_open_instances import TITLES

FACTS = (
    "project_name",
    "customer_name",
    "project_number",
    "contract_number",
    "system_kind",
    "service_start",
    "service_end",
)
LONGEST = 150
"""How much of the project's own key a linked one begins with: a business key has 200 places."""
REPORTED = {"CBS00P007": ("fault_title", "occurred_at", "reported_by", "system_name", "impact")}
"""What the message that asks for a procedure may have told already: the fields of its first form."""


@described(
    "启动另一规程",
    Input("procedure", "规程", "procedure", required=True),
    Input("business_key", "业务编号（不填由系统给出）"),
    free=True,
)
@results("instance_*", "linked_instances")
def start_procedure(job: Job, services: Services) -> dict[str, Any]:
    """Start the procedure that the inputs name; a repeated job starts nothing twice."""
    given = {name: value for name, value in job.inputs.items() if value not in (None, "")}
    key = str(given.pop("procedure", ""))
    if not key:
        raise PermanentFailure("没有写明要启动的程序（procedure）")
    team = {name: value for name, value in job.variables.items() if name.startswith("team_")}
    facts = {name: job.variables[name] for name in FACTS if job.variables.get(name) is not None}
    told = {name: job.payload[name] for name in REPORTED.get(key, ()) if job.payload.get(name) not in (None, "")}
    origin = {"origin_instance": job.instance} if job.variables.get("parent_id") else {}
    numbered = services.reserve_number(f"{(job.business_key or job.instance)[:LONGEST]}/{key}-")
    shared = str(given.pop("business_key", numbered))
    about = next((value for name, value in (told | given).items() if name in TITLES), None)
    title = {"title": about} if isinstance(about, str) else {}
    instance = services.start_instance(key, {**facts, **team, **title, **told, **origin, **given}, shared)
    answer: dict[str, Any] = {f"instance_{key}": instance}
    if origin:
        answer["linked_instances"] = [*(job.variables.get("linked_instances") or ()), instance]
    return answer
