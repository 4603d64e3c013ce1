"""Wires the house together: `create_app` for a server of your choice, and the command line behind ./run."""

from __future__ import annotations

import gc
import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TextIO

import click
import waitress
from flask import Flask

import web.app
from bpmn.errors import GuichengError
from bpmn.model import File, Finding
from bpmn.sentence import as_sentence
from engine import logs
from engine.actor import OPERATOR
from engine.anchors import written
from engine.backup import restore as from_backup
from engine.clock import rfc3339
from engine.engine import Engine
from engine.furnish import furnish
from engine.settings import SettingRefused, Settings, from_environment
from engine.simulate import RUNS
from tasks import TASKS
from web.catalogues import say

# Requests beyond the limit are answered by the pages' own 413, which needs them read; beyond this nobody listens.
FLOOD = 256 * 1024 * 1024
THREADS = 8


def settle() -> None:
    """Leave what the start has made out of every later collection, and collect less often: a tenth of a step's time.

    Instances kept live are many small things that stay; with the usual thresholds Python walks them all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application, its clockwork running, for any WSGI server."""
    settings = settings or from_environment()
    logs.configure(settings)
    engine = Engine(settings, topics=TASKS, say=say)
    furnish(engine, settings)
    engine.start_background()
    application = web.app.build(engine, settings)
    settle()
    return application


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Engine]:
    """An engine for one command, closed afterwards; FEEL's V8 would keep the process alive otherwise."""
    settings = settings or from_environment()
    logs.configure(settings)
    engine = Engine(settings, topics=TASKS, say=say)
    try:
        yield engine
    finally:
        engine.close()


class Commands(click.Group):
    """Tells an error of ours as a sentence and what was found, not as a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. Raises ClickException with the sentence of a GuichengError."""
        try:
            return super().invoke(ctx)
        except GuichengError as error:
            speak = speaker()
            lines = [
                error.said.told(speak),
                *(f"{e.field}: {as_sentence(e.message).told(speak)}" for e in error.errors),
            ]
            raise click.ClickException("\n".join([*lines, *told(getattr(error, "findings", ()), speak)])) from None


def speaker() -> Callable[[str], str]:
    """What turns sentences into the language of the command line."""
    try:
        return partial(say, from_environment().language)
    except SettingRefused:
        return partial(say, "zh")


def told(findings: Iterable[Finding], speak: Callable[[str], str]) -> Iterator[str]:
    """Findings, a line each: how grave, where, which rule, what is wrong and what to do."""
    for one in findings:
        place = ":".join(str(part) for part in (one.file, one.line) if part)
        said = one.said.told(speak) if one.said is not None else speak(one.message)
        yield f"{one.severity}: {place}: {one.rule}: {said}"


@click.group(cls=Commands, invoke_without_command=True)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Guicheng 规程: without a command it serves."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(serve)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


