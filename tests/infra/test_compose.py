"""The containers of deploy/: no engine to run them is at hand here, so they are read, and held against the house."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
import yaml

from engine.settings import Settings
from tests.infra.test_deploy import DEPLOY, HOUSE, started_by

OTHER = {"WEB_WORKERS", "WEB_THREADS"}  # read by gunicorn.conf.py


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """compose.yaml as a container engine reads it, its anchors resolved."""
    told: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return told


@pytest.fixture(scope="module")
def dockerfile() -> dict[str, list[str]]:
    """The instructions of the Dockerfile by their word."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, list[str]] = {}
    for word, rest in re.findall(r"^([A-Z]+) (.*)$", text, re.MULTILINE):
        found.setdefault(word, []).append(rest)
    return found


def test_what_a_service_names_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        mounted = {one.partition(":")[0] for one in service.get("volumes", [])}
        assert mounted <= set(compose["volumes"])
        for other, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"} and "healthcheck" in compose["services"][other]


def test_web_worker_and_database_come_back_and_web_and_database_are_asked_how_they_are(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"database", "web", "worker"}
    assert {one["restart"] for one in services.values()} == {"unless-stopped"}
    assert "pg_isready" in " ".join(services["database"]["healthcheck"]["test"])
    assert "/healthz/ready" in " ".join(services["web"]["healthcheck"]["test"])


def test_the_house_is_given_settings_that_it_reads(compose: dict[str, Any], dockerfile: dict[str, list[str]]) -> None:
    known = {name.upper() for name in Settings.__dataclass_fields__} | OTHER
    inside = dict(pair.split("=", 1) for line in dockerfile["ENV"] for pair in shlex.split(line))
    for name in ("web", "worker"):
        given = inside | compose["services"][name]["environment"]
        read = {key.removeprefix("GUICHENG_").removesuffix("_FILE") for key in given}
        assert read <= known and {"DATABASE_URL", "SECRET_KEY", "AUDIT_KEY", "VAR", "ENV"} <= read
        for key, value in given.items():
            if key.endswith("_FILE"):  # where an engine puts the secrets of a service
                assert value.removeprefix("/run/secrets/") in compose["services"][name]["secrets"]


def test_what_is_written_lies_in_the_volume_that_web_and_worker_share(
    compose: dict[str, Any], dockerfile: dict[str, list[str]]
) -> None:
    (var,) = re.findall(r"GUICHENG_VAR=(\S+)", " ".join(dockerfile["ENV"]))
    assert compose["services"]["web"]["volumes"] == compose["services"]["worker"]["volumes"] == [f"house:{var}"]
    assert f"chown guicheng: /opt/guicheng {var}" in " ".join(dockerfile["RUN"])  # a new volume takes this over


def test_each_secret_is_a_file_that_the_readme_says_how_to_write(
    compose: dict[str, Any], dockerfile: dict[str, list[str]]
) -> None:
    told = (DEPLOY / "README.md").read_text(encoding="utf-8")
    (paragraph,) = re.findall(r"^Write `deploy/secrets/.*$", told, re.MULTILINE)
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"secrets/{name}"} and f"`{name}`" in paragraph.replace("deploy/secrets/", "")
    assert "deploy/secrets/" in (HOUSE / ".gitignore").read_text(encoding="utf-8").splitlines()
    (uid,) = re.findall(r"--uid (\d+)", " ".join(dockerfile["RUN"]))
    assert f"readable by uid {uid}" in paragraph


def test_the_containers_run_what_the_units_run(compose: dict[str, Any], dockerfile: dict[str, list[str]]) -> None:
    assert [
        f"{HOUSE}/{compose['services']['worker']['command'][0]}",
        *compose["services"]["worker"]["command"][1:],
    ] == (started_by("guicheng-worker.service"))
    assert "command" not in compose["services"]["web"] and json.loads(dockerfile["CMD"][0])[0].endswith("gunicorn")
    (port,) = dockerfile["EXPOSE"]
    assert [one.rpartition(":")[2] for one in compose["services"]["web"]["ports"]] == [port]
