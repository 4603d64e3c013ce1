"""FEEL: what expressions mean, and what they must not be able to do."""

import asyncio
import contextlib
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.feel import Feel, FeelError, FeelLimit, FeelSpent, evaluate
from bpmn.feel.evaluate import InTurn
from bpmn.iso8601 import duration
from bpmn.model import Json

# 2026-09-22 07:30 in Shanghai, the day before in London.
NOW = 1_790_033_400_000_000


@pytest.mark.parametrize(
    ("expression", "variables", "value"),
    [
        ('= review_result = "pass"', {"review_result": "pass"}, True),
        ('review_result = "pass"', {"review_result": None}, False),
        ("review_result = null", {"review_result": None}, True),
        ('审批结果 = "通过" and 金额 >= 100', {"审批结果": "通过", "金额": 100}, True),
        ("1 + 2", {}, 3),
        ("10.5 * 2", {}, 21),
        ('some o in opinions satisfies o.opinion = "disagree"', {"opinions": [{"opinion": "agree"}]}, False),
        ("[1, 2, 3][item > 1]", {}, [2, 3]),
        ("{a: 1, b: a + 1}", {}, {"a": 1, "b": 2}),
        ("today()", {}, "2026-09-22"),
        ("date(now())", {}, "2026-09-22"),
        ('today() = date("2026-09-22")', {}, True),
        ("now()", {}, "2026-09-22T07:30:00+08:00"),
        ('date(service_end) + duration("P1M")', {"service_end": "2027-01-31"}, "2027-02-28"),
        ('date and time("2026-01-01T10:00:00")', {}, "2026-01-01T10:00:00+08:00"),
        ('date and time("2026-01-01T00:00:00Z")', {}, "2026-01-01T00:00:00Z"),
        ('@"2026-01-01T00:00:00Z"', {}, "2026-01-01T00:00:00Z"),
        ('date and time("2025-12-31T23:00:00Z") + duration("PT1H")', {}, "2026-01-01T00:00:00Z"),
        ('date and time(date("2026-01-01"), time("00:00:00Z"))', {}, "2026-01-01T00:00:00Z"),
        ("[date(at), date and time(at)]", {"at": "2026-01-01"}, ["2026-01-01", "2026-01-01T00:00:00+08:00"]),
        ('date(date and time("2026-01-01T23:30:00-05:00"))', {}, "2026-01-01"),
        ('date(date and time("2026-01-01T00:00:00Z"))', {}, "2026-01-01"),
        ('duration("PT90M")', {}, "PT1H30M"),
        ('duration("P400D")', {}, "P400D"),
        ('duration("P14M")', {}, "P1Y2M"),
        ('duration("-PT90M")', {}, "-PT1H30M"),
        ('date("2026-03-01") - date("2026-02-01")', {}, "P28D"),
        ('duration("P1D") - duration("P1D")', {}, "PT0S"),
    ],
)
def test_it_evaluates(feel: Feel, expression: str, variables: dict[str, Json], value: Json) -> None:
    assert feel.evaluate(expression, variables, NOW) == value


@pytest.mark.parametrize(
    "expression",
    ["", "=", "1 +", "unknown", "a.missing", '1 + "x"', "nobody(1)", "function(x) x", "[1..2]", "a" * 30_000],
)
def test_what_cannot_be_kept_is_an_error(feel: Feel, expression: str) -> None:
    with pytest.raises(FeelError):
        feel.evaluate(expression, {"a": {}}, NOW)


def test_whole_numbers_come_back_whole(feel: Feel) -> None:
    value = feel.evaluate("4 / 2", {}, NOW)
    assert value == 2 and isinstance(value, int)


def test_the_clock_is_the_steps_own(feel: Feel) -> None:
    assert feel.evaluate("now()", {}, 0) == "1970-01-01T08:00:00+08:00"


@pytest.mark.parametrize(
    "expression", ["for x in 1..100000000 return x", 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(a+)+$")']
)
def test_an_endless_expression_is_stopped_and_the_next_one_runs(feel: Feel, expression: str) -> None:
    with pytest.raises(FeelError):
        feel.evaluate(expression, {}, NOW)
    # Not an answer that is remembered: it has to be found where the other was stopped.
    assert feel.evaluate("string length(text)", {"text": expression}, NOW) == len(expression)


def test_an_expression_that_takes_too_much_memory_is_stopped_by_that_and_the_next_one_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluate, "SECONDS", 60.0)
    own = Feel()
    try:
        with pytest.raises(FeelLimit, match="内存"):
            own.evaluate("for x in 1..100000000 return x", {}, NOW)
        assert own.evaluate("1 + 1", {}, NOW) == 2
    finally:
        own.close()


