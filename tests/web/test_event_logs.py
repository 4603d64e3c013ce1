"""Event logs for other tools: XES and OCEL, opened by PM4Py, which is asked here only and never by the house."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine import event_log
from engine.actor import OPERATOR, Actor
from tests.web.browsers import PDF
from tests.web.company import Company, fields, refused
from tests.web.conftest import House
from tests.web.test_api import REQUEST

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pm4py

SPACE = "{http://www.xes-standard.org/}"
BOSS = Actor("boss", "web", "10.0.0.7")


def done(house: House) -> str:
    """An instance of which one task is done and the next is open."""
    manager = house.api("manager")
    id = manager.post("process-instances", {"definition": "web_ask", "variables": {}}).get_json()["id"]
    (task,) = manager.get(f"tasks?instance={id}").get_json()["items"]
    assert manager.post(f"tasks/{task['id']}/complete", {"data": REQUEST}).status_code == 200
    return str(id)


def kept(house: House, name: str, tmp_path: Path, query: str = "") -> Path:
    """An export as a file."""
    answer = house.api("auditor").get(f"{name}{query}")
    assert answer.status_code == 200 and f"filename={name}" in answer.headers["Content-Disposition"]
    place = tmp_path / name
    place.write_bytes(answer.data)
    return place


def attributes(node: Any) -> dict[str, str]:
    """The attributes of a trace or an event by key."""
    return {child.get("key"): child.get("value") for child in node if child.get("key")}


def test_xes_has_a_trace_an_instance_and_an_event_for_each_step_with_who_did_it(house: House, tmp_path: Path) -> None:
    id = done(house)
    log = etree.parse(kept(house, "process-instances.xes", tmp_path)).getroot()
    assert log.get("xes.version") == "2.0"
    names = [one.get("name") for one in log.iter(f"{SPACE}extension")]
    assert names == ["Concept", "Time", "Lifecycle", "Organizational", "Identity"]
    (trace,) = log.iter(f"{SPACE}trace")
    told = attributes(trace)
    assert (told["identity:id"], told["definition"], told["status"]) == (id, "web_ask", "active")
    events = [attributes(event) for event in trace.iter(f"{SPACE}event")]
    steps = [(one["element"], one["lifecycle:transition"], one.get("org:resource")) for one in events]
    assert steps == [("request", "start", None), ("request", "complete", "manager"), ("respond", "start", None)]
    assert events[1]["org:role"] == "project_manager" and events[1]["seq"] == "2"
    assert len({one["identity:id"] for one in events}) == 3
    assert "硬盘" not in etree.tostring(log, encoding="unicode")  # nothing that was filled in


def test_pm4py_opens_the_xes_log(house: House, tmp_path: Path) -> None:
    id = done(house)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it recommends a faster reader
        frame = pm4py.read_xes(str(kept(house, "process-instances.xes", tmp_path)))
    assert list(frame["element"]) == ["request", "request", "respond"]
    assert set(frame["case:identity:id"]) == {id}
    assert pm4py.get_start_activities(frame, activity_key="element") == {"request": 1}
    assert str(frame["time:timestamp"].dt.tz) == "UTC"


def test_pm4py_opens_the_ocel_log_and_its_objects_are_related(house: House, tmp_path: Path) -> None:
    id = done(house)
    ocel = pm4py.read_ocel2_json(str(kept(house, "process-instances.ocel.json", tmp_path)))
    assert set(pm4py.ocel_get_object_types(ocel)) == {"project", "task", "person"}
    (event,) = ocel.events.to_dict("records")
    assert event["ocel:activity"] == "request"
    related = {row["ocel:qualifier"]: row["ocel:oid"] for row in ocel.relations.to_dict("records")}
    assert related["in"] == id and related["done by"] == "person:manager"
    tasks = ocel.objects[ocel.objects["ocel:type"] == "task"]
    assert related["does"] in set(tasks["ocel:oid"])
    assert set(ocel.o2o["ocel:qualifier"]) == {"of"}


def test_only_what_is_asked_for_is_told(house: House, tmp_path: Path) -> None:
    done(house)
    for query, found in (
        ("?definition=web_ask", 1), ("?definition=web_trip", 0), ("?from=2020-01-01", 1), ("?to=2020-01-01", 0),
    ):  # fmt: skip
        log = etree.parse(kept(house, "process-instances.xes", tmp_path, query)).getroot()
        assert len(list(log.iter(f"{SPACE}trace"))) == found, query


def test_what_markup_means_and_control_characters_break_no_log(house: House, tmp_path: Path) -> None:
    house.engine.start(Actor("manager"), "web_ask", '<&"\x08\u00e9', {})
    (trace,) = etree.parse(kept(house, "process-instances.xes", tmp_path)).getroot().iter(f"{SPACE}trace")
    assert attributes(trace)["concept:name"] == '<&"\u00e9'


def test_an_aborted_task_and_an_intervention_are_told(house: House, tmp_path: Path) -> None:
    id = done(house)
    house.engine.cancel(BOSS, id, "作废")
    (trace,) = etree.parse(kept(house, "process-instances.xes", tmp_path)).getroot().iter(f"{SPACE}trace")
    assert attributes(trace)["interventions"] == "1"
    last = attributes(list(trace.iter(f"{SPACE}event"))[-1])
    assert (last["element"], last["lifecycle:transition"], last.get("org:resource")) == ("respond", "ate_abort", None)


def test_auditors_and_administrators_only_and_it_stands_in_the_audit_log(house: House, tmp_path: Path) -> None:
    for name in ("process-instances.xes", "process-instances.ocel.json"):
        refused(house.api("manager").get(name), 403)
        kept(house, name, tmp_path)
        told = house.api("auditor").get("audit-log?action=export&limit=1").get_json()["items"][0]
        assert told["data"]["name"] == name and told["actor"] == "auditor"


@pytest.mark.parametrize("name", ["process-instances.xes", "process-instances.ocel.json"])
def test_a_wrong_day_and_an_unknown_definition_are_refused(company: Company, name: str) -> None:
    assert fields(refused(company.auditor.get(f"{name}?from=x"), 422)) == ["from"]
    refused(company.auditor.get(f"{name}?definition=nothing"), 404)


def test_a_log_is_read_an_instance_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "AT_ONCE", 1)
    for _ in range(3):
        done(house)
    auditor = house.api("auditor")
    with auditor.client.get("/api/v1/process-instances.xes", headers=auditor.headers, buffered=False) as answer:
        pieces = iter(answer.response)
        read = [next(pieces) for _ in range(8)]
        house.engine.start(OPERATOR, "web_ask", "later", {})
        rest = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    assert sum(b"<trace>" in piece for piece in read) == 1 and b"later" in rest


def test_the_exported_log_fits_the_exported_net(house: House, tmp_path: Path) -> None:
    id, manager = done(house), house.api("manager")
    (task,) = manager.get(f"tasks?instance={id}").get_json()["items"]
    paper = manager.post(f"tasks/{task['id']}/attachments", data={"file": (io.BytesIO(PDF), "a.pdf")}).get_json()
    body = {"data": {"answer": "yes"}, "on_behalf_of": "customer", "evidence": [paper["id"]]}
    assert manager.post(f"tasks/{task['id']}/complete", body).status_code == 200
    log = kept(house, "process-instances.xes", tmp_path, "?definition=web_ask")
    place = tmp_path / "net.pnml"
    place.write_bytes(manager.get("process-definitions/web_ask/net.pnml").data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pm4py.read_xes(str(log))
        whole = frame[frame["lifecycle:transition"] == "complete"]
        (fit,) = pm4py.conformance_diagnostics_alignments(whole, *pm4py.read_pnml(str(place)), activity_key="element")
        (short,) = pm4py.conformance_diagnostics_alignments(
            whole[:1], *pm4py.read_pnml(str(place)), activity_key="element"
        )
    assert fit["fitness"] == 1.0 and short["fitness"] < 1.0
