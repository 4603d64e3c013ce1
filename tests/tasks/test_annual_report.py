"""One report per service year: its period, its figures, its own number, versions and signatures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.contract import PermanentFailure
from tasks.annual_figures import annual_figures
from tasks.record import make_record
from tests.forms.word.sheets import opened
from tests.tasks.desk import Desk, deed, job
from tests.tasks.service import ticket, us

SERVICE: dict[str, Any] = {"service_start": "2024-03-01", "service_end": "2026-06-30", "reported_to": "2024-02-29"}
EVENT = ticket("CBS00P017", "2025-03-10T08:00", "2025-03-11T08:00", priority="p3", event_title="磁盘满")


def desk() -> Desk:
    """A desk long after the service, with one event in the second year."""
    return Desk(at=us("2026-07-02T08:00"), linked=[EVENT])


def year(variables: dict[str, Any], services: Desk) -> dict[str, Any]:
    """The variables after the next report was opened."""
    return {**variables, **annual_figures(job({}, **variables), services)}


def handed_over(variables: dict[str, Any]) -> dict[str, Any]:
    return {**variables, "reported_to": variables["period_end"]}


def test_each_year_of_the_service_has_its_period_and_the_last_ends_with_the_service() -> None:
    variables, found = dict(SERVICE), []
    for _ in range(3):
        variables = handed_over(year(variables, desk()))
        found.append(tuple(variables[k] for k in ("report_number", "period_start", "period_end", "report_year")))
    assert found == [
        (1, "2024-03-01", "2025-02-28", 2024),
        (2, "2025-03-01", "2026-02-28", 2025),
        (3, "2026-03-01", "2026-06-30", 2026),
    ]
    with pytest.raises(PermanentFailure):
        annual_figures(job({}, **variables), desk())


def test_a_service_that_was_ended_early_is_reported_to_its_last_day() -> None:
    assert year({**SERVICE, "service_over_on": "2024-08-15"}, desk())["period_end"] == "2024-08-15"


def test_the_figures_are_those_of_the_year() -> None:
    first = year(SERVICE, desk())
    second = year(handed_over(first), desk())
    assert [len(one["event_statistics"]) for one in (first, second)] == [0, 1]


def test_a_new_year_begins_with_empty_pages_and_a_rejected_report_keeps_them() -> None:
    first = handed_over({**year(SERVICE, desk()), "overview": "第一年", "version_JBS00P00403A": "1.0"})
    second = year({**first, "report_review_result": "pass"}, desk())
    assert (second["overview"], second["version_JBS00P00403A"], second["report_review_result"]) == (None, None, None)
    rejected = {**second, "overview": "第二年", "acceptance_result": "rejected"}
    again = year(rejected, desk())
    assert (again["overview"], again["report_number"], again["period_start"]) == ("第二年", 2, "2025-03-01")


def made(variables: dict[str, Any], services: Desk, **inputs: Any) -> dict[str, Any]:
    """The variables after a version of the report was made."""
    facts = {"project_number": "ABS24007", "project_name": "MES运维", "customer_name": "某钢铁"}
    given = {"form": "JBS00P00403A", "series": str(variables["report_number"]), "since": variables["report_begun"]}
    asked = replace(job({**given, **inputs}, **facts, **variables), seq=50)
    return {**variables, **make_record(asked, services)}


def test_each_years_report_has_its_own_number_versions_and_signatures() -> None:
    services = desk()
    services.deeds = [deed("write_annual_report", "王经理", "project_manager", seq=8)]
    variables = made(year(SERVICE, services), services)
    variables = made(variables, services, approved="true")
    opened_again = replace(job({}, **handed_over(variables)), seq=20)
    variables = {**handed_over(variables), **annual_figures(opened_again, services)}
    services.deeds.append(deed("hand_over_report", "王经理", "project_manager", seq=20))
    services.deeds.append(deed("write_annual_report", "李经理", "project_manager", seq=30))
    variables = made(variables, services)
    assert [(d.document_number, d.version) for d in services.stored] == [
        ("WBS24007NA01", "0.1"),
        ("WBS24007NA01", "1.0"),
        ("WBS24007NA02", "0.1"),
    ]
    assert [d.meta["period"] for d in services.stored][1:] == [
        ["2024-03-01", "2025-02-28"],
        ["2025-03-01", "2026-02-28"],
    ]
    rows = [[c.text for c in row.cells] for t in opened(services.stored[-1].content).tables for row in t.rows]
    assert [row for row in rows if "王经理" in row] == []
    assert any("李经理" in row for row in rows)
    assert [(row["document_number"], row["version"]) for row in variables["closing_checklist"]] == [
        ("WBS24007NA01", "1.0"),
        ("WBS24007NA02", "0.1"),
    ]


def test_a_number_that_another_year_has_is_not_given_again() -> None:
    services = desk()
    variables = made(year(SERVICE, services), services)
    variables = year(handed_over(variables), services)
    made(variables, services, document_number="WBS24007NA01")
    assert services.stored[-1].document_number == "WBS24007NA02"


def test_a_report_of_another_period_than_was_counted_is_counted_anew() -> None:
    services = desk()
    variables = year(SERVICE, services)
    assert made(variables, services)["event_statistics"] == []
    changed = made({**variables, "period_end": "2025-03-31"}, services)
    assert len(changed["event_statistics"]) == 1
    assert changed["figures_to"] == "2025-03-31"


def test_a_service_without_dates_cannot_be_reported() -> None:
    with pytest.raises(PermanentFailure):
        annual_figures(job({}), desk())
