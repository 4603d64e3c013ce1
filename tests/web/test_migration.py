"""The page on which running instances are rehearsed and moved to another version."""

from __future__ import annotations

import html
import re
from typing import Any

from engine.actor import OPERATOR
from tests.web.browsers import Person
from tests.web.moving import Moving

PAGE = "/procedures/returns/migration"
GONE = "“check”在新版本中不存在，请指定由哪个环节接续"


def read(person: Person, path: str = PAGE) -> str:
    """A page's text, without its marks."""
    answer = person.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def sent(person: Person, path: str = PAGE, **fields: Any) -> Any:
    """The answer to the form, as a browser sends it."""
    return person.send(path, page=PAGE, **{name.replace("map_", "map."): value for name, value in fields.items()})


def asked(person: Person, path: str, **fields: str) -> Any:
    """The answer to the page's script."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', person.get(PAGE).text)
    assert token is not None
    headers = {"X-Requested-With": "fetch", "X-CSRFToken": token[1]}
    given = {name.replace("map_", "map."): value for name, value in fields.items()}
    return person.client.post(path, data=given, headers=headers)


def test_the_page_says_which_version_runs_how_many_and_what_a_move_would_do_to_each(moving: Moving) -> None:
    keeper, before = moving.person("keeper"), moving.read_tables()
    text = read(keeper)
    assert re.search(r"第 2 版 迁移到这一版 \S+ \S+ 0 第 1 版 \S+ \S+ 2 ", text)
    assert re.search(r"early .*第 1 版 write write 可以迁移 late .*第 1 版 check — 不能迁移，因为 " + GONE, text)
    assert moving.read_tables() == before
    assert PAGE in keeper.get("/procedures/returns").text


def test_an_element_that_is_gone_is_given_one_of_the_same_type_and_rehearsed_again(moving: Moving) -> None:
    keeper = moving.person("keeper")
    page = keeper.get(PAGE).text
    offered = page[page.index('name="map.check"') : page.index("</select>", page.index('name="map.check"'))]
    assert re.findall(r'value="(\w+)"', offered) == ["write", "review", "approve"]
    assert 'data-state="{&#34;elements&#34;: {&#34;check&#34;: &#34;failed&#34;}}"' in page
    page = keeper.get(f"{PAGE}?to=2&map.check=review").text
    assert re.search(r'value="review" selected', page) and page.count("可以迁移</span>") == 2
    assert 'data-state="{&#34;elements&#34;: {&#34;review&#34;: &#34;here&#34;}}"' in page
    for version, drawn in (("1", "check"), ("2", "review"), ("", "review")):
        assert f'id="{drawn}"' in keeper.get(f"/procedures/returns/diagram/returns?version={version}").text
    assert "在新版本中是另一种元素" in keeper.get(f"{PAGE}?map.check=end").text


def test_without_a_script_the_chosen_ones_are_moved_and_each_result_is_told(moving: Moving) -> None:
    keeper = moving.person("keeper")
    form: dict[str, Any] = {"to": "2", "once": "1", "reason": "评审改由营销", "instance": [moving.early, moving.late]}
    answer = sent(keeper, **form)
    assert answer.status_code == 200
    told = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))
    assert f"迁移结果 已迁移 early 现在按第 2 版办理 未迁移 late 流程不能迁移到这个版本：{GONE}" in told
    assert (moving.version(moving.early), moving.version(moving.late)) == (2, 1)
    answer = sent(keeper, **{**form, "map_check": "review", "once": "2", "instance": [moving.late]})
    assert "late</span>" in answer.text and moving.version(moving.late) == 2
    assert moving.entries(moving.late)[-1]["data"]["reason"] == "评审改由营销"
    assert "没有需要迁移的项目" in read(keeper)


def test_a_move_without_a_reason_or_without_a_choice_is_refused_beside_the_field_and_moves_nothing(
    moving: Moving,
) -> None:
    keeper, before = moving.person("keeper"), moving.read_tables()
    answer = sent(keeper, to="2", instance=moving.early, reason=" ")
    assert (
        answer.status_code == 422 and "必须写明原因" in answer.text and 'class="form-control is-invalid"' in answer.text
    )
    assert re.search(rf'value="{moving.early}" checked', answer.text)
    answer = sent(keeper, to="2", reason="新版")
    assert answer.status_code == 422 and "请先选择要迁移的项目" in answer.text and ">新版</textarea>" in answer.text
    assert asked(keeper, f"{PAGE}/{moving.early}", to="2").status_code == 422
    assert moving.read_tables() == before


def test_the_script_asks_page_by_page_and_moves_one_after_another(moving: Moving) -> None:
    keeper = moving.person("keeper")
    answer = keeper.get(f"{PAGE}/rehearsal?to=2&cursor=").json
    items = [{"instance": moving.early, "title": "early", "said": ""}]
    assert answer == {"items": [*items, {"instance": moving.late, "title": "late", "said": GONE}], "next": None}
    fields = {"to": "2", "reason": "新版", "once": "a"}
    for _ in range(2):  # the same sent twice moves it once
        answer = asked(keeper, f"{PAGE}/{moving.early}", **fields)
        assert (answer.status_code, answer.json) == (200, {"said": "现在按第 2 版办理"})
    assert [entry["kind"] for entry in moving.entries(moving.early)].count("migrated") == 1
    answer = asked(keeper, f"{PAGE}/{moving.late}", **fields)
    assert answer.status_code == 409 and answer.json["detail"] == f"流程不能迁移到这个版本：{GONE}。"
    assert asked(keeper, f"{PAGE}/{moving.late}", map_check="review", **fields).status_code == 200
    assert moving.version(moving.late) == 2


def test_an_instance_of_another_procedure_is_not_moved_from_the_page_of_this_one(moving: Moving) -> None:
    moving.deploy("due")
    other, keeper = moving.start("due").id, moving.person("keeper")
    before, fields = moving.read_tables(), {"to": "1", "reason": "新版"}
    answer = asked(keeper, f"{PAGE}/{other}", **fields)
    said = "这个项目不按规程“returns”办理，没有迁移。请在它自己的规程中迁移。"
    assert answer.status_code == 422 and answer.json["detail"] == said
    for path in (PAGE, "/procedures/nothing/migration"):
        answer = sent(keeper, path, instance=[other], **fields)
        assert answer.status_code == (200 if path == PAGE else 404)
    assert said in html.unescape(sent(keeper, instance=[other], **fields).text)
    assert moving.read_tables() == before


def test_who_owns_no_procedure_sees_no_page_and_moves_nothing(moving: Moving) -> None:
    before = moving.read_tables()
    for name in ("owner", "outsider", "auditor"):
        person = moving.person(name)
        assert "migration" not in person.get("/procedures/returns").text
        for path in (PAGE, f"{PAGE}/rehearsal"):
            answer = person.get(path)
            assert answer.status_code == 403 and "early" not in answer.text
        for path in (PAGE, f"{PAGE}/{moving.early}"):
            given = {"to": "2", "instance": moving.early, "reason": "我要"}
            answer = person.send(path, page="/procedures/returns", **given)
            assert answer.status_code == 403, (name, path, answer.text)
    assert moving.read_tables() == before


def test_only_who_may_look_into_a_project_is_led_to_it(moving: Moving) -> None:
    assert f"/projects/{moving.early}" in moving.person("boss").get(PAGE).text
    assert f"/projects/{moving.early}" not in moving.person("keeper").get(PAGE).text


def test_what_is_not_there_has_a_page_with_a_way_back(moving: Moving) -> None:
    keeper = moving.person("keeper")
    for path in ("/procedures/nothing/migration", f"{PAGE}?to=3", "/procedures/returns/diagram/returns?version=3"):
        answer = keeper.get(path)
        assert answer.status_code == 404 and "回到首页" in answer.text
    assert keeper.get(f"{PAGE}?cursor=x").status_code == 422


def test_long_lists_are_rehearsed_page_by_page_with_the_mapping_kept(moving: Moving) -> None:
    keeper = moving.person("keeper")
    for number in range(24):
        moving.engine.start(OPERATOR, "returns", f"now-{number}")
        moving.engine.migrate(OPERATOR, moving.engine.instances(OPERATOR, q=f"now-{number}").items[0].id, 1, {}, "退回")
    page = keeper.get(f"{PAGE}?map.check=review").text
    following = re.search(r'href="([^"]*cursor=[^"]*)"', page)
    assert following is not None and "map.check=review" in following[1] and "now-23" not in page
    assert "now-23" in keeper.get(html.unescape(following[1])).text


def test_the_page_speaks_the_readers_language(moving: Moving) -> None:
    keeper = moving.person("keeper")
    keeper.send("/language", page=PAGE, language="en")
    text = read(keeper)
    assert "cannot be moved, because “check”: it is not in the new version" in text
    told = sent(keeper, to="2", reason="new", instance=moving.late).text
    assert "The instance cannot be migrated to this version: “check”: it is not in the new version" in html.unescape(
        told
    )
    main = keeper.get(PAGE).text.partition("<main")[2]
    assert not re.search(r"[\u4e00-\u9fff]", html.unescape(main))
