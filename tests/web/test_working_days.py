"""工作日历: an administrator looks at a year, changes a day, and tells a year that nobody announced."""

from __future__ import annotations

from datetime import date

from tests.web.conftest import House


def test_an_administrator_changes_a_day_and_takes_it_back(house: House) -> None:
    boss = house.person("boss")
    page = "/working-days?year=2026"
    assert "系统已知的节假日安排" in boss.get(page).text
    boss.send("/working-days/day?year=2026", page, day="2026-06-01", kind="off", note="厂休")
    assert not house.engine.working_calendar().works(date(2026, 6, 1))
    assert 'title="厂休"' in boss.get(page).text
    boss.send("/working-days/day?year=2026", page, day="2026-06-01", kind="", note="取消")
    assert house.engine.working_calendar().works(date(2026, 6, 1))


def test_a_year_that_is_not_announced_says_so_until_it_is_imported(house: House) -> None:
    boss = house.person("boss")
    page = "/working-days?year=2098"
    assert "2098年的节假日安排尚未公布" in boss.get(page).text
    refused = boss.send("/working-days/year?year=2098", page, days="2098-13-01 休", year_note="国办通知")
    assert refused.status_code == 422 and "第1行" in refused.text
    boss.send("/working-days/year?year=2098", page, days="2098-01-01 休", year_note="国办通知")
    assert "尚未公布" not in boss.get(page).text
    assert not house.engine.working_calendar().works(date(2098, 1, 1))


def test_whoever_is_no_administrator_reads_and_changes_nothing(house: House) -> None:
    manager = house.person("manager")
    page = manager.get("/working-days")
    assert page.status_code == 200 and "<textarea" not in page.text
    sent = manager.send("/working-days/day", page="/profile", day="2026-06-01", kind="off", note="厂休")
    assert sent.status_code == 403 and house.engine.working_days() == ([], [])
