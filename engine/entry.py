"""One thing that happened to an instance from outside: the line of its journal that `apply` reads."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Channel = Literal["web", "api", "link", "job", "timer", "cli"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a journal. `at` is in microseconds since 1970 UTC; `task` is a task, timer, job or subscription.

    `data` by kind: started {variables, business_key, parent}; completed {data}; message {message, payload};
    job_completed {result}; job_failed {error_code} when it is a BPMN error; cancelled {reason};
    modified {moves: [{token, element, how, to}], reason}; migrated {definition, from, from_version, mapping, reason}.
    Others are passed over.
    """

    instance: str
    seq: int
    at: int
    kind: str
    actor: str
    channel: Channel
    fold: int
    definition_set: str
    element: str | None = None
    task: str | None = None
    on_behalf_of: str | None = None
    address: str | None = None
    form: str | None = None
    data: dict[str, Any] = {}
