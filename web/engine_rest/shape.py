"""The engine's views in Camunda 7's words: DeploymentDto, ProcessDefinitionDto."""

from __future__ import annotations

from typing import Any

from flask import request

from engine.views import Definition, DeploymentRow
from web.times import BEIJING, moment


def deployment(row: DeploymentRow) -> dict[str, Any]:
    """A deployment. There are no tenants."""
    return {
        "links": [],
        "id": row.id,
        "name": row.name,
        "source": row.source,
        "deploymentTime": time(row.at),
        "tenantId": None,
    }


def made(row: DeploymentRow, definitions: list[Definition] | None) -> dict[str, Any]:
    """A deployment with what it defined: null where nothing was deployed. Cases and decisions have no versions here."""
    link = f"{request.url_root.rstrip('/')}/engine-rest/deployment/{row.id}"
    processes = None if definitions is None else {one.id: definition(one, row.id) for one in definitions}
    return {
        **deployment(row),
        "links": [{"method": "GET", "href": link, "rel": "self"}],
        "deployedProcessDefinitions": processes or None,
        "deployedCaseDefinitions": None,
        "deployedDecisionDefinitions": None,
        "deployedDecisionRequirementsDefinitions": None,
    }


def definition(one: Definition, deployment: str) -> dict[str, Any]:
    """A process definition."""
    return {
        "id": one.id,
        "key": one.key,
        "category": None,
        "description": None,
        "name": one.name,
        "version": one.version,
        "resource": one.processes[one.key],
        "deploymentId": deployment,
        "diagram": None,
        "suspended": False,
        "tenantId": None,
        "versionTag": one.version_tag,
        "historyTimeToLive": None,
        "startableInTasklist": True,
    }


def time(at: int) -> str:
    """An instant as Camunda writes it: milliseconds, and an offset without a colon."""
    when = moment(at)
    assert when is not None
    local = when.astimezone(BEIJING)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"
