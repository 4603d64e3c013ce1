"""The ways through CBS00P004 that the tests walk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Way:
    """What starts a project, what its people answer, and what must come of it."""

    name: str
    start: dict[str, Any]
    answers: dict[str, Any]
    end: str
    clauses: frozenset[str]
    never: frozenset[str]
    documents: dict[str, int] = field(default_factory=dict)
    pause: str = "write_delivery_confirmation"
    """Where the test looks at the state: an ended instance holds none."""


SOON = {"service_start": "2026-01-01", "service_end": "2026-01-02"}
SIGNED = {"sla_signed": True, "substantial_change": False, "contract_review_result": "pass", **SOON}

NEW = Way(
    name="a new project with every return and a subcontractor",
    start={},
    answers={
        **SIGNED,
        **{"project_name": "热轧二级系统运维", "customer_name": "某特钢有限公司", "project_kind": "new"},
        **{"system_kind": "computer", "customer_confirmation": ["returned", "confirmed"], "customer_format": False},
        **{"review_form": "circulation", "reviewer_opinion": ["agree", "disagree", "agree"]},
        **{"review_result": ["revise", "pass"], "contract_number": "XS2026-0201", "subcontracted": True},
        **{"pa_check": ["return", "pass"], "department_approval": ["return", "approve"], "project_number": "ABS26021"},
        **{"subcontract_approval": ["reject", "approve"], "after_rejection": "change"},
        **{"plan_review_result": ["revise", "pass"], "report_review_result": ["revise", "pass"]},
        **{"acceptance_result": ["rejected", "accepted"], "closing_result": ["return", "close"]},
    },
    end="closed",
    clauses=frozenset(
        {"5.1.1", "5.2.1", "5.3.1", "5.3.2", "5.4.1", "5.4.2", "5.4.3", "5.4.4", "5.4.5", "5.5.1", "5.5.2", "5.5.3"}
        | {"5.6.1", "5.6.2", "5.7.1", "5.7.2", "5.7.3"}
    ),
    never=frozenset({"5.1.2"}),
    documents={
        **{"JBS00P00401": 2, "JBS00P01101": 2, "JBS00P00402": 2, "JBS00P00403A": 1},
        **{"JBS00F00502": 1, "JBS00F02301": 1},
    },
)

RENEWAL = Way(
    name="an unchanged renewal of a process control system",
    start={},
    answers={
        **SIGNED,
        **{"project_name": "综合监控系统运维（续签）", "customer_name": "某市轨道公司", "project_kind": "renewal"},
        **{"scope_change": "none", "system_kind": "process_control", "requirement_changed": False},
        **{"customer_confirmation": "confirmed", "customer_format": True, "review_form": "meeting"},
        **{"reviewer_opinion": "agree", "review_result": "pass", "contract_number": "XS2026-0202"},
        **{"subcontracted": False, "pa_check": "pass", "department_approval": "approve", "project_number": "CBS26022"},
        **{"plan_check": ["return", "pass"], "plan_approval": "approve", "report_review_result": "pass"},
        **{"acceptance_result": "accepted", "closing_result": "close"},
    },
    end="closed",
    clauses=frozenset({"5.1.2", "5.2.1", "5.3.1", "5.3.2", "5.5.1", "5.5.3", "5.7.1", "5.7.2", "5.7.3"}),
    never=frozenset({"5.1.1", "5.4.5", "5.5.2"}),
    documents={"JBS00P01101": 1, "JBS00P00402": 1, "JBS00P00403B": 1, "JBS00F00502": 1, "JBS00F02301": 1},
)

TOO_RISKY = Way(
    name="a project whose risk is too large",
    start={},
    answers={
        **{
            "project_name": "停产系统接管",
            "customer_name": "某化工集团",
            "project_kind": "new",
            "system_kind": "computer",
        },
        **{"customer_confirmation": "confirmed", "customer_format": False, "review_form": "meeting"},
        **{"reviewer_opinion": "disagree", "review_result": ["revise", "terminate"]},
    },
    end="terminated_by_risk",
    clauses=frozenset({"5.1.1", "5.2.1", "5.3.1", "5.3.2"}),
    never=frozenset({"5.4.1", "5.7.3"}),
    documents={"JBS00P00401": 1, "JBS00P01101": 2},
    pause="decide_review",
)

WAYS = (NEW, RENEWAL, TOO_RISKY)
