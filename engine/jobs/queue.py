"""The contract between a step and whoever runs jobs."""

from typing import Protocol

from sqlalchemy import Connection


class Queue(Protocol):
    """Calls for a runner. It may call too often, and nothing is lost when it forgets: the job table says what is due.

    `enqueue` and `later` are called within the transaction that made jobs ready; what they write is undone with it.
    `committed` is called after the commit."""

    def enqueue(self, connection: Connection, instance: str) -> None:
        """Call for the ready jobs of an instance that nobody was called for."""

    def later(self, connection: Connection, job: str, wait: int) -> None:
        """Call again for a job that is being run, after that time (us)."""

    def committed(self) -> None:
        """The step is in the store."""
