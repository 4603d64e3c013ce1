"""What people see and do in pages."""

from __future__ import annotations

import io
import re
from typing import Any

from tests.engine.spiff.play import diagram, flows, timer
from tests.web.browsers import PASSWORD, PDF, Person
from tests.web.conftest import House


def started(house: House, person: Person) -> tuple[str, str]:
    """An instance started in its page, and its open task."""
    answer = person.send("/start/web_ask", business_key="B-1", start="yes")
    assert answer.status_code == 302, answer.text
    instance = answer.location.rsplit("/", 1)[1]
    text = person.get("/inbox?view=role").text
    task = re.search(r"/tasks/([\w-]+)/claim", text)
    assert task is not None
    return instance, task[1]


def filled(person: Person, task: str, **more: str | tuple[io.BytesIO, str]) -> dict[str, Any]:
    """The fields of a request as a browser sends them."""
    return {
        "save": "submit",
        "subject": "备件",
        "amount": "1,200.50",
        "items__rows": "1",
        "items[0].item": "硬盘",
        **more,
    }


def test_a_person_carries_an_instance_to_its_end_without_javascript(house: House) -> None:
    manager = house.person("manager")
    instance, task = started(house, manager)
    assert manager.send(f"/tasks/{task}/claim").status_code == 302
    paper = (io.BytesIO(PDF), "说明.pdf")
    assert manager.send(f"/tasks/{task}", **filled(manager, task, papers__files=paper)).status_code == 302
    second = re.search(r"/tasks/([\w-]+)/claim", manager.get("/inbox?view=role").text)
    assert second is not None
    page = manager.get(f"/tasks/{second[1]}").text
    assert "客户答复" in page and "1,200.50" in page and "说明.pdf" in page
    refused = manager.send(f"/tasks/{second[1]}", save="submit", answer="yes", on_behalf_of="customer")
    assert refused.status_code == 422 and "客观证据" in refused.text
    evidence = (io.BytesIO(PDF), "签字.pdf")
    sent = manager.send(f"/tasks/{second[1]}", save="submit", answer="yes", on_behalf_of="customer", evidence=evidence)
    assert sent.status_code == 302
    assert "已完成" in manager.get(f"/projects/{instance}").text
    timeline = manager.get(f"/projects/{instance}?tab=timeline").text
    assert "代 客户主管部门" in timeline and "硬盘" in timeline


def test_long_histories_and_many_linked_instances_are_shown_page_by_page(house: House) -> None:
    manager, who = house.person("manager"), house.engine_actor("manager")
    instance = house.engine.start(who, "web_ask", "P-1", {}).id
    for number in range(51):
        house.engine.comment(who, instance, f"第{number}句")
        house.engine.start(who, "web_ask", f"L-{number}", {}, parent=instance)
    for tab, first, last in (("timeline", "第50句", "第0句"), ("linked", "L-50", "L-0<")):
        page = manager.get(f"/projects/{instance}?tab={tab}").text
        assert first in page and last not in page
        following = re.search(r'href="([^"]*cursor=[^"]*)"', page)
        assert following is not None
        page = manager.get(following[1].replace("&amp;", "&")).text
        assert last in page and first not in page


def test_errors_stand_beside_their_field_and_keep_what_was_typed(house: House) -> None:
    manager = house.person("manager")
    _, task = started(house, manager)
    answer = manager.send(f"/tasks/{task}", **filled(manager, task, amount="很多", subject=""))
    assert answer.status_code == 422
    assert ">金额：应为数字</a>" in answer.text and ">事由：必须填写</a>" in answer.text
    assert 'value="很多"' in answer.text and 'id="e-amount"' in answer.text and 'id="e-subject"' in answer.text
    assert 'value="硬盘"' in answer.text
    assert re.search(r'<a href="#at-amount">[^<：]+：[^<]+</a>', answer.text)


def test_rows_are_added_and_removed_by_buttons_and_drafts_are_kept(house: House) -> None:
    manager = house.person("manager")
    _, task = started(house, manager)
    fields = {**filled(manager, task), "add": "items"}
    del fields["save"]
    assert manager.send(f"/tasks/{task}", **fields).status_code == 302
    page = manager.get(f"/tasks/{task}").text
    assert 'name="items[1].item"' in page and 'value="硬盘"' in page and 'value="1200.50"' in page
    del fields["add"]
    assert manager.send(f"/tasks/{task}", **fields, remove="items[0]").status_code == 302
    assert 'value="硬盘"' not in manager.get(f"/tasks/{task}").text


def test_an_outside_party_answers_once_by_link_and_a_revoked_link_is_dead(house: House) -> None:
    manager = house.person("manager")
    instance, task = started(house, manager)
    manager.send(f"/tasks/{task}", **filled(manager, task))
    second = re.search(r"/tasks/([\w-]+)/claim", manager.get("/inbox?view=role").text)
    assert second is not None
    links = []
    for _ in range(2):
        shown = manager.send(f"/tasks/{second[1]}/link", days="3", note="客户张工").text
        found = re.search(r'value="http://localhost(/l/[^"]+)"', shown)
        assert found is not None
        links.append(found[1])
    revoke = re.search(rf"/tasks/{second[1]}/link/[\w-]+/revoke", manager.get(f"/tasks/{second[1]}").text)
    assert revoke is not None and manager.send(revoke[0]).status_code == 302
    customer = Person(house.app.test_client())
    answers = [customer.get(link) for link in links]
    assert sorted(answer.status_code for answer in answers) == [200, 403]
    alive = links[[answer.status_code for answer in answers].index(200)]
    assert "1,200.50" not in customer.get(alive).text
    assert customer.send(alive, page=alive, answer="maybe").status_code == 422
    assert customer.send(alive, page=alive, answer="yes").status_code == 200
    assert customer.get(alive).status_code == 403
    assert customer.get(f"/tasks/{second[1]}").status_code == 302
    assert "已完成" in manager.get(f"/projects/{instance}").text


