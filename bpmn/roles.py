"""The roles (岗位) of the control procedure, as clause 4 names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["staff", "outside", "system"]


@dataclass(frozen=True)
class Role:
    """A role: its key in diagrams, its title on pages; outside roles are not staff, system roles do no tasks."""

    key: str
    title: str
    kind: Kind


ROLES: tuple[Role, ...] = (
    Role("project_supervisor", "项目主管", "staff"),
    Role("project_manager", "项目经理", "staff"),
    Role("first_line_lead", "一线主管", "staff"),
    Role("second_line_support", "二线技术支持", "staff"),
    Role("second_line_lead", "二线技术主管", "staff"),
    Role("department_pa", "部门PA", "staff"),
    Role("department_qa", "部门QA", "staff"),
    Role("safety_officer", "部门安全员", "staff"),
    Role("marketing", "营销人员", "staff"),
    Role("department_manager", "部门经理", "staff"),
    Role("project_member", "项目组成员", "staff"),
    Role("process_management", "公司过程管理部", "staff"),
    Role("customer", "客户主管部门", "outside"),
    Role("subcontractor", "外协单位", "outside"),
    Role("process_owner", "过程负责人", "system"),
    Role("auditor", "审核员", "system"),
    Role("admin", "系统管理员", "system"),
)

role_by_key: Mapping[str, Role] = {role.key: role for role in ROLES}
role_by_title: Mapping[str, Role] = {role.title: role for role in ROLES}
