"""Jobs on PostgreSQL: deferred to Procrastinate, in the step's own transaction and on its connection.

Procrastinate's rows only call; ours say what is due. A job has at most one call that waits and one that runs: its id is
both of Procrastinate's locks. Times go to the database as distances, so its clock need not agree with ours.
"""

from collections.abc import Callable

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from engine.clock import SECOND
from engine.jobs import rows, starts, stranded, timers
from engine.room import Room

log = structlog.get_logger()
QUEUE, JOB, TIMER, START = "guicheng", "guicheng.job", "guicheng.timer", "guicheng.start"
MOST = 500
# Any number, the same in every worker: who holds it sweeps, the others need not.
SWEEP = 7_305_004

# Procrastinate 3's public SQL; the condition keeps to its two partial indexes.
_WAITS = "SELECT 1 FROM procrastinate_jobs p WHERE p.queueing_lock = d.id AND p.status = 'todo'"
_RUNS = "SELECT 1 FROM procrastinate_jobs p WHERE p.lock = d.id AND p.status = 'doing'"
_DEFER = f"""
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW('{QUEUE}', :task, 0, d.id, d.id, jsonb_build_object('id', d.id),
        CASE WHEN d.wait > 0 THEN now() + make_interval(secs => d.wait) END)::procrastinate_job_to_defer_v1
        ORDER BY d.place))
    FROM ({{due}}) d WHERE NOT EXISTS ({_WAITS}) {{unless}} HAVING count(*) > 0
"""
_READY = f"""
    SELECT id, row_number() OVER (ORDER BY seq, id) AS place,
        CASE WHEN attempts = 0 THEN 0 ELSE (due_at - :now) / {SECOND}.0 END AS wait
    FROM job WHERE instance = :instance AND state = 'ready'
"""
_enqueue = text(_DEFER.format(due=_READY, unless=f"AND NOT EXISTS ({_RUNS})"))
_later = text(_DEFER.format(due="SELECT :id AS id, 1 AS place, CAST(:wait AS float) AS wait", unless=""))
_sweep = text(
    _DEFER.format(
        due="SELECT id, place, 0 AS wait FROM unnest(CAST(:ids AS varchar[])) WITH ORDINALITY AS u(id, place)",
        unless=f"AND NOT EXISTS ({_RUNS})",
    )
)
_alone = text(f"SELECT pg_try_advisory_xact_lock({SWEEP})")


class Deferred:
    """The queue of a house whose jobs are run by workers."""

    def __init__(self, clock_now: Callable[[], int]) -> None:
        self._now = clock_now

    def enqueue(self, connection: Connection, instance: str) -> None:
        """Defer the ready jobs of an instance."""
        connection.execute(_enqueue, {"task": JOB, "instance": instance, "now": self._now()})

    def later(self, connection: Connection, job: str, wait: int) -> None:
        """Defer a job once more, while its call that runs comes to an end."""
        connection.execute(_later, {"task": JOB, "id": job, "wait": wait / SECOND})

    def committed(self) -> None:
        """Nothing: the database tells the workers."""


def sweep(room: Room) -> bool:
    """Defer what is due and nobody was called for: timers, and jobs whose call was lost. Whether this process did."""
    try:
        with room.database.write() as connection:
            if not connection.execute(_alone).scalar():
                return False
            now = room.clock.now()
            ripe = timers.due(now, MOST, stranded.left(room))
            for task, due in ((JOB, rows.waiting(room).limit(MOST)), (TIMER, ripe), (START, starts.due(now, MOST))):
                ids = list(connection.execute(due).scalars())
                if ids:
                    connection.execute(_sweep, {"task": task, "ids": ids})
    except IntegrityError:  # a step deferred the same job in this instant
        log.info("sweep overtaken")
    return True
