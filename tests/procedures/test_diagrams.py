"""What holds of every bundled diagram: its drawing, its clauses, its words, its separation of duties."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from lxml import etree

from bpmn.library import DIAGRAMS, procedures
from bpmn.model import Element, File, Process
from bpmn.read import read
from tests.procedures.drawn import files

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
CLAUSES = {
    *("5.1.1", "5.1.2", "5.2.1", "5.3.1", "5.3.2", "5.4.1", "5.4.2", "5.4.3", "5.4.4", "5.4.5", "5.5.1", "5.5.2"),
    *("5.5.3", "5.6.1", "5.6.2", "5.6.3", "5.6.4", "5.7.1", "5.7.2", "5.7.3"),
}
DRAFTS = {"CBS00E004", "CBS00H019", "CBS00P005", "CBS00P006", "CBS00P007"} | {f"CBS00P0{n}" for n in (17, 18, 19, 20)}
MAIN = [f for f in files() if f.name.startswith("CBS00P004")]
PROCESSES = [process for file in files() for process in read(file)]
SCREEN = (1680, 900)


def elements() -> Iterator[tuple[Process, Element]]:
    """Every element of every diagram."""
    for process in PROCESSES:
        for element in process.elements:
            yield process, element


def test_every_clause_of_section_5_is_carried_out_by_an_element_of_the_procedure() -> None:
    found = {element.clause for process, element in elements() if process.key.startswith("CBS00P004")}
    assert found >= CLAUSES


def test_activities_and_events_carry_one_clause_and_gateways_none() -> None:
    for _, element in elements():
        assert (element.clause is None) == element.type.endswith("Gateway"), element.id


def test_an_unchanged_renewal_need_not_touch_what_is_for_others_only() -> None:
    """Events of a stage carry its section, so that entering the stage reaches none of these clauses."""
    for process, element in elements():
        if element.type in ("startEvent", "endEvent") and process.key in ("CBS00P004_survey", "CBS00P004_plan"):
            assert element.clause in ("5.1", "5.5")


def test_every_step_says_what_the_procedure_says_of_it() -> None:
    for _, element in elements():
        if element.type.endswith(("Task", "callActivity")):
            assert element.documentation and element.name, element.id


def test_element_ids_are_unique_across_all_diagrams() -> None:
    ids = [element.id for _, element in elements()]
    assert len(ids) == len(set(ids))


def test_gateways_that_decide_ask_a_question_and_have_a_default() -> None:
    for process, element in elements():
        ways = [flow for flow in process.flows if flow.source == element.id]
        if element.type == "exclusiveGateway" and len(ways) > 1:
            assert element.name.endswith("?"), element.id
            assert element.default_flow, element.id
            assert all(flow.name for flow in ways), element.id


def test_no_gateway_both_joins_and_splits() -> None:
    for _, element in elements():
        if element.type.endswith("Gateway"):
            assert min(len(element.incoming), len(element.outgoing)) == 1, element.id


def test_procedures_that_the_source_does_not_give_are_called_drafts() -> None:
    names = {process.key: process.name for process in PROCESSES}
    assert {key for key, name in names.items() if name.endswith("(草案·未签发)")} == DRAFTS


@pytest.mark.parametrize("file", [file for file in files() if file.name.endswith(".bpmn")], ids=lambda file: file.name)
def test_every_shape_and_flow_is_drawn_on_one_screen(file: File) -> None:
    root = etree.fromstring(file.content)
    drawn = {shape.get("bpmnElement") for shape in root.iter(f"{BPMNDI}BPMNShape", f"{BPMNDI}BPMNEdge")}
    process = next(root.iter(f"{BPMN}process"))
    nodes = {n.get("id") for n in process if n.get("id") and etree.QName(n).localname != "laneSet"}
    lanes = {lane.get("id") for lane in process.iter(f"{BPMN}lane")}
    assert nodes | lanes <= drawn
    pool = next(root.iter(f"{BPMNDI}BPMNShape"))
    assert float(pool[0].get("width", "inf")) <= SCREEN[0]
    assert float(pool[0].get("height", "inf")) <= SCREEN[1]


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("check_erp_form", {"fill_erp_form"}),
        ("approve_erp_form", {"fill_erp_form", "check_erp_form"}),
        ("give_opinion", {"write_agreement"}),
        ("write_review_record", {"write_agreement"}),
        ("write_plan_review", {"write_plan"}),
        ("check_plan", {"write_plan"}),
        ("approve_plan", {"write_plan", "check_plan"}),
        ("check_annual_report", {"write_annual_report", "write_process_report"}),
        ("decide_contract_review", {"settle_terms"}),
        ("approve_subcontract", {"apply_subcontract"}),
    ],
)
def test_author_reviewer_and_approver_are_different_people(later: str, earlier: set[str]) -> None:
    element = next(element for _, element in elements() if element.id == later)
    assert earlier <= set(element.properties["differentFrom"].split(","))


def test_what_must_be_done_by_others_names_steps_that_exist() -> None:
    known = {element.id for _, element in elements()}
    for _, element in elements():
        assert set(filter(None, element.properties.get("differentFrom", "").split(","))) <= known, element.id


def test_every_folder_tells_which_element_carries_out_which_clause() -> None:
    for folder in procedures():
        bundle = [process for process in PROCESSES if process.file in {f.name for f in procedures()[folder]}]
        told = readme(folder)
        for process in bundle:
            for element in process.elements:
                if element.type.endswith(("Task", "callActivity")):
                    assert re.search(rf"`{element.id}`", told), f"{folder}/README.md: {element.id}"


def readme(folder: str) -> str:
    """The page beside the diagrams."""
    return (DIAGRAMS / folder / "README.md").read_text(encoding="utf-8")