def test_one_expression_leaves_nothing_for_the_next(feel: Feel) -> None:
    feel.evaluate("{x: 1}", {"__proto__": {"y": 1}, "z": 1}, NOW)
    for name in ("x", "y", "z", "constructor", "__proto__"):
        with pytest.raises(FeelError):
            feel.evaluate(name, {}, NOW)


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("a.b + c", "a c"),
        ("for x in list, y in x.items return x + y + z + partial", "list z"),
        ("some r in reviewers satisfies r.ok = true", "reviewers"),
        ("every r in reviewers satisfies r.ok = limit", "reviewers limit"),
        ("{a: 1, b: a + q}.b", "q"),
        ("{b: a, a: 1}", "a"),
        ("items[item.price > limit]", "items limit"),
        ("function(a, b) a + b + c", "c"),
        ("string length(客户名称)", "客户名称"),
        ('if x instance of number then date("2020-01-01") else now()', "x"),
        ("date and time(x).year", "x"),
        ("x in (1..y)", "x y"),
        ("a between b and c", "a b c"),
        ("count", "count"),
        ("count(list)", "list"),
        ("today()", ""),
        ("(for x in a return x) = x", "a x"),
    ],
)
def test_free_variables_are_named(feel: Feel, expression: str, names: str) -> None:
    assert feel.names(expression) == frozenset(names.split())


@given(
    st.recursive(st.sampled_from(["a", "b", "甲", "1", '"x"', "a.b"]), lambda e: st.builds("({} + {})".format, e, e))
)
@settings(max_examples=40, deadline=None)
def test_an_expression_given_the_names_it_has_never_misses_a_variable(feel: Feel, expression: str) -> None:
    given = {name: None for name in feel.names(expression)}
    try:
        feel.evaluate(expression, given, NOW)
    except FeelError as error:
        assert "没有这个变量" not in str(error.reason)


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_an_expression_or_an_error(feel: Feel, text: str) -> None:
    try:
        feel.check_syntax(text)
        feel.evaluate(text, {name: None for name in feel.names(text)}, NOW)
    except FeelError:
        pass


