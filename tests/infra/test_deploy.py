"""The house as deploy/ runs it: it starts, answers, loses nothing of what forty people do at once, and ends clean."""

from __future__ import annotations

import http.client
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

from bench import crowd, model
from bench.house import OWNER, furnish
from bench.served import Served, free_port, serving
from engine import journal
from engine.actor import OPERATOR
from engine.engine import Engine
from engine.settings import Settings
from tests.postgres import Postgres

HOUSE = Path(__file__).resolve().parents[2]
DEPLOY = HOUSE / "deploy"
PROXY = {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https"}
PASSWORD = "long enough for a test"


def started_by(unit: str) -> list[str]:
    """The command of a systemd unit, the house being here."""
    (line,) = re.findall(r"^ExecStart=(.*)$", (DEPLOY / unit).read_text(encoding="utf-8"), re.MULTILINE)
    return [word.replace("/opt/guicheng", str(HOUSE)) for word in shlex.split(line)]


@contextmanager
def machine(var: Path, url: str | None, **more: str) -> Iterator[Served]:
    """One machine's web processes; they have to end by themselves when told to, and to have had nothing to regret."""
    port = free_port()
    own = {
        "GUICHENG_VAR": str(var),
        "GUICHENG_PORT": str(port),
        "GUICHENG_ENV": "production",
        "GUICHENG_PROXIES": "1",
        **more,
    }
    with serving(
        started_by("guicheng-web.service"),
        port,
        "/healthz/ready",
        own | ({"GUICHENG_DATABASE_URL": url} if url else {}),
    ) as served:
        yield served
    assert served.process.returncode == 0
    told = [json.loads(line) for line in (var / "server.log").read_text(encoding="utf-8").splitlines()]
    assert {one["level"] for one in told} == {"info"}


def house(var: Path, url: str | None) -> Engine:
    """A store with the people and the diagram of the crowd."""
    engine = Engine(Settings(var=var, database_url=url))
    furnish(engine, model.files(crowd.KEY))
    engine.set_password(OPERATOR, OWNER.user, PASSWORD)
    return engine


class Browser:
    """Reads pages and sends forms through a proxy of HTTPS; the cookie, which is for that alone, goes by hand."""

    def __init__(self, port: int) -> None:
        self.port, self.cookie, self.token = port, "", ""

    def ask(self, method: str, path: str, **fields: str) -> tuple[int, str]:
        """Status and text of a page, or of what became of a form."""
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded", **PROXY}
        body = urlencode({"csrf_token": self.token, **fields}) if method == "POST" else None
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        self.cookie = str(answer.headers["Set-Cookie"] or self.cookie).partition(";")[0]
        self.token = "".join(re.findall(r'name="csrf-token" content="([^"]+)"', text)) or self.token
        return answer.status, text


def visit(engine: Engine, port: int) -> None:
    """The owner logs in, opens a task, and does it."""
    instance = engine.start(OWNER, crowd.KEY, "K", {"last": False}).id
    (task,) = engine.tasks(OWNER, instance=instance).items
    browser = Browser(port)
    browser.ask("GET", "/login")
    assert browser.ask("POST", "/login", name=OWNER.user, password=PASSWORD)[0] == 302
    status, page = browser.ask("GET", f"/tasks/{task.id}")
    assert status == 200 and OWNER.user in page
    assert browser.ask("POST", f"/tasks/{task.id}")[0] == 302
    with engine.room.database.read() as connection:
        done = journal.read(connection, instance)[-1].entry
    told = done.kind, done.actor, done.channel, done.address
    assert told == ("completed", OWNER.user, "web", PROXY["X-Forwarded-For"])


def test_one_command_starts_the_web_processes_wherever_deploy_says_how() -> None:
    command = [word.replace(f"{HOUSE}/", "") for word in started_by("guicheng-web.service")]
    (run,) = re.findall(r"^CMD (.*)$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert json.loads(run) == command
    told = re.findall(r"(\.venv/bin/gunicorn .*) &$", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert told and all(shlex.split(one) == command for one in told)


def test_the_web_processes_start_answer_and_end_on_sqlite(tmp_path: Path) -> None:
    engine = house(tmp_path, None)
    with machine(tmp_path, None) as served:
        visit(engine, served.port)
    report = engine.verify()
    assert report.ok and report.anchored == report.entries  # what ends last writes an anchor
    engine.close()


def test_forty_people_at_two_machines_lose_nothing_and_do_nothing_twice(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.make()
    engine, one_process = house(tmp_path, url), {"GUICHENG_WEB_WORKERS": "1"}
    with machine(tmp_path, url, **one_process) as one, machine(tmp_path, url, **one_process) as other:
        people = crowd.people(engine, (one.port, other.port), 40)
        crowd.work(people, 4)
        visit(engine, other.port)
    outcome = crowd.compared(engine, people)
    assert outcome.lost == {} and outcome.surplus == {}
    assert outcome.verified, outcome.report
    ways = {way: outcome.told[f"{way}, answered 200"] for way in crowd.WAYS}
    assert min(ways.values()) > 0 and sum(ways.values()) == outcome.acknowledged.total()
    engine.close()
    postgres.drop(url)
