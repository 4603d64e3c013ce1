"""The contract between a step and whoever runs jobs."""

from typing import Protocol

from sqlalchemy import Connection


class Queue(Protocol):
    """Calls for a runner. It may call too often, and nothing is lost when it forgets: the job table says what is due.

    `enqueue` is called within the step's transaction, whenever jobs of an instance became ready; what it writes is
    undone with the step. `committed` is called after each commit of a step."""

    def enqueue(self, connection: Connection, instance: str) -> None:
        """Call for the ready jobs of an instance, each when it is due."""

    def committed(self) -> None:
        """The step is in the store."""
