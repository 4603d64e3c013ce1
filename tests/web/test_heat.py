"""The heat map for programs and in the page; the projects behind it for those who may see them."""

from __future__ import annotations

from html import unescape

import pytest

from engine.heat import Span
from tests.web.browsers import Program
from tests.web.company import Company, fields, refused
from tests.web.conftest import House
from tests.web.test_api import REQUEST
from web.times import lasted

PATH = "process-definitions/web_ask/heat"


def asked(manager: Program, done: bool = True) -> str:
    """An instance whose first task was done, or is open."""
    made = manager.post("process-instances", {"definition": "web_ask", "variables": {}}).get_json()["id"]
    if done:
        (task,) = manager.get(f"tasks?instance={made}").get_json()["items"]
        assert manager.post(f"tasks/{task['id']}/complete", {"data": REQUEST}).status_code == 200
    return str(made)


def test_a_program_gets_the_figures_and_the_instances_behind_them(house: House) -> None:
    manager = house.api("manager")
    done, open = asked(manager), asked(manager, done=False)
    told = manager.get(PATH).get_json()
    assert told["definition"]["key"] == "web_ask" and told["next"] is None
    items = {one["element"]: one for one in told["items"]}
    assert list(items) == ["begin", "request", "respond"]
    request = items["request"]
    counts = ("reached", "finished", "cancelled", "waiting", "instances", "turns")
    assert [request[name] for name in counts] == [2, 1, 0, 1, 2, None]
    assert 0 < request["median"] == request["p90"] < 60 and items["respond"]["median"] is None
    (first, second) = told["flows"]
    assert (first["source"], first["target"], first["taken"], first["instances"]) == ("begin", "request", 2, 2)
    assert (second["source"], second["target"], second["taken"]) == ("request", "respond", 1)
    behind = manager.get(f"{PATH}/request?limit=1").get_json()
    following = manager.get(f"{PATH}/request?limit=1&cursor={behind['next']}").get_json()
    assert {one["id"] for page in (behind, following) for one in page["items"]} == {done, open}
    assert behind["instances"] == 2 and following["next"] is None


def test_whoever_may_not_see_a_project_does_not_see_it_behind_the_figures(house: House) -> None:
    manager = house.api("manager")
    done = asked(manager)
    assert [one["id"] for one in manager.get(f"{PATH}/request").get_json()["items"]] == [done]
    outsider = house.api("outsider").get(f"{PATH}/request").get_json()
    assert (outsider["items"], outsider["instances"]) == ([], 1)
    assert house.api("auditor").get(f"{PATH}/request").get_json()["items"][0]["id"] == done


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("version=x", "version"),
        ("from=yesterday", "from"),
        ("to=2026-02-30", "to"),
        ("from=2026-02-02&to=2026-02-01", "to"),
    ],
)
def test_a_version_or_a_time_that_is_none_is_refused_by_field(company: Company, query: str, field: str) -> None:
    for path in (PATH, f"{PATH}/request"):
        assert fields(refused(company.owner.get(f"{path}?{query}"), 422)) == [field]


def test_an_unknown_procedure_or_version_is_not_found(company: Company) -> None:
    refused(company.owner.get("process-definitions/nothing/heat"), 404)
    refused(company.owner.get(f"{PATH}?version=99"), 404)


def test_only_the_time_asked_for_is_counted(house: House) -> None:
    manager = house.api("manager")
    asked(manager)
    assert manager.get(f"{PATH}?from=2026-01-01").get_json()["items"]
    assert manager.get(f"{PATH}?to=2025-12-31").get_json()["items"] == []


def test_the_page_colours_the_diagram_and_tells_every_figure(house: House) -> None:
    asked(house.api("manager"))
    manager = house.person("manager")
    assert "/procedures/web_ask/heat" in manager.get("/procedures/web_ask").text
    page = unescape(manager.get("/procedures/web_ask/heat").text)
    assert '"request": "heat-5"' in page and '"begin": "heat-0"' in page and "data-figures" in page
    assert "提出申请" in page and "/procedures/web_ask/heat/request" in page
    assert "各流向走过的次数" in page and '"taken-' not in page
    (flow, _) = house.engine.heat(Span("web_ask")).flows
    counted = unescape(manager.get("/procedures/web_ask/heat?by=count").text)
    assert '"begin": "heat-5"' in counted
    assert f'"{flow.flow.id}": "taken-5"' in counted and f'"{flow.flow.id}": "1×"' in counted
    empty = manager.get("/procedures/web_ask/heat?from=&to=2025-12-31").text
    assert "这段时间没有项目走到这张图" in empty
    for query in ("by=colour", "process=nothing"):
        assert manager.get(f"/procedures/web_ask/heat?{query}").status_code == 404
    assert manager.get("/procedures/web_ask/heat?from=x").status_code == 422


def test_the_page_behind_a_figure_lists_what_the_reader_may_see(house: House) -> None:
    instance = asked(house.api("manager"))
    path = "/procedures/web_ask/heat/request"
    assert f"/projects/{instance}" in house.person("manager").get(path).text
    outsider = house.person("outsider").get(path).text
    assert f"/projects/{instance}" not in outsider and "没有您可以查看的项目" in outsider and "共 1 个" in outsider


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 秒"), (119, "119 秒"), (120, "2 分钟"), (7199, "120 分钟"), (7200, "2.0 小时"), (2 * 86_400, "2.0 天")],
)
def test_how_long_is_told_in_the_unit_that_fits(company: Company, seconds: int, words: str) -> None:
    with company.app.test_request_context("/api/"):
        assert (lasted(seconds * 10**6), lasted(None)) == (words, "—")
