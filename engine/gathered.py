"""Reads are told to the audit log by the second: nobody waits for them, and a read costs no transaction of its own.

A process that is killed loses what it gathered in the last second; one that ends writes it first. What may not be lost
is written before it is answered: see `engine/audit.py`.
"""

import threading
from collections.abc import Callable, Sequence

import structlog

from engine.audit import Deed

SECOND = 1.0
MOST = 5000
"""Deeds that may wait; where the store is away so long, whoever comes next writes, and is refused with it."""
log = structlog.get_logger()


class Gathered:
    """Deeds of this process that wait to be written. The thread begins with the first of them."""

    def __init__(self, write: Callable[[Sequence[Deed]], None]) -> None:
        self._write = write
        self._waiting: list[Deed] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._due = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, deed: Deed) -> None:
        """Have a deed written within a second."""
        with self._lock:
            self._waiting.append(deed)
            full = len(self._waiting) > MOST
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._run, name="audit log", daemon=True)
                self._thread.start()
        self._due.set()
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what waits, now. Raises what the store says; then it waits on."""
        with self._writing:
            with self._lock:
                taken, self._waiting = self._waiting, []
            if not taken:
                return
            try:
                self._write(taken)
            except BaseException:
                with self._lock:
                    self._waiting = taken + self._waiting
                raise

    def close(self) -> None:
        """End the thread and write what is left."""
        self._ended.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._due.wait()
            self._ended.wait(SECOND / 2)
            self._due.clear()
            try:
                self.flush()
            except Exception as error:  # the store may be away for a while: the next second tries again
                log.error("audit log not written", error=type(error).__name__, exc_info=error)
                self._due.set()
