"""Whatever is pushed through the deployment door, somebody can do something with the answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bpmn.model import File
from engine.actor import OPERATOR
from engine.engine import Engine
from engine.settings import Settings
from tasks import TASKS
from tests.door.knock import Answer, Door, multipart
from tests.door.mutation import mutated
from tests.web.browsers import Program
from web.app import build


@pytest.mark.parametrize("seed", [0, 1000])
def test_damaged_deployments_are_refused_with_reasons_or_can_be_begun(tmp_path: Path, seed: int) -> None:
    settings = Settings(var=tmp_path)
    engine = Engine(settings, topics=TASKS)
    try:
        engine.create_user(OPERATOR, "keeper", "负责人", roles=("process_owner",))
        owner = Program(build(engine, settings).test_client(), engine.token_create("keeper"))

        def deploy(files: Sequence[File]) -> Answer:
            body, kind = multipart(files)
            answer = owner.post("deployments", data=body, content_type=kind)
            return answer.status_code, answer.json

        def start(key: str) -> Answer:
            answer = owner.post("process-instances", {"definition": key})
            return answer.status_code, answer.json

        count = Door(deploy, start, range(seed, seed + 40)).knock()
        assert count.wrong == {}
        assert {201, 422} <= set(count.deployed) and count.started
    finally:
        engine.close()


def test_a_seed_damages_the_same_each_time() -> None:
    assert mutated(7) == mutated(7) != mutated(8)