def test_a_stranger_gets_a_page_with_a_way_back(house: House) -> None:
    instance, task = started(house, house.person("manager"))
    outsider = house.person("outsider")
    for path in (f"/tasks/{task}", f"/projects/{instance}", "/users", "/incidents", "/handover"):
        answer = outsider.get(path)
        assert answer.status_code == 403 and "回到首页" in answer.text and "B-1" not in answer.text
    assert outsider.get("/nowhere").status_code == 404


def test_every_page_opens_for_whom_it_is_for_in_both_languages(house: House) -> None:
    instance, task = started(house, house.person("manager"))
    tabs = [f"/projects/{instance}?tab={tab}" for tab in ("overview", "timeline", "records", "linked", "team")]
    own = ["/", "/inbox", "/inbox?view=done", "/projects", "/projects?q=x", "/start", "/procedures"]
    own += ["/procedures/web_ask", "/notices", "/profile", f"/tasks/{task}", *tabs]
    who = {
        "manager": own,
        "boss": ["/", "/users", "/users/manager", "/handover", "/incidents"],
        "auditor": ["/", *tabs],
    }
    for name, paths in who.items():
        person = house.person(name)
        for language in ("zh", "en"):
            person.send("/language", page="/profile", language=language)
            for path in paths:
                answer = person.get(path)
                assert answer.status_code == 200, (name, path)
                assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in answer.text
                if language == "en":
                    assert "待办" not in answer.text and "Inbox" in answer.text


def test_forms_without_the_pages_token_are_refused(house: House) -> None:
    manager = house.person("manager")
    _, task = started(house, manager)
    assert manager.client.post(f"/tasks/{task}/claim").status_code == 400


def test_the_session_cookie_and_the_headers_protect(house: House) -> None:
    answer = house.app.test_client().get("/login")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("guicheng="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == "'self'"
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=", answer.text)


def test_guessing_passwords_is_slowed_down(house: House) -> None:
    browser = Person(house.app.test_client())
    answers = [browser.send("/login", name="manager", password="wrong").status_code for _ in range(12)]
    assert answers[0] == 401 and answers[-1] == 429
    assert browser.send("/login", name="colleague", password=PASSWORD).status_code == 302


def test_a_character_that_no_store_keeps_is_refused_wherever_it_is_typed(house: House) -> None:
    person = house.person("manager")
    assert person.get("/projects?q=%00").status_code == 422
    assert person.get("/tasks/%00").status_code == 404
    told = person.send("/login", name="manager\0", password=PASSWORD)
    assert told.status_code == 422


def test_nobody_is_sent_to_another_site_after_logging_in(house: House) -> None:
    browser = Person(house.app.test_client())
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        answer = browser.send(f"/login?next={target}", name="boss", password=PASSWORD)
        assert answer.location == "/", target
        browser.send("/logout", page="/profile")


def test_an_administrator_makes_an_account_and_gives_it_a_role(house: House) -> None:
    boss = house.person("boss")
    made = boss.send("/users", name="new.one", display_name="新人<b>", email="", password="a good password")
    assert made.status_code == 302
    boss.send("/users/new.one/roles", role="department_qa")
    assert house.engine.user("new.one").roles == {"department_qa"}
    assert "新人&lt;b&gt;" in boss.get("/users").text
    assert boss.send("/users", name="X Y", display_name="?", password="a good password").status_code == 422


def test_health_is_told_to_everybody(house: House) -> None:
    client = house.app.test_client()
    for path in ("/healthz/live", "/healthz/ready", "/metrics", "/version"):
        assert client.get(path).status_code == 200


def test_a_process_that_begins_by_itself_says_when(house: House) -> None:
    body = '<startEvent id="s" name="月初">' + timer("2090-01-01T09:00:00") + '</startEvent><endEvent id="e"/>'
    house.engine.deploy(house.engine_actor("boss"), [diagram(body + flows("s>e"), "monthly")])
    page = house.person("manager").get("/procedures/monthly").text
    assert "由计时自行开始" in page and "2090-01-01 09:00" in page
    told = house.api("manager").get("process-definitions/monthly").json["start_timers"]
    assert told == [{"element": "s", "name": "月初", "due_at": "2090-01-01T01:00:00Z", "failed": False}]


def test_the_language_that_a_person_chose_is_theirs_at_the_next_login_and_in_mails(house: House) -> None:
    colleague = house.person("colleague")
    assert house.engine.user("colleague").language is None
    colleague.send("/language", page="/profile", language="en")
    assert house.engine.user("colleague").language == "en"
    assert 'lang="en"' in house.person("colleague").get("/").text
    assert 'lang="zh-Hans"' in house.person("manager").get("/").text
    chosen = Person(house.app.test_client())
    chosen.send("/language", language="zh")
    chosen.send("/login", name="colleague", password=PASSWORD)
    assert 'lang="zh-Hans"' in chosen.get("/").text