@main.command()
def serve() -> None:
    """Serve pages and API until told to stop (SIGTERM, Ctrl-C); the last thing written is an anchor."""
    settings = from_environment()
    with opened(settings) as engine:
        made = furnish(engine, settings)
        if made:
            click.echo("Demonstration accounts, one a role. Their passwords are shown this once:")
        for name, password in made.items():
            click.echo(f"  {name:<22} {password}")
        try:
            server = waitress.create_server(
                web.app.build(engine, settings),
                host=settings.host,
                port=settings.port,
                threads=THREADS,
                max_request_body_size=FLOOD,
                clear_untrusted_proxy_headers=not settings.proxies,  # with GUICHENG_PROXIES the pages read them
                ident=None,
            )
        except OSError as error:
            raise click.ClickException(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from None
        signal.signal(signal.SIGTERM, _stop)
        engine.start_background()
        settle()
        click.echo(f"Guicheng 规程 http://{settings.host}:{settings.port}")
        if engine.needs_workers:
            click.echo("Jobs and timers wait for ./run worker, here or on another machine.")
        try:
            server.run()
        finally:
            server.close()
            engine.anchor()


@main.command()
def worker() -> None:
    """Run jobs and timers on PostgreSQL until told to stop (SIGTERM, Ctrl-C); the running ones finish first."""
    settings = from_environment()
    with opened(settings) as engine:
        click.echo(f"Guicheng 规程 worker, {settings.worker_concurrency} jobs at once")
        engine.run_worker()


@main.group()
def token() -> None:
    """Tokens for programs."""


@token.command("create")
@click.argument("user")
def token_create(user: str) -> None:
    """Print a new token of USER; it is not stored and cannot be shown again."""
    with opened() as engine:
        click.echo(engine.token_create(user))


@main.group()
def user() -> None:
    """People and what they may do."""


@user.command("create")
@click.argument("name")
@click.option("--display-name", default="", help="The name that others see.")
@click.option("--email", default="")
@click.option("--role", "roles", multiple=True, help="The key of a role to grant; may be repeated.")
@click.password_option()
def user_create(name: str, display_name: str, email: str, roles: tuple[str, ...], password: str) -> None:
    """Make an account."""
    with opened() as engine:
        shown = display_name or name
        engine.create_user(OPERATOR, name, display_name=shown, email=email, password=password, roles=roles)


@user.command("password")
@click.argument("name")
@click.password_option()
def user_password(name: str, password: str) -> None:
    """Set a new password."""
    with opened() as engine:
        engine.set_password(OPERATOR, name, password)


@user.command("grant")
@click.argument("name")
@click.argument("role")
def user_grant(name: str, role: str) -> None:
    """Let NAME hold ROLE."""
    with opened() as engine:
        engine.grant(OPERATOR, name, role)


@user.command("revoke")
@click.argument("name")
@click.argument("role")
def user_revoke(name: str, role: str) -> None:
    """Take ROLE from NAME."""
    with opened() as engine:
        engine.revoke(OPERATOR, name, role)


@user.command("list")
def user_list() -> None:
    """Everybody, with their roles."""
    with opened() as engine:
        for one in engine.users():
            state = "" if one.active else " (inactive)"
            click.echo(f"{one.name:<22} {one.display_name}{state}: {', '.join(sorted(one.roles))}")


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def deploy(files: tuple[Path, ...]) -> None:
    """Deploy .bpmn, .dmn, .form and .docx FILES as one set."""
    with opened() as engine:
        deployment = engine.deploy(OPERATOR, [File(path.name, path.read_bytes()) for path in files])
        for line in told(deployment.findings, speaker()):
            click.echo(line)
        for definition in deployment.definitions:
            click.echo(f"{definition.key} version {definition.version}: {definition.name}")


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--answers", type=click.File(encoding="utf-8"), help="JSON: {field: value or [first visit, ...]}.")
@click.option("--runs", default=RUNS, show_default=True, help="How often each process is walked.")
@click.option("--seed", default=1, show_default=True, help="The same seed walks the same ways.")
@click.option("--definition", help="Only the process of this key.")
def simulate(files: tuple[Path, ...], answers: TextIO | None, runs: int, seed: int, definition: str | None) -> None:
    """Walk the diagrams in FILES with chosen or random answers; nothing is stored. Exit status 1 where a walk fails."""
    try:
        given_answers = json.load(answers) if answers is not None else {}
    except ValueError as error:
        raise click.ClickException(f"--answers: not JSON: {error}") from None
    if not isinstance(given_answers, dict):
        raise click.ClickException("--answers: must be an object of fields and values")
    with opened() as engine:
        given = [File(path.name, path.read_bytes()) for path in files]
        outcome = engine.simulate(OPERATOR, given, given_answers, runs, seed, definition)
    speak = speaker()
    for line in told(outcome.findings, speak):
        click.echo(line)
    for one in outcome.simulations:
        click.echo(f"{one.process}: {one.runs} runs, {one.unended} of them left unended")
        click.echo("  ends     " + (", ".join(f"{end} {count}" for end, count in one.ends.items()) or "none"))
        click.echo("  waits    " + (", ".join(f"{element} ({kind})" for element, kind in one.waits.items()) or "none"))
        click.echo("  never    " + (", ".join([*one.never, *one.flows_never]) or "nothing: everything was reached"))
        for failure in one.failures:
            click.echo(f"  FAILED   {failure.element} in {failure.runs} runs: {failure.said.told(speak)}")
            click.echo(f"           e.g. {json.dumps(failure.answers, ensure_ascii=False)}")
    failed = any(one.failures for one in outcome.simulations)
    sys.exit(1 if failed or not outcome.simulations else 0)


@main.command()
@click.argument("instance", required=False)
@click.option("--anchor", "root", help="The root of a printed anchor: nothing that it covers may have changed.")
def verify(instance: str | None, root: str | None) -> None:
    """Check every chain, seal and anchor, and re-execute every instance, or INSTANCE; exit status 1 for a fault."""
    with opened() as engine:
        report = engine.verify(instance, root)
        engine.noted(OPERATOR, "verify", instance, instance, ok=report.ok, faults=len(report.faults))
    click.echo(report.told(speaker()))
    sys.exit(0 if report.ok else 1)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write rows, files and anchors into FILE, while the house serves or not; the keys are yours to keep elsewhere."""
    with opened() as engine:
        engine.noted(OPERATOR, "backup", name=file.name)
        contents = engine.backup(file)
    click.echo(f"{file}: {sum(contents.rows.values())} rows, {contents.files} files, {contents.anchors} anchors")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--keys-lost", is_flag=True, help="Go on though the keys are others than those that sealed the entries.")
def restore(file: Path, keys_lost: bool) -> None:
    """Fill an empty store from FILE and verify it; exit status 1 where anything disagrees. First put the keys there."""
    settings = from_environment()
    contents = from_backup(settings, file, keys_lost)
    click.echo(f"{file}: {sum(contents.rows.values())} rows, {contents.files} files, {contents.anchors} anchors")
    with opened(settings) as engine:
        report = engine.verify()
    click.echo(str(report))
    sys.exit(0 if report.ok else 1)


@main.command()
def rebuild() -> None:
    """Make the read tables again from the journals."""
    with opened() as engine:
        engine.rebuild()
        engine.noted(OPERATOR, "rebuild")


@main.command()
def checkpoint() -> None:
    """Write each running instance's full state as an entry, before a release of another fold; stop the server first."""
    with opened() as engine:
        told = engine.checkpoint()
        engine.noted(OPERATOR, "checkpoint", ok=told.ok)
    click.echo(str(told))
    sys.exit(0 if told.ok else 1)


def _pairs(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    if not all(old and new for old, _, new in (pair.partition("=") for pair in given)):
        raise click.BadParameter("must be OLD=NEW, the ids of two elements")
    return {old: new for old, _, new in (pair.partition("=") for pair in given)}


@main.command()
@click.argument("key")
@click.option("--to", "version", type=click.IntRange(min=1), help="The version to go on on. [default: the newest]")
@click.option("--reason", default="", help="Why; it stands in each journal.")
@click.option("--map", "mapping", multiple=True, callback=_pairs, help="OLD=NEW: the element that an old one became.")
@click.option("--dry-run", is_flag=True, help="Only say which can and which cannot.")
def migrate(key: str, version: int | None, reason: str, mapping: dict[str, str], dry_run: bool) -> None:
    """Let every running instance of the process KEY that can go on on another version; exit status 1 where one cannot.

    Each goes as a whole or stays as it is."""
    if not dry_run and not reason.strip():
        raise click.UsageError("--reason is missing: why are they migrated?")
    done, left = 0, 0
    cursor: str | None = ""
    with opened() as engine:
        to = engine.definition(key, version).version
        while cursor is not None:
            page = engine.rehearse(OPERATOR, key, to, mapping, cursor)
            for one in page.items:
                click.echo(str(one))
                moves = one.can and (dry_run or _migrated(engine, one.instance, to, mapping, reason))
                done, left = done + moves, left + (not moves)
            cursor = page.next
    click.echo(f"{done} {'can be migrated' if dry_run else 'migrated'} to version {to}, {left} cannot")
    sys.exit(1 if left else 0)


def _migrated(engine: Engine, instance: str, version: int, mapping: dict[str, str], reason: str) -> bool:
    try:
        engine.migrate(OPERATOR, instance, version, mapping, reason)
    except GuichengError as error:  # it has moved on since it was rehearsed; the others go on
        click.echo(f"  not migrated: {error}")
        return False
    return True


@main.command()
@click.argument("procedure")
@click.option("--days", type=click.IntRange(min=1), required=True, help="Ended more than so many days ago.")
@click.option("--reason", required=True, help="Why; it is kept.")
@click.option("--yes", is_flag=True, help="Remove them. Without it they are only counted.")
def purge(procedure: str, days: int, reason: str, yes: bool) -> None:
    """Remove ended projects of PROCEDURE with all that is linked to them; the sealed heads of their chains stay."""
    with opened() as engine:
        if not yes:
            click.echo(f"{len(engine.purge_due(OPERATOR, procedure, days))} projects would be purged; --yes does it.")
            return
        click.echo(f"{len(engine.purge(OPERATOR, procedure, days, reason))} projects purged.")


@main.command("anchors")
def list_anchors() -> None:
    """List the anchors, oldest first, and what none of them covers yet."""
    with opened() as engine:
        standing = engine.anchors(OPERATOR)
    for one in reversed(standing.anchors):
        click.echo(f"{one.number:>6}  {rfc3339(one.at)}  {one.instances} instances, {one.entries} entries")
        click.echo(f"        {written(one.root)}")
    click.echo(f"not yet covered: {standing.entries} entries of {standing.instances} instances")


@main.command()
def anchor() -> None:
    """Write an anchor over all chain heads now."""
    with opened() as engine:
        click.echo(engine.anchor())


if __name__ == "__main__":
    main()
