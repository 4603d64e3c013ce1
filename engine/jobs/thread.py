"""Jobs on SQLite: one thread of the server runs them, called by an event."""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import Connection

from bpmn.errors import Unavailable
from engine.jobs import letters, rows, starts, timers, work
from engine.room import Room

log = structlog.get_logger()
POLL = 1.0
HOUR = 3600.0


class Wake:
    """The queue of a house that runs its jobs itself: it only wakes the thread, which looks into the table."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def enqueue(self, connection: Connection, instance: str) -> None:
        """Nothing: the thread reads the job table."""

    def later(self, connection: Connection, job: str, wait: int) -> None:
        """Nothing: the thread reads the job table."""

    def committed(self) -> None:
        """Wake the thread."""
        self.event.set()


class JobThread:
    """Runs jobs, timers, processes that begin by themselves; every minute letters and, every hour, `hourly`."""

    def __init__(self, room: Room, wake: Wake, hourly: Callable[[], None]) -> None:
        self._room, self._wake, self._hourly = room, wake, hourly
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="guicheng-jobs", daemon=True)

    def start(self) -> None:
        """Give back what a process that died had taken, and begin."""
        rows.give_back(self._room)
        self._thread.start()

    def stop(self, timeout: float = 30) -> None:
        """Let the running job finish, then end."""
        self._stopping.set()
        self._wake.event.set()
        if self._thread.is_alive():
            self._thread.join(timeout=timeout)

    def _loop(self) -> None:
        until_hourly, until_letters = HOUR, letters.EVERY
        while not self._stopping.is_set():
            self._wake.event.clear()
            try:
                busy = timers.fire_due(self._room) + starts.fire_due(self._room) + work.run_once(self._room)
                if until_letters <= 0:
                    until_letters = letters.EVERY
                    busy += letters.remind(self._room)
                if until_hourly <= 0:
                    until_hourly = HOUR
                    self._hourly()
            except Unavailable as error:
                log.warning("the store cannot be used", reason=str(error))
                busy = 0
            except Exception:  # the thread outlives whatever happened; the log says it
                log.exception("background work failed")
                busy = 0
            if not busy:
                self._wake.event.wait(POLL)
            until_hourly -= POLL
            until_letters -= POLL
