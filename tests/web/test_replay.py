"""The replay in the page and for programs: who may see it, what each moment's link shows, without any script."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from engine.actor import Actor
from tests.web.company import REQUEST, TEAM, Company, refused
from tests.web.moving import MAPPING, Moving
from tests.web.test_api_description import described, fits


@pytest.fixture(scope="module")
def asked(company: Company) -> str:
    """A request that the owner wrote; a colleague has to answer it."""
    instance, task = company.begun(**TEAM)
    assert company.owner.post(f"tasks/{task}/complete", {"data": REQUEST}).status_code == 200
    return instance


def test_a_program_gets_moments_a_page_at_a_time_and_one_with_what_came_of_it(company: Company, asked: str) -> None:
    path = f"process-instances/{asked}/replay"
    first = company.owner.get(f"{path}?limit=1").json
    rest = company.owner.get(f"{path}?cursor={first['next']}").json
    moments = [*first["items"], *rest["items"]]
    assert [one["seq"] for one in moments] == [1, 2] and rest["next"] is None
    assert moments[0]["passed"] == [{"element": "begin", "sheet": ""}]
    assert moments[1]["flows"] == [[{"flow": "request_respond", "sheet": ""}]]
    whole = company.owner.get(f"{path}/2").json
    assert (whole["actor"], whole["element"], whole["channel"], whole["roles"]) == (
        "owner",
        "request",
        "api",
        ["project_manager"],
    )
    assert whole["data"]["data"]["subject"] == "备件" and [token["element"] for token in whole["tokens"]] == ["respond"]
    changes = {change["name"]: (change["old"], change["new"]) for change in whole["changes"]}
    assert changes["subject"] == (None, "备件") and changes["items"] == (None, REQUEST["items"])
    document = described(company)
    fits(document, {"$ref": "#/components/schemas/WholeMoment"}, whole)
    fits(document, {"$ref": "#/components/schemas/Moment"}, moments[0])


def test_owner_colleague_and_auditor_may_replay_and_an_outsider_may_not(company: Company, asked: str) -> None:
    for path in (f"process-instances/{asked}/replay", f"process-instances/{asked}/replay/1"):
        for program in (company.owner, company.colleague, company.auditor, company.admin):
            assert program.get(path).status_code == 200
        told = refused(company.outsider.get(path), 403)
        assert "备件" not in str(told)
    for path in ("nothing/replay", "nothing/replay/1", f"{asked}/replay/0", f"{asked}/replay/99", f"{asked}/replay/x"):
        refused(company.owner.get(f"process-instances/{path}"), 404)
    refused(company.owner.get(f"process-instances/{asked}/replay?limit=0"), 422)
    refused(company.owner.get(f"process-instances/{asked}/replay?cursor=x"), 422)


def test_each_moment_has_a_link_that_needs_no_script(company: Company, asked: str) -> None:
    owner = company.person("owner")
    page = unescape(owner.get(f"/projects/{asked}/replay").text)
    assert 'data-at="2"' in page and "第 2 条，共 2 条" in page and '"respond": "active"' in page
    assert "备件" in page and "1,200.50" in page and "硬盘" in page
    assert re.search(r"此时停在</dt><dd>\s*客户答复", page)
    back = re.search(r'id="replay-back"[^>]*href="([^"]+)"', page)
    assert back is not None
    earlier = unescape(owner.get(back[1]).text)
    assert 'data-at="1"' in earlier and '"request": "active"' in earlier and "备件" not in earlier
    assert 'id="replay-back" aria-label="上一步（←）" title="上一步（←）" aria-disabled="true"' in earlier
    still = re.search(r'<noscript><img class="replay-still" src="([^"]+)"', page)
    assert still is not None
    assert still[1] == f"/projects/{asked}/replay/2/picture.svg?sheet="
    assert owner.get(still[1]).status_code == 404, "that diagram was never drawn"


def test_the_details_come_by_themselves_and_the_film_as_rows(company: Company, asked: str) -> None:
    owner = company.person("owner")
    fragment = owner.get(f"/projects/{asked}/replay/2").text
    assert "<html" not in fragment and "备件" in fragment and "data-moment" in fragment
    film: Any = owner.get(f"/projects/{asked}/replay/moments").json
    texts = film["texts"]
    kinds = [texts[row[2]] for row in film["moments"]]
    assert kinds == ["started", "completed"] and film["kinds"]["completed"] == "完成"
    assert film["people"]["owner"] == "owner的名字" and film["sheets"] == {"": {"1": "web_ask"}}
    assert owner.get(film["diagrams"]["1"]["web_ask"]).text.startswith("<?xml")


def test_what_is_no_moment_is_not_found(company: Company, asked: str) -> None:
    owner = company.person("owner")
    for query in ("at=99", "at=x", "event=nothing", "when=x", "when=99999999999999999999"):
        assert owner.get(f"/projects/{asked}/replay?{query}").status_code == 404, query
    assert owner.get(f"/projects/{asked}/replay?sheet=nothing").status_code == 200
    assert owner.get(f"/projects/{asked}/replay/99").status_code == 404
    assert owner.get(f"/projects/{asked}/replay/1/picture.svg?sheet=nothing").status_code == 404


def test_a_time_leads_to_the_moment_then(company: Company, asked: str) -> None:
    owner = company.person("owner")
    at = company.engine.replay(Actor("owner"), asked).moments[0].at
    assert owner.get(f"/projects/{asked}/replay?when={at}").location == f"/projects/{asked}/replay?at=1"


def test_the_project_and_each_line_of_its_history_lead_to_the_replay(company: Company, asked: str) -> None:
    page = company.person("owner").get(f"/projects/{asked}?tab=timeline").text
    assert f'href="/projects/{asked}/replay"' in page and f'href="/projects/{asked}/replay?at=2"' in page


def test_what_was_erased_is_shown_as_erased_with_its_reason(company: Company) -> None:
    instance, task = company.begun()
    assert company.owner.post(f"tasks/{task}/complete", {"data": REQUEST}).status_code == 200
    assert company.admin.post(f"process-instances/{instance}/cancel", {"reason": "作废"}).status_code == 200
    company.engine.erase(Actor("admin"), instance, 2, "本人要求抹除")
    page = company.person("auditor").get(f"/projects/{instance}/replay?at=2").text
    assert "本人要求抹除" in page and "已抹除" in page and "备件" not in page
    whole = company.auditor.get(f"process-instances/{instance}/replay/2").json
    assert whole["erased"]["reason"] == "本人要求抹除" and "备件" not in str(whole)


def test_a_migrated_instance_is_shown_on_the_diagram_of_each_version_and_to_no_outsider(moving: Moving) -> None:
    late = moving.late
    moving.api["boss"].post(f"process-instances/{late}/migrate", {"mapping": MAPPING, "reason": "评审改由营销"})
    boss = moving.person("boss")
    now = unescape(boss.get(f"/projects/{late}/replay").text)
    then = unescape(boss.get(f"/projects/{late}/replay?at=2").text)
    for path in ("", "/moments", "/1", "/1/picture.svg"):
        answer = moving.person("outsider").get(f"/projects/{late}/replay{path}")
        assert answer.status_code == 403 and "data-moment" not in answer.text
    assert "version=2" in now and '"review": "active"' in now and "从第 1 版迁移到第 2 版" in now
    assert "version=1" in then and '"check": "active"' in then
    film: Any = boss.get(f"/projects/{late}/replay/moments").json
    assert film["sheets"] == {"": {"1": "returns", "2": "returns"}} and len(film["diagrams"]) == 2
