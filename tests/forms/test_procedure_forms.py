"""The bundled forms ask what the procedure's forms ask: every field, every deciding key once, benign answers first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bpmn.feel import Feel
from bpmn.model import Json
from forms import library
from forms.check import check
from forms.context import Context
from forms.errors import FormInvalid
from forms.model import Form
from forms.present import initial
from forms.validate import validate
from tests.forms.conftest import MANY, STAFF

Make = Callable[..., Context]

SIGNATURE = (
    "customer_signatory customer_signatory_title customer_signed_on customer_seal company_signatory company_signed_on "
    "company_seal signed_version copies signed_scan"
)
COMMON = (
    "document_number version security_level project_name customer_name contract_number project_number "
    "engineering_number change_reason change_summary attachments"
)
SYSTEMS = "systems[system_name system_level deployment_site go_live_on vendor warranty_end]"
ASSETS = "assets[asset_type asset_model quantity software_version asset_site]"
SERVICE_ITEMS = (
    "service_items[service_item service_hours priority response_minutes recovery_hours availability_percent "
    "service_mode]"
)
MEMBERS = "members[user member_role member_duty planned_hours allocation_percent]"
DELIVERABLES = "deliverables[deliverable deliverable_version medium copies due_on]"
PAYMENT_TERMS = "payment_terms[payment_stage payment_percent payment_amount payment_due_on]"
RISKS = "risks[risk likelihood impact countermeasure risk_owner]"
FINDINGS = "findings[finding_location finding severity finding_owner due_on correction verified_by finding_status]"
MILESTONES = "milestones[milestone planned_on owner]"
REVIEW = f"""review_subject review_round review_form reviewed_on review_place review_chair recorder participants
    review_basis checklist {FINDINGS} risk_assessment review_conclusion follow_up_verified_by follow_up_verified_on
    return_reason"""
REPORT = """report_year period_start period_end overview event_statistics[kind priority count closed_count open_count]
    promise_results[service_item priority promised achieved_percent breach_count breach_reason]
    availability_results[system_name availability_percent actual_percent downtime_minutes]
    major_faults[occurred_at recovered_at impact root_cause measures]
    preventive_results[planned_count done_count moved_count missed_count missed_reason] changes_summary open_problems
    planned_hours actual_hours spares_used complaints satisfaction_score security_events improvement_suggestions
    next_year_plan report_review_result return_reason"""

# Record -> the forms that fill it, and the fields that they must have among them.
RECORDS: dict[str, tuple[str, str]] = {
    "JBS00P00401": (
        "survey_team JBS00P00401 customer_confirmation",
        f"""{COMMON} customer_department customer_contact customer_phone customer_email survey_team surveyed_on
        survey_method interviewees {SYSTEMS} {ASSETS} current_support fault_history service_scope out_of_scope
        {SERVICE_ITEMS} security_requirements site_conditions {DELIVERABLES} {RISKS} requirement_analysis
        customer_confirmation customer_comments""",
    ),
    "requirement_confirmation": (
        "requirement_confirmation customer_confirmation",
        f"""{COMMON} former_project_number former_agreement_number scope_change change_description
        requirement_changed confirmation_method confirmed_on customer_confirmation signed_scan""",
    ),
    "JBS00P01101": (
        "JBS00P01101 agreement_details agreement_signature",
        f"""{COMMON} customer_format customer_template system_status {SYSTEMS} service_scope out_of_scope
        {SERVICE_ITEMS} priority_definitions service_activities[service_activity service_frequency service_mode]
        {DELIVERABLES} customer_duties escalation_contacts service_hotline measurement_method exclusions penalty
        security_requirements agreement_review_interval {SIGNATURE} substantial_change sla_signed""",
    ),
    "review_opinion": ("review_opinion", f"reviewer_opinion reviewer_comments {FINDINGS}"),
    "review_record": (
        "review_notice review_meeting review_record review_decision",
        f"{COMMON} {REVIEW} opinions review_result termination_reason",
    ),
    "plan_review_record": (
        "plan_review_meeting plan_review_record plan_review_decision",
        f"{COMMON} {REVIEW} plan_review_result",
    ),
    "contract_review": (
        "contract_terms contract_technical_opinion contract_delivery_opinion contract_review",
        f"""{COMMON} contract_name contract_amount tax_rate price_basis expected_margin {PAYMENT_TERMS} service_scope
        service_start service_end acceptance_criteria penalty special_terms agreement_consistent technical_opinion
        finance_opinion legal_opinion delivery_opinion contract_review_result return_reason""",
    ),
    "contract_signature": ("contract_signature", SIGNATURE),
    "contract_summary": (
        "contract_summary",
        f"""{COMMON} contract_name contract_type signed_on customer_department customer_contact customer_phone
        service_scope service_start service_end contract_amount tax_rate amount_excluding_tax {PAYMENT_TERMS}
        acceptance_criteria {DELIVERABLES} penalty special_terms subcontract_expected sales_owner contract_scan""",
    ),
    "erp_project": (
        "erp_project erp_check erp_approval erp_entry",
        f"""{COMMON} department project_type cost_center team_project_manager service_start service_end
        contract_amount {MEMBERS} equipment[equipment_name quantity unit_price equipment_amount] labor_budget
        equipment_budget subcontracted subcontract_budget travel_budget other_budget total_budget expected_margin
        {MILESTONES} pa_check department_approval return_reason project_number erp_entered_on""",
    ),
    "subcontract_application": (
        "subcontract_application safety_opinion subcontract_approval subcontract_contract",
        f"""{COMMON} application_number subcontract_content subcontract_reason subcontractor_name
        subcontractor_contact subcontractor_qualification supplier_listed selection_method quotes subcontract_amount
        subcontract_budget subcontract_start subcontract_end subcontract_acceptance subcontract_staff data_access
        confidentiality_signed safety_briefing safety_opinion subcontract_approval return_reason
        subcontract_contract_number subcontract_signed_on subcontract_scan""",
    ),
    "JBS00P00402": (
        "JBS00P00402",
        f"""{COMMON} project_background objectives[objective metric target] service_scope {SERVICE_ITEMS} {MEMBERS}
        duty_roster {MILESTONES} preventive_plan[maintenance_object maintenance_item frequency next_due_on owner]
        quality_controls[control_item quality_standard check_frequency owner] {RISKS} total_budget spares_plan
        communication_plan[topic audience frequency channel] configuration_baseline emergency_plan subcontract_control
        training_plan {DELIVERABLES}""",
    ),
    "JBS00P00403A": ("JBS00P00403A report_check", f"{COMMON} {REPORT}"),
    "JBS00P00403B": (
        "JBS00P00403B report_check",
        f"""{COMMON} {REPORT} production_lines control_systems production_loss_minutes inspections calibrations
        program_backups overhaul_support""",
    ),
    "JBS00F00502": (
        "JBS00F00502 acceptance",
        f"""{COMMON} delivered_on delivery_place {DELIVERABLES} acceptance_basis
        acceptance_items[criterion item_result note] open_issues issue_commitment satisfaction_score accounts_returned
        acceptance_result acceptance_comments accepted_on {SIGNATURE}""",
    ),
    "JBS00F02301": (
        "JBS00F02301",
        f"""{COMMON} contract_amount invoiced_amount received_amount receivable_amount labor_budget labor_actual
        equipment_budget equipment_actual subcontract_budget subcontract_actual travel_budget travel_actual
        other_budget other_actual total_budget total_actual planned_hours actual_hours variance variance_reason
        gross_margin subcontract_settled unsettled_items settled_on finance_confirmed_by finance_confirmed_on""",
    ),
    "closing_record": (
        "closing_documents closing_record",
        f"""{COMMON} closing_checklist[form_number document_number version archived] accounts_revoked lessons_learned
        archive_location retention_until closing_opinion closed_on""",
    ),
    "plan_distribution": (
        "plan_distribution plan_acknowledgement",
        "distribution[copy_number recipient medium sent_on received_on recalled_on]",
    ),
}

# Record -> what must be filled in, what is shown and never taken from what was sent, what the server reckons.
MARKS: dict[str, tuple[str, str, str]] = {
    "JBS00P00401": (
        """customer_department customer_contact survey_team surveyed_on systems service_scope service_items
        requirement_analysis customer_confirmation""",
        "",
        "",
    ),
    "requirement_confirmation": (
        "former_agreement_number confirmed_on customer_confirmation",
        "scope_change",
        "",
    ),
    "JBS00P01101": (
        """system_status service_scope service_items priority_definitions service_activities deliverables
        measurement_method""",
        "systems",
        "",
    ),
    "review_opinion": (
        "reviewer_opinion",
        "",
        "",
    ),
    "review_record": (
        "reviewed_on review_chair participants checklist review_conclusion",
        "review_subject recorder opinions",
        "review_round",
    ),
    "contract_review": (
        "contract_name contract_amount service_start service_end acceptance_criteria contract_review_result",
        "service_scope",
        "",
    ),
    "contract_summary": (
        "contract_number signed_on contract_scan",
        """contract_name service_scope service_start service_end contract_amount tax_rate payment_terms
        acceptance_criteria deliverables penalty special_terms sales_owner""",
        "amount_excluding_tax",
    ),
    "erp_project": (
        "department members labor_budget equipment_budget project_number erp_entered_on",
        "contract_number team_project_manager service_start service_end contract_amount",
        "total_budget expected_margin",
    ),
    "subcontract_application": (
        """subcontract_content subcontract_reason subcontractor_name subcontractor_qualification
        subcontract_amount subcontract_start subcontract_end data_access subcontract_approval""",
        "subcontract_budget",
        "",
    ),
    "JBS00P00402": (
        "objectives milestones preventive_plan quality_controls risks",
        "service_scope service_items members total_budget deliverables",
        "",
    ),
    "JBS00P00403A": (
        "report_year period_start period_end overview improvement_suggestions",
        """event_statistics promise_results availability_results major_faults preventive_results
        changes_summary open_problems planned_hours actual_hours""",
        "",
    ),
    "JBS00F00502": (
        "delivered_on deliverables acceptance_basis acceptance_items accepted_on",
        "",
        "",
    ),
    "JBS00F02301": (
        "invoiced_amount received_amount labor_actual settled_on",
        "contract_amount labor_budget total_budget planned_hours actual_hours",
        "receivable_amount total_actual variance gross_margin",
    ),
    "closing_record": (
        "lessons_learned archive_location retention_until closed_on",
        "closing_checklist",
        "",
    ),
    "contract_signature": (
        "customer_signatory customer_signed_on company_signatory company_signed_on signed_version signed_scan",
        "",
        "",
    ),
}

# Deciding key -> the one form that asks for it, its values (benign first) or None.
DECIDING: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "project_name": ("project_start", None),
    "customer_name": ("project_start", None),
    "project_kind": ("project_start", ("new", "renewal")),
    "scope_change": ("project_start", ("none", "minor", "major")),
    "system_kind": ("project_start", ("computer", "process_control")),
    **{f"team_{role}": ("project_start", None) for role in STAFF},
    "requirement_changed": ("requirement_confirmation", None),
    "customer_confirmation": ("customer_confirmation", ("confirmed", "returned")),
    "customer_format": ("JBS00P01101", None),
    "review_form": ("review_notice", ("meeting", "circulation")),
    "reviewer_opinion": ("review_opinion", ("agree", "disagree")),
    "review_result": ("review_decision", ("pass", "revise", "terminate")),
    "sla_signed": ("agreement_signature", None),
    "contract_review_result": ("contract_review", ("pass", "revise")),
    "contract_number": ("contract_summary", None),
    "subcontracted": ("erp_project", None),
    "pa_check": ("erp_check", ("pass", "return")),
    "department_approval": ("erp_approval", ("approve", "return")),
    "project_number": ("erp_entry", None),
    "subcontract_approval": ("subcontract_approval", ("approve", "reject")),
    "plan_review_result": ("plan_review_decision", ("pass", "revise")),
    "service_start": ("contract_terms", None),
    "service_end": ("contract_terms", None),
    "report_review_result": ("report_check", ("pass", "revise")),
    "acceptance_result": ("acceptance", ("accepted", "rejected")),
}


def names(text: str) -> Iterator[str]:
    """`a b[c d]` as a, b, b.c, b.d."""
    around = ""
    for word in text.split():
        head, opened, inner = word.partition("[")
        if opened:
            around, word = head, inner
            yield head
        closed = word.endswith("]")
        yield f"{around}.{word.rstrip(']')}" if around else word
        around = "" if closed else around


def has(form: Form) -> set[str]:
    return {f.key for f in form.components} | {f"{f.key}.{one.key}" for f in form.components for one in f.rows}


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    for key, file in library.files().items():
        yield key, json.loads(file.content)


@pytest.mark.parametrize("record", RECORDS)
def test_every_field_of_a_record_is_asked_or_shown_by_one_of_its_forms(record: str) -> None:
    keys, wanted = RECORDS[record]
    there = set().union(*(has(library.form(key)) for key in keys.split()))
    assert sorted(set(names(wanted)) - there) == []


@pytest.mark.parametrize("record", MARKS)
def test_what_a_record_needs_is_required_what_is_known_is_shown_and_sums_are_reckoned(record: str) -> None:
    forms = [library.form(key) for key in RECORDS[record][0].split()]
    required, shown, reckoned = (set(text.split()) for text in MARKS[record])
    fields = [f for form in forms for f in form.components]
    assert sorted(required - {f.key for f in fields if f.required or f.filled_by_server}) == []
    assert sorted(shown - {f.key for f in fields if f.readonly or "computed" in f.properties}) == []
    assert sorted(reckoned - {f.key for f in fields if "computed" in f.properties}) == []


def test_the_same_fact_has_the_same_rows_and_nothing_of_them_is_lost_on_the_way() -> None:
    lists = [(form.key, f) for form in library.forms().values() for f in form.components if f.type == "dynamiclist"]
    asked: dict[str, set[str]] = {}
    for _, f in lists:
        if not f.readonly:
            asked.setdefault(f.key, set()).update(one.key for one in f.rows)
    lost = [
        (form, f.key)
        for form, f in lists
        if (not f.readonly or f.filled_by_server) and asked.get(f.key, set()) - {one.key for one in f.rows}
    ]
    assert lost == []


def test_numbers_know_their_limits_and_amounts_are_money() -> None:
    every = [f for form in library.forms().values() for outer in form.components for f in (outer, *outer.rows)]
    given = [f for f in every if f.type == "number" and not f.readonly and "computed" not in f.properties]
    assert [f.key for f in given if f.least is None] == []
    assert [f.key for f in given if f.key.endswith("_percent") and f.most is None] == []
    assert [f.key for f in every if f.type == "number" and "amount" in f.key and f.extra("money") != "fen"] == []


@pytest.mark.parametrize("key", DECIDING)
def test_a_key_that_decides_the_way_is_asked_by_one_form_only(key: str) -> None:
    where, values = DECIDING[key]
    asked = [form.key for form in library.forms().values() for f in form.components if f.key == key and not f.readonly]
    assert asked == [where]
    field = library.form(where).field(key)
    assert field is not None
    if values is not None:
        assert tuple(option.value for option in field.options) == values
    elif field.type == "checkbox":
        assert not field.required, "a required box could never answer no"


def test_every_bundled_form_would_be_deployed_without_a_finding(feel: Feel) -> None:
    assert check(list(library.files().values()), feel) == []


def test_every_form_has_a_title_and_stands_in_a_folder_of_its_key() -> None:
    assert all(schema["id"] == key and schema["title"] for key, schema in schemas())


def test_every_field_has_its_words() -> None:
    bare = [(form.key, f.key) for form in library.forms().values() for f in form.components if not f.label]
    assert bare == []


def team() -> dict[str, Json]:
    return {f"team_{role}": [role] if role in MANY else role for role in STAFF}


def start(**more: Json) -> dict[str, Json]:
    return {
        "project_name": "冷轧产线MES系统运维",
        "customer_name": "某钢铁股份有限公司",
        "project_kind": "new",
        "system_kind": "computer",
        "security_level": "general",
        **team(),
        **more,
    }


def everyone(context: Context) -> Context:
    """One small company: whoever is there holds every role."""
    return Context(context.variables, context.now_us, context.feel, lambda _: [(one, one) for one in STAFF])


def told(key: str, data: dict[str, Json], context: Context) -> set[str]:
    with pytest.raises(FormInvalid) as refused:
        validate(library.form(key), data, context)
    return {error.field for error in refused.value.errors}


def test_a_project_starts_with_a_team_of_different_people(context: Make) -> None:
    cleaned = validate(library.form("project_start"), start(scope_change="major"), context())
    assert "scope_change" not in cleaned, "a new project has no scope that could change"
    assert cleaned["team_second_line_support"] == ["second_line_support"]


def test_a_renewal_must_say_how_much_its_scope_changes(context: Make) -> None:
    assert told("project_start", start(project_kind="renewal"), context()) == {"scope_change"}


@pytest.mark.parametrize(
    ("role", "other"),
    [
        ("project_supervisor", "project_manager"),
        ("second_line_lead", "project_manager"),
        ("marketing", "project_manager"),
        ("marketing", "second_line_lead"),
        ("department_qa", "project_manager"),
        ("department_qa", "marketing"),
        ("department_pa", "project_manager"),
        ("department_manager", "project_manager"),
        ("department_manager", "department_pa"),
        ("department_manager", "project_supervisor"),
        ("department_manager", "marketing"),
        ("safety_officer", "project_manager"),
        ("process_management", "department_pa"),
    ],
)
def test_a_team_whose_overlaps_would_deadlock_is_refused(role: str, other: str, context: Make) -> None:
    assert f"team_{role}" in told("project_start", start(**{f"team_{role}": other}), everyone(context()))


def test_the_project_manager_alone_is_no_second_line(context: Make) -> None:
    data = start(team_second_line_support=["project_manager"])
    assert told("project_start", data, everyone(context())) == {"team_second_line_support"}


@pytest.mark.parametrize(
    "form, key", [("review_decision", "review_result"), ("plan_review_decision", "plan_review_result")]
)
def test_a_pass_needs_qas_conclusion_and_no_open_serious_finding(form: str, key: str, context: Make) -> None:
    def row(severity: Json, state: Json) -> dict[str, Json]:
        return {"finding": "范围不清", "severity": severity, "finding_status": state}

    good = [row("serious", "closed"), row("minor", "open"), row(None, None)]
    assert validate(library.form(form), {key: "pass"}, context(review_conclusion="pass", findings=good))
    assert validate(library.form(form), {key: "pass"}, context(review_conclusion="pass"))
    assert told(form, {key: "pass"}, context(review_conclusion="revise", findings=good)) == {key}
    for bad in (row("serious", "open"), row("serious", None)):
        assert told(form, {key: "pass"}, context(review_conclusion="pass", findings=[*good, bad])) == {key}
    assert told(form, {key: "revise"}, context()) == {"return_reason"}


@pytest.mark.parametrize(
    ("form", "key", "answer", "reason"),
    [
        ("customer_confirmation", "customer_confirmation", "returned", "customer_comments"),
        ("review_opinion", "reviewer_opinion", "disagree", "reviewer_comments"),
        ("review_decision", "review_result", "terminate", "termination_reason"),
        ("agreement_signature", "sla_signed", False, "return_reason"),
        ("contract_review", "contract_review_result", "revise", "return_reason"),
        ("erp_check", "pa_check", "return", "return_reason"),
        ("erp_approval", "department_approval", "return", "return_reason"),
        ("subcontract_approval", "subcontract_approval", "reject", "return_reason"),
        ("plan_check", "plan_check", "return", "return_reason"),
        ("plan_approval", "plan_approval", "return", "return_reason"),
        ("report_check", "report_review_result", "revise", "return_reason"),
        ("acceptance", "acceptance_result", "rejected", "acceptance_comments"),
        ("closing_record", "closing_result", "return", "return_reason"),
        ("termination_confirmation", "termination_decision", "reject", "return_reason"),
    ],
)
def test_who_returns_something_says_why(form: str, key: str, answer: Json, reason: str, context: Make) -> None:
    given: dict[str, Json] = {key: answer}
    if form in ("contract_review", "closing_record"):
        given["security_level"] = "general"
    assert told(form, given, context()) == {reason}
    assert validate(library.form(form), {**given, reason: "请改"}, context())[reason] == "请改"


def test_a_service_does_not_end_before_it_starts(context: Make) -> None:
    data: dict[str, Json] = {
        "contract_name": "合同",
        "contract_amount": 100_00,
        "acceptance_criteria": "无",
        "agreement_consistent": True,
        "service_start": "2026-01-02",
        "service_end": "2026-01-01",
    }
    assert told("contract_terms", data, context()) == {"service_end"}
    data["service_end"] = "2026-01-03"
    assert validate(library.form("contract_terms"), data, context())["service_end"] == "2026-01-03"


@pytest.mark.parametrize("number", ["ABS26001", "CBSA1b2C"])
def test_a_project_number_is_taken(number: str, context: Make) -> None:
    data = {"project_number": number, "erp_entered_on": "2026-06-01"}
    assert validate(library.form("erp_entry"), data, context())["project_number"] == number


@pytest.mark.parametrize("number", ["ABS2600", "ABS260012", "XBS26001", "ABS26-01", "abs26001", " "])
def test_anything_else_is_no_project_number(number: str, context: Make) -> None:
    assert told("erp_entry", {"project_number": number, "erp_entered_on": "2026-06-01"}, context()) == {
        "project_number"
    }


def test_the_totals_of_the_erp_form_come_from_the_server(context: Make) -> None:
    data: dict[str, Json] = {
        "security_level": "general",
        "department": "系统服务事业部",
        "members": [{"user": "project_member"}],
        "labor_budget": 100,
        "equipment_budget": 50,
        "subcontracted": False,
        "subcontract_budget": 999,
        "equipment": [{"equipment_name": "服务器", "quantity": 2, "unit_price": 25}],
        "total_budget": 1,
    }
    cleaned = validate(library.form("erp_project"), data, context(contract_amount=200))
    assert (cleaned["total_budget"], cleaned["expected_margin"]) == (150, 25)
    assert cleaned["equipment"][0]["equipment_amount"] == 50
    assert "subcontract_budget" not in cleaned


def test_what_was_said_before_need_not_be_typed_again(context: Make) -> None:
    items = [{"service_item": "热线", "response_minutes": 30}]
    known = context(service_items=items, service_scope="全部", **team())
    assert initial(library.form("JBS00P01101"), known)["service_items"] == items
    assert initial(library.form("JBS00P00402"), known)["service_items"] == items
    assert initial(library.form("erp_project"), known)["members"] == [{"user": "project_member"}]
    reviewers = initial(library.form("review_notice"), known)["reviewers"]
    assert reviewers == ["second_line_support", "second_line_lead", "marketing"]
    assert initial(library.form("plan_distribution"), known)["recipients"] == ["project_member", "department_qa"]


def test_a_second_round_decides_anew(context: Make) -> None:
    known = context(review_result="revise", return_reason="太粗", review_conclusion="revise")
    assert "review_result" not in initial(library.form("review_decision"), known)
    assert "return_reason" not in initial(library.form("review_decision"), known)


def test_a_report_opens_with_the_period_that_was_counted_and_keeps_within_the_service(context: Make) -> None:
    service = {"service_start": "2026-03-01", "service_end": "2028-12-31"}
    counted = {"period_start": "2026-03-01", "period_end": "2027-02-28", "report_year": 2026}
    form = library.form("JBS00P00403A")
    shown = initial(form, context(**service, **counted))
    assert (shown["period_start"], shown["period_end"], shown["report_year"]) == ("2026-03-01", "2027-02-28", 2026)
    filled = {**shown, "overview": "平稳", "improvement_suggestions": "扩容"}
    assert validate(form, filled, context(**service, **counted))["period_end"] == "2027-02-28"
    for wrong in ({"period_start": "2026-02-28"}, {"period_end": "2029-01-01"}):
        with pytest.raises(FormInvalid):
            validate(form, {**filled, **wrong}, context(**service, **counted))


def test_a_returned_round_of_maintenance_keeps_its_answers_and_the_next_begins_anew(context: Make) -> None:
    known = {"maintained_on": "2026-03-02", "hours": 3}
    again = initial(library.form("p005_record"), context(**known, daily_check="return"))
    assert (again["maintained_on"], again["hours"]) == ("2026-03-02", 3)
    fresh = initial(library.form("p005_record"), context(**known, daily_check="pass"))
    assert fresh["maintained_on"] != "2026-03-02" and "hours" not in fresh
