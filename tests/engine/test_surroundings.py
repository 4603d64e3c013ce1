"""A file deployed alone is checked with what runs together with it."""

from __future__ import annotations

import pytest

from bpmn.model import File, Finding
from engine.actor import Actor
from engine.errors import DeploymentRefused
from tests.bpmn.draw import diagram, flow, line, node, process
from tests.engine.house import House

BOSS = Actor("boss")


def form(key: str, *fields: tuple[str, str]) -> File:
    parts = ",".join(f'{{"type": "{kind}", "key": "{name}", "label": "{name}"}}' for name, kind in fields)
    return File(f"{key}.form", f'{{"type": "default", "id": "{key}", "components": [{parts}]}}'.encode())


def asking(key: str, form: str) -> str:
    """A task with that form."""
    return node("userTask", key, f'name="{key}" camunda:formRef="{form}" camunda:candidateGroups="marketing"')


def main(condition: str = "amount > 3") -> File:
    """Asks `amount`, calls the stage, and decides by it."""
    return diagram(
        process(
            node("startEvent", "s"),
            asking("ask", "around_ask"),
            node("callActivity", "call", 'calledElement="stage"'),
            node("exclusiveGateway", "g", 'default="g_e"'),
            node("endEvent", "e"),
            node("endEvent", "f"),
            line("s", "ask", "call", "g"),
            flow("g", "f", f"={condition}"),
            flow("g", "e"),
            key="main",
        ),
        name="main.bpmn",
    )


def stage(task: str = "look", condition: str = "amount > 3") -> File:
    """Decides by what the main process asked."""
    return diagram(
        process(
            node("startEvent", "stage_s"),
            asking(task, "around_look"),
            node("exclusiveGateway", "stage_g", 'default="stage_g_stage_e"'),
            node("endEvent", "stage_e"),
            node("endEvent", "stage_f"),
            line("stage_s", task, "stage_g"),
            flow("stage_g", "stage_f", f"={condition}"),
            flow("stage_g", "stage_e"),
            key="stage",
        ),
        name="stage.bpmn",
    )


ASK, LOOK = form("around_ask", ("amount", "number")), form("around_look", ("remark", "textfield"))


@pytest.fixture
def deployed(house: House) -> House:
    """A house with a procedure of two files and two forms."""
    assert house.engine.deploy(BOSS, [main(), stage(), ASK, LOOK]).findings == []
    return house


def refused(house: House, *files: File) -> list[Finding]:
    with pytest.raises(DeploymentRefused) as told:
        house.engine.deploy(BOSS, files)
    return [finding for finding in told.value.findings if finding.severity == "error"]


def test_a_stage_alone_sees_the_forms_and_variables_of_its_procedure(deployed: House) -> None:
    made = deployed.engine.deploy(BOSS, [stage("look_again")])
    assert made.findings == []
    assert [(one.key, one.version) for one in made.definitions] == [("stage", 2), ("main", 2)]


def test_a_condition_of_a_stage_alone_is_held_against_the_caller_s_form(deployed: House) -> None:
    (found,) = refused(deployed, stage(condition='amount = "3"'))
    assert (found.rule, found.file, found.element) == ("unlike-types", "stage.bpmn", "stage_g")


def test_a_stage_alone_may_not_take_the_id_of_an_element_of_its_procedure(deployed: House) -> None:
    (found,) = refused(deployed, stage(task="ask"))
    assert (found.rule, found.file, found.element) == ("duplicate-id", "stage.bpmn", "ask")


def test_a_form_alone_may_not_make_a_deployed_condition_wrong(deployed: House) -> None:
    found = refused(deployed, form("around_ask", ("amount", "textfield")))
    assert {(one.rule, one.file) for one in found} == {("unlike-types", "main.bpmn"), ("unlike-types", "stage.bpmn")}
    assert deployed.engine.definition("main").version == 1


def test_what_was_wrong_before_does_not_stand_in_the_way(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as looser:  # a release whose rules were not as strict
        looser.setattr("engine.surroundings.check", lambda files, known, feel: [])
        house.engine.deploy(BOSS, [main('amount = "3"'), stage(), ASK, LOOK])
    assert house.engine.deploy(BOSS, [stage("look_again")]).findings == []


def test_other_procedures_that_call_the_same_stage_do_not_disturb_each_other(deployed: House) -> None:
    other = File("other.bpmn", main().content.replace(b'id="main"', b'id="other"'))
    assert deployed.engine.deploy(BOSS, [other]).definitions[0].key == "other"


def test_a_file_of_another_name_replaces_the_process_that_it_draws(deployed: House) -> None:
    renamed = File("renamed.bpmn", stage("look_again").content)
    assert deployed.engine.deploy(BOSS, [renamed]).findings == []
    assert deployed.engine.definition("main").processes["stage"] == "renamed.bpmn"
