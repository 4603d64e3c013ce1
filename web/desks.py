"""Which lists each role's start page opens with: words, and the steps or the question behind each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tasks:
    """A list of my open tasks: those of these elements, or those that are returned, due or overdue."""

    title: str
    elements: tuple[str, ...] = ()
    only: str = ""


WORK: Mapping[str, Tasks] = {
    "work": Tasks("待办"),
    "returned": Tasks("被退回", only="returned"),
    "due": Tasks("两天内到期", only="due"),
    "overdue": Tasks("已逾期", only="overdue"),
    "submissions": Tasks("待提交客户", ("submit_agreement",)),
    "signatures": Tasks("待签", ("sign_agreement", "sign_contract", "sign_subcontract")),
    "contract_numbers": Tasks("待建合同号", ("create_contract_number",)),
    "setting_up": Tasks("待立项", ("notify_project_manager",)),
    "form_checks": Tasks("待审", ("check_erp_form",)),
    "reviews": Tasks("待评审", ("give_opinion", "write_review_record", "write_plan_review")),
    "acknowledgements": Tasks("待签收", ("acknowledge_plan",)),
    "approvals": Tasks("待批", ("approve_erp_form", "approve_plan", "approve_subcontract", "decide_contract_review")),
    "terminations": Tasks("待确认的结束申请", ("confirm_termination",)),
    "plan_checks": Tasks("待审", ("check_plan", "check_annual_report")),
    "safety_opinions": Tasks("外协安全意见", ("give_safety_opinion",)),
    "closings": Tasks("待关闭", ("close_project",)),
}
"""Lists of tasks by name. Whatever else waits for a person stands in "work"."""

ASKED: Mapping[str, str] = {
    "stuck": "卡在谁处几天",
    "renewals": "续签",
    "missing": "结项缺件",
    "findings": "未关闭发现",
    "over_budget": "超预算",
    "site_staff": "外协人员",
    "late_projects": "有逾期的项目",
    "deviations": "偏离",
    "sample": "抽样",
}
"""Lists of other things by name."""

_BY_DEADLINE = ("work", "due", "overdue")
DESKS: Mapping[str, Sequence[str]] = {
    "project_manager": ("work", "returned", "stuck", "due", "overdue"),
    "marketing": ("submissions", "signatures", "contract_numbers", "renewals"),
    "department_pa": ("setting_up", "form_checks", "missing"),
    "department_qa": ("reviews", "findings", "acknowledgements"),
    "department_manager": ("approvals", "over_budget", "terminations"),
    "project_supervisor": ("plan_checks", "late_projects", "stuck"),
    "first_line_lead": _BY_DEADLINE,
    "second_line_support": _BY_DEADLINE,
    "second_line_lead": _BY_DEADLINE,
    "project_member": _BY_DEADLINE,
    "safety_officer": ("safety_opinions", "site_staff"),
    "process_management": ("closings",),
    "auditor": ("sample", "deviations"),
}
"""Role -> its lists, what it looks for first first."""

CLOSING_STAGES = ("acceptance", "closing")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "需求调研表或需求确认记录": ("JBS00P00401", "requirement_confirmation"),
    "运维服务级别协议": ("JBS00P01101",),
    "协议评审记录表": ("review_record",),
    "合同评审记录": ("contract_review",),
    "合同概况说明": ("contract_summary",),
    "ERP项目创建表": ("erp_project",),
    "subcontracted=true: 外协申请": ("subcontract_application",),
    "subcontracted=true: 外协合同": ("subcontract_contract",),
    "运维项目计划书": ("JBS00P00402",),
    "project_kind=new: 计划书评审表": ("plan_review_record",),
    "计划书发放签收表": ("plan_distribution",),
    "system_kind=computer: 计算机系统年度报告": ("JBS00P00403A",),
    "system_kind=process_control: 过程控制系统年度报告": ("JBS00P00403B",),
    "产品交付确认单": ("JBS00F00502",),
    "项目成本结算确认表": ("JBS00F02301",),
}
"""What closing needs: a record of any of these numbers, issued; before a colon the fact on which the need depends."""
