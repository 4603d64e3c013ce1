"""The page on which an administrator moves a token of an instance that is stuck, and what the history says of it."""

from __future__ import annotations

import html
import re
from typing import Any

from engine.actor import OPERATOR
from tests.web.browsers import Person
from tests.web.moving import Moving


def read(person: Person, path: str) -> str:
    """A page's text, without its marks."""
    answer = person.get(path)
    assert answer.status_code == 200, answer.text
    return plain(answer.text)


def plain(text: str) -> str:
    """The text of a page, without its marks."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def offered(page: str, name: str) -> list[str]:
    """What a select of a page offers."""
    begin = page.index(f'<select class="form-select" name="{name}"')
    return re.findall(r'<option value="(\w+)"', page[begin : page.index("</select>", begin)])


def asking(moving: Moving, instance: str, **fields: Any) -> str:
    """The query that asks for a preview."""
    place = moving.token(instance)
    return "&".join(f"{name}={value}" for name, value in {"token": place["token"], **fields}.items())


def test_the_page_says_where_it_waits_and_offers_the_elements_beside_it(moving: Moving) -> None:
    boss, path = moving.person("boss"), f"/projects/{moving.late}/modify"
    assert path in boss.get(f"/projects/{moving.late}").text
    page = boss.get(path).text
    assert "停在哪里" in page and "check" in plain(page)
    assert offered(page, "back") == ["write"] and offered(page, "forward") == ["end"]
    assert 'value="back"' not in boss.get(f"/projects/{moving.early}/modify").text


def test_a_preview_shows_before_and_after_or_why_not_and_changes_nothing(moving: Moving) -> None:
    boss, path, before = moving.person("boss"), f"/projects/{moving.late}/modify", moving.read_tables()
    text = read(boss, f"{path}?{asking(moving, moving.late, deed='back', back='write')}")
    assert "现在停在 check 调整后停在 write" in text and "调整的原因" in text
    text = read(boss, f"{path}?{asking(moving, moving.late, deed='forward', forward='end')}")
    assert "现在停在 check 调整后停在 流程结束" in text
    text = read(boss, f"{path}?{asking(moving, moving.late, deed='skip')}")
    assert "不能这样调整，因为" in text and "result" in text and "调整的原因" not in text
    text = read(boss, f"{path}?deed=skip&token=999")
    assert "停在哪里" in text and "调整的原因" not in text and "不能这样调整" not in text
    assert moving.read_tables() == before


def test_a_move_is_made_once_with_a_reason_that_the_history_tells(moving: Moving) -> None:
    boss, path, token = moving.person("boss"), f"/projects/{moving.late}/modify", moving.token(moving.late)["token"]
    fields = {"token": str(token), "element": "check", "deed": "back", "back": "write", "once": "x"}
    answer = boss.send(path, page="/", **fields, reason=" ")
    assert (
        answer.status_code == 422 and "必须写明原因" in answer.text and 'class="form-control is-invalid"' in answer.text
    )
    for _ in range(2):
        answer = boss.send(path, page="/", **fields, reason="送错了")
        assert (answer.status_code, answer.location) == (302, f"/projects/{moving.late}")
    assert [entry["kind"] for entry in moving.entries(moving.late)].count("modified") == 1
    answer = boss.send(path, page="/", **{**fields, "once": "y"}, reason="再一次")
    assert answer.status_code == 409 and "已经办结" in answer.text and 'id="preview"' not in answer.text
    answer = boss.send(path, page="/", **{**fields, "token": str(moving.token(moving.late)["token"])}, reason="x" * 3)
    assert answer.status_code == 422  # the same key for another move
    text = read(moving.person("owner"), f"/projects/{moving.late}?tab=timeline")
    assert "boss的名字 调整环节 #3 从“check”移到“write” 送错了" in text


def test_skipping_is_told_as_skipping(moving: Moving) -> None:
    boss, token = moving.person("boss"), moving.token(moving.early)["token"]
    fields = {"token": str(token), "element": "write", "deed": "skip", "reason": "已在线下写好"}
    assert boss.send(f"/projects/{moving.early}/modify", page="/", **fields).status_code == 302
    assert "调整环节 #2 跳过“write” 已在线下写好" in read(boss, f"/projects/{moving.early}?tab=timeline")


def test_what_cannot_be_moved_so_is_refused_and_stays(moving: Moving) -> None:
    boss, before = moving.person("boss"), moving.read_tables()
    token = str(moving.token(moving.late)["token"])
    for fields in (
        {"token": token, "element": "check", "deed": "forward", "forward": "review"},
        {"token": token, "element": "check", "deed": "dance"},
        {"token": token, "element": "write", "deed": "skip"},
        {"token": "x", "element": "check", "deed": "skip"},
        {},
    ):
        answer = boss.send(f"/projects/{moving.late}/modify", page="/", **fields, reason="试试")
        assert answer.status_code == 409, (fields, answer.status_code)
    assert moving.read_tables() == before


def test_only_administrators_move_tokens(moving: Moving) -> None:
    path, token, before = (
        f"/projects/{moving.late}/modify",
        str(moving.token(moving.late)["token"]),
        moving.read_tables(),
    )
    for name in ("owner", "colleague", "outsider", "auditor", "keeper"):
        person = moving.person(name)
        assert person.get(path).status_code == 403
        fields = {"token": token, "element": "check", "deed": "back", "back": "write", "reason": "我要"}
        assert person.send(path, page="/", **fields).status_code == 403
    assert path not in moving.person("owner").get(f"/projects/{moving.late}").text
    assert moving.read_tables() == before


def test_what_has_ended_or_was_never_there_has_a_page_with_a_way_back(moving: Moving) -> None:
    boss = moving.person("boss")
    moving.engine.cancel(OPERATOR, moving.early, "不再需要")
    for id, status, said in ((moving.early, 409, "流程已经结束"), ("nothing", 404, "找不到")):
        answer = boss.get(f"/projects/{id}/modify")
        assert answer.status_code == status and said in answer.text and "回到首页" in answer.text


def test_the_history_tells_a_migration_with_versions_mapping_and_reason_and_keeps_old_names(moving: Moving) -> None:
    moving.do(moving.late, "check", "reviewer", result="return", return_reason="补充")
    moving.do(moving.late, "write", "owner")
    moving.engine.migrate(OPERATOR, moving.late, None, {"check": "review"}, "评审改由营销")
    text = read(moving.person("owner"), f"/projects/{moving.late}?tab=timeline")
    assert "迁移 #5 从第 1 版迁移到第 2 版 “check”由“评审”接续 评审改由营销" in text
    assert "完成 check #3" in text


def test_the_page_speaks_the_readers_language(moving: Moving) -> None:
    boss, path = moving.person("boss"), f"/projects/{moving.late}/modify"
    boss.send("/language", page="/", language="en")
    for to in ("write", "review"):
        query = asking(moving, moving.late, deed="back", back=to)
        main = boss.get(f"{path}?{query}").text.partition("<main")[2]
        assert not re.search(r"[\u4e00-\u9fff]", html.unescape(main))
