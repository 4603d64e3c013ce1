"""The house's working calendar: who may change it, what a change does, and that it is logged."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bpmn.errors import Invalid
from bpmn.working_time import YearNotKnown
from engine.actor import OPERATOR, Actor
from engine.errors import NeedsRole
from engine.store import tables as t
from engine.working_days import read_days
from tests.engine.house import House

MONDAY = date(2026, 6, 1)


def test_an_overridden_day_counts_until_it_is_taken_back_and_both_are_logged(house: House) -> None:
    house.engine.override_working_day(OPERATOR, MONDAY, "off", "厂休")
    assert not house.engine.working_calendar().works(MONDAY)
    house.engine.override_working_day(OPERATOR, MONDAY, None, "取消厂休")
    assert house.engine.working_calendar().works(MONDAY)
    with house.engine.room.database.read() as connection:
        logged = list(connection.execute(select(t.audit.c.action)).scalars())
    assert logged[-2:] == ["override_working_day", "override_working_day"]


def test_a_year_that_is_told_is_known_and_told_again_begins_anew(house: House) -> None:
    with pytest.raises(YearNotKnown):
        house.engine.working_calendar().works(date(2098, 1, 2))
    days = read_days("2098-01-01 休 元旦\n\n2098-01-04 班")
    house.engine.tell_working_year(OPERATOR, 2098, days, "国办发明电")
    calendar = house.engine.working_calendar()
    worked = [calendar.works(date(2098, 1, day)) for day in (1, 2, 4)]
    assert worked == [False, True, True]
    house.engine.tell_working_year(OPERATOR, 2098, {}, "更正")
    overrides, years = house.engine.working_days()
    assert (overrides, [year.note for year in years]) == ([], ["更正"])


def test_what_is_no_day_of_the_year_is_refused_by_its_line(house: House) -> None:
    with pytest.raises(Invalid) as caught:
        read_days("2098-01-01 休\n2098-02-30 休")
    assert str(caught.value.errors[0].message).startswith("第2行")
    with pytest.raises(Invalid):
        house.engine.tell_working_year(OPERATOR, 2098, {MONDAY: "off"}, "错年")


def test_only_administrators_change_it_and_never_without_a_reason(house: House) -> None:
    with pytest.raises(NeedsRole):
        house.engine.override_working_day(Actor("colleague"), MONDAY, "off", "厂休")
    with pytest.raises(Invalid):
        house.engine.override_working_day(OPERATOR, MONDAY, "off", " ")
