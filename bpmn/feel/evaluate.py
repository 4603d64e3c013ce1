"""FEEL by `@bpmn-io/feelin` in an isolated V8, with a clock, a time limit and a memory limit of its own."""

from __future__ import annotations

import atexit
import os
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

import msgspec
from py_mini_racer import JSEvalException, JSFunction, JSTimeoutException, MiniRacer

from bpmn.errors import Invalid, Unavailable
from bpmn.model import Json
from bpmn.sentence import Said, Sentence, as_sentence, say

HERE = Path(__file__).parent
BUNDLE = HERE / "build" / "feelin.js"
SECONDS = 0.1
# V8's limit is the wall's. An expression that waited for a processor rather than worked is asked once more.
SECONDS_AGAIN = 1.0
PATIENCE = 3
BYTES = 64 * 1024 * 1024
# Beyond this an expression is no rule of a procedure but an attempt to keep the server busy.
LONGEST = 20_000
REMEMBERED = 5_000
# Longer questions are rarely asked twice.
LONG = 2_000
# FEEL's numbers are IEEE doubles: of a longer one the last digits would silently change.
LARGE = re.compile(r"\d{16}")
# What reads the clock, or may: such an answer holds for its instant only.
CLOCK = re.compile(r"now|today|date|time")


class FeelError(Invalid):
    """表达式“{expression}”不能求值：{reason}。"""

    def __init__(self, expression: str, reason: Said) -> None:
        self.expression = expression
        self.reason = as_sentence(reason)
        super().__init__(expression=expression, reason=self.reason)


class FeelLimit(FeelError):
    """表达式“{expression}”不能求值：{reason}。"""


class FeelSpent(Invalid):
    """表达式太多或太费时，{seconds} 秒内算不完（最后是“{expression}”），请简化，或分几次部署。"""

    def __init__(self, expression: str, seconds: float) -> None:
        super().__init__(expression=expression[:80], seconds=f"{seconds:g}")


class BundleMissing(Unavailable):
    """缺少 FEEL 解释器：请先运行 ./run 建好前端。"""


def stripped(expression: str) -> str:
    """The expression without the optional leading `=`."""
    text = expression.strip()
    return text[1:].strip() if text.startswith("=") else text


@dataclass(frozen=True)
class _Isolate:
    process: int
    racer: MiniRacer
    evaluate: JSFunction
    names: JSFunction
    comparisons: JSFunction


Asked = Callable[[_Isolate], JSFunction]
_EVALUATE: Asked = attrgetter("evaluate")
_NAMES: Asked = attrgetter("names")
_COMPARISONS: Asked = attrgetter("comparisons")


@dataclass(frozen=True)
class Operand:
    """One side of a comparison: a literal or what is of a known type, or a name; `of` the list of whose rows it is
    a key, `inside` the list whose rows' keys go before variables ("?": one that is not known)."""

    type: str | None = None
    value: bool | int | float | str | None = None
    name: str | None = None
    of: str | None = None
    inside: str | None = None


@dataclass(frozen=True)
class Comparison:
    """What an expression holds against what, several where it says `in`. `whole`: all of the others are told;
    `equal`: held against each other for being the same, not for their order."""

    left: Operand
    others: tuple[Operand, ...]
    whole: bool
    equal: bool


# An isolate made before a fork is useless in the child, and closing it there would wait for a thread that is not there.
_of_the_parent: list[_Isolate] = []


class InTurn:
    """A lock that is given in turn: one thread that asks without end keeps nobody waiting longer than one answer."""

    def __init__(self) -> None:
        self._next = threading.Lock()
        self._held = threading.Lock()

    def __enter__(self) -> None:
        with self._next:
            self._held.acquire()

    def __exit__(self, *_: object) -> None:
        self._held.release()

    @property
    def wanted(self) -> bool:
        """Whether another thread waits."""
        return self._next.locked()


