"""The server is killed between and within steps: what was acknowledged is there, what was not is whole or absent."""

from __future__ import annotations

import http.client
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tests.procedures.api import Refused
from tests.procedures.house import House
from tests.procedures.project import Project
from tests.procedures.ways import TOO_RISKY

DIAGRAM = Path(__file__).resolve().parent.parent / "diagrams" / "procedures" / "turns.bpmn"
CLERKS = 4
ROUNDS = 3


@dataclass
class Clerk:
    """Completes turn after turn of one instance and remembers what was acknowledged, and what was not."""

    instance: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)

    def work(self, house: House) -> None:
        """Until the server is gone."""
        api = house.api("project_manager")
        while True:
            try:
                for task in api.get(f"tasks?state=open&instance={self.instance}")["items"]:
                    key = uuid.uuid4().hex
                    self.unanswered[task["id"]] = key
                    api.post(f"tasks/{task['id']}/complete", {"data": {}}, key)
                    self.acknowledged[task["id"]] = self.unanswered.pop(task["id"])
            except (http.client.HTTPException, OSError):
                return

    def repeat(self, house: House) -> None:
        """Send again what was not answered, with the same key: it counts once, whether it had arrived or not."""
        api = house.api("project_manager")
        for task, key in list(self.unanswered.items()):
            api.post(f"tasks/{task}/complete", {"data": {}}, key)
            self.acknowledged[task] = self.unanswered.pop(task)


def begun(house: House) -> list[Clerk]:
    """One instance for each clerk."""
    owner = house.api("process_owner")
    owner.upload("deployments", "files", ("turns.bpmn", "application/xml", DIAGRAM.read_bytes()))
    api = house.api("project_manager")
    bodies = (
        {"definition": "turns", "business_key": f"turns-{n}", "variables": {"last": False}} for n in range(CLERKS)
    )
    return [Clerk(api.post("process-instances", body)["id"]) for body in bodies]


def completed(house: House, instance: str) -> list[str]:
    """The tasks that the journal says were completed, in order."""
    entries = house.api("auditor").every(f"process-instances/{instance}/journal")
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    closed = [effect for entry in entries for effect in entry["effects"] if effect["type"] == "task_closed"]
    assert len(closed) == len([entry for entry in entries if entry["kind"] == "completed"])
    return [effect["task"] for effect in closed]


def test_a_killed_server_keeps_what_it_acknowledged_and_no_half_step(house: House) -> None:
    chance = random.Random(20261124)
    clerks = begun(house)
    for _ in range(ROUNDS):
        threads = [threading.Thread(target=clerk.work, args=(house,)) for clerk in clerks]
        for thread in threads:
            thread.start()
        time.sleep(0.3 + chance.random() / 2)
        house.kill()
        for thread in threads:
            thread.join(timeout=60)
        house.start()
        for clerk in clerks:
            done = completed(house, clerk.instance)
            assert set(clerk.acknowledged) <= set(done)
            assert set(done) <= set(clerk.acknowledged) | set(clerk.unanswered)
            clerk.repeat(house)
            assert sorted(completed(house, clerk.instance)) == sorted(clerk.acknowledged)
    assert all(clerk.acknowledged for clerk in clerks)
    report = house.command("verify")
    assert report.returncode == 0, report.stdout + report.stderr


def test_a_project_goes_on_after_the_server_was_killed_between_its_steps(house: House) -> None:
    project = Project(house, TOO_RISKY.start, TOO_RISKY.answers)
    for stop in ("write_survey", "decide_review"):
        project.carry(until=stop)
        before = project.view()
        house.kill()
        house.start()
        project.again()
        assert project.view() == before
    assert project.carry()["end"] == TOO_RISKY.end
    report = house.command("verify")
    assert report.returncode == 0, report.stdout + report.stderr


def test_a_record_that_was_being_made_when_the_server_was_killed_is_made_once(house: House) -> None:
    project = Project(house, TOO_RISKY.start, TOO_RISKY.answers)
    project.carry(until="write_survey")
    (task,) = (task for task in project.tasks() if task["element"] == "write_survey")
    project.complete(task)
    house.kill()
    house.start()
    project.again()
    project.carry(until="confirm_survey")
    made = [document for document in project.documents() if document["number"] == "JBS00P00401"]
    assert len(made) == 1


def test_completing_twice_at_once_counts_once(house: House) -> None:
    (clerk, *_) = begun(house)
    api = house.api("project_manager")
    (task,) = api.get(f"tasks?state=open&instance={clerk.instance}")["items"]
    answers: list[int] = []

    def complete() -> None:
        try:
            house.api("project_manager").post(f"tasks/{task['id']}/complete", {"data": {}})
            answers.append(200)
        except Refused as refusal:
            answers.append(refusal.status)

    threads = [threading.Thread(target=complete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [200] + [409] * 7
    assert completed(house, clerk.instance) == [task["id"]]
