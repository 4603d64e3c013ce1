"""Deployments as desktop modelers make and list them: with a name and a source, and none where nothing changed."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from bpmn.errors import NotFound
from bpmn.model import File
from engine.actor import Actor
from engine.deploy import Named, deploy, in_force
from engine.room import Room
from engine.store import tables as t
from engine.views import Deployment, DeploymentRow


class UnknownDeployment(NotFound):
    """没有部署“{id}”。"""


def create(
    room: Room,
    actor: Actor,
    files: Sequence[File],
    name: str | None,
    source: str | None,
    unchanged: bool,
    changed_only: bool,
) -> tuple[DeploymentRow, Deployment | None]:
    """Deploy under a name. Raises DeploymentRefused.

    `unchanged`: where the newest deployment of that name was of the same files and they are in force, it is answered
    and nothing deployed (None). `changed_only`: of the files only those that changed since then are deployed."""
    given = {file.name: hashlib.sha256(file.content).hexdigest() for file in files}
    sent = list(files)
    if unchanged or changed_only:
        earlier = [row for row in _rows(room) if row["name"] == name and row["given"]]
        last = earlier[-1] if earlier else None
        if last is not None and last["given"] == given and in_force(room, files):
            return _view(last), None
        if changed_only:
            known = {file: sha for row in earlier for file, sha in row["given"].items()}
            same = [file for file in files if known.get(file.name) == given[file.name] and in_force(room, [file])]
            sent = [file for file in files if file not in same] or sent
    made = deploy(room, actor, sent, named=Named(name, source, given))
    return one(room, made.id), made


def listed(room: Room) -> list[DeploymentRow]:
    """Every deployment, oldest first."""
    return [_view(row) for row in _rows(room)]


def one(room: Room, id: str) -> DeploymentRow:
    """A deployment. Raises UnknownDeployment."""
    found = [row for row in _rows(room, id)]
    if not found:
        raise UnknownDeployment(id=id)
    return _view(found[0])


def _rows(room: Room, id: str | None = None) -> list[dict[str, Any]]:
    query = select(t.deployment).order_by(t.deployment.c.at, t.deployment.c.id)
    if id is not None:
        query = query.where(t.deployment.c.id == id)
    with room.database.read() as connection:
        rows = connection.execute(query).all()
    told: dict[str, Any] = {"name": None, "source": None, "given": {}}
    return [
        {**told, **msgspec.json.decode(row.findings), "id": row.id, "at": row.at, "actor": row.actor} for row in rows
    ]


def _view(row: dict[str, Any]) -> DeploymentRow:
    return DeploymentRow(row["id"], row["name"], row["source"], row["at"], row["actor"])
