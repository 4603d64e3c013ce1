"""Names and files made to do harm, through pages and API: shown as they are written, kept where they belong."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from lxml import etree
from markupsafe import escape

from bpmn.check import check
from bpmn.model import File
from engine.actor import OPERATOR
from engine.errors import DeploymentRefused
from tests.bpmn.draw import diagram, line, node, process
from tests.web.browsers import PDF
from tests.web.company import Company
from tests.web.conftest import House

MARKUP = """<img src=x onerror=alert(1)>"'&{{7*7}}</script>"""
SHOWN = str(escape(MARKUP))


def marked(more: str = "") -> File:
    """A process all of whose names are markup."""
    name = f"name={quoteattr(MARKUP + more)}"
    work = node("userTask", "work", f'{name} camunda:candidateGroups="project_manager"')
    ends = node("startEvent", "s", name) + node("endEvent", "e", name)
    script = '<documentation><script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script></documentation>'
    return diagram(process(script, ends, work, line("s", "work", "e"), key="marked").replace('name="流程"', name))


def test_markup_in_names_is_text_on_every_page_and_does_nothing_in_a_diagram_opened_by_itself(house: House) -> None:
    house.engine.deploy(OPERATOR, [marked()])
    house.engine.create_user(OPERATOR, "eve", MARKUP, roles=("project_manager",))
    manager, who = house.person("manager"), house.engine_actor("manager")
    instance = house.engine.start(who, "marked", MARKUP, {}).id
    house.engine.comment(who, instance, MARKUP)
    (row,) = house.engine.tasks(who, instance=instance).items
    at_project = [f"/projects/{instance}?tab={tab}" for tab in ("overview", "timeline", "records", "linked", "team")]
    for path in (
        "/inbox?view=role",
        f"/tasks/{row.id}",
        *at_project[:2],
        "/procedures",
        "/procedures/marked",
        "/start",
    ):
        page = manager.get(path).text
        assert SHOWN in page and "<img src=x" not in page, path
    for path in (*at_project, "/projects", "/start/marked", f"/projects/{instance}/state/marked"):
        answer = manager.get(path)
        assert answer.status_code == 200 and "<img src=x" not in answer.text, path
    house.engine.deploy(OPERATOR, [marked("x")])
    boss = house.person("boss")
    for path in ("/users", *(f"/procedures/marked/{one}" for one in ("compare?from=1&to=2", "heat", "migration"))):
        page = boss.get(path).text
        assert SHOWN in page and "<img src=x" not in page, path
    for path in ("/procedures/marked/diagram/marked", f"/projects/{instance}/diagram/marked"):
        answer = manager.get(path)
        names = [element.get("name") or "" for element in etree.fromstring(answer.data).iter(etree.Element)]
        assert any(name.startswith(MARKUP) for name in names)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox;")


@pytest.mark.parametrize("name", ["../../../../etc/x.pdf", "..\\..\\x.pdf", "/etc/x.pdf", "C:\\x.pdf"])
def test_an_upload_is_kept_in_its_place_whatever_it_is_called(company: Company, name: str) -> None:
    _, task = company.begun()
    before = files(company)
    made = company.owner.post(f"tasks/{task}/attachments", data={"file": (io.BytesIO(PDF + name.encode()), name)})
    assert made.status_code == 201 and not set(made.json["name"]) & set("/\\")
    (kept,) = files(company) - before
    assert kept.read_bytes().startswith(PDF) and not kept.name.endswith("x.pdf")


def files(company: Company) -> set[Path]:
    """The files of the company's folder, its store left out."""
    return {path for path in company.settings.var.rglob("*") if path.is_file() and "guicheng.db" not in path.name}


def test_others_are_answered_while_a_large_diagram_is_checked(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"t{number}" for number in range(4_900)]
    tasks = "".join(f'<task id="{id}"/>' for id in ids)
    large = diagram(node("startEvent", "s"), node("endEvent", "e"), tasks, line("s", *ids, "e"), node("task", "alone"))
    begun = threading.Event()

    def checked(*given: Any) -> Any:
        begun.set()
        return check(*given)

    monkeypatch.setattr("engine.surroundings.check", checked)
    owner = company.person("owner")
    with ThreadPoolExecutor(1) as other:
        deployed = other.submit(company.engine.deploy, OPERATOR, [large])
        assert begun.wait(60)
        instance, _ = company.begun()
        page = owner.get(f"/projects/{instance}")
        assert not deployed.done()
        assert page.status_code == 200
        with pytest.raises(DeploymentRefused) as told:
            deployed.result(120)
    assert [(one.rule, one.element) for one in told.value.findings if one.severity == "error"] == [
        ("unreachable", "alone")
    ]
