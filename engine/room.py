"""The machine room: what every part of the engine works with, wired once by the facade."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from bpmn.feel import Feel
from engine import audit
from engine.clock import Clock
from engine.contract import TaskHandler
from engine.film import Film
from engine.gathered import Gathered
from engine.jobs.queue import Queue
from engine.keys import Keys
from engine.settings import Settings
from engine.spiff import Live
from engine.store.database import Database

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """A bounded cache, the least recently used goes first. `take` removes: two threads never hold one thing."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: Key) -> Value | None:
        """The thing, which the cache no longer has."""
        with self._lock:
            return self._items.pop(key, None)

    def get(self, key: Key) -> Value | None:
        """The thing, to look at only."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Keep the thing."""
        with self._lock:
            self._items[key] = value
            self._items.move_to_end(key)
            while len(self._items) > self._most:
                self._items.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._items.clear()


@dataclass
class Held:
    """A live instance, the last entry that it has taken, and the entry at which it was last put away."""

    live: Live
    seq: int
    kept: int = 0


@dataclass
class Room:
    """Settings, clock, keys, store, FEEL, service tasks and caches of one house."""

    settings: Settings
    clock: Clock
    keys: Keys
    database: Database
    feel: Feel
    topics: Mapping[str, TaskHandler]
    queue: Queue
    lives: Kept[str, Held]
    variables: Kept[str, tuple[int, dict[str, Any]]]
    sets: Kept[str, Any] = field(default_factory=lambda: Kept(64))
    definitions: Kept[str, Any] = field(default_factory=lambda: Kept(64))
    say: Callable[[str, str], str] = lambda language, text: text
    """What a text of ours is in a language, for mails: pages speak for themselves."""
    forms: Kept[str, Any] = field(default_factory=lambda: Kept(256))
    checked: Kept[Any, Any] = field(default_factory=lambda: Kept(64))
    """What was found in the files of proposals: looking at a whole procedure takes a second."""
    contents: Kept[Any, Any] = field(default_factory=lambda: Kept(2048))
    """What files of proposals are about, by name and hash."""
    films: Kept[str, Film] = field(default_factory=lambda: Kept(8))
    """What was read of journals to replay them: ten thousand entries take half a second, and some megabytes."""
    stranded: set[str] = field(default_factory=set)
    """Instances left alone by whoever runs jobs and timers: they lack a checkpoint."""
    chain: str = field(default_factory=audit.new_chain)
    """What this process writes of the audit log."""
    gathered: Gathered = field(init=False)

    def __post_init__(self) -> None:
        self.gathered = Gathered(lambda deeds: self.database.run(partial(self._audit, deeds)))

    def _audit(self, deeds: Sequence[audit.Deed], connection: Connection) -> None:
        audit.write(connection, self.keys, self.chain, deeds)
