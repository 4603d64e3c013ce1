"""Topic `annual_figures`: open the report of the next service year: its number, its period and its figures.

Answers report_number, report_begun (the entry before which nothing was done to it), period_start, period_end,
report_year and the figures of `statistics`; what was written for the year before is cleared. After the customer's
rejection the same report is opened again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.contract import Job, PermanentFailure, Services, described, results
from tasks.periods import Period, following, given
from tasks.statistics import FIGURES, statistics

REPORTS = ("JBS00P00403A", "JBS00P00403B")
YEARLY = (
    *("overview", "spares_used", "complaints", "satisfaction_score", "security_events", "improvement_suggestions"),
    *("next_year_plan", "production_lines", "production_loss_minutes", "inspections", "calibrations"),
    *("program_backups", "overhaul_support", "report_review_result", "report_handed_on", "handover_evidence"),
    *(f"{what}_{form}" for what in ("version", "document_number") for form in REPORTS),
)
"""What belongs to one year's report only."""
COUNTED = (*FIGURES, "figures_from", "figures_to")
"""The keys of the figures and of the days that they are of."""


@described("开启年度报告")
@results("report_number", "report_begun", "period_start", "period_end", "report_year", *YEARLY, *COUNTED)
def annual_figures(job: Job, services: Services) -> dict[str, Any]:
    """The next report, or the last one again. Raises PermanentFailure where the service has no dates."""
    rejected = job.variables.get("acceptance_result") == "rejected"
    period = given(job.variables) if rejected else following(job.variables)
    if period is None:
        raise PermanentFailure("没有尚未报告的服务年度，请核对服务起止日期")
    opened: dict[str, Any] = {}
    if not rejected:
        opened = {name: None for name in YEARLY if job.variables.get(name) is not None}
        opened |= {
            "report_number": int(job.variables.get("report_number") or 0) + 1,
            "report_begun": job.seq,
            "period_start": period.first.isoformat(),
            "period_end": period.last.isoformat(),
            "report_year": period.first.year,
        }
    return {**opened, **figures(job.variables, period, services)}


def recounted(form: str, variables: Mapping[str, Any], services: Services) -> dict[str, Any]:
    """The figures once more where the writer of a report gave it another period; nothing for any other record."""
    period = given(variables)
    counted = (variables.get("figures_from"), variables.get("figures_to"))
    if form not in REPORTS or period is None or counted[0] is None or counted == _days(period):
        return {}
    return figures(variables, period, services)


def figures(variables: Mapping[str, Any], period: Period, services: Services) -> dict[str, Any]:
    """The figures of a period, with the days that they are of."""
    calendar = services.working_calendar()
    found = statistics(services.tickets(), variables, period, services.at, services.answers, calendar)
    return {**found, **dict(zip(("figures_from", "figures_to"), _days(period), strict=True))}


def _days(period: Period) -> tuple[str, str]:
    return period.first.isoformat(), period.last.isoformat()
