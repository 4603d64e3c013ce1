"""Desktop modelers deploy: the requests are those of Camunda Modeler 5, the answers those of Camunda 7's REST API."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from werkzeug.test import TestResponse

from bpmn.drawing import drawings
from engine.actor import OPERATOR
from tests.web.browsers import PASSWORD
from tests.web.conftest import House

DRAWN = (Path(__file__).parents[1] / "diagrams" / "desktop" / "web_desktop.bpmn").read_bytes()
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+0800")
File = tuple[str, bytes]


class Modeler:
    """Camunda Modeler 5 with an endpoint and credentials: `deploy` is its button, byte for byte as its form is sent."""

    def __init__(self, house: House, authorization: str | None) -> None:
        self.client = house.app.test_client()
        self.headers = {"accept": "application/json", "Origin": "file://"}
        if authorization:
            self.headers["authorization"] = authorization

    def get(self, path: str) -> TestResponse:
        """What its connection check asks."""
        return self.client.get(f"/engine-rest{path}", headers=self.headers)

    def deploy(self, name: str, diagram: File, *attachments: File, **more: str) -> TestResponse:
        """Text parts first, then the diagram under its own name as text/xml, then the attachments."""
        texts = {"deployment-name": name, "deployment-source": "Camunda Modeler"}
        texts |= {"enable-duplicate-filtering": "true"}
        texts |= {part.replace("_", "-"): value for part, value in more.items()}
        parts = [part(f'name="{key}"', None, value.encode()) for key, value in texts.items()]
        parts.append(part(f'name="{diagram[0]}"; filename="{diagram[0]}"', "text/xml", diagram[1]))
        kind = "application/octet-stream"
        parts += [part(f'name="{file}"; filename="{file}"', kind, content) for file, content in attachments]
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        headers = {**self.headers, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.client.post("/engine-rest/deployment/create", data=body, headers=headers)


def part(disposition: str, kind: str | None, content: bytes) -> bytes:
    """One part of a form as Chromium writes it."""
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n"
    head += f"Content-Type: {kind}\r\n" if kind else ""
    return head.encode() + b"\r\n" + content + b"\r\n"


def basic(name: str, password: str = PASSWORD) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def with_token(house: House) -> Modeler:
    """A process owner's modeler, with a token."""
    house.engine.create_user(OPERATOR, "owner", "过程负责人", password=PASSWORD, roles=("process_owner",))
    return Modeler(house, f"Bearer {house.engine.token_create('owner')}")


@pytest.fixture
def owner(house: House) -> Modeler:
    """A process owner's modeler in a house of its own."""
    return with_token(house)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all that is refused: nothing changes in it."""
    made = House(tmp_path_factory.mktemp("office"))
    yield made
    made.engine.close()


@pytest.fixture(scope="module")
def refused(office: House) -> Modeler:
    """A process owner's modeler there."""
    return with_token(office)


