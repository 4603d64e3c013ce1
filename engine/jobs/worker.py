"""`./run worker`: a process that runs jobs on PostgreSQL, beside any number of others on any number of machines.

Procrastinate hands the calls out, tells by heartbeats which workers live, and lets the running jobs end on SIGTERM.
Imported by the worker alone: a house on SQLite loads no PostgreSQL driver.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL

from bpmn.errors import Unavailable
from engine.jobs import letters, rows, starts, timers, work
from engine.jobs.deferred import JOB, QUEUE, START, TIMER, sweep
from engine.room import Room
from engine.settings import Settings

log = structlog.get_logger()
POLL = 1.0
RETRY = 3.0
HOUR = 3600.0


def serve(room: Room, hourly: Callable[[], None]) -> None:
    """Run jobs until SIGTERM or Ctrl-C; then let the running ones end, and return."""
    asyncio.run(_serve(room, hourly))


async def _serve(room: Room, hourly: Callable[[], None]) -> None:
    settings = room.settings
    # Jobs block: each has a thread, and the sweep one more.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(settings.worker_concurrency + 2))
    app = _app(room)
    async with app.open_async():
        sweeping = asyncio.create_task(_sweeping(room, app, hourly))
        try:
            while not await _worked(app, settings):
                await asyncio.sleep(RETRY)
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)


async def _worked(app: procrastinate.App, settings: Settings) -> bool:
    """Work until told to stop; False when the store went away first. Calls taken by then are taken over later."""
    try:
        await app.run_worker_async(
            queues=[QUEUE],
            name=f"guicheng@{socket.gethostname()}",
            concurrency=settings.worker_concurrency,
            delete_jobs="always",
            fetch_job_polling_interval=POLL,  # a call that was taken over, or whose time has come, is told to nobody
            update_heartbeat_interval=settings.worker_lost_after / 3,
            stalled_worker_timeout=settings.worker_lost_after,
        )
    except ConnectorException as error:
        log.warning("the store is away", reason=str(error.__cause__ or error))
        return False
    return True


def libpq(url: URL) -> str:
    """Where the database is in libpq's words: it would not take every URL that SQLAlchemy writes, a blank for one."""
    _, given = url.get_dialect()().create_connect_args(url)
    return make_conninfo(**given)


def _app(room: Room) -> procrastinate.App:
    conninfo = libpq(room.database.engine.url)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4))

    @app.task(name=JOB, queue=QUEUE)
    def job(id: str) -> None:
        work.one(room, id)

    @app.task(name=TIMER, queue=QUEUE)
    def timer(id: str) -> None:
        timers.fire(room, id)

    @app.task(name=START, queue=QUEUE)
    def start(id: str) -> None:
        starts.fire(room, id)

    return app


async def _sweeping(room: Room, app: procrastinate.App, hourly: Callable[[], None]) -> None:
    until_hourly, until_letters = HOUR, letters.EVERY
    while True:
        try:
            if await asyncio.to_thread(sweep, room):
                await _take_over(room, app)
            if until_letters <= 0:
                until_letters = letters.EVERY
                await asyncio.to_thread(letters.remind, room)
            if until_hourly <= 0:
                until_hourly = HOUR
                await asyncio.to_thread(hourly)
        except (Unavailable, ConnectorException) as error:
            log.warning("the store is away", reason=str(error.__cause__ or error))
        except Exception:  # the sweep outlives whatever happened; the log says it
            log.exception("sweep failed")
        await asyncio.sleep(POLL)
        until_hourly -= POLL
        until_letters -= POLL


async def _take_over(room: Room, app: procrastinate.App) -> None:
    """Let others run what a worker without heartbeat had taken."""
    lost_after = room.settings.worker_lost_after
    for call in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=lost_after):
        log.warning("taken over", job=call.task_kwargs["id"], worker=call.worker_id)
        await asyncio.to_thread(rows.give_back, room, str(call.task_kwargs["id"]))
        await app.job_manager.retry_job(call)