class Feel:
    """FEEL in one V8 isolate, made on first use; safe to share between threads; `close()` it at the end."""

    def __init__(self) -> None:
        self._lock = InTurn()
        self._given = threading.local()
        self._isolate: _Isolate | None = None
        self._names: dict[tuple[str, bool, bool], frozenset[str]] = {}
        self._answers: dict[tuple[str, str, bool, str], bytes] = {}
        # An open isolate keeps the interpreter from ending; the weak reference keeps this from keeping us.
        self._farewell = partial(_close, weakref.ref(self))
        atexit.register(self._farewell)

    def close(self) -> None:
        """Ends the isolate; a later call would start a new one."""
        atexit.unregister(self._farewell)
        with self._lock:
            self._drop()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What this thread asks in here takes at most so long together; an outer limit stays. Raises FeelSpent."""
        if getattr(self._given, "seconds", None) is not None:
            yield
            return
        self._given.seconds = self._given.left = seconds
        try:
            yield
        finally:
            self._given.seconds = None

    def evaluate(self, expression: str, variables: Mapping[str, Json], now_us: int) -> Json:
        """The value at that instant (microseconds). Dates come as ISO texts. Raises FeelError, FeelLimit."""
        return self._value(expression, variables, now_us, False)

    def test(
        self, tests: str, value: Json, variables: Mapping[str, Json], now_us: int, kind: str | None = None
    ) -> Json:
        """Whether the value passes the unary tests of a decision table's cell; `kind` is FEEL's function that makes
        a date, time or duration of an ISO text. Raises FeelError.
        """
        return self._value(tests, {**variables, "?": value}, now_us, True, kind or "")

    def names(self, expression: str, unary: bool = False, filters: bool = True) -> frozenset[str]:
        """The free variables of an expression (`a.b` is `a`). Raises FeelError where it cannot be read.

        A name in a filter may be a key of what is filtered: without `filters` those are left out.
        """
        found = self._names.get((expression, unary, filters))
        if found is None:
            source = _source(expression)
            with self._lock:
                answer = self._call(expression, _NAMES, source, unary, filters)
            found = frozenset(cast(list[str], answer))
            if len(self._names) >= REMEMBERED:
                self._names.clear()
            self._names[(expression, unary, filters)] = found
        return found

    def comparisons(self, expression: str) -> tuple[Comparison, ...]:
        """What an expression compares with what, where both sides say something. Raises FeelError."""
        source = _source(expression)
        with self._lock:
            answer = self._call(expression, _COMPARISONS, source)
        return msgspec.convert(answer, tuple[Comparison, ...])

    def check_syntax(self, expression: str) -> None:
        """Raises FeelError where the expression cannot be read."""
        self.names(expression)

    def _value(self, expression: str, variables: Mapping[str, Json], now_us: int, unary: bool, kind: str = "") -> Json:
        source = _source(expression)
        try:
            given = msgspec.json.encode(variables).decode()
        except (TypeError, ValueError, RecursionError, OverflowError) as error:
            raise FeelError(expression, "变量不能传给表达式") from error
        if LARGE.search(given) and _too_many_digits(variables):
            raise FeelError(expression, "数超过 15 位，FEEL 不能准确计算")
        asked = (source, given, unary, kind)
        # Crossing into V8 costs a thousand times the look here, and a gateway asks the same few questions for ever.
        known = self._answers.get(asked)
        if known is not None:
            return cast(Json, msgspec.json.decode(known))
        with self._lock:
            value = self._call(expression, _EVALUATE, source, given, now_us // 1000, unary, kind)
        answer = msgspec.json.encode(value)
        if len(given) + len(answer) + len(source) < LONG and not CLOCK.search(source):
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[asked] = answer
        return value

    def _call(self, expression: str, asked: Asked, *given: str | int | bool) -> Json:
        begun = time.monotonic()
        try:
            return self._answered(expression, asked, *given)
        finally:
            self._spend(expression, time.monotonic() - begun)

    def _spend(self, expression: str, seconds: float) -> None:
        if getattr(self._given, "seconds", None) is not None:
            self._given.left -= seconds
            if self._given.left < 0:
                raise FeelSpent(expression, self._given.seconds)

    def _answered(self, expression: str, asked: Asked, *given: str | int | bool) -> Json:
        try:
            answer = msgspec.json.decode(self._timed(asked, *given))
        except JSTimeoutException as error:
            self._calm()
            raise FeelLimit(expression, "求值超出时间限度") from error
        except JSEvalException as error:
            # Out of memory: such an isolate answers nothing any more.
            self._drop()
            raise FeelLimit(expression, "求值超出内存限度") from error
        if "e" in answer:
            raise FeelError(expression, _said(answer["e"]))
        return cast(Json, answer["v"])

    def _timed(self, asked: Asked, *given: str | int | bool) -> str:
        begun = time.process_time()
        try:
            return cast(str, asked(self._open())(*given, timeout_sec=SECONDS))
        except JSTimeoutException:
            if time.process_time() - begun > SECONDS / 2:
                raise
        self._calm()
        return cast(str, asked(self._open())(*given, timeout_sec=SECONDS_AGAIN))

    def _calm(self) -> None:
        """Waits until what was stopped has come to its end, or the next expression would be stopped in its place, or
        pay for it with its own time and memory."""
        for _ in range(PATIENCE):
            try:
                self._open().racer.eval("0", timeout_sec=SECONDS_AGAIN)
                self._open().racer.low_memory_notification()
                return
            except JSEvalException:
                continue
        self._drop()

    def _open(self) -> _Isolate:
        if self._isolate is not None and self._isolate.process != os.getpid():
            _of_the_parent.append(self._isolate)
            self._isolate = None
        if self._isolate is None:
            self._isolate = _make()
        return self._isolate

    def _drop(self) -> None:
        isolate, self._isolate = self._isolate, None
        if isolate is None:
            return
        if isolate.process == os.getpid():
            isolate.racer.close()
        else:
            _of_the_parent.append(isolate)


def _close(reference: weakref.ref[Feel]) -> None:
    feel = reference()
    if feel is not None:
        feel.close()


def _source(expression: str) -> str:
    text = stripped(expression)
    if not text:
        raise FeelError(expression, "表达式是空的")
    if len(text) > LONGEST:
        raise FeelError(expression[:80] + "…", "表达式过长")
    return text


def _said(told: Any) -> Sentence:
    """What V8 says: a text, or a sentence `t` with what fills it, which may be sentences too."""
    if isinstance(told, str):
        return Sentence(told)
    return say(told["t"], **{name: _said(one) if isinstance(one, dict) else one for name, one in told["d"].items()})


def _too_many_digits(value: Json) -> bool:
    if isinstance(value, int):
        return abs(value) >= 10**15
    if isinstance(value, Mapping):
        return any(_too_many_digits(inner) for inner in value.values())
    return isinstance(value, Sequence) and not isinstance(value, str) and any(map(_too_many_digits, value))


def _make() -> _Isolate:
    if not BUNDLE.is_file():
        raise BundleMissing()
    # In a thread with an event loop of its own, V8 would live on that loop and could not be asked from there.
    with ThreadPoolExecutor(1) as elsewhere:
        racer = elsewhere.submit(MiniRacer).result()
    racer.set_hard_memory_limit(BYTES)
    racer.eval(BUNDLE.read_text(encoding="utf-8"))
    for script in ("likeness.js", "comparisons.js", "feel.js"):
        racer.eval((HERE / script).read_text(encoding="utf-8"))
    functions = [cast(JSFunction, racer.eval(name)) for name in ("feelEvaluate", "feelNames", "feelComparisons")]
    return _Isolate(os.getpid(), racer, *functions)