def diagram(name: str = "桌面建模") -> File:
    return "web_desktop.bpmn", DRAWN.decode().replace("桌面建模", name).encode()


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The error as Camunda tells it."""
    assert answer.status_code == status and answer.content_type == "application/json", answer.text
    told: dict[str, Any] = answer.get_json()
    assert {"type", "message", "code"} <= set(told) and told["type"] and told["message"]
    return told


def test_the_connection_is_checked_before_and_with_credentials(office: House, refused: Modeler) -> None:
    nobody = Modeler(office, None)
    unknown = nobody.get("/deployment?maxResults=0")
    assert problem(unknown, 401)["type"] == "AuthenticationException"
    assert any(told.startswith("Basic ") for told in unknown.headers.getlist("WWW-Authenticate"))
    checked = refused.get("/deployment?maxResults=0")
    assert (checked.status_code, checked.get_json()) == (200, [])
    assert re.fullmatch(r"7\.\d+\.\d+", refused.get("/version").get_json()["version"])


@pytest.mark.parametrize("credentials", [basic("owner"), "token"])
def test_the_deploy_button_makes_a_version(house: House, owner: Modeler, credentials: str) -> None:
    modeler = owner if credentials == "token" else Modeler(house, credentials)
    answer = modeler.deploy("web_desktop", diagram())
    assert answer.status_code == 200, answer.text
    made = answer.get_json()
    assert (made["name"], made["source"], made["tenantId"]) == ("web_desktop", "Camunda Modeler", None)
    assert TIME.fullmatch(made["deploymentTime"])
    (link,) = made["links"]
    assert link == {"method": "GET", "href": f"http://localhost/engine-rest/deployment/{made['id']}", "rel": "self"}
    ((id, definition),) = made["deployedProcessDefinitions"].items()
    assert definition == {
        "id": id,
        "key": "web_desktop",
        "category": None,
        "description": None,
        "name": "桌面建模",
        "version": 1,
        "resource": "web_desktop.bpmn",
        "deploymentId": made["id"],
        "diagram": None,
        "suspended": False,
        "tenantId": None,
        "versionTag": "2.0",
        "historyTimeToLive": None,
        "startableInTasklist": True,
    }
    assert made["deployedDecisionDefinitions"] is None
    assert house.engine.definition("web_desktop").id == id
    assert modeler.get(f"/deployment/{made['id']}").get_json()["name"] == "web_desktop"


def test_a_diagram_alone_is_checked_against_the_form_that_is_deployed(house: House, owner: Modeler) -> None:
    assert owner.deploy("web_desktop", diagram()).status_code == 200
    assert "web_request.form" in [file.name for file in house.engine.definition("web_desktop").files]
    name, content = diagram()
    told = problem(owner.deploy("web_desktop", (name, content.replace(b"web_request", b"nowhere"))), 400)
    (found,) = told["details"][name]["errors"]
    assert found["mainElementId"] == "Activity_0desk" and found["elementIds"] == ["Activity_0desk"]


def test_a_form_comes_along_as_an_attachment(house: House, owner: Modeler) -> None:
    form = b'{"type": "default", "id": "desk_form", "components": [{"type": "textfield", "key": "a", "label": "a"}]}'
    name, content = diagram()
    answer = owner.deploy("d", (name, content.replace(b"web_request", b"desk_form")), ("desk_form.form", form))
    assert answer.status_code == 200, answer.text
    assert "desk_form.form" in [file.name for file in house.engine.definition("web_desktop").files]


def test_what_is_wrong_is_told_by_file_and_element_and_nothing_is_stored(office: House, refused: Modeler) -> None:
    name, content = diagram()
    wrong = content.replace(b'targetRef="Event_0end"', b'targetRef="nowhere"')
    told = problem(refused.deploy("web_desktop", (name, wrong)), 400)
    assert told["type"] == "ParseException"
    # By this beginning the modeler knows that the diagram is wrong; it shows the rest.
    assert told["message"].startswith("ENGINE-09005 Could not parse BPMN process. Errors: \n* ")
    assert re.search(r"\| resource web_desktop\.bpmn \| line \d+ \| column 0", told["message"])
    report = told["details"][name]
    assert set(report) == {"errors", "warnings"} and report["errors"]
    for found in report["errors"]:
        assert set(found) == {"message", "line", "column", "mainElementId", "elementIds"}
        assert found["message"] and found["line"] > 1
    assert "Flow_2" in {found["mainElementId"] for found in report["errors"]}
    assert refused.get("/deployment/count").get_json() == {"count": 1}  # the office's own


def test_a_broken_file_is_told_with_its_line(refused: Modeler) -> None:
    told = problem(refused.deploy("x", ("x.bpmn", b"<definitions>\n<process>\n")), 400)
    (found,) = told["details"]["x.bpmn"]["errors"]
    assert found["line"] >= 2 and found["mainElementId"] is None and found["elementIds"] == []


def test_the_same_diagram_again_is_the_same_deployment(owner: Modeler) -> None:
    first = owner.deploy("web_desktop", diagram()).get_json()
    again = owner.deploy("web_desktop", diagram()).get_json()
    assert again["id"] == first["id"] and again["deployedProcessDefinitions"] is None
    changed = owner.deploy("web_desktop", diagram("改过")).get_json()
    assert changed["id"] != first["id"]
    assert [one["version"] for one in changed["deployedProcessDefinitions"].values()] == [2]


def test_going_back_to_an_earlier_diagram_is_a_new_version_though_its_name_was_used_before(owner: Modeler) -> None:
    owner.deploy("mine", diagram())
    owner.deploy("a colleague's", diagram("另一版"))
    back = owner.deploy("mine", diagram()).get_json()
    assert [one["version"] for one in back["deployedProcessDefinitions"].values()] == [3]


def test_of_several_files_only_those_that_changed_are_deployed(house: House, owner: Modeler) -> None:
    form = b'{"type": "default", "id": "desk_form", "components": []}'
    name, content = diagram()
    both = (name, content.replace(b"web_request", b"desk_form")), ("desk_form.form", form)
    owner.deploy("d", *both)
    other = form.replace(b"[]", b'[{"type": "textfield", "key": "a", "label": "a"}]')
    made = owner.deploy("d", both[0], ("desk_form.form", other), deploy_changed_only="true").get_json()
    assert [one["version"] for one in made["deployedProcessDefinitions"].values()] == [2]
    same = owner.deploy("d", both[0], ("desk_form.form", other), deploy_changed_only="true").get_json()
    assert same["id"] == made["id"] and same["deployedProcessDefinitions"] is None


def test_only_process_owners_and_administrators_deploy(house: House) -> None:
    for name in ("manager", "auditor"):
        told = problem(Modeler(house, basic(name)).deploy("web_desktop", diagram()), 403)
        assert told["type"] == "AuthorizationException" and "missingAuthorizations" in told
    assert Modeler(house, basic("boss")).deploy("web_desktop", diagram()).status_code == 200


@pytest.mark.parametrize(
    "given", [None, basic("owner", "wrong"), basic("nobody"), "Bearer gc_none", "Digest x", "Basic %"]
)
def test_nobody_gets_in_without_a_password_or_a_token(office: House, refused: Modeler, given: str | None) -> None:
    stranger = Modeler(office, given)
    for answer in (stranger.deploy("web_desktop", diagram()), stranger.get("/version"), stranger.get("/deployment")):
        assert problem(answer, 401)


def test_a_session_of_the_browser_is_no_credential_here(office: House) -> None:
    person = office.person("boss")
    assert person.get("/engine-rest/deployment").status_code == 401


def test_guessing_passwords_is_slowed_down(office: House) -> None:
    statuses = [Modeler(office, basic("guessed", str(n))).get("/version").status_code for n in range(12)]
    assert statuses[:10] == [401] * 10 and statuses[10:] == [429, 429]
    assert Modeler(office, basic("boss")).get("/version").status_code == 200


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"tenant_id": "t1"}, "tenant-id"),
        ({"deployment_activation_time": "2030-01-01T00:00:00"}, "deployment-activation-time"),
        ({"comment": "x"}, "comment"),
        ({"deployment_source": "x" * 500}, "deployment-source"),
    ],
)
def test_what_is_not_kept_is_refused_by_name(refused: Modeler, more: dict[str, str], told: str) -> None:
    assert told in problem(refused.deploy("d", diagram(), **more), 400)["message"]


def test_a_request_without_files_or_of_another_kind_is_refused(refused: Modeler) -> None:
    empty = refused.client.post(
        "/engine-rest/deployment/create", data={"deployment-name": "d"}, headers=refused.headers,
        content_type="multipart/form-data",
    )  # fmt: skip
    assert problem(empty, 400)["message"] == "No deployment resources contained in the form upload."
    other = refused.client.post("/engine-rest/deployment/create", json={}, headers=refused.headers)
    assert problem(other, 415)
    assert problem(refused.deploy("d", ("a.exe", b"MZ")), 400)["details"]["a.exe"]["errors"]
    assert problem(refused.deploy("d", ("large.bpmn", b" " * 300_000)), 413)
    assert problem(refused.get("/deployment/none"), 404) and problem(refused.get("/nowhere"), 404)
    assert problem(refused.get("/deployment?maxResults=many"), 400) and problem(
        refused.get("/deployment?sortBy=x"), 400
    )
    assert problem(refused.client.delete("/engine-rest/deployment/x", headers=refused.headers), 405)


def test_deployments_are_listed_filtered_and_paged(owner: Modeler) -> None:
    for name in ("甲", "乙"):
        owner.deploy(name, diagram(name), enable_duplicate_filtering="false")
    everything = owner.get("/deployment").get_json()
    assert [one["name"] for one in everything] == [None, "甲", "乙"]
    assert set(everything[1]) == {"links", "id", "name", "source", "deploymentTime", "tenantId"}
    for query, names in (
        ("name=甲", ["甲"]),
        ("nameLike=%25乙%25", ["乙"]),
        ("source=Camunda Modeler", ["甲", "乙"]),
        ("sortBy=deploymentTime&sortOrder=desc&maxResults=1", ["乙"]),
        ("firstResult=1&maxResults=1", ["甲"]),
    ):
        assert [one["name"] for one in owner.get(f"/deployment?{query}").get_json()] == names, query
    assert owner.get("/deployment/count?name=甲").get_json() == {"count": 1}


def marks(root: etree._Element) -> Iterator[tuple[str, tuple[tuple[str, str], ...], str]]:
    """Every element with its attributes and text, comments included, whatever the order."""
    for node in root.iter():
        yield str(node.tag), tuple(sorted((str(k), str(v)) for k, v in node.attrib.items())), (node.text or "").strip()


def test_a_file_of_the_modeler_keeps_every_extension(house: House, owner: Modeler) -> None:
    assert owner.deploy("web_desktop", diagram()).status_code == 200
    program = house.api("boss").get("process-definitions/web_desktop/xml")
    kept = list(marks(etree.fromstring(program.data)))
    assert [mark for mark in marks(etree.fromstring(DRAWN)) if mark not in kept] == []
    (picture,) = drawings(program.data)
    assert b"#bbdefb" in picture.svg
    # And it runs.
    boss = house.api("boss")
    started = boss.post("process-instances", {"definition": "web_desktop", "variables": {}})
    assert started.status_code == 201 and started.get_json()["tokens"][0]["element"] == "Activity_0desk"


def test_an_english_modeler_reads_english(office: House, refused: Modeler) -> None:
    english = Modeler(office, refused.headers["authorization"])
    english.headers["Accept-Language"] = "en-US"
    told = problem(english.deploy("d", diagram(), tenant_id="t"), 400)
    assert "tenant-id" in told["message"] and not re.search("[一-鿿]", told["message"])
