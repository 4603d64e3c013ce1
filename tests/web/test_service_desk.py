"""服务台: what a project's page and the page of all say of a service, for those who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import pytest

from tests.procedures.years import Years, furnished
from tests.stores import Stores
from tests.web.conftest import House


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, lasting_stores: Stores) -> Iterator[Years]:
    """A project in its service, with an event that is done and one that waits."""
    made = Years(furnished(lasting_stores.new(tmp_path_factory.mktemp("desk") / "var")))
    id = made.ticket("CBS00P017")
    times = {"responded_at": "2026-07-01T09:10", "recovered_at": "2026-07-01T20:00"}
    made.do(
        "register_event",
        id,
        occurred_at="2026-07-01T09:00",
        system_name="MES",
        impact_level="whole",
        urgency="low",
        event_title="磁盘满",
    )
    down = {"system_down": True, "down_at": "2026-07-01T09:00", "up_at": "2026-07-01T20:00"}
    made.do("handle_event", id, hours=3.5, event_outcome="solved", problem_needed=False, **times, **down)
    made.do("close_event", id, event_confirmed="confirmed")
    waiting = made.ticket("CBS00P017")
    made.do("register_event", waiting, impact_level="whole", urgency="high", event_title="断网")
    made.do("request_configuration", made.ticket("CBS00P019"), configuration_item="MES服务器")
    made.at("2026-07-02T09:00")
    yield made
    made.engine.close()


def page(service: Years) -> str:
    return unescape(service.browser().get(f"/projects/{service.id}?tab=desk").text)


def test_every_section_tells_its_figures_and_draws_them_with_words_beside(service: Years) -> None:
    text = page(service)
    assert 'aria-label="未关闭工单：事件：一级 1' in text and "断网" in text
    assert "达成 0%，未达标 1 次" in text and "响应30分钟，恢复4小时" in text
    assert "660 分钟" in text and "MES服务器" in text
    assert "服务年度 2026-07-01 至 2027-06-30" in text and "3.5" in text
    assert text.count('role="img"') >= 4


def test_the_desk_needs_no_script_and_no_style_of_its_own(service: Years) -> None:
    text = page(service)
    inside = text[text.index('<div class="desk">') :]
    assert "style=" not in inside and "onclick" not in inside and "<script>" not in inside


def test_it_speaks_english_too(service: Years) -> None:
    person = service.browser()
    person.send("/language", f"/projects/{service.id}?tab=desk", language="en")
    text = unescape(person.get(f"/projects/{service.id}?tab=desk").text)
    assert "Open tickets" in text and "Promises kept" in text and "Response and recovery" in text
    person.send("/language", "/", language="zh")


def test_a_project_without_a_service_has_no_desk(house: House) -> None:
    manager = house.person("manager")
    id = house.engine.start(house.engine_actor("manager"), "web_ask", "k", {}).id
    assert "服务台" not in unescape(manager.get(f"/projects/{id}?tab=desk").text).partition("nav-tabs")[2]


def test_the_page_of_all_says_that_nothing_runs(house: House) -> None:
    assert "没有进行中的项目" in house.person("manager").get("/desk").text


def test_the_page_of_all_is_in_the_navigation_of_those_who_lead(house: House) -> None:
    assert 'href="/desk"' in house.person("manager").get("/").text
    assert 'href="/desk"' not in house.person("outsider").get("/").text
