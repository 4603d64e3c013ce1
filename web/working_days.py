"""工作日历: which days are worked, as a year of months; administrators override a day or tell a year."""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_required

from bpmn.errors import FieldError, GuichengError, Invalid
from bpmn.working_time import announced
from engine.working_days import FIRST_YEAR, LAST_YEAR, read_days
from web.forms.macros import errors_of
from web.here import actor, engine, roles
from web.language import sentence
from web.page import show
from web.times import now
from web.users import administrators

routes = Blueprint("working_days", __name__)


@routes.get("/working-days")
@login_required
def year() -> ResponseReturnValue:
    """A year, and the day that was chosen in it; only administrators change it."""
    return _page(_asked_year(), {"day": request.args.get("day", "")})


@routes.post("/working-days/day")
@administrators
def override() -> ResponseReturnValue:
    """Say that a day is worked or off, or take it back."""
    form = request.form
    try:
        day = _day(form.get("day", ""))
        engine().override_working_day(actor(), day, form.get("kind") or None, form.get("note", ""))
    except GuichengError as error:
        return _page(_asked_year(), form, error), error.status
    flash(gettext("已更改工作日历。"), "success")
    return redirect(url_for("working_days.year", year=day.year))


@routes.post("/working-days/year")
@administrators
def tell() -> ResponseReturnValue:
    """Tell the days of a year that is not announced otherwise."""
    form, told = request.form, _asked_year()
    try:
        engine().tell_working_year(actor(), told, read_days(form.get("days", "")), form.get("year_note", ""))
    except GuichengError as error:
        return _page(told, form, error), error.status
    flash(gettext("已导入%(year)s年的节假日安排。", year=told), "success")
    return redirect(url_for("working_days.year", year=told))


def _page(shown: int, given: Mapping[str, str], error: GuichengError | None = None) -> str:
    overrides, years = engine().working_days()
    calendar = engine().working_calendar()
    own = {one.day: one for one in overrides if one.day.year == shown}
    weeks = months.Calendar().yeardatescalendar(shown, 12)[0]
    days = {day for month in weeks for week in month for day in week if day.year == shown}
    worked = {day: calendar.works(day) for day in days} if calendar.knows(shown) else {}
    return show(
        "working_days/year",
        **{"year": shown, "weeks": weeks, "worked": worked, "known": calendar.knows(shown), "own": own},
        **{"told": [one for one in years if one.year == shown], "last": max(announced()), "given": given},
        may_change="admin" in roles(),
        **{"errors": errors_of(error.errors if error else ()), "said": sentence(error) if error else ""},
    )


def _asked_year() -> int:
    text = request.values.get("year", "")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else now().year
    return min(max(asked, FIRST_YEAR), LAST_YEAR)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(errors=[FieldError("day", "应为日期")]) from error