@given(st.dates(date(1901, 1, 1)), st.integers(-12 * 60, 14 * 60), st.times())
@settings(max_examples=150, deadline=None)
def test_dates_and_times_go_through_unchanged(feel: Feel, day: date, offset: int, at: time) -> None:
    assert feel.evaluate("date(x)", {"x": day.isoformat()}, NOW) == day.isoformat()
    zone = timezone(timedelta(minutes=offset))
    for hour in (at.replace(microsecond=at.microsecond // 1000 * 1000), time()):
        told = datetime.combine(day, hour, zone).isoformat(timespec="milliseconds").replace(".000", "")
        told = told.replace("+00:00", "Z")
        assert feel.evaluate("date and time(x)", {"x": told}, NOW) == told
        assert feel.evaluate("date(date and time(x))", {"x": told}, NOW) == day.isoformat()


@given(st.integers(-10_000, 10_000), st.integers(-(10**9), 10**9))
@settings(max_examples=100, deadline=None)
def test_durations_go_through_without_becoming_others(feel: Feel, months: int, seconds: int) -> None:
    for number, unit in ((months, "M"), (seconds, "S")):
        written = f"{'-' if number < 0 else ''}P{'T' if unit == 'S' else ''}{abs(number)}{unit}"
        read = str(feel.evaluate("duration(x)", {"x": written}, NOW))
        found, wanted = duration(read.lstrip("-")), duration(written.lstrip("-"))
        assert (read.startswith("-"), found.months) == (number < 0, wanted.months)
        assert found.days * 86_400_000_000 + found.micros == wanted.micros


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 10**15, 10**15 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
@settings(max_examples=80, deadline=None)
def test_a_value_goes_through_unchanged(feel: Feel, value: Json) -> None:
    assert feel.evaluate("value", {"value": value}, NOW) == value


def test_a_number_that_would_lose_digits_is_refused(feel: Feel) -> None:
    assert feel.evaluate("a", {"a": "12345678901234567890"}, NOW) == "12345678901234567890"
    for value in (10**16, [{"b": -(10**16)}]):
        with pytest.raises(FeelError):
            feel.evaluate("a", {"a": value}, NOW)


def test_many_threads_share_it(feel: Feel) -> None:
    def work(number: int) -> bool:
        return all(feel.evaluate("a + 1", {"a": number}, NOW + number) == number + 1 for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_a_thread_that_asks_without_end_lets_others_in_between() -> None:
    turn, mine, order = InTurn(), threading.Event(), list[str]()

    def ask_without_end() -> None:
        with turn:
            mine.set()
            while not turn.wanted:
                pass
        with turn:
            order.append("again")

    busy = threading.Thread(target=ask_without_end)
    busy.start()
    assert mine.wait(60)
    with turn:
        order.append("another")
    busy.join(60)
    assert order == ["another", "again"]


def test_what_a_thread_asks_within_a_limit_ends_with_it(feel: Feel) -> None:
    with pytest.raises(FeelSpent, match="a limit of none"), feel.within(0), feel.within(60):
        feel.names("a limit of none")
    assert feel.names("beyond + it") == {"beyond", "it"}


def test_the_limit_of_one_thread_is_not_that_of_another(feel: Feel) -> None:
    with feel.within(0), ThreadPoolExecutor(1) as other:
        assert other.submit(feel.evaluate, "40 + 3 - 1", {}, NOW).result(60) == 42


def test_a_forked_child_gets_an_isolate_of_its_own(feel: Feel) -> None:
    assert feel.evaluate("1", {}, NOW) == 1
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(0 if feel.evaluate("1 + 1", {}, NOW) == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_closing_twice_does_no_harm() -> None:
    one = Feel()
    assert one.evaluate("1", {}, NOW) == 1
    one.close()
    one.close()
    assert threading.active_count() >= 1


def test_cells_of_a_decision_table_are_tested(feel: Feel) -> None:
    assert feel.test('"a", "b"', "b", {}, NOW) is True
    assert feel.test("not(3)", 3, {}, NOW) is False
    assert feel.test("[1..10]", 3, {}, NOW) is True
    assert feel.test("> limit", 5, {"limit": 3}, NOW) is True
    assert feel.test("-", None, {}, NOW) is True


def test_an_answer_remembered_does_not_outlive_its_instant(feel: Feel) -> None:
    assert feel.evaluate("today()", {}, NOW) != feel.evaluate("today()", {}, NOW + 86_400_000_000)


def test_changing_an_answer_does_not_change_the_next(feel: Feel) -> None:
    first = feel.evaluate("[1, 2]", {}, NOW)
    assert isinstance(first, list)
    first.append(3)
    assert feel.evaluate("[1, 2]", {}, NOW) == [1, 2]


def test_it_can_be_asked_where_an_event_loop_runs() -> None:
    async def ask() -> object:
        with contextlib.closing(Feel()) as own:
            return own.evaluate("for x in [1, 2] return x + 1", {}, NOW)

    assert asyncio.run(ask()) == [2, 3]


UNLIKE: list[tuple[str, dict[str, Json]]] = [
    ("x > 10", {"x": "text"}),
    ("x = 10", {"x": "10"}),
    ("x != 10", {"x": "10"}),
    ('x = "yes"', {"x": True}),
    ("x in [1..10]", {"x": "5"}),
    ("x in (1, 2)", {"x": "1"}),
    ('x in ["a", "b"]', {"x": 3}),
    ("x between 1 and 3", {"x": "2"}),
    ("x < today()", {"x": "2026-01-01"}),
    ("some i in x satisfies i.n > 10", {"x": [{"n": "many"}, {"n": 11}]}),
    ("count(x[item > 1]) = 0", {"x": ["a"]}),
    ("x and true", {"x": "no"}),
    ("x or true", {"x": 1}),
    ("if x then 1 else 2", {"x": "no"}),
    ("every i in x satisfies i", {"x": ["no"]}),
    ("not(x.n = 1)", {"x": {"n": "1"}}),
]


@pytest.mark.parametrize(("expression", "given"), UNLIKE)
def test_what_is_of_unlike_types_is_a_fault_and_never_silently_false(
    feel: Feel, expression: str, given: dict[str, Json]
) -> None:
    with pytest.raises(FeelError):
        feel.evaluate(expression, given, NOW)


LIKE: list[tuple[str, dict[str, Json], Json]] = [
    ("x > 10", {"x": 11}, True),
    ("x > 10", {"x": None}, None),
    ("x = 10", {"x": None}, False),
    ("x != null", {"x": "a"}, True),
    ("x = []", {"x": []}, True),
    ("x = 1", {"x": [1]}, True),
    ('if x = null or x = "" or x = [] then 0 else x', {"x": 7}, 7),
    ('x = ["a"]', {"x": "a"}, True),
    ("x in [1..10]", {"x": 5}, True),
    ("x in (1, > 3)", {"x": 4}, True),
    ('x in (null, "a")', {"x": "a"}, True),
    ("x in l", {"x": 1, "l": [1, "a"]}, True),
    ("x in l", {"x": 2, "l": []}, False),
    ("date(x) < today()", {"x": "2020-01-01"}, True),
    ("if x = null then true else x > 3", {"x": None}, True),
    ('if k = "n" then x > 3 else x = "a"', {"k": "t", "x": "a"}, True),
    ('if k = "n" then x > 3 else x = "a"', {"k": "n", "x": 4}, True),
    ("count(x[n > 1 and item.n < 5])", {"x": [{"n": 1}, {"n": 3}, {"n": 9}]}, 1),
    ("some i in x satisfies i > 1 or i = null", {"x": [None]}, True),
    ("{a: x > 1, b: if a then 1 else 2}.b", {"x": 2}, 1),
    ("(x > 1) = (y > 1)", {"x": 2, "y": 3}, True),
    ("not(x) or 金额 > 1", {"x": True, "金额": 2}, True),
    ("x /* > 3 */ > 2", {"x": 3}, True),
]


@pytest.mark.parametrize(("expression", "given", "answer"), LIKE)
def test_what_is_alike_or_null_is_answered_as_ever(
    feel: Feel, expression: str, given: dict[str, Json], answer: Json
) -> None:
    assert feel.evaluate(expression, given, NOW) == answer
